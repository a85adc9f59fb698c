"""Files -> documents of a notice: bytes archived, text read and put into the register; zips by their members."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from config.errors import InputError
from config.settings import DocumentSettings
from crawler.archive import Archive
from crawler.documents import unpacking
from crawler.documents.piece import clean
from crawler.documents.reading import Reader, Reading
from register import documents, notices
from register.database import Register
from register.models import Document, Part, SetAside

LATE = "Arkivets tid tog slut innan filen hanns med (ANBUDSLOTS_DOCUMENTS__ARCHIVE_SECONDS). Packa upp det först."
Progress = Callable[[int, int], None]


@dataclass
class Added:
    """What became of the files. counts: new, changed, unchanged."""

    counts: Counter[str] = field(default_factory=Counter)
    documents: list[Document] = field(default_factory=list)
    """Those that are new or changed."""
    set_aside: list[SetAside] = field(default_factory=list)
    """What was not read, or not whole: each with its reason and the next step."""


def add(
    paths: Sequence[Path],
    publication_number: str,
    *,
    register: Register,
    archive: Archive,
    at: datetime,
    settings: DocumentSettings,
    progress: Progress = lambda _done, _all: None,
) -> Added:
    """Add files to a notice; the same file again changes nothing. Raises NotFoundError for an unknown notice."""
    notices.get(register, publication_number)
    added = Added()
    with Reader(settings) as reader, tempfile.TemporaryDirectory(prefix="anbudslots-") as folder:
        adder = _Adder(publication_number, register, archive, at, reader, Path(folder), added)
        for done, path in enumerate(paths, start=1):
            name = clean(path.name) or "file"
            try:
                if path.stat().st_size > settings.max_bytes:
                    reason = f"är större än {settings.max_bytes // 1_000_000} MB (ANBUDSLOTS_DOCUMENTS__MAX_BYTES)"
                    added.set_aside.append(SetAside(item=name, reason=reason))
                else:
                    adder.add(path.read_bytes(), name)
            except OSError as error:
                added.set_aside.append(SetAside(item=name, reason=f"can't be read: {error.strerror}"))
            progress(done, len(paths))
    archive.sync()
    return added


@dataclass
class _Adder:
    """Adds one file after another to one notice."""

    publication_number: str
    register: Register
    archive: Archive
    at: datetime
    reader: Reader
    folder: Path
    added: Added
    _end: float = 0.0
    """When the rest of the present zip is left."""
    _room: int = 0
    """Bytes that the present zip may still unpack to."""

    def add(self, data: bytes, name: str, depth: int = 0) -> None:
        """Archive, read and register one file; depth: in how many zips it lies."""
        if depth == 0:
            self._end = self.reader.clock() + self.reader.settings.archive_seconds
            self._room = unpacking.MAX_TOTAL
        sha256 = hashlib.sha256(data).hexdigest()
        if documents.is_read(self.register, self.publication_number, sha256, self.reader.version):
            self.added.counts["unchanged"] += 1
            return
        self.archive.put(data, url=f"file:{name}", at=self.at, method="IMPORT", source="files", kind="document")
        # A name of our own: the file's own name is hostile too.
        path = self.folder / sha256
        path.write_bytes(data)
        try:
            kind = self.reader.tell(path, name)
            if kind.format == "zip":
                reading = self._zip(path, name, depth)
            else:
                reading = self.reader.read(path, name, kind)
        except InputError as error:
            reading = Reading("application/octet-stream", None, (), error.reason, whole=False, language="")
        finally:
            path.unlink(missing_ok=True)
        self._put(sha256, len(data), name, reading)

    def _put(self, sha256: str, size: int, name: str, reading: Reading) -> None:
        unread = not reading.parts and reading.media_type != "application/zip"
        document = Document(
            publication_number=self.publication_number,
            sha256=sha256,
            name=name,
            media_type=reading.media_type,
            bytes=size,
            language=reading.language,
            pages=reading.pages,
            status="read" if reading.whole else "unread" if unread else "partial",
            note=reading.note,
            reader=self.reader.version,
            added=self.at,
        )
        parts: Sequence[Part] = reading.parts
        outcome = documents.add(self.register, document, parts)
        self.added.counts[outcome] += 1
        if outcome != "unchanged":
            self.added.documents.append(document)
        if document.status != "read":
            self.added.set_aside.append(SetAside(item=name, reason=document.note))

    def _zip(self, path: Path, name: str, depth: int) -> Reading:
        """Add the members of a zip; its own reading says what was left out."""
        if depth == unpacking.MAX_DEPTH:
            raise InputError(
                name, None, "Arkivet ligger i ett arkiv i ett arkiv och har inte öppnats. Packa upp det först."
            )
        before = len(self.added.set_aside)
        with tempfile.TemporaryDirectory(dir=self.folder) as inner:
            members = self.reader.run(name, unpacking.unpack, path, name, Path(inner), self._room)
            self._room -= sum(member[1].stat().st_size for member in members if not isinstance(member, SetAside))
            for member in members:
                if isinstance(member, SetAside):
                    self.added.set_aside.append(member)
                elif self.reader.clock() > self._end:
                    self.added.set_aside.append(SetAside(item=member[0], reason=LATE))
                else:
                    self.add(member[1].read_bytes(), member[0], depth + 1)
        left = len(self.added.set_aside) - before
        note = f"{left} av arkivets {len(members)} filer har inte lästs, eller inte helt." if left else ""
        return Reading("application/zip", None, (), note, whole=not left, language="")
