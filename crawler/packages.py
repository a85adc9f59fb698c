"""XML files from files, folders, .zip and .tar.gz (TED's daily packages), bounded against hostile archives."""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from register.models import SetAside

MAX_MEMBER = 50_000_000
MAX_TOTAL = 2_000_000_000
MAX_MEMBERS = 100_000
MAX_RATIO = 200
"""Packed to unpacked; XML packs to about a tenth, a bomb to a thousandth."""


@dataclass(frozen=True)
class Member:
    """One XML document and what it is called in messages."""

    name: str
    data: bytes


def members(path: Path) -> Iterator[Member | SetAside]:
    """Yield each XML document below a path, folders in the order of their names; what can't be used is a SetAside."""
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            if child.is_file() and not child.is_symlink() and child.suffix.lower() in (".xml", ".zip", ".gz", ".tgz"):
                yield from members(child)
        return
    name = path.name.lower()
    try:
        if name.endswith(".zip"):
            yield from _zip(path)
        elif name.endswith((".tar.gz", ".tgz")) or (name.endswith(".gz") and tarfile.is_tarfile(path)):
            yield from _tar(path)
        elif path.stat().st_size > MAX_MEMBER:
            yield SetAside(item=path.name, reason=f"is larger than {MAX_MEMBER // 1_000_000} MB")
        else:
            yield Member(path.name, path.read_bytes())
    except (
        OSError,
        EOFError,
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
    ) as error:
        yield SetAside(item=path.name, reason=f"can't be unpacked: {error}")


def _zip(path: Path) -> Iterator[Member | SetAside]:
    total = 0
    with zipfile.ZipFile(path) as archive:
        for info in _bounded(archive.infolist(), path):
            if isinstance(info, SetAside):
                yield info
                return
            item = f"{path.name}:{info.filename}"
            if info.is_dir() or not info.filename.lower().endswith(".xml"):
                continue
            wrong = _wrong(info.filename, info.file_size, info.compress_size)
            total += info.file_size
            if wrong or total > MAX_TOTAL:
                yield SetAside(
                    item=item, reason=wrong or "the archive unpacks to more than 2 GB; the rest was not read"
                )
                if total > MAX_TOTAL:
                    return
                continue
            with archive.open(info) as file:
                yield _bounded_read(item, file.read(MAX_MEMBER + 1))


def _tar(path: Path) -> Iterator[Member | SetAside]:
    total = count = 0
    with tarfile.open(path, "r|gz") as archive:
        for info in archive:
            count += 1
            item = f"{path.name}:{info.name}"
            if count > MAX_MEMBERS:
                yield SetAside(item=path.name, reason=f"holds more than {MAX_MEMBERS} members; the rest was not read")
                return
            if not info.isfile() or not info.name.lower().endswith(".xml"):
                continue
            wrong = _wrong(info.name, info.size, None)
            total += info.size
            if total > MAX_TOTAL:
                yield SetAside(item=item, reason="the archive unpacks to more than 2 GB; the rest was not read")
                return
            if wrong:
                yield SetAside(item=item, reason=wrong)
                continue
            file = archive.extractfile(info)
            if file is not None:
                yield _bounded_read(item, file.read(MAX_MEMBER + 1))


def _bounded(infos: list[zipfile.ZipInfo], path: Path) -> Iterator[zipfile.ZipInfo | SetAside]:
    if len(infos) > MAX_MEMBERS:
        yield SetAside(item=path.name, reason=f"holds more than {MAX_MEMBERS} members and was not read")
        return
    yield from infos


def _wrong(name: str, size: int, packed: int | None) -> str:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts:
        return "its name leads out of the archive"
    if size > MAX_MEMBER:
        return f"is larger than {MAX_MEMBER // 1_000_000} MB"
    if packed and size > 1_000_000 and size / packed > MAX_RATIO:
        return f"unpacks to more than {MAX_RATIO} times its size, as bombs do"
    return ""


def _bounded_read(item: str, data: bytes) -> Member | SetAside:
    if len(data) > MAX_MEMBER:
        return SetAside(item=item, reason=f"is larger than {MAX_MEMBER // 1_000_000} MB")
    return Member(item, data)
