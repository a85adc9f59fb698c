"""Plots as SVG, drawn here: without script or style of their own they obey the pages' policy and the reader's theme.

A plot is never alone: the page has a table of the same figures under it. Colours are classes of sheets.css.
"""

from collections.abc import Mapping, Sequence
from math import ceil, log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 680, 240
LEFT, BOTTOM, TOP = 44, 34, 10
ROW = 26
LABEL = 250
KINDS = 6
"""Classes of colour; further series share the last one."""
LONGEST_LABEL = 38


def columns(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Markup:
    """Columns over time, the series stacked. labels: of the columns; each series has a value for each of them."""
    totals = [sum(values[at] for values in series.values()) for at in range(len(labels))]
    top = _ceiling(max(totals, default=0))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    parts = [_grid(top)]
    for at, label in enumerate(labels):
        x, base = LEFT + at * step + step * 0.12, float(HEIGHT - BOTTOM)
        for number, values in enumerate(series.values()):
            tall = (HEIGHT - BOTTOM - TOP) * values[at] / top
            base -= tall
            if values[at]:
                parts.append(_rect(x, base, step * 0.76, tall, number))
        if at % max(ceil(len(labels) / 13), 1) == 0:
            parts.append(_text(x + step * 0.38, HEIGHT - BOTTOM + 16, label, "middle"))
    return _svg(title, HEIGHT, parts) + _legend(list(series))


def bars(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """Bars beside their labels, each with its figure."""
    top = max((value for _, value in rows), default=0) or 1
    parts = []
    for at, (label, value) in enumerate(rows):
        y = at * ROW + 4
        wide = (WIDTH - LABEL - 60) * value / top
        parts.append(_text(LABEL - 8, y + 15, label, "end"))
        parts.append(_rect(LABEL, y, max(wide, 1), ROW - 8, 0))
        parts.append(_text(LABEL + wide + 6, y + 15, str(value), "start"))
    return _svg(title, len(rows) * ROW + 6, parts)


def _ceiling(most: int) -> int:
    """A round number at or above the most, at least 4, that four lines divide."""
    unit = 10 ** max(int(log10(max(most, 1))), 0)
    return next(4 * unit * part // 4 for part in (1, 2, 4, 8, 12) if unit * part >= max(most, 4)) if most > 4 else 4


def _grid(top: int) -> Markup:
    lines = []
    for part in range(5):
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part / 4
        lines.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH, y, y))
        lines.append(_text(LEFT - 6, y + 4, f"{top * part / 4:g}", "end"))
    return Markup("").join(lines)


def _rect(x: float, y: float, wide: float, tall: float, number: int) -> Markup:
    kind = min(number, KINDS - 1)
    return Markup('<rect class="kind{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        kind, x, y, wide, tall
    )


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    short = text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, short)


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="plot" role="img" aria-label="{}" viewBox="0 0 {} {:.0f}">{}</svg>').format(
        escape(title), WIDTH, height, Markup("").join(parts)
    )


def _legend(names: Sequence[str]) -> Markup:
    if len(names) < 2:
        return Markup("")
    items = [
        Markup('<li><svg class="key" aria-hidden="true" viewBox="0 0 14 14">{}</svg> {}</li>').format(
            _rect(0, 0, 14, 14, number), name
        )
        for number, name in enumerate(names)
    ]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))
