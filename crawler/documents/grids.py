"""Tables that are drawn with rules: which rules belong together, and which cell a point lies in."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from crawler.documents.sheet import Box

SLACK = 3.0
"""Points that rules may miss each other by."""
MAX_RULES = 800
"""Of one page after those in one line are joined; a dense form has 300."""
MAX_CELLS = 20_000

Cell = tuple[int, int]
"""(row, column) from 0."""


@dataclass(frozen=True)
class Grid:
    """A table. first: the first of the cells that each cell is one with, where no rule parts them."""

    box: Box
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    first: dict[Cell, Cell]

    @property
    def is_frame(self) -> bool:
        """Whether it is one cell only."""
        return len(set(self.first.values())) == 1

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the table."""
        return self.box.left - 1 <= x <= self.box.right + 1 and self.box.top - 1 <= y <= self.box.bottom + 1

    def cell(self, x: float, y: float) -> Cell:
        """The cell of a point in the table, the first one of merged cells."""
        row = min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        return self.first[row, column]


def find(rules: Sequence[Box]) -> list[Grid]:
    """The tables that thin rules draw, from top to bottom; a frame is a table of one cell, an underline is none."""
    level = _joined([rule for rule in rules if not _is_tall(rule)])
    # An upright rule is handled as a level one of the page turned over its diagonal.
    upright = [_over(rule) for rule in _joined([_over(rule) for rule in rules if _is_tall(rule)])]
    grids = [_grid(*group) for group in _groups(level[:MAX_RULES], upright[:MAX_RULES])]
    return sorted((grid for grid in grids if grid is not None), key=lambda grid: grid.box.top)


def _is_tall(rule: Box) -> bool:
    return rule.bottom - rule.top > rule.right - rule.left


def _over(box: Box) -> Box:
    return Box(box.top, box.left, box.bottom, box.right)


def _joined(rules: Sequence[Box]) -> list[Box]:
    """Level rules with those in one line that touch made one: each cell's own frame draws its sides again."""
    joined: list[Box] = []
    for rule in sorted(rules, key=lambda rule: (round((rule.top + rule.bottom) / 2), rule.left)):
        last = joined[-1] if joined else None
        if last and abs(last.top + last.bottom - rule.top - rule.bottom) <= 3 and rule.left <= last.right + SLACK:
            joined[-1] = Box(last.left, last.top, max(last.right, rule.right), last.bottom)
        else:
            joined.append(rule)
    return joined


def _groups(level: list[Box], upright: list[Box]) -> Iterator[tuple[list[Box], list[Box]]]:
    """Rules that cross or touch, directly or through others."""
    crossing: dict[int, list[int]] = {}
    for a, over in enumerate(level):
        for b, side in enumerate(upright):
            if _touch(over, side):
                crossing.setdefault(a, []).append(len(level) + b)
                crossing.setdefault(len(level) + b, []).append(a)
    seen: set[int] = set()
    for start in range(len(level)):
        if start in seen or start not in crossing:
            continue
        group, todo = {start}, [start]
        while todo:
            for other in crossing[todo.pop()]:
                if other not in group:
                    group.add(other)
                    todo.append(other)
        seen |= group
        yield (
            [level[n] for n in sorted(group) if n < len(level)],
            [upright[n - len(level)] for n in sorted(group) if n >= len(level)],
        )


def _touch(level: Box, upright: Box) -> bool:
    return (
        level.left - SLACK <= upright.right
        and upright.left <= level.right + SLACK
        and upright.top - SLACK <= level.bottom
        and level.top <= upright.bottom + SLACK
    )


def _grid(level: list[Box], upright: list[Box]) -> Grid | None:
    both = [*level, *upright]
    box = Box(
        min(rule.left for rule in both),
        min(rule.top for rule in both),
        max(rule.right for rule in both),
        max(rule.bottom for rule in both),
    )
    xs = _places([box.left, box.right, *((rule.left + rule.right) / 2 for rule in upright)])
    ys = _places([box.top, box.bottom, *((rule.top + rule.bottom) / 2 for rule in level)])
    if len(xs) < 2 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) > MAX_CELLS:
        return None
    return Grid(box, xs, ys, _merged(xs, ys, level, upright))


def _places(values: Sequence[float]) -> tuple[float, ...]:
    """Different places, those nearer than SLACK taken as one."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > SLACK:
            places.append(value)
    return tuple(places)


def _merged(xs: Sequence[float], ys: Sequence[float], level: list[Box], upright: list[Box]) -> dict[Cell, Cell]:
    """For each cell the first one that it is one with: no rule stands between them."""
    sides = [[rule for rule in upright if abs((rule.left + rule.right) / 2 - x) <= SLACK] for x in xs]
    lines = [[rule for rule in level if abs((rule.top + rule.bottom) / 2 - y) <= SLACK] for y in ys]
    first: dict[Cell, Cell] = {}
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            middle_y, middle_x = (top + bottom) / 2, (left + right) / 2
            cell: Cell = (row, column)
            if column and not any(rule.top <= middle_y <= rule.bottom for rule in sides[column]):
                cell = first[row, column - 1]
            elif row and not any(rule.left <= middle_x <= rule.right for rule in lines[row]):
                cell = first[row - 1, column]
            first[row, column] = cell
    return first
