"""ODT: content.xml, and headers and footers from styles.xml, by lxml without entities or network."""

from collections.abc import Iterator

from crawler.documents import office
from crawler.documents.office import Element
from crawler.documents.piece import Content, Piece, bounded, cells, clean, guarded, kind_of_line, tell_apart
from register.models import PartKind

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_LINES = {f"{_TEXT}p", f"{_TEXT}h"}
_LEFT_OUT = {
    f"{_TEXT}tracked-changes",
    f"{_TEXT}sequence-decls",
    f"{_OFFICE}annotation",
    f"{_OFFICE}forms",
    f"{_OFFICE}scripts",
    f"{_TEXT}table-of-content-source",
}
_CONTENTS = {f"{_TEXT}table-of-content", f"{_TEXT}alphabetical-index", f"{_TEXT}illustration-index"}
_NOTE = f"{_TEXT}note"
MAX_DEPTH = 60
MAX_REPEAT = 50
"""How often one cell is repeated at most; an empty rest of a sheet says thousands."""


@guarded("ODT")
def read(data: bytes) -> Content:
    """Read an ODT. Raises InputError."""
    archive = office.open_zip(data, "ODT")
    body = office.read_member(archive, "content.xml", "ODT")
    styles = office.read_member(archive, "styles.xml", "ODT")
    if body is None:
        raise KeyError("content.xml")
    master = office.parse(styles) if styles is not None else None
    content = Content()
    bounded(tell_apart("header", _margins(master, "header")), content)
    root = office.parse(body).find(f"{_OFFICE}body")
    if root is not None:
        bounded(_blocks(root, "paragraph", 0), content)
    bounded(tell_apart("footer", _margins(master, "footer")), content)
    return content


def _margins(root: Element | None, name: str) -> Iterator[str]:
    for node in (
        root.iter(f"{_STYLE}{name}", f"{_STYLE}{name}-first", f"{_STYLE}{name}-left") if root is not None else ()
    ):
        yield from (piece.text for piece in _blocks(node, "paragraph", 0))


def _blocks(parent: Element, kind: PartKind, depth: int) -> Iterator[Piece]:
    """Pieces below an element; kind: what a plain paragraph there is."""
    if depth > MAX_DEPTH:
        return
    for child in parent:
        if child.tag in _LEFT_OUT or not isinstance(child.tag, str):
            continue
        if child.tag in _LINES:
            yield from _line(child, kind, depth)
        elif child.tag == f"{_TABLE}table":
            yield from _table(child, depth)
        elif child.tag == f"{_TEXT}list":
            yield from _blocks(child, "item", depth + 1)
        else:
            yield from _blocks(child, "toc" if child.tag in _CONTENTS else kind, depth + 1)


def _line(line: Element, kind: PartKind, depth: int) -> Iterator[Piece]:
    text = clean("".join(_texts(line)))
    if text:
        if line.tag == f"{_TEXT}h":
            yield Piece("heading", text)
        else:
            yield Piece(kind_of_line(text) if kind == "paragraph" else kind, text)
    for note in line.iter(_NOTE):
        if next(note.iterancestors(*_LINES)) is not line:
            continue
        yield from _blocks(note, "note", depth + 1)


def _texts(element: Element) -> Iterator[str]:
    """Text of one line, without the notes and comments that hang on it."""
    stack: list[Element | str] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        if node is not element and node.tail:
            stack.append(node.tail)
        if not isinstance(node.tag, str) or node.tag in _LEFT_OUT or node.tag in (_NOTE, f"{_TEXT}note-body"):
            continue
        if node.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
            stack.append(" ")
        stack.extend(reversed(node))
        if node.text:
            stack.append(node.text)


def _table(table: Element, depth: int) -> Iterator[Piece]:
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:
            continue
        columns = [cell for cell in row if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")]
        if len(columns) == 1:
            yield from _blocks(columns[0], "paragraph", depth + 1)
        else:
            yield Piece("row", cells(text for cell in columns for text in _cell(cell, depth)))


def _cell(cell: Element, depth: int) -> Iterator[str]:
    repeat = str(cell.get(f"{_TABLE}number-columns-repeated", "1"))
    times = int(repeat) if repeat.isascii() and repeat.isdigit() and len(repeat) < 6 else 1
    text = " ".join(piece.text for piece in _blocks(cell, "paragraph", depth + 1))
    yield from [text] * min(max(times, 1), MAX_REPEAT)
