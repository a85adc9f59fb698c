"""Segments that are read together: a paragraph, a heading with what it heads, a question with its answer (pure).

The learned reader judges each segment in the light of its window. What stands beyond a blank line does not change what
is read before it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.screening.rules import words
from matcher.screening.segments import Segment

NEAR = 2
"""Segments before and after one of interest in whose light it is read."""
LONGEST = 1200
"""Characters of a window, about 300 tokens: well within the 512 positions of the bundled model."""


@dataclass(frozen=True)
class Window:
    """Segments that are read together. numbers: which they are; text: their flat texts, parted by spaces, with one word
    for all that can stand for it; spans: where each stands in `text`.
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
        length = len(one_word(part.flat))
        if group and (size + length > LONGEST or _apart(parts[group[-1]], part, first=first)):
            yield _window(parts, group)
            group, size = [], 0
        group.append(number)
        size += length + 1
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
    texts = [one_word(parts[number].flat) for number in numbers]
    at = 0
    for text in texts:
        spans.append((at, at + len(text)))
        at += len(text) + 1
    return Window(tuple(numbers), " ".join(texts), tuple(spans))


def one_word(flat: str) -> str:
    """A flat text in which words that can stand for one another (`interchangeable`) are the same, so that what is read
    does not hang on which of them the buyer chose.
    """
    expression, first = _interchangeable()
    return expression.sub(lambda found: first[found[0]], flat)


@lru_cache(maxsize=1)
def _interchangeable() -> tuple[re.Pattern[str], dict[str, str]]:
    """(any of the words, the first of its group for each word). A word of two groups makes them one."""
    first: dict[str, str] = {}
    for group in words()["interchangeable"]:
        known = [first[word] for word in group if word in first]
        joined = [word for word, own in first.items() if own in known]
        first |= dict.fromkeys([*group, *joined], known[0] if known else group[0])
    # Longest first, so that "i samband med" is not read as its beginning.
    alternatives = "|".join(re.escape(word) for word in sorted(first, key=len, reverse=True))
    return re.compile(rf"\b(?:{alternatives})\b"), first
