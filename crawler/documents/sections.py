"""A page's words -> pieces in reading order: tables with rules, columns, tables without rules, single columns.

Rows of fragments that leave the same vertical strip free make a section. A section whose strips part flowing text is
read column by column, any other row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from crawler.documents import grids
from crawler.documents.grids import Grid
from crawler.documents.lines import Line, Row, joined, leading, plain, rows, whole
from crawler.documents.paragraphs import paragraphs
from crawler.documents.piece import CELL, cells
from crawler.documents.sheet import Box, Word
from register.models import PartKind

GUTTER = 8.0
"""Points of the narrowest strip between columns."""
COLUMN = 85.0
"""Points of the narrowest column of flowing text."""

Told = tuple[PartKind, str]


def read(words: list[Word], rules: Sequence[Box], body: float) -> Iterator[Told]:
    """Kind and text of each piece: tables with rules where they stand, and what is between them."""
    tables = _tables(words, rules)
    held: dict[int, list[Word]] = {}
    rest: list[Word] = []
    for word in sorted(words, key=lambda word: word.baseline):
        x, y = (word.left + word.right) / 2, word.baseline - 0.3 * word.size
        inside = next((n for n, table in enumerate(tables) if table.holds(x, y)), None)
        if inside is None:
            rest.append(word)
        else:
            held.setdefault(inside, []).append(word)
    at = 0
    waiting: list[int] = []
    for n in sorted(held):
        while at < len(rest) and rest[at].baseline <= tables[n].box.top:
            at += 1
        waiting.append(n)
        if at < len(rest) and rest[at].baseline < tables[n].box.bottom:
            # Text flows beside the box, and is read through before it.
            continue
        yield from _flow(rest[:at], body)
        rest, at = rest[at:], 0
        for table in waiting:
            yield from _table(tables[table], held[table], body)
        waiting = []
    yield from _flow(rest, body)
    for table in waiting:
        yield from _table(tables[table], held[table], body)


def _tables(words: Sequence[Word], rules: Sequence[Box]) -> list[Grid]:
    """Tables with rules, and frames around a part of the text; a frame around a page or a table tells nothing."""
    found = grids.find(rules)
    width = max((word.right for word in words), default=0.0) - min((word.left for word in words), default=0.0)
    return [
        table
        for table in found
        if not table.is_frame
        or (
            table.box.right - table.box.left < 0.6 * width
            and not any(other is not table and table.holds(other.box.left, other.box.top) for other in found)
        )
    ]


def _table(grid: Grid, words: Sequence[Word], body: float) -> Iterator[Told]:
    """Row by row; where a row has one cell only, what stands in it is read as on a page of its own."""
    found: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        cell = grid.cell((word.left + word.right) / 2, word.baseline - 0.3 * word.size)
        found.setdefault(cell, []).append(word)
    for number in sorted({row for row, _ in found}):
        columns = sorted(column for row, column in found if row == number)
        if len(columns) == 1:
            yield from _flow(found[number, columns[0]], body)
        else:
            yield "row", cells(joined([plain(row) for row in rows(found[number, column])]) for column in columns)


def _flow(words: Sequence[Word], body: float) -> Iterator[Told]:
    for section in _sections(rows(words)):
        columns = _columns(section)
        if len(columns) > 1 and _flows(columns):
            for column in columns:
                yield from paragraphs(column, body)
        elif len(columns) > 1:
            yield from _loose_table(section, body)
        else:
            yield from paragraphs([whole(row) for row in section.rows], body)


@dataclass
class Section:
    """Rows that leave the same strips free. strips: (left, right) of each inner one, from left to right."""

    rows: list[Row]
    free: list[tuple[float, float]]

    @property
    def strips(self) -> list[tuple[float, float]]:
        """The free strips that have text on both sides."""
        return _inner(self.free, self.rows)


def _sections(rows: list[Row]) -> list[Section]:
    found: list[Section] = []
    for row in rows:
        if found and _joins(found[-1], row):
            found[-1].rows.append(row)
            found[-1].free = _without(found[-1].free, row)
        else:
            found.append(Section([row], _without([(-1e6, 1e6)], row)))
    return _settled(_taken_up([part for section in found for part in _tail_off(section)]))


def _joins(section: Section, row: Row) -> bool:
    """Whether a row goes on with a section: it crosses none of its strips, or does not stand beside its last row."""
    strips = _inner(_without(section.free, row), [*section.rows, row])
    now = section.strips
    if now:
        # What is a gap in the first row only is no strip yet.
        return len(strips) >= len(now) or (len(section.rows) == 1 and bool(strips))
    return bool(strips) or (len(row) == 1 and not _is_beside(section.rows[-1], row[0]))


def _is_beside(row: Row, line: Line) -> bool:
    """Whether a line stands beside a row, its baseline a little lower: columns whose lines are not level."""
    apart = line.left >= row[-1].right + GUTTER or line.right <= row[0].left - GUTTER
    return apart and line.baseline - row[0].baseline < 0.8 * line.size


def _taken_up(sections: list[Section]) -> list[Section]:
    """Give a section of columns the rows just above it that stand in its right columns: not all begin level."""
    for above, section in pairwise(sections):
        strips = section.strips
        if above.strips or not strips:
            continue
        first = len(above.rows)
        for n in range(len(above.rows) - 1, 0, -1):
            line = above.rows[n][0]
            if any(line.left < right and line.right > left for left, right in strips):
                break
            level = n == len(above.rows) - 1 and _is_beside(above.rows[n], section.rows[0][0])
            if level or line.left >= strips[0][1] - 0.5:
                first = n
        section.rows[:0] = above.rows[first:]
        del above.rows[first:]
    return sections


def _settled(sections: list[Section]) -> list[Section]:
    """A row alone whose gap is only that of a justified line has no columns; neighbours without columns are one."""
    settled: list[Section] = []
    for section in sections:
        columns = bool(section.strips) and not _is_justified(section)
        if settled and not settled[-1].free and not columns:
            settled[-1].rows.extend(section.rows)
        else:
            settled.append(section if columns else Section(section.rows, []))
    return settled


def _is_justified(section: Section) -> bool:
    widest = max(right - left for left, right in section.strips)
    return len(section.rows) == 1 and widest < 2.5 * section.rows[0][0].size


def _tail_off(section: Section) -> Iterator[Section]:
    """Part from columns what follows below them at the left: a heading there begins something new."""
    strips = section.strips
    if not strips:
        yield section
        return
    edge = strips[0][1]
    last = max(n for n, row in enumerate(section.rows) if row[-1].left >= edge - 1)
    usual = leading([row[0] for row in section.rows if row[0].right <= edge])
    size = median(line.size for row in section.rows for line in row)
    bold = sum(row[0].bold for row in section.rows) > len(section.rows) / 2
    for n in range(last + 1, len(section.rows)):
        line = section.rows[n][0]
        heading = line.size > 1.1 * size or (line.bold and not bold)
        if heading or line.baseline - section.rows[n - 1][0].baseline > 1.9 * usual:
            yield _section(section.rows[:n])
            yield _section(section.rows[n:])
            return
    yield section


def _section(rows: list[Row]) -> Section:
    free = [(-1e6, 1e6)]
    for row in rows:
        free = _without(free, row)
    return Section(rows, free)


def _without(free: list[tuple[float, float]], row: Row) -> list[tuple[float, float]]:
    """Strips of `free` that a row leaves free, the narrow ones dropped."""
    for line in row:
        free = [
            part
            for left, right in free
            for part in ((left, min(right, line.left)), (max(left, line.right), right))
            if part[1] - part[0] >= GUTTER
        ]
    return sorted(set(free))


def _inner(free: list[tuple[float, float]], rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Strips with text on both sides."""
    least = min(row[0].left for row in rows)
    most = max(line.right for row in rows for line in row)
    return [(left, right) for left, right in free if left >= least and right <= most]


