"""What people write when they answer a letter: the words of config/replies.yaml as expressions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from config.errors import KnowledgeError
from config.knowledge import read_yaml
from config.words import any_of, is_word, pattern

FILE = "replies.yaml"
LISTS = ("stop", "pause", "around", "all", "others", "turned", "units")
ANSWERS = ("maybe", "no", "yes", "talk")
REASONS = ("too_far", "too_big", "wrong_work", "no_time", "missing_permit")


@dataclass(frozen=True)
class Phrase:
    """Words that say something. means: maybe, no, yes, talk, or a reason as judgements name it."""

    means: str
    start: int
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """Expressions for case-folded text; of several that begin at a place the longest holds."""

    stop: re.Pattern[str]
    pause: re.Pattern[str]
    around: re.Pattern[str]
    all: re.Pattern[str]
    others: re.Pattern[str]
    turned: re.Pattern[str]
    units: re.Pattern[str]
    numbers: Mapping[int, re.Pattern[str]]
    phrases: re.Pattern[str]
    means: tuple[str, ...]
    """Of each group of `phrases`."""

    def read(self, text: str) -> Iterator[Phrase]:
        """The phrases of a text in its order, none within another."""
        for match in self.phrases.finditer(text):
            assert match.lastindex
            yield Phrase(self.means[match.lastindex - 1], match.start(), match.end())


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words. Raises KnowledgeError naming the list that is wrong."""
    rows = read_yaml(FILE)
    if not isinstance(rows, dict) or set(rows) != {*LISTS, *ANSWERS, "reasons", "numbers"}:
        names = ", ".join((*LISTS, *ANSWERS))
        raise KnowledgeError(f"config/{FILE} has to have the lists {names}, reasons and numbers, and nothing else")
    reasons, numbers = rows["reasons"], rows["numbers"]
    if not isinstance(reasons, dict) or set(reasons) != set(REASONS):
        raise KnowledgeError(f"config/{FILE}, reasons: has to have {', '.join(REASONS)}, and nothing else")
    if not isinstance(numbers, dict) or not all(isinstance(number, int) for number in numbers):
        raise KnowledgeError(f"config/{FILE}, numbers: has to name numbers and the words for each")
    said = [(name, word) for name in ANSWERS for word in _words(name, rows[name])]
    said += [(name, word) for name in REASONS for word in _words(f"reasons, {name}", reasons[name])]
    said.sort(key=lambda one: len(one[1]), reverse=True)
    return Vocabulary(
        **{name: _expression(name, rows[name]) for name in LISTS},
        numbers={number: _expression(f"numbers, {number}", words) for number, words in numbers.items()},
        phrases=re.compile("|".join(f"({pattern(word)})" for _, word in said)),
        means=tuple(name for name, _ in said),
    )


def _expression(name: str, words: Any) -> re.Pattern[str]:
    return re.compile(any_of(_words(name, words)))


def _words(name: str, words: Any) -> Iterable[str]:
    if not isinstance(words, list) or not words:
        raise KnowledgeError(f"config/{FILE}, {name}: has to be a list of words")
    for word in words:
        if not is_word(word):
            raise KnowledgeError(f"config/{FILE}, {name}: {word!r} is no word; put quotation marks around it")
    return words
