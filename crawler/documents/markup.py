"""HTML by lxml: what a reader would see, in order. Nothing is fetched, no script is run."""

import re
from collections.abc import Iterator

from charset_normalizer import from_bytes
from lxml import etree, html

from crawler.documents.office import Element
from crawler.documents.piece import Content, Piece, bounded, cells, clean, guarded, kind_of_line
from register.models import PartKind

UNSEEN = {
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "applet", "svg", "math", "select",
    "textarea", "canvas", "audio", "video", "frameset",
}  # fmt: skip
INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "img",
}  # fmt: skip
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
DETECTED = 100_000
"""Bytes that the encoding is guessed from."""


@guarded("HTML")
def read(data: bytes) -> Content:
    """Read an HTML page. Raises InputError."""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    text = decode(data, DECLARED.search(data[:4000]))
    # A declaration of encoding within a decoded text confuses the parser.
    root = etree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", "")) or "<p/>", parser)
    return bounded(_pieces(root), Content()) if root is not None else Content()


def decode(data: bytes, declared: "re.Match[bytes] | None" = None) -> str:
    """Bytes as text: by byte order mark, as UTF-8, as declared, or as most likely among European encodings."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared:
        name = next(group for group in declared.groups() if group).decode("ascii")
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            pass
    best = from_bytes(data[:DETECTED], cp_isolation=["cp1252", "iso8859_1", "mac_roman", "cp850", "utf_8"]).best()
    return data.decode(best.encoding if best else "cp1252", errors="replace")


def _pieces(root: Element) -> Iterator[Piece]:
    """Walk the tree without recursion; text gathers until a block begins or ends."""
    gathered: list[str] = []
    kinds: list[PartKind] = ["paragraph"]
    stack: list[Element | str | None] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            gathered.append(node)
            continue
        if node is None or (isinstance(node.tag, str) and node.tag not in INLINE):
            yield from _block(gathered, kinds[-1])
        if node is None:
            kinds.pop()
            continue
        if node.tail and node is not root:
            stack.append(node.tail)
        if not _is_seen(node):
            continue
        columns = [cell for cell in node if cell.tag in ("td", "th")] if node.tag == "tr" else []
        if len(columns) > 1 and next(node.iter("table"), None) is None:
            yield Piece("row", cells(map(_flat, columns)))
            continue
        if node.tag not in INLINE and node.tag != "br":
            kinds.append(_kind(str(node.tag), kinds[-1]))
            stack.append(None)
        stack.extend(reversed(node))
        if node.text:
            stack.append(node.text)
    yield from _block(gathered, kinds[-1])


def _is_seen(node: Element) -> bool:
    if not isinstance(node.tag, str) or node.tag in UNSEEN or node.get("hidden") is not None:
        return False
    return HIDDEN.search(node.get("style") or "") is None


def _kind(tag: str, outer: PartKind) -> PartKind:
    if tag in HEADINGS:
        return "heading"
    if tag in ("li", "dt", "dd"):
        return "item"
    if tag in ("header", "footer"):
        return "header" if tag == "header" else "footer"
    if tag == "nav":
        return "toc"
    return outer


def _block(gathered: list[str], kind: PartKind) -> Iterator[Piece]:
    text = clean("".join(gathered))
    gathered.clear()
    if text:
        yield Piece(kind_of_line(text) if kind == "paragraph" else kind, text)


def _flat(cell: Element) -> str:
    """All seen text of a table cell as one line."""
    texts: list[str] = []
    stack: list[Element | str] = [cell]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            texts.append(node)
            continue
        if node.tail and node is not cell:
            stack.append(node.tail)
        if not _is_seen(node):
            continue
        if node.tag not in INLINE:
            texts.append(" ")
            stack.append(" ")
        stack.extend(reversed(node))
        if node.text:
            stack.append(node.text)
    return clean("".join(texts))
