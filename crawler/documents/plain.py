"""Plain text: paragraphs are parted by empty lines; lists, headings and tabulated lines stand alone."""

import re
from collections.abc import Iterator

from crawler.documents.lines import joined
from crawler.documents.markup import decode
from crawler.documents.piece import CONTENTS, Content, Piece, bounded, cells, clean, guarded, kind_of_line

FULL = 50
"""Characters of a line that goes on in the next one; a shorter one ends what it says."""


@guarded("text")
def read(data: bytes) -> Content:
    """Read a text file; a form feed begins a new page. Raises InputError."""
    pages = decode(data).split("\f")
    content = Content(pages=len(pages) if len(pages) > 1 else None)
    for number, page in enumerate(pages, start=1):
        bounded(_pieces(page, number if len(pages) > 1 else None), content)
    return content


def _pieces(text: str, page: int | None) -> Iterator[Piece]:
    paragraph: list[str] = []
    for raw in [*re.split(r"\r\n|\r|\n", text), ""]:
        row = "\t" in raw.strip()
        line = cells(map(clean, raw.split("\t"))) if row else clean(raw)
        alone = row or (line and kind_of_line(line) != "paragraph")
        if paragraph and (not line or alone or len(paragraph[-1]) < FULL or CONTENTS.search(paragraph[-1])):
            yield _told(paragraph, page)
            paragraph = []
        if row:
            yield Piece("row", line, page)
        elif line:
            paragraph.append(line)


def _told(paragraph: list[str], page: int | None) -> Piece:
    text = joined(paragraph)
    return Piece(kind_of_line(text), text, page)
