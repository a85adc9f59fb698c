"""XML files from files, folders, .zip and .tar.gz (TED's daily packages), bounded against hostile archives.

`zip_members` is for zips of other files too; `unzip` and `tar_part` read a large .tar.gz step by step.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from config.errors import InputError
from register.models import SetAside

MAX_MEMBER = 50_000_000
MAX_TOTAL = 2_000_000_000
MAX_MEMBERS = 100_000
MAX_RATIO = 200
"""Packed to unpacked; XML packs to about a tenth, a bomb to a thousandth."""


BROKEN = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
"""What a damaged or locked archive makes the libraries raise."""


@dataclass(frozen=True)
class Bounds:
    """Most members, bytes of one, and bytes of all, unpacked."""

    members: int = MAX_MEMBERS
    member: int = MAX_MEMBER
    total: int = MAX_TOTAL


XML = Bounds()


@dataclass(frozen=True)
class Member:
    """One document of an archive and what it is called in messages."""

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
            yield from zip_members(path, path.name, lambda member: member.lower().endswith(".xml"), XML)
        elif name.endswith((".tar.gz", ".tgz")) or (name.endswith(".gz") and tarfile.is_tarfile(path)):
            yield from _tar(path)
        elif path.stat().st_size > MAX_MEMBER:
            yield SetAside(item=path.name, reason=f"is larger than {MAX_MEMBER // 1_000_000} MB")
        else:
            yield Member(path.name, path.read_bytes())
    except BROKEN as error:
        yield SetAside(item=path.name, reason=f"can't be unpacked: {error}")


def zip_members(path: Path, name: str, wanted: Callable[[str], bool], bounds: Bounds) -> Iterator[Member | SetAside]:
    """Yield the `wanted` members of the zip at `path`, called `name` in messages; what is out of bounds is a SetAside.

    Raises what zipfile raises for a broken archive.
    """
    total = 0
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if len(infos) > bounds.members:
            yield SetAside(item=name, reason=f"holds more than {bounds.members} members and was not read")
            return
        for info in infos:
            item = f"{name}:{info.filename}"
            if info.is_dir() or not wanted(info.filename):
                continue
            wrong = _wrong(info.filename, info.file_size, info.compress_size, bounds.member)
            total += info.file_size
            if total > bounds.total:
                reason = f"the archive unpacks to more than {bounds.total // 1_000_000} MB; the rest was not read"
                yield SetAside(item=item, reason=wrong or reason)
                return
            if wrong:
                yield SetAside(item=item, reason=wrong)
                continue
            try:
                with archive.open(info) as file:
                    yield _bounded_read(item, file.read(bounds.member + 1), bounds.member)
            except BROKEN as error:
                yield SetAside(item=item, reason=f"can't be unpacked: {error}")


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
            wrong = _wrong(info.name, info.size, None, MAX_MEMBER)
            total += info.size
            if total > MAX_TOTAL:
                yield SetAside(item=item, reason="the archive unpacks to more than 2 GB; the rest was not read")
                return
            if wrong:
                yield SetAside(item=item, reason=wrong)
                continue
            file = archive.extractfile(info)
            if file is not None:
                yield _bounded_read(item, file.read(MAX_MEMBER + 1), MAX_MEMBER)


@dataclass(frozen=True)
class Part:
    """Some members of a tar, what was set aside among them, and where the next part begins; None after the last.

    looked: how many members were looked at in all parts up to and with this one.
    """

    members: tuple[Member, ...]
    set_aside: tuple[SetAside, ...]
    following: int | None
    looked: int = 0


PART_MEMBERS = 400
PART_BYTES = 20_000_000
STEP = 1_000_000


def unzip(data: bytes, target: Path, item: str) -> None:
    """Write the tar within a .tar.gz to `target`. Raises InputError where it is broken, broke off, or unpacks to more
    than MAX_TOTAL.
    """
    total = 0
    try:
        with gzip.open(io.BytesIO(data)) as packed, target.open("wb") as file:
            while step := packed.read(STEP):
                total += len(step)
                if total > MAX_TOTAL:
                    raise InputError(item, None, f"unpacks to more than {MAX_TOTAL // 1_000_000_000} GB")
                file.write(step)
    except BROKEN as error:
        raise InputError(item, None, f"broke off or is no tar.gz: {error}") from None


def tar_part(path: Path, start: int, wanted: Callable[[bytes], bool], item: str, looked: int = 0) -> Part:
    """The `wanted` XML members of a tar from offset `start` on, at most PART_MEMBERS looked at and PART_BYTES kept.

    looked: how many were looked at before. Raises InputError where the tar is broken or broke off, or holds more than
    MAX_MEMBERS.
    """
    if looked > MAX_MEMBERS:
        raise InputError(item, None, f"holds more than {MAX_MEMBERS} members; the rest was not read")
    kept: list[Member] = []
    aside: list[SetAside] = []
    size = 0
    try:
        with path.open("rb") as file:
            file.seek(start)
            with tarfile.open(fileobj=file, mode="r:") as archive:
                for _ in range(PART_MEMBERS):
                    info = archive.next()
                    looked += 1
                    if info is None:
                        file.seek(archive.offset)
                        # tarfile takes half a head for the end, which is a block of zeros.
                        if file.read(tarfile.BLOCKSIZE).strip(b"\0"):
                            raise tarfile.ReadError("unexpected end of data")
                        return Part(tuple(kept), tuple(aside), None, looked - 1)
                    if not info.isfile() or not info.name.lower().endswith(".xml"):
                        continue
                    wrong = _wrong(info.name, info.size, None, MAX_MEMBER)
                    if wrong:
                        aside.append(SetAside(item=f"{item}:{info.name}", reason=wrong))
                        continue
                    opened = archive.extractfile(info)
                    data = opened.read() if opened is not None else b""
                    if wanted(data):
                        kept.append(Member(info.name, data))
                        size += len(data)
                    if size >= PART_BYTES:
                        break
                if archive.offset <= start:
                    raise tarfile.ReadError("it leads back to its begin")
                return Part(tuple(kept), tuple(aside), archive.offset, looked)
    except BROKEN as error:
        raise InputError(item, None, f"broke off or is no tar: {error}") from None


def _wrong(name: str, size: int, packed: int | None, most: int) -> str:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts:
        return "its name leads out of the archive"
    if size > most:
        return f"is larger than {most // 1_000_000} MB"
    if packed and size > 1_000_000 and size / packed > MAX_RATIO:
        return f"unpacks to more than {MAX_RATIO} times its size, as bombs do"
    return ""


def _bounded_read(item: str, data: bytes, most: int) -> Member | SetAside:
    if len(data) > most:
        return SetAside(item=item, reason=f"is larger than {most // 1_000_000} MB")
    return Member(item, data)
