"""One file -> its text with places and what was not read, in the sandbox and within bounds of time."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.errors import InputError
from config.settings import DocumentSettings
from crawler.documents import kinds, language, ocr, pdf
from crawler.documents.layout import Habits, PageText
from crawler.documents.piece import Content, Piece
from crawler.sandbox import Sandbox
from register.models import Part

VERSION = "1"
"""Of all readers together: another one makes files be read again."""
CHUNK = 20
"""Pages a call; 20 dense pages take a second or two."""
STOPPED = "Läsningen avbröts: den tog för lång tid, krävde för mycket minne eller kraschade. Be om filen i ett annat format."


@dataclass(frozen=True)
class Reading:
    """A file as it was read. parts: none where nothing could be; note: in Swedish, empty where all was read."""

    media_type: str
    pages: int | None
    parts: tuple[Part, ...]
    note: str
    whole: bool
    """Whether nothing was left out."""
    language: str


@dataclass
class Reader:
    """Reads files within the bounds of the settings. Close it: it holds processes."""

    settings: DocumentSettings
    engine: ocr.Engine | None = field(default_factory=ocr.find)
    clock: Callable[[], float] = time.monotonic
    """Seconds; only differences count."""

    def __post_init__(self) -> None:
        self._sandbox = Sandbox()
        # Tesseract stops itself at its bound; the sandbox is there if it does not.
        self._slow = Sandbox(seconds=self.settings.ocr_page_seconds + 5)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self._sandbox.__exit__(*exception)
        self._slow.__exit__(*exception)

    @property
    def sandbox(self) -> Sandbox:
        """Where files are read."""
        return self._sandbox

    @property
    def version(self) -> str:
        """What decides a file's text: the readers, and the OCR that is there."""
        return f"{VERSION}+tesseract-{self.engine.version}" if self.engine else VERSION

    def tell(self, path: Path, name: str) -> kinds.Kind:
        """What the file is. Raises InputError with what to do in Swedish for one that is not read."""
        return self._run(name, kinds.tell, path, name)

    def read(self, path: Path, name: str, kind: kinds.Kind) -> Reading:
        """Read a file of a kind other than zip. Raises InputError, its reason in Swedish, when nothing can be read."""
        if kind.format == "pdf":
            content, whole = _Pdf(self, path, name).read()
        else:
            content = self._run(name, kinds.read, path, kind.format)
            whole = not content.notes
        notes = [kind.note, *content.notes] if kind.note else content.notes
        if not content.pieces and whole:
            notes = [*notes, "Filen innehåller ingen text."]
        parts = _parts(content.pieces)
        most = language.of_most([part.text for part in parts], [part.language for part in parts])
        return Reading(kind.media_type, content.pages, parts, " ".join(notes), whole, most)

    def _run[**P, T](self, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        ...
