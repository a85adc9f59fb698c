"""Segments that are read together: a paragraph, a heading with what it heads, a question with its answer (pure).

The learned reader judges each segment in the light of its window. What stands beyond a blank line does not change what
is read before it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from matcher.screening.segments import Segment

NEAR = 2
"""Segments before and after one of interest in whose light it is read."""
LONGEST = 1200
"""Characters of a window, about 300 tokens: well within the 512 positions of the bundled model."""


@dataclass(frozen=True)
class Window:
    """Segments that are read together. numbers: which they are; text: their flat texts, parted by spaces; spans: where
    each stands in `text`.
    """

    numbers: tuple[int, ...]
    text: str
    spans: tuple[tuple[int, int], ...]


def windows(parts: Sequence[Segment]) -> Iterator[Window]:
    """The windows of a text in order; each segment but the lines of tables of contents is in one."""
    group: list[int] = []
    size = 0
    for number, part in enumerate(parts):
        if part.kind == "toc" or not part.flat:
            continue
        first = group == [0]
        if group and (size + len(part.flat) > LONGEST or _apart(parts[group[-1]], part, first=first)):
            yield _window(parts, group)
            group, size = [], 0
        group.append(number)
        size += len(part.flat) + 1
    if group:
        yield _window(parts, group)


def around(parts: Sequence[Segment], window: Window, wanted: Collection[int]) -> Iterator[Window]:
    """What of a window is within NEAR segments of a wanted one: a long list or page is not read whole for one line."""
    group: list[int] = []
    for at, number in enumerate(window.numbers):
        if any(near in wanted for near in window.numbers[max(0, at - NEAR) : at + NEAR + 1]):
            group.append(number)
        elif group:
            yield _window(parts, group)
            group = []
    if group:
        yield _window(parts, group)


def _apart(before: Segment, part: Segment, *, first: bool) -> bool:
    """Whether a blank line parts two segments that do not belong together; the first line may be the text's title."""
    heading = before.kind == "heading" and not (first and not before.section)
    together = heading or (before.kind == "question" and part.kind in ("question", "answer"))
    return not together and before.paragraph != part.paragraph


def _window(parts: Sequence[Segment], numbers: Sequence[int]) -> Window:
    spans: list[tuple[int, int]] = []
    at = 0
    for number in numbers:
        spans.append((at, at + len(parts[number].flat)))
        at += len(parts[number].flat) + 1
    return Window(tuple(numbers), " ".join(parts[number].flat for number in numbers), tuple(spans))
