"""Segments that are read together: a paragraph, a heading with what it heads, a question with its answer (pure).

The learned reader judges each segment in the light of its window. What stands beyond a blank line does not change what
is read before it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matcher.screening.segments import Segment

LONGEST = 1200
"""Characters of a window, about 300 tokens: well within the 512 positions of the bundled model."""
BLANK = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True)
class Window:
    """Segments that are read together. numbers: which they are; text: their flat texts, parted by spaces; spans: where
    each stands in `text`.
    """

    numbers: tuple[int, ...]
    text: str
    spans: tuple[tuple[int, int], ...]


def windows(text: str, parts: Sequence[Segment]) -> Iterator[Window]:
    """The windows of a text in order; each segment but the lines of tables of contents is in one."""
    group: list[int] = []
    size = 0
    for number, part in enumerate(parts):
        if part.kind == "toc" or not part.flat:
            continue
        first = group == [0]
        if group and (size + len(part.flat) > LONGEST or _parts(text, parts[group[-1]], part, first=first)):
            yield _window(parts, group)
            group, size = [], 0
        group.append(number)
        size += len(part.flat) + 1
    if group:
        yield _window(parts, group)


def _parts(text: str, before: Segment, part: Segment, *, first: bool) -> bool:
    """Whether a blank line parts two segments that do not belong together; the first line may be the text's title."""
    heading = before.kind == "heading" and not (first and not before.section)
    together = heading or (before.kind == "question" and part.kind in ("question", "answer"))
    return not together and bool(BLANK.search(text, before.end, part.start))


def _window(parts: Sequence[Segment], numbers: Sequence[int]) -> Window:
    spans: list[tuple[int, int]] = []
    at = 0
    for number in numbers:
        spans.append((at, at + len(parts[number].flat)))
        at += len(parts[number].flat) + 1
    return Window(tuple(numbers), " ".join(parts[number].flat for number in numbers), tuple(spans))
