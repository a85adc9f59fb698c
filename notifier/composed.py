"""A letter in words, before it is laid out: HTML, text and calendar file are all made from this and nothing else."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime

from notifier.facts import one_line
from register.models import Noun

Kind = Literal["text", "bullets", "steps", "facts", "news", "quiet"]
LONGEST_PREHEADER = 140
"""Characters that mail programs show beside the subject."""
Plain = Annotated[str, AfterValidator(one_line)]
"""One line without control, format and bidirectional characters, whatever came in: names and texts are others'."""


class Line(Noun):
    """One line: `label: text evidence link`, each left out where it is empty."""

    text: Plain
    label: Plain = ""
    evidence: Plain = ""
    """What the text rests on, set apart from it."""
    address: Plain = ""
    link: Plain = ""
    """The words of the link to `address`; they make sense alone."""
    language: Plain = ""
    """Of the text, where it is another than the letter's."""
    verbatim: bool = False
    """Whether the text is a name or somebody else's words, which are not ours to make plainer."""


class Passage(Noun):
    """Some lines under a heading, or under none."""

    kind: Kind
    lines: tuple[Line, ...]
    heading: Plain = ""


class Card(Noun):
    """One tender, or another thing with a name."""

    title: Plain
    number: int | None = None
    language: Plain = ""
    """Of the title, where it is another than the letter's."""
    marks: tuple[Plain, ...] = ()
    passages: tuple[Passage, ...]


class Section(Noun):
    """A part of the letter: a heading, a few words, then cards."""

    heading: Plain
    passages: tuple[Passage, ...] = ()
    cards: tuple[Card, ...] = ()


class Event(Noun):
    """A last day for the calendar. day: local; at: the instant, None where the whole day counts."""

    uid: Plain
    summary: Plain
    description: Plain
    day: date
    at: AwareDatetime | None = None
    address: Plain = ""


class Composed(Noun):
    """One letter in words."""

    language: Plain
    subject: Plain
    preheader: Plain
    """What mail programs show after the subject; it repeats what stands in the letter."""
    heading: Plain
    marks: tuple[Plain, ...] = ()
    lead: tuple[Line, ...]
    sections: tuple[Section, ...]
    footer: Section
    events: tuple[Event, ...] = ()

    def passages(self) -> Iterator[Passage]:
        """All passages in the order of reading."""
        yield Passage(kind="text", lines=self.lead)
        for section in (*self.sections, self.footer):
            yield from section.passages
            for card in section.cards:
                yield from card.passages

    def words(self) -> Iterator[str]:
        """Everything that a reader is to see, in the order of reading; addresses of links too."""
        yield from (self.heading, *self.marks)
        for line in self.lead:
            yield from _said(line)
        for section in (*self.sections, self.footer):
            yield section.heading
            for passage in section.passages:
                yield from _passage(passage)
            for card in section.cards:
                yield from card.marks
                yield f"{card.number}. {card.title}" if card.number else card.title
                for passage in card.passages:
                    yield from _passage(passage)


def _passage(passage: Passage) -> Iterator[str]:
    if passage.heading:
        yield passage.heading
    for line in passage.lines:
        yield from _said(line)


def _said(line: Line) -> Iterator[str]:
    yield from (part for part in (line.label, line.text, line.evidence, line.link, line.address) if part)
