"""Raw bytes as they were received, kept by content hash before anything is parsed.

DIR/raw/ab/<sha256>.gz holds the bytes, DIR/raw/ab/received.jsonl one line for each time such bytes were received from
another address or in another way: what was asked, what was answered, and when. Why so: docs/decisions/0003.
"""

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.errors import NotFoundError

SHA256 = re.compile(r"^[0-9a-f]{64}$")
LOG = "received.jsonl"
SECRET = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
"""Headers that are not kept."""


@dataclass(frozen=True)
class Record:
    """Bytes that were received once. source: of config/sources.yaml; kind: what they are, such as ted-notice."""

    sha256: str
    source: str
    kind: str
    url: str
    method: str
    status: int | None
    received: datetime
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Archive:
    """A folder of raw bytes."""

    folder: Path

    def put(
        self,
        data: bytes,
        *,
        url: str,
        at: datetime,
        method: str = "GET",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        source: str = "",
        kind: str = "",
        request_headers: Mapping[str, str] | None = None,
        request_body: bytes | None = None,
    ) -> str:
        """Keep `data` and how it came; returns its SHA-256. Known bytes and origins are not written again; a damaged
        file of the same bytes is.

        A file is there whole or not at all, also when the process is killed; `sync` makes it outlive a loss of power.
        """
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        known = path.exists()
        if not known or self._read(key) is None:
            # mtime=0: the same bytes always make the same file.
            _write(path, gzip.compress(data, mtime=0))
        record: dict[str, Any] = {
            "sha256": key,
            "source": source,
            "kind": kind,
            "method": method,
            "url": url,
            "status": status,
            "headers": _without_secrets(headers),
            "request_headers": _without_secrets(request_headers),
            "request_body": request_body.decode("utf-8", "backslashreplace") if request_body else "",
        }
        log = path.with_name(LOG)
        # Bytes that were not there have no line yet.
        if not known or not any(_same_origin(row, record) for line in _lines(log) if (row := _row(line))):
            _append(log, json.dumps({**record, "received": at.isoformat()}))
        return key

    def holds(self, key: str) -> bool:
        """Whether the bytes of a SHA-256 are there and whole."""
        return bool(SHA256.match(key)) and self._read(key) is not None

    def get(self, key: str) -> bytes:
        """The bytes of a SHA-256, checked against it. Raises NotFoundError where they are not there or not whole."""
        if not SHA256.match(key) or not self._path(key).exists():
            raise NotFoundError(f"The raw archive {self.folder} holds nothing with the SHA-256 {key!r}.")
        data = self._read(key)
        if data is None:
            raise NotFoundError(
                f"The file of {key} in the raw archive {self.folder} is damaged. Restore it from a copy, or fetch or "
                "import it again, which mends it."
            )
        return data

    def records(
        self,
        *,
        source: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        problems: list[str] | None = None,
    ) -> Iterator[Record]:
        """What was received, oldest first; of the same instant by address.

        Lines that are damaged are told in `problems`; without it, NotFoundError is raised for the first.
        """
        found = []
        for log in sorted(self.folder.glob(f"??/{LOG}")):
            for number, line in enumerate(_lines(log), start=1):
                row = _row(line)
                if row is None:
                    problem = f"Line {number} of {log} is damaged: how the bytes were received is not known."
                    if problems is None:
                        raise NotFoundError(problem)
                    problems.append(problem)
                    continue
                record = Record(
                    sha256=row["sha256"],
                    source=row.get("source", ""),
                    kind=row.get("kind", ""),
                    url=row["url"],
                    method=row["method"],
                    status=row["status"],
                    received=datetime.fromisoformat(row["received"]),
                    headers=row["headers"],
                )
                if (
                    (source is None or record.source == source)
                    and (kind is None or record.kind == kind)
                    and (since is None or record.received >= since)
                ):
                    found.append(record)
        yield from sorted(found, key=lambda record: (record.received, record.url, record.sha256))

    @staticmethod
    def sync() -> None:
        """Return when everything that was put lies on the disk."""
        os.sync()

    def _read(self, key: str) -> bytes | None:
        """The bytes of a SHA-256; None where they are not there, or others."""
        try:
            data = gzip.decompress(self._path(key).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None
        return data if hashlib.sha256(data).hexdigest() == key else None

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.gz"


def _without_secrets(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for name, value in (headers or {}).items() if name.lower() not in SECRET}


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []


def _row(line: str) -> dict[str, Any] | None:
    """A line of a log; None where it is damaged."""
    try:
        row = json.loads(line)
        datetime.fromisoformat(row["received"])
    except (ValueError, TypeError, KeyError):
        return None
    return row if {"sha256", "url", "method", "status", "headers"} <= row.keys() else None


def _same_origin(known: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return all(known.get(name) == record[name] for name in ("sha256", "source", "kind", "method", "url", "status"))


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all; another process that writes the same does no harm."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            part.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _append(log: Path, line: str) -> None:
    """Add a line in one write, which no other process's write cuts in two; an end that was torn off keeps to itself."""
    with log.open("ab+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        torn = size and file.read(1) != b"\n"
        file.write((b"\n" if torn else b"") + line.encode() + b"\n")
