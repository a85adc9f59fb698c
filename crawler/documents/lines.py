"""Words -> fragments (no wide gap), rows (one baseline), and lines joined to a text.

Words parted by a hyphen at the end of a line are joined without it ("för-" + "skola" -> "förskola"), except where the
hyphen belongs to the word: before "och", "eller" and their like, after a capital, a figure or a single letter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from crawler.documents.piece import BULLET
from crawler.documents.sheet import Word

LEADER = re.compile(r"(?:\.\s?){4,}$|…+$")
MARK = re.compile(r"\d{1,2}(?:\.\d{1,3})*\.?|\d+\)")
"""The number of a list or heading, alone."""
SUSPENDED = re.compile(r"(?:och|eller|samt|respektive|resp|og|and|or|ja|tai|till)\b")
PARTED = re.compile(r"[a-zåäöæøéü]{2}-$")
KEPT = re.compile(r"[\w]-$")


@dataclass
class Line:
    """Words on one baseline, in order."""

    words: list[Word]

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(word.right for word in self.words)

    @property
    def baseline(self) -> float:
        """That of its largest word."""
        return max(self.words, key=lambda word: word.size).baseline

    @property
    def size(self) -> float:
        """That of its largest word, in points."""
        return max(word.size for word in self.words)

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(word.bold for word in self.words)

    @property
    def text(self) -> str:
        """Its words with a blank between."""
        return " ".join(word.text for word in self.words)


Row = list[Line]
"""Fragments on one baseline, from left to right."""


def rows(words: Sequence[Word]) -> list[Row]:
    """Rows of fragments from top to bottom: words on about one baseline, parted where the gap is wide."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.baseline, word.left)):
        if found and abs(word.baseline - found[-1][0].baseline) <= 0.35 * min(word.size, found[-1][0].size):
            found[-1].append(word)
        else:
            found.append([word])
    return [_fragments(sorted(row, key=lambda word: word.left)) for row in _with_raised(found)]


def _with_raised(rows: list[list[Word]]) -> list[list[Word]]:
    """Put small raised words (a footnote's figure) into the row that they stand in."""
    merged: list[list[Word]] = []
    for row in rows:
        if merged and _is_raised(merged[-1], row):
            merged[-1] = [*merged[-1], *row]
        else:
            merged.append(row)
    return merged


def _is_raised(above: list[Word], row: list[Word]) -> bool:
    small, large = max(word.size for word in above), max(word.size for word in row)
    if small > 0.8 * large or row[0].baseline - above[0].baseline > 0.6 * large:
        return False
    return all(any(-1 < word.left - base.right < large for base in row) for word in above)


def _fragments(words: Sequence[Word]) -> Row:
    lines: Row = []
    for word in words:
        if lines and _belongs(lines[-1], word):
            lines[-1].words.append(word)
        else:
            lines.append(Line([word]))
    return lines


def _belongs(line: Line, word: Word) -> bool:
    gap = word.left - line.right
    if gap <= max(line.words[-1].size, word.size):
        return True
    text = line.text
    if LEADER.search(text):
        return True
    # A bullet or number of a list stands far from its text, and is no column of its own.
    marks = len(line.words) == 1 and (BULLET.match(f"{text} x") or MARK.fullmatch(text))
    return bool(marks) and gap <= 4.5 * word.size


def plain(row: Row) -> str:
    """A row's text without its gaps."""
    return " ".join(line.text for line in row)


def whole(row: Row) -> Line:
    """A row as one line, its gaps closed."""
    return Line([word for line in row for word in line.words])


def leading(lines: Sequence[Line]) -> float:
    """Usual distance of baselines."""
    steps = [
        below.baseline - above.baseline
        for above, below in pairwise(lines)
        if 0.5 * above.size < below.baseline - above.baseline < 2.2 * above.size
    ]
    return median(steps) if steps else 1.3 * max((line.size for line in lines), default=10.0)


def joined(lines: Sequence[str]) -> str:
    """Lines as one text, words that a line end parted joined as the module says."""
    text = ""
    for line in lines:
        if not text:
            text = line
        elif PARTED.search(text) and line[0].islower() and not SUSPENDED.match(line):
            text = text[:-1] + line
        elif KEPT.search(text) and line[0].isalnum() and not SUSPENDED.match(line):
            text += line
        else:
            text += " " + line
    return text
