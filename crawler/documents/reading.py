"""One file -> its text with places and what was not read, in the sandbox and within bounds of time."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from config.errors import InputError, StoppedError
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
STOPPED = "Läsningen avbröts: den tog för lång tid, krävde för mycket minne eller kraschade."

P = ParamSpec("P")
T = TypeVar("T")


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
    """Reads files within the bounds of the settings. A context manager: it holds processes."""

    settings: DocumentSettings
    engine: ocr.Engine | None = field(default_factory=ocr.find)
    clock: Callable[[], float] = time.monotonic
    """Seconds; only differences count."""

    def __post_init__(self) -> None:
        self._sandbox = Sandbox()
        # Tesseract is stopped at its own bound; the sandbox is there if that fails.
        self._slow = Sandbox(seconds=self.settings.ocr_page_seconds + 5)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self._sandbox.__exit__(*exception)
        self._slow.__exit__(*exception)

    @property
    def version(self) -> str:
        """What decides a file's text: the readers, and the OCR that is there."""
        return f"{VERSION}+tesseract-{self.engine.version}" if self.engine else VERSION

    def tell(self, path: Path, name: str) -> kinds.Kind:
        """What the file is. Raises InputError, its reason in Swedish, for one that is not read."""
        return self.run(name, kinds.tell, path, name)

    def read(self, path: Path, name: str, kind: kinds.Kind) -> Reading:
        """Read a file of a kind other than zip. Raises InputError, its reason in Swedish, when nothing can be read."""
        if kind.format == "pdf":
            content, whole = self._pdf(path, name)
        else:
            content = self.run(name, kinds.read, path, kind.format)
            whole = not content.notes
        notes = [kind.note, *content.notes] if kind.note else content.notes
        if not content.pieces and whole:
            notes = [*notes, "Filen innehåller ingen text."]
        parts = _parts(content.pieces)
        most = language.of_most([part.text for part in parts], [part.language for part in parts])
        return Reading(kind.media_type, content.pages, parts, " ".join(notes), whole, most)

    def run(self, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a reader in the sandbox; what stopped it is told in Swedish. Raises InputError."""
        try:
            return self._sandbox.run(name, function, *args, **kwargs)
        except StoppedError as error:
            reason = f"{STOPPED} Be om filen i ett annat format. ({error.reason})"
            raise StoppedError(name, None, reason) from error

    # PDF

    def _pdf(self, path: Path, name: str) -> tuple[Content, bool]:
        opened = self.run(name, pdf.look, path)
        pages, failed, last = self._pages(path, name, min(opened.pages, self.settings.max_pages))
        content = Content(pages=opened.pages)
        whole = not failed and last == opened.pages
        if last < opened.pages:
            content.notes.append(
                f"Bara sida 1–{last} av {opened.pages} har lästs: resten tog mer tid än vad som är satt "
                "(ANBUDSLOTS_DOCUMENTS__SECONDS, ANBUDSLOTS_DOCUMENTS__MAX_PAGES)."
            )
        if failed:
            content.notes.append(f"{_named(failed)} kunde inte läsas. {STOPPED}")
        recognised, left = self._recognise(path, name, pages)
        whole = whole and not left
        if recognised:
            content.notes.append(f"Texten på {_named(recognised).lower()} är avläst ur bilder (OCR) och kan ha fel.")
        content.notes += _unread(left, self.engine is not None)
        if opened.attachments:
            whole = False
            content.notes.append(
                f"PDF:en har {opened.attachments} bifogade filer som inte har lästs: spara ut dem och lägg till dem."
            )
        content.pieces = [piece for page in pages for piece in recognised.get(page.number, page.pieces)]
        return content, whole

    def _pages(self, path: Path, name: str, count: int) -> tuple[list[PageText], list[int], int]:
        """The pages read, the numbers of those that could not be, and the last that was tried."""
        pages: list[PageText] = []
        failed: list[int] = []
        habits = Habits()
        end = self.clock() + self.settings.seconds
        for first in range(1, count + 1, CHUNK):
            if self.clock() > end:
                return pages, failed, first - 1
            last = min(first + CHUNK - 1, count)
            try:
                read, habits = self.run(name, pdf.read_pages, path, first, last, habits)
                pages += read
                continue
            except InputError:
                # One of the pages can't be read, or they are too much together: each by itself.
                pass
            for number in range(first, last + 1):
                if self.clock() > end:
                    return pages, failed, number - 1
                try:
                    read, habits = self.run(name, pdf.read_pages, path, number, number, habits)
                    pages += read
                except InputError:
                    failed.append(number)
        return pages, failed, count

    def _recognise(
        self, path: Path, name: str, pages: Iterable[PageText]
    ) -> tuple[dict[int, list[Piece]], dict[str, list[int]]]:
        """Pieces of the pages that OCR read, and the pages without text that are left, by their state."""
        done: dict[int, list[Piece]] = {}
        left: dict[str, list[int]] = {}
        end = self.clock() + self.settings.ocr_seconds
        for page in pages:
            if page.state == "text":
                continue
            found: list[Piece] | None = None
            if self.engine is not None and self.clock() < end:
                try:
                    picture = self.run(name, pdf.picture, path, page.number)
                    seconds = self.settings.ocr_page_seconds
                    found = self._slow.run(name, ocr.recognise, self.engine, picture, page.number, seconds)
                except InputError:
                    # Named with the pages that are left.
                    found = None
            if found is None:
                left.setdefault(page.state, []).append(page.number)
            else:
                done[page.number] = found if page.state == "undecodable" else _between(page.pieces, found)
        return done, left


def _between(printed: list[Piece], found: list[Piece]) -> list[Piece]:
    """What OCR found, between the running heads that are printed as text on the same page."""
    headers = [piece for piece in printed if piece.kind == "header"]
    footers = [piece for piece in printed if piece.kind == "footer"]
    texts = {piece.text for piece in (*headers, *footers)}
    return [*headers, *(piece for piece in found if piece.text not in texts), *footers]


def _unread(left: dict[str, list[int]], has_engine: bool) -> list[str]:
    """What to say of pages without text."""
    tried = (
        "OCR misslyckades eller tog för lång tid (ANBUDSLOTS_DOCUMENTS__OCR_SECONDS)." if has_engine else ocr.MISSING
    )
    notes = []
    for state, reason in (
        ("picture", "är inskannade bilder utan text"),
        ("undecodable", "har text i ett teckensnitt vars bokstäver filen inte anger"),
    ):
        if left.get(state):
            notes.append(f"{_named(left[state])} {reason}. {tried}")
    return notes


def _named(numbers: Iterable[int]) -> str:
    """Page numbers in words: "Sida 3, 5–8"."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number])
    return "Sida " + ", ".join("–".join(map(str, span)) for span in spans)


def _parts(pieces: Sequence[Piece]) -> tuple[Part, ...]:
    """Pieces with their places and languages."""
    counted: Counter[int | None] = Counter()
    parts = []
    for piece in pieces:
        counted[piece.page] += 1
        parts.append(
            Part(
                page=piece.page,
                paragraph=counted[piece.page] if piece.place is None else piece.place,
                kind=piece.kind,
                text=piece.text,
                language=language.of(piece.text),
                ocr=piece.ocr,
            )
        )
    return tuple(parts)
