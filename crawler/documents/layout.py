"""Pages -> text in reading order: what runs at the top and bottom of the pages, and what stands between."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from crawler.documents import grids, sections
from crawler.documents.lines import Row, plain, rows
from crawler.documents.piece import Piece
from crawler.documents.sheet import Sheet, State, Word

EDGE = 0.12
"""Share of the page's height, at the top and at the bottom, where running heads stand."""
MAX_WORDS = 20_000
"""Of one page; a dense page has 1,500."""
PAGE_NUMBER = re.compile(
    r"(?:sida?|sidan|page|s\.)?\s*[-–]?\s*\d{1,4}\s*[-–]?(?:\s*(?:\(\s*\d{1,4}\s*\)|(?:av|of|/)\s*\d{1,4}))?",
    re.IGNORECASE,
)


@dataclass
class Habits:
    """What is alike on a document's pages, learned as they are read."""

    pages: int = 0
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    """On how many pages a line stands at the top or bottom edge, figures left out."""
    sizes: Counter[float] = field(default_factory=Counter)
    """Letters of each size."""

    def is_running(self, edge: str, text: str) -> bool:
        """Whether a line at an edge is a running head or foot: on several pages, or a page number."""
        often = self.edges[edge, _signature(text)] >= max(2, 0.3 * self.pages)
        return often or PAGE_NUMBER.fullmatch(text) is not None

    def body(self) -> float:
        """Size of most letters."""
        return self.sizes.most_common(1)[0][0] if self.sizes else 10.0


class PageText(NamedTuple):
    """One page read."""

    number: int
    state: State
    pieces: list[Piece]


def read(sheets: Sequence[Sheet], habits: Habits) -> tuple[list[PageText], Habits]:
    """Text of some pages, and the habits that the next ones are read with."""
    found = {sheet.number: rows([word for word in sheet.words[:MAX_WORDS] if word.upright]) for sheet in sheets}
    for sheet in sheets:
        habits.pages += 1
        habits.edges.update({(edge, _signature(plain(row))) for edge, row in _edges(sheet, found[sheet.number])})
        for word in sheet.words:
            habits.sizes[round(word.size * 2) / 2] += len(word.text)
    pages = [PageText(sheet.number, sheet.state, list(_page(sheet, found[sheet.number], habits))) for sheet in sheets]
    return pages, habits


def _page(sheet: Sheet, found: list[Row], habits: Habits) -> Iterator[Piece]:
    headers = _running("header", sheet, found, habits)
    footers = _running("footer", sheet, found, habits)
    aside = {id(row) for row in (*headers, *footers)}
    body = [word for row in found if id(row) not in aside for line in row for word in line.words]
    for row in headers:
        yield Piece("header", plain(row), sheet.number)
    for kind, text in sections.read(body, sheet.rules, habits.body()):
        yield Piece(kind, text, sheet.number)
    for text in _turned(sheet.words[:MAX_WORDS]):
        yield Piece("paragraph", text, sheet.number)
    for row in footers:
        yield Piece("footer", plain(row), sheet.number)


def _turned(words: Sequence[Word]) -> Iterator[str]:
    """Text that stands on its side, as the file orders it."""
    text = " ".join(word.text for word in words if not word.upright)
    if text:
        yield text


# Running heads


def _signature(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold())


def _edges(sheet: Sheet, found: list[Row]) -> Iterator[tuple[Literal["header", "footer"], Row]]:
    """Rows in the top and bottom zones, outside tables that reach out of the zone."""
    high, low = EDGE * sheet.height, (1 - EDGE) * sheet.height
    tall = [
        grid.box
        for grid in grids.find(sheet.rules)
        if not grid.is_frame and grid.box.bottom > high and grid.box.top < low
    ]
    for row in found:
        y = row[0].baseline
        if any(box.top <= y <= box.bottom for box in tall):
            continue
        if y <= high:
            yield "header", row
        elif y >= low:
            yield "footer", row


def _running(edge: str, sheet: Sheet, found: list[Row], habits: Habits) -> list[Row]:
    """The running rows at one edge: those that nothing else parts from the edge, and that stand off from the text."""
    near = [row for zone, row in _edges(sheet, found) if zone == edge]
    inward = found if edge == "header" else found[::-1]
    if edge == "footer":
        near.reverse()
    kept: list[Row] = []
    for row in near:
        if not habits.is_running(edge, plain(row)):
            break
        kept.append(row)
    # Text that is the same on several pages is no head: it goes on without a gap.
    while kept and inward[: len(kept)] == kept and len(kept) < len(inward) and _is_close(kept[-1], inward[len(kept)]):
        kept.pop()
    return kept if edge == "header" else kept[::-1]


def _is_close(row: Row, other: Row) -> bool:
    return abs(other[0].baseline - row[0].baseline) < 1.6 * max(row[0].size, other[0].size)
