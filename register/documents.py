"""A notice's documents (underlag): what each file is, how far it was read, and its text with places.

Text belongs to the bytes: a file that two notices share is kept once.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from config.errors import NotFoundError
from register import notices
from register.clock import stamp
from register.database import Register
from register.models import Document, Notice, Part

Outcome = Literal["new", "changed", "unchanged"]
Extent = Literal["none", "part", "whole"]
APART = "\n\n"
"""Between the parts of a text; the rows of a table are parted by one line break."""


class Paper(NamedTuple):
    """A document's name and whole text, as a reader needs it. pages: (offset, page) where each of its pages begins."""

    sha256: str
    name: str
    text: str
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def field(self) -> str:
        """What a finding in it has as its field."""
        return f"document-{self.sha256[:12]}"

    def page(self, offset: int) -> int | None:
        """The page on which a character stands; None where there are no pages."""
        return next((page for start, page in reversed(self.pages) if start <= offset), None)


class Placed(NamedTuple):
    """A part and where it stands in the document's one text: text[start:end] == part.text."""

    part: Part
    start: int
    end: int


def add(register: Register, document: Document, parts: Sequence[Part]) -> Outcome:
    """Put a document of a notice in, with its text; the same again changes nothing. Raises NotFoundError."""
    notices.get(register, document.publication_number)
    known = _find(register, document.publication_number, document.sha256)
    if known is not None:
        # The first time and name stand: a file is the same under another name.
        document = document.model_copy(update={"added": known.added, "name": known.name})
        if known == document and list(parts) == _parts(register, document.sha256):
            return "unchanged"
    row = document.model_dump()
    rows = [
        {"sha256": document.sha256, "number": number, **part.model_dump(), "ocr": int(part.ocr)}
        for number, part in enumerate(parts)
    ]
    with register.atomic():
        register.db.table("documents").upsert(
            {**row, "added": stamp(document.added)}, pk=("publication_number", "sha256")
        )
        register.db.execute("DELETE FROM document_parts WHERE sha256 = ?", [document.sha256])
        register.db.table("document_parts").insert_all(rows)
        # What stands for its tender is to be screened with it.
        register.db.execute(
            """
            DELETE FROM screened WHERE publication_number IN (
                SELECT coalesce(tender, publication_number) FROM notices WHERE publication_number = ?1 UNION SELECT ?1)
            """,
            [document.publication_number],
        )
    return "changed" if known is not None else "new"


def is_read(register: Register, publication_number: str, sha256: str, reader: str) -> bool:
    """Whether a notice has a document that `reader` has read whole."""
    known = _find(register, publication_number, sha256)
    return known is not None and known.status == "read" and known.reader == reader


def listing(register: Register, publication_number: str) -> list[Document]:
    """A notice's documents by time and name. Raises NotFoundError for an unknown notice."""
    notices.get(register, publication_number)
    rows = register.db.query(
        "SELECT * FROM documents WHERE publication_number = ? ORDER BY added, name", [publication_number]
    )
    return [Document.model_validate(row) for row in rows]


def get(register: Register, publication_number: str, document: str) -> Document:
    """A notice's document by its name or the first characters of its SHA-256 (at least four). Raises NotFoundError."""
    found = [
        one
        for one in listing(register, publication_number)
        if document == one.name or (len(document) >= 4 and one.sha256.startswith(document.lower()))
    ]
    if len(found) == 1:
        return found[0]
    how_many = f"{len(found)} documents" if found else "no document"
    raise NotFoundError(
        f"Notice {publication_number} has {how_many} {document!r}. "
        f"`anbudslots documents list {publication_number}` shows names and SHA-256."
    )


def text(register: Register, sha256: str) -> tuple[str, list[Placed]]:
    """The whole text of a document's bytes, and each part with its offsets (code points) in it."""
    return join(_parts(register, sha256))


def of_tender(register: Register, publication_number: str) -> list[Document]:
    """The documents of a notice and of the other notices of its tender, by time and name."""
    rows = register.db.query(
        """
        SELECT d.* FROM notices own
        JOIN notices other ON other.publication_number = own.publication_number OR other.tender = own.tender
        JOIN documents d ON d.publication_number = other.publication_number
        WHERE own.publication_number = ? ORDER BY d.added, d.name
        """,
        [publication_number],
    )
    return [Document.model_validate(row) for row in rows]


def papers(register: Register, publication_number: str) -> list[Paper]:
    """The texts of the documents of a notice and of its tender's other notices, the same bytes once."""
    names: dict[str, str] = {}
    for document in of_tender(register, publication_number):
        names.setdefault(document.sha256, document.name)
    found = []
    for sha256, name in names.items():
        whole, placed = text(register, sha256)
        pages: dict[int, int] = {}
        for part, start, _ in placed:
            if part.page is not None:
                pages.setdefault(part.page, start)
        if whole.strip():
            found.append(Paper(sha256, name, whole, tuple((start, page) for page, start in pages.items())))
    return found


def join(parts: Iterable[Part]) -> tuple[str, list[Placed]]:
    """One text of parts in order, and where each stands in it."""
    pieces: list[str] = []
    placed: list[Placed] = []
    at = 0
    for part in parts:
        if placed:
            apart = "\n" if part.kind == placed[-1].part.kind == "row" else APART
            pieces.append(apart)
            at += len(apart)
        pieces.append(part.text)
        placed.append(Placed(part, at, at + len(part.text)))
        at += len(part.text)
    return "".join(pieces), placed


def extent(documents: Sequence[Document]) -> Extent:
    """How much of a tender's documents has been read."""
    files = [document for document in documents if document.media_type != "application/zip"]
    if all(document.status == "unread" for document in files):
        return "none"
    return "whole" if all(document.status == "read" for document in documents) else "part"


def reading_words(notice: Notice, documents: Sequence[Document]) -> str:
    """How much of a tender has been read, in Swedish, as everyone is told it."""
    read = extent(documents)
    if read != "none":
        return "Underlaget är läst" if read == "whole" else "Underlaget är delvis läst"
    return "Bara aviseringen är läst" if notice.reading == "alert" else "Bara annonsen är läst"


def _find(register: Register, publication_number: str, sha256: str) -> Document | None:
    rows: list[dict[str, Any]] = list(
        register.db.query(
            "SELECT * FROM documents WHERE publication_number = ? AND sha256 = ?", [publication_number, sha256]
        )
    )
    return Document.model_validate(rows[0]) if rows else None


def _parts(register: Register, sha256: str) -> list[Part]:
    rows = register.db.query(
        "SELECT page, paragraph, kind, text, language, ocr FROM document_parts WHERE sha256 = ? ORDER BY number",
        [sha256],
    )
    return [Part.model_validate({**row, "ocr": bool(row["ocr"])}) for row in rows]
