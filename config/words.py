"""Words of the knowledge files as regular expressions (pure): `*` stands for letters, a space for white space."""

import re
from collections.abc import Iterable
from typing import Any


def is_word(value: Any) -> bool:
    """Whether a value of a file can be a word: text with more than stars and spaces in it."""
    return isinstance(value, str) and bool(value.strip("* "))


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


def lowered(text: str) -> str:
    """A text in lower case with every character where it was: one that would become two stays as it is."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)
