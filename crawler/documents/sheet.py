"""One page of a PDF as its file has it: words, rules and what the page is, before anything is made of them."""

from typing import Literal, NamedTuple

State = Literal["text", "picture", "undecodable"]
"""picture: scanned or drawn, next to no text. undecodable: the file does not tell which letters its shapes are."""


class Box(NamedTuple):
    """In points from the page's upper left corner, right and down."""

    left: float
    top: float
    right: float
    bottom: float


class Word(NamedTuple):
    """One word: where it stands, the size of its letters in points."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool = False
    upright: bool = True


class Sheet(NamedTuple):
    """One page; width and height in points as it is shown."""

    number: int
    width: float
    height: float
    words: list[Word]
    rules: list[Box]
    state: State
