"""HTML of mails as lines of visible text with their links (pure); scripts, styles and hidden text are left out."""

import re
from dataclasses import dataclass

import lxml.html
from lxml import etree

from register.models import CONTROL

MAX_LINES = 20_000
MAX_LINKS = 20
"""Links of one line that are kept."""

BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl", "dt"),
        *("fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"),
        *("main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
SKIPPED = frozenset(
    {
        *("script", "style", "head", "title", "template", "noscript", "object", "embed", "iframe", "svg", "math"),
        *("select", "textarea", "audio", "video"),
    }
)
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])|"
    r"max-height\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")
INVISIBLE = re.compile(r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f]")


@dataclass(frozen=True)
class Line:
    """A line of text. links: (their words, address); cell: table, row and column of the innermost table, from 0;
    strong: the words in bold that it begins with.
    """

    text: str
    links: tuple[tuple[str, str], ...] = ()
    cell: tuple[int, int, int] | None = None
    strong: str = ""


def tidy(text: str) -> str:
    """On one line, single spaces, without control and invisible signs."""
    return SPACES.sub(" ", INVISIBLE.sub("", CONTROL.sub("", SPACES.sub(" ", text)))).strip()


def lines(text: str) -> tuple[Line, ...]:
    """Lines of a document; none where there is no text at all."""
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ()
    if root is None:
        return ()
    flow = _Flow()
    flow.walk(root)
    return tuple(flow.lines)


class _Flow:
    """The walk through the tree: what stands on the line now, the link and the cells we are in."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._text: list[str] = []
        self._links: list[tuple[str, str]] = []
        self._link: tuple[str, int, bool] | None = None
        """Address, where its words begin on this line, whether words of it stand on a line before."""
        self._strong = ""
        self._bold: int | None = None
        self._tables: list[list[int]] = []
        self._count = 0

    def walk(self, root: etree._Element) -> None:
        """Every visible element once; events instead of recursion, so that depth can't overflow."""
        hidden: etree._Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if len(self.lines) >= MAX_LINES:
                return
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start" and hidden is None:
                if tag in SKIPPED or _is_hidden(element):
                    hidden = element
                else:
                    self._open(element, tag)
                    self._text.append(element.text or "")
            elif event == "end":
                if hidden is None:
                    self._close(tag)
                elif hidden is element:
                    hidden = None
                if hidden is None:
                    self._text.append(element.tail or "")
        self._flush()

    def _open(self, element: etree._Element, tag: str) -> None:
        if tag in BLOCKS:
            self._flush()
        if tag == "table":
            self._tables.append([self._count, -1, -1])
            self._count += 1
        elif tag == "tr" and self._tables:
            self._tables[-1][1:] = [self._tables[-1][1] + 1, -1]
        elif tag in ("td", "th") and self._tables:
            self._tables[-1][2] += 1
        elif tag in ("b", "strong") and not tidy("".join(self._text)):
            self._bold = len(self._text)
        elif tag == "small" and tidy("".join(self._text)):
            self._text.append(" | ")
        elif tag == "a":
            self._link = (element.get("href") or "", len(self._text), False)

    def _close(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            address, since, told = self._link
            self._link = None
            words = tidy("".join(self._text[since:]))
            if len(self._links) < MAX_LINKS and (words or not told):
                self._links.append((words, address.strip()))
        if tag in ("b", "strong") and self._bold is not None:
            self._strong = tidy("".join(self._text[self._bold :]))
            self._bold = None
        if tag in BLOCKS:
            self._flush()
        if tag == "table" and self._tables:
            self._tables.pop()

    def _flush(self) -> None:
        text = tidy("".join(self._text))
        if self._link is not None:
            # The link goes on over a line break: what it says so far stands here.
            address, since, told = self._link
            words = tidy("".join(self._text[since:]))
            if words and len(self._links) < MAX_LINKS:
                self._links.append((words, address.strip()))
            self._link = (address, 0, told or bool(words))
        if text or self._links:
            cell = self._tables[-1] if self._tables else None
            where = (cell[0], cell[1], cell[2]) if cell and cell[2] >= 0 else None
            self.lines.append(Line(text, tuple(self._links), where, self._strong))
        self._strong, self._bold = "", None
        self._text = []
        self._links = []


def _is_hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None or bool(HIDDEN.search(element.get("style") or ""))
