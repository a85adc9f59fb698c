"""DOCX by python-docx: paragraphs with their styles and numbers, tables in place, headers, footers, notes.

Only the text of the file itself is read: no relationship out of it is followed, no field is reckoned, and a macro is
just bytes. What is deleted in tracked changes is left out, what is inserted is kept.
"""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import docx
from docx.oxml.ns import qn

from crawler.documents import office
from crawler.documents.docx_numbering import Numbering
from crawler.documents.office import Element
from crawler.documents.piece import BULLET, Content, Piece, bounded, cells, clean, guarded, kind_of_line, tell_apart
from register.models import PartKind

HEADING = re.compile(r"^(?:heading|rubrik|title|titel|subtitle|underrubrik)\b", re.IGNORECASE)
CONTENTS_STYLE = re.compile(r"^(?:toc|innehåll)\b", re.IGNORECASE)
MAX_DEPTH = 40
"""Of tables within tables and content controls within each other."""

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {
    qn(name)
    for name in (
        "w:del",
        "w:moveFrom",
        "w:instrText",
        "w:delText",
        "w:pPr",
        "w:rPr",
        "w:sectPr",
        "w:tblPr",
        "w:drawing",
        "w:pict",
    )
} | {_FALLBACK}
_TEXT_BOX = qn("w:txbxContent")
_P, _TBL, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_T, _BREAKS = qn("w:t"), {qn("w:br"), qn("w:cr"), qn("w:tab"), qn("w:ptab")}
_NO_BREAK_HYPHEN = qn("w:noBreakHyphen")


@guarded("DOCX")
def read(data: bytes) -> Content:
    """Read a DOCX. Raises InputError."""
    archive = office.open_zip(data, "DOCX")
    document = docx.Document(io.BytesIO(data))
    reader = _Reader(document)
    content = Content()
    bounded(tell_apart("header", reader.margins("header")), content)
    bounded(reader.blocks(document.element.body, 0), content)
    for name in ("word/footnotes.xml", "word/endnotes.xml"):
        member = office.read_member(archive, name, "DOCX")
        if member is not None:
            bounded(reader.notes(office.parse(member)), content)
    bounded(tell_apart("footer", reader.margins("footer")), content)
    return content


class _Reader:
    """Walks a document's XML with its styles and list numbers at hand."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles = {style.style_id: style for style in document.styles if style.type == 1}
        self._numbering = Numbering(document)

    def blocks(self, parent: Element, depth: int) -> Iterator[Piece]:
        """Pieces below an element: python-docx's own iteration would pass over content controls and text boxes."""
        if depth > MAX_DEPTH:
            return
        for child in parent:
            if child.tag == _P:
                yield from self._paragraph(child, depth)
            elif child.tag == _TBL:
                yield from self._table(child, depth)
            elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
                yield from self.blocks(child, depth + 1)

    def _paragraph(self, paragraph: Element, depth: int) -> Iterator[Piece]:
        text = clean("".join(_texts(paragraph)))
        if text:
            yield self._told(paragraph, text)
        for box in paragraph.iter(_TEXT_BOX):
            if next(box.iterancestors(_P)) is paragraph and not _is_fallback(box, paragraph):
                yield from self.blocks(box, depth + 1)

    def _told(self, paragraph: Element, text: str) -> Piece:
        style = self._styles.get(_value(paragraph, "w:pPr/w:pStyle"))
        names = list(_style_names(style))
        number = self._numbering.text(paragraph, style)
        kind = self._kind(paragraph, names, text)
        if number:
            text = f"{number} {text}"
            if kind == "paragraph":
                kind = "item"
        return Piece(kind, text)

    def _kind(self, paragraph: Element, names: list[str], text: str) -> PartKind:
        if any(CONTENTS_STYLE.match(name) for name in names):
            return "toc"
        if any(HEADING.match(name) for name in names) or _value(paragraph, "w:pPr/w:outlineLvl") in set("012345678"):
            return "heading"
        kind = kind_of_line(text)
        if kind == "paragraph" and len(text) <= 90 and text[-1] not in ".:;," and _all_bold(paragraph):
            return "heading"
        return "item" if kind == "paragraph" and BULLET.match(text) else kind

    def _table(self, table: Element, depth: int) -> Iterator[Piece]:
        for row in _within(table, _TR):
            columns = list(_within(row, _TC))
            if len(columns) == 1:
                yield from self.blocks(columns[0], depth + 1)
            else:
                yield Piece("row", cells(self._cell(column, depth) for column in columns))

    def _cell(self, cell: Element, depth: int) -> str:
        return " ".join(piece.text for piece in self.blocks(cell, depth + 1))

    def margins(self, kind: PartKind) -> Iterator[str]:
        """Text of each section's headers or footers that has its own."""
        for section in self._document.sections:
            for prefix in ("", "first_page_", "even_page_"):
                margin = getattr(section, f"{prefix}{kind}")
                if not margin.is_linked_to_previous:
                    yield from (piece.text for piece in self.blocks(margin._element, 0))

    def notes(self, root: Element) -> Iterator[Piece]:
        """Footnotes or endnotes; those that Word keeps for separators are empty."""
        for note in root:
            yield Piece("note", " ".join(piece.text for piece in self.blocks(note, 0)))


def _texts(element: Element) -> Iterator[str]:
    """Text below an element, without deleted text, field codes, and text boxes (which come as blocks of their own)."""
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == _T:
            yield node.text or ""
        elif node.tag in _BREAKS:
            yield " "
        elif node.tag == _NO_BREAK_HYPHEN:
            yield "-"
        if isinstance(node.tag, str) and node.tag not in _SKIPPED and node.tag != _TEXT_BOX:
            stack.extend(reversed(node))


def _is_fallback(box: Element, paragraph: Element) -> bool:
    """Whether a text box is the copy that Word keeps for older readers."""
    for above in box.iterancestors():
        if above is paragraph:
            return False
        if above.tag == _FALLBACK:
            return True
    return False


def _within(parent: Element, tag: str) -> Iterator[Element]:
    """Children of a tag, also those that content controls and tracked changes wrap."""
    stack = list(reversed(parent))
    while stack:
        node = stack.pop()
        if node.tag == tag:
            yield node
        elif isinstance(node.tag, str) and node.tag not in _SKIPPED and node.tag not in (_TBL, _P, _TR, _TC):
            stack.extend(reversed(node))


def _value(element: Element, path: str) -> str:
    found: Iterable[Element] = element.iterfind("/".join(qn(step) for step in path.split("/")))
    return next((str(node.get(qn("w:val"), "")) for node in found), "")


class _Style(Protocol):
    name: str | None
    base_style: "_Style | None"


def _style_names(style: _Style | None) -> Iterator[str]:
    """The style's name and those of the styles that it rests on."""
    for _ in range(20):
        if style is None:
            return
        yield style.name or ""
        style = style.base_style


def _all_bold(paragraph: Element) -> bool:
    runs = [run for run in paragraph.iter(qn("w:r")) if "".join(_texts(run)).strip()]
    return bool(runs) and all(_is_on(run.find(f"{qn('w:rPr')}/{qn('w:b')}")) for run in runs)


def _is_on(toggle: Element | None) -> bool:
    return toggle is not None and toggle.get(qn("w:val"), "true") not in ("0", "false", "off")
