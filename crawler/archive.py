"""Raw bytes as they were received, kept by content hash before anything is parsed.

DIR/raw/ab/<sha256>.gz holds the bytes, and DIR/raw/ab/<sha256>.jsonl one line for each time they were received:
address, method, status, headers and time. Plain files need no library to be read again in ten years.
"""

import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.errors import NotFoundError

SHA256 = re.compile(r"^[0-9a-f]{64}$")


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
    ) -> str:
        """Keep `data` and how it came; returns its SHA-256. Known bytes and origins are not written again."""
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # mtime=0: the same bytes always make the same file.
            _write(path, gzip.compress(data, mtime=0))
        record: dict[str, Any] = {"method": method, "url": url, "status": status, "headers": dict(headers or {})}
        log = path.with_suffix(".jsonl")
        known = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        if not any(_same_origin(json.loads(line), record) for line in known):
            record["received"] = at.isoformat()
            _write(log, ("\n".join([*known, json.dumps(record, ensure_ascii=False)]) + "\n").encode())
        return key

    def get(self, key: str) -> bytes:
        """The bytes of a SHA-256. Raises NotFoundError."""
        if not SHA256.match(key) or not self._path(key).exists():
            raise NotFoundError(f"The raw archive {self.folder} holds nothing with the SHA-256 {key!r}.")
        return gzip.decompress(self._path(key).read_bytes())

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.gz"


def _same_origin(known: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return all(known[name] == record[name] for name in ("method", "url", "status"))


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all, also when the power fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