def _columns(section: Section) -> list[list[Line]]:
    """The section's fragments by column, each from top to bottom."""
    strips = section.strips
    columns: list[list[Line]] = [[] for _ in range(len(strips) + 1)]
    for row in section.rows:
        for number, line in _placed(row, strips):
            columns[number].append(line)
    return columns


def _placed(row: Row, strips: Sequence[tuple[float, float]]) -> Iterator[tuple[int, Line]]:
    """Each fragment of a row with its column; several in one column become one."""
    held: dict[int, list[Word]] = {}
    for line in row:
        column = sum(line.left >= right - 0.5 for _, right in strips)
        held.setdefault(column, []).extend(line.words)
    for column in sorted(held):
        yield column, Line(held[column])


def _flows(columns: list[list[Line]]) -> bool:
    """Whether columns hold running text (lines of several words that fill their width), and no table's cells."""
    if len(columns) > 4 or max(map(len, columns)) < 3:
        return False
    for lines in columns:
        width = max(line.right for line in lines) - min(line.left for line in lines)
        many = [line for line in lines if not line.bold] or lines
        if sum(len(line.words) for line in many) / len(many) < 3 or width < COLUMN:
            return False
        if len(many) >= 3 and median(line.right - line.left for line in many) < 0.6 * width:
            return False
    return True


def _loose_table(section: Section, body: float) -> Iterator[Told]:
    """A table without rules: row by row; a row whose first cell is empty goes on with the row before it."""
    usual = leading([row[0] for row in section.rows])
    strips = section.strips
    rows: list[tuple[float, dict[int, list[str]], Row]] = []
    for row in section.rows:
        placed = dict(_placed(row, strips))
        close = rows and row[0].baseline - rows[-1][0] <= 1.3 * usual
        if close and 0 not in placed and len(rows[-1][1]) > 1:
            for column, line in placed.items():
                rows[-1][1].setdefault(column, []).append(line.text)
            rows[-1] = (row[0].baseline, rows[-1][1], rows[-1][2])
        else:
            rows.append((row[0].baseline, {column: [line.text] for column, line in placed.items()}, row))
    single: list[Line] = []
    for _, placed_texts, row in rows:
        if len(placed_texts) == 1:
            single.append(whole(row))
            continue
        yield from paragraphs(single, body)
        single = []
        yield "row", CELL.join(joined(placed_texts[column]) for column in sorted(placed_texts))
    yield from paragraphs(single, body)
