"""What every reader hands back: pieces of text in reading order, each of a kind, and what was not read."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from config.errors import InputError
from register.models import PartKind

MAX_PIECES = 200_000
MAX_CHARACTERS = 10_000_000
"""Of one document; a file of 1,000 dense pages has about 4 million."""

BULLET = re.compile(r"^(?:[-–—•*·▪●○◦\uf0b7\uf0a7o]|[a-zåäö]\)|\d{1,2}\))\s+(?=\S)")
NUMBERED = re.compile(r"^(?:(?:bilaga|kapitel|kap\.|avsnitt)\s+)?\d{1,2}(?:\.\d{1,3}){0,4}\.?\s+(?=\S)", re.IGNORECASE)
CONTENTS = re.compile(r"(?:\.\s?){4,}\s*\d{1,3}$|…+\s*\d{1,3}$")
"""A line of a table of contents: dots that lead to a page number."""
CELL = " | "
"""Between the cells of a table row."""

_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2009\u200a\u2002\u2003\t\r\f\v\u2028\u2029"), " ")
_SILENT = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


class Piece(NamedTuple):
    """One heading, paragraph, row, ...; page and place as in register.models.Part."""

    kind: PartKind
    text: str
    page: int | None = None
    place: int | None = None
    """Only where the format numbers its pieces itself: a workbook's row."""
    ocr: bool = False


@dataclass
class Content:
    """What a reader found. notes: in Swedish, for the reader of the notice: what was left out, and what to do."""

    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: int | None = None


def clean(text: str) -> str:
    """One line of plain text: no control, bidirectional or lone surrogate characters, no ligature, one blank."""
    return " ".join(_SILENT.sub("", text.translate(_BLANKS)).translate(_LIGATURES).split())


def kind_of_line(text: str) -> PartKind:
    """What a line is where only its text can tell: a line of contents, a list item, a numbered heading, a paragraph."""
    if CONTENTS.search(text):
        return "toc"
    if BULLET.match(text):
        return "item"
    number = NUMBERED.match(text)
    if number and len(text) <= 90 and text[-1] not in ".:;,?!" and text[number.end()].isupper():
        return "heading"
    return "paragraph"


def bounded(pieces: Iterable[Piece], content: Content) -> Content:
    """Put non-empty pieces into `content` until there are too many, and say so."""
    characters = sum(len(piece.text) for piece in content.pieces)
    for piece in pieces:
        if not piece.text:
            continue
        characters += len(piece.text)
        if len(content.pieces) >= MAX_PIECES or characters > MAX_CHARACTERS:
            content.notes.append(f"Filen är ovanligt stor: bara de första {len(content.pieces)} styckena har lästs.")
            break
        content.pieces.append(piece)
    return content


P = ParamSpec("P")
T = TypeVar("T")


def guarded(kind: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A reader of `kind` files that raises InputError for a broken one.

    The libraries under the readers promise nothing about broken files: KeyError, AttributeError, AssertionError,
    struct.error and a dozen others come out. Each is the file's fault as far as the user is concerned, is named in the
    message, and must not stop the other files.
    """

    def wrap(reader: Callable[P, T]) -> Callable[P, T]:
        @wraps(reader)
        def read(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return reader(*args, **kwargs)
            except (InputError, MemoryError):
                raise
            except Exception as error:
                reason = (
                    f"Filen är en trasig {kind}-fil och har inte lästs ({type(error).__name__}). "
                    "Hämta den på nytt, eller be om den som PDF."
                )
                raise InputError(kind, None, reason) from error

        return read

    return wrap


def cells(texts: Iterable[str]) -> str:
    """A table row as one line; empty cells at its end are left out."""
    row = [text.strip() for text in texts]
    while row and not row[-1]:
        row.pop()
    return CELL.join(row).strip() if any(row) else ""


def tell_apart(kind: PartKind, texts: Iterable[str]) -> Iterator[Piece]:
    """Each different text once, as a piece of `kind`: headers and footers that sections repeat."""
    for text in dict.fromkeys(texts):
        if text:
            yield Piece(kind, text)
