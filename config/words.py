"""Words of the knowledge files as regular expressions (pure): `*` stands for letters, a space for white space."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from config.errors import KnowledgeError

WORD = re.compile(r"[\w-]+")
PLAIN = re.compile(r"[\w*-]+")
"""A part of an expression that stands for one word of a text, whatever its stars stand for."""
TOKENS_KEPT = 100_000
"""Words of texts whose reading is kept in memory."""


def is_word(value: Any) -> bool:
    """Whether a value of a file can be a word: text with more than stars and spaces in it."""
    return isinstance(value, str) and bool(value.strip("* "))


def lists(item: str, row: Mapping[str, Any], fields: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Lists of words of an entry of a file, each word once, empty where the entry has none. item: file and entry.

    Raises KnowledgeError naming the item and the field.
    """
    found = {field: tuple(dict.fromkeys(row.get(field) or ())) for field in fields}
    for field, words in found.items():
        wrong = [word for word in words if not is_word(word)]
        if wrong:
            raise KnowledgeError(f"{item}, {field}: {wrong[0]!r} is no word")
    return found


def pattern(word: str) -> str:
    """A regular expression for a word, for text in lower case."""
    parts = [re.escape(part).replace(r"\*", r"[\w-]*") for part in word.casefold().split()]
    return (
        r"(?<![\w-])" + r"\s+".join(parts) + r"(?![\w-])"
        if not word.startswith("*")
        else (r"(?<!\w)" + r"\s+".join(parts) + r"(?![\w-])")
    )


def any_of(words: Iterable[str]) -> str:
    """A regular expression for any of some words, the longest that fits."""
    return "|".join(pattern(word) for word in sorted(words, key=len, reverse=True))


class Finder:
    """Finds many lists of words in a text at once: each word of the text is looked up by its beginning and its end, so
    that the time hardly grows with the number of words in the lists. What is found is what `any_of` finds, but that a
    star by itself is always a word.
    """

    def __init__(self, lists: Sequence[Iterable[str]]) -> None:
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._beginning: dict[str, list[int]] = defaultdict(list)
        self._end: dict[str, list[int]] = defaultdict(list)
        self._other: list[tuple[re.Pattern[str], int]] = []
        """By the first part of an expression: what is a word, begins it, ends it, or is found in another way."""
        self._expressions: list[tuple[int, int, tuple[re.Pattern[str], ...]]] = []
        """(list, length, parts after the first) of each expression."""
        self._odd: list[tuple[int, re.Pattern[str]]] = []
        """Lists of expressions with other signs in them than words have."""
        self._first: dict[str, tuple[int, ...]] = {}
        for number, words in enumerate(lists):
            odd = []
            for word in dict.fromkeys(words):
                parts = word.casefold().split()
                if all(PLAIN.fullmatch(part) for part in parts):
                    self._add(number, len(word), parts)
                else:
                    odd.append(word)
            if odd:
                self._odd.append((number, re.compile(any_of(odd))))

    def _add(self, number: int, length: int, parts: Sequence[str]) -> None:
        at = len(self._expressions)
        self._expressions.append((number, length, tuple(_glob(part) for part in parts[1:])))
        first = parts[0]
        if "*" not in first:
            self._whole[first].append(at)
        elif "*" not in first[:-1]:
            self._beginning[first[:-1]].append(at)
        elif "*" not in first[1:]:
            self._end[first[1:]].append(at)
        else:
            self._other.append((_glob(first), at))

    def _beginnings(self, word: str) -> tuple[int, ...]:
        """Expressions that a word of a text may begin."""
        if word not in self._first:
            if len(self._first) >= TOKENS_KEPT:
                self._first.clear()
            found = list(self._whole.get(word, ()))
            for cut in range(len(word) + 1):
                found += self._beginning.get(word[:cut], ())
                found += self._end.get(word[cut:], ())
            found += [at for glob, at in self._other if glob.fullmatch(word)]
            self._first[word] = tuple(found)
        return self._first[word]

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(list, start, end) of all that stands in a text in lower case, list by list, each from left to right, the
        longest expression at a place, none within another.
        """
        words = [match.span() for match in WORD.finditer(text)]
        best: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        for place, (start, end) in enumerate(words):
            for at in self._beginnings(text[start:end]):
                number, length, rest = self._expressions[at]
                stop = self._end_of(text, words, place, rest)
                if stop >= 0 and best[number].get(start, (0, 0)) < (length, stop):
                    best[number][start] = (length, stop)
        for number, odd in self._odd:
            for match in odd.finditer(text):
                known = best[number].get(match.start(), (0, 0))
                best[number][match.start()] = max(known, (len(match[0]), match.end()))
        for number in sorted(best):
            reached = 0
            for start, (_, end) in sorted(best[number].items()):
                if start >= reached:
                    yield number, start, end
                    reached = end

    @staticmethod
    def _end_of(text: str, words: Sequence[tuple[int, int]], place: int, rest: Sequence[re.Pattern[str]]) -> int:
        """Where an expression that begins with a word ends, -1 where it does not stand there."""
        for more, glob in enumerate(rest, start=1):
            if place + more >= len(words):
                return -1
            start, end = words[place + more]
            if not text[words[place + more - 1][1] : start].isspace():
                return -1
            if not glob.fullmatch(text, start, end):
                return -1
        return words[place + len(rest)][1]


def _glob(part: str) -> re.Pattern[str]:
    return re.compile(re.escape(part).replace(r"\*", r"[\w-]*"))


def lowered(text: str) -> str:
    """A text in lower case with every character where it was: one that would become two stays as it is."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)
