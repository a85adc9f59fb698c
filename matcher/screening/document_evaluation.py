"""How well whole documents are read: findings against labelled spans, flags and denials apart.

A finding meets a span where the clause agrees, both flag or both deny (affirmed or possible against negated), and their
characters overlap. Several findings on one span count once.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from config.errors import InputError
from matcher.screening import rules
from matcher.screening.evaluation import POLARITIES, Reader
from matcher.screening.scores import Interval, Score, f1_intervals
from register.models import Finding

Place = tuple[int, int]
ANCHOR = 30
"""Letters by which the beginning and the end of a quote are known, where it does not stand in one piece."""
BETWEEN = 300
"""Letters of running heads, feet and notes that may come between the two: those of one turn of a page."""


@dataclass(frozen=True)
class Span:
    """A labelled stretch of a document. places: wherever its quote stands (start, end); none where it was not found."""

    code: str
    polarity: str
    quote: str
    places: tuple[Place, ...]

    @property
    def flags(self) -> bool:
        """Whether it counts: affirmed and possible do, negated does not."""
        return self.polarity != "negated"


@dataclass(frozen=True)
class Labelled:
    """A whole document with its labelled spans. Offsets count code points of `text`."""

    id: str
    title: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Wrong:
    """One missed span or one finding too many. where: for a finding, what the gold says at its place."""

    document: str
    kind: str
    clause: str
    polarity: str
    quote: str
    where: str = ""


@dataclass(frozen=True)
class Read:
    """What a reader found in one document."""

    document: Labelled
    findings: tuple[Finding, ...]

    def score(self, clause: str, *, flags: bool) -> Score:
        """Counts for one clause: of its flags, or of its denials."""
        spans = [s for s in self.document.spans if s.code == clause and s.flags == flags]
        findings = [f for f in self.findings if f.clause == clause and f.flags == flags]
        met = sum(any(meets(f, s) for f in findings) for s in spans)
        loose = sum(not any(meets(f, s) for s in spans) for f in findings)
        return Score(met, loose, len(spans) - met)

    def wrong(self) -> Iterator[Wrong]:
        """Missed spans, then findings that meet none, each in the order of the text."""
        for span in self.document.spans:
            if not any(meets(finding, span) for finding in self.findings):
                yield Wrong(self.document.id, "missed", span.code, span.polarity, span.quote)
        for finding in self.findings:
            if not any(meets(finding, span) for span in self.document.spans):
                where = ", ".join(f"{s.code} {s.polarity}" for s in self.document.spans if _overlap(finding, s))
                yield Wrong(
                    self.document.id, "false", finding.clause, finding.polarity, finding.quote, where or "nothing"
                )


@dataclass
class Report:
    """Figures of one reader on a set of documents."""

    name: str
    read: list[Read]

    @cached_property
    def per_clause(self) -> dict[str, Score]:
        """Scores of each clause's flags, in the order of CODES."""
        return self._scores(flags=True)

    @cached_property
    def denials(self) -> dict[str, Score]:
        """Scores of each clause's negated spans."""
        return self._scores(flags=False)

    @property
    def micro(self) -> Score:
        """All flags added up."""
        return sum(self.per_clause.values(), Score())

    @property
    def denied(self) -> Score:
        """All negated spans added up."""
        return sum(self.denials.values(), Score())

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """95 % intervals of F1 over resampled documents, by clause, and of "micro" and "macro"."""
        rows = [[read.score(code, flags=True) for code in rules.CODES] for read in self.read]
        counts = np.array([[(s.tp, s.fp, s.fn) for s in row] for row in rows], dtype=np.int64)
        return f1_intervals(counts, rules.CODES)

    @property
    def quotes(self) -> tuple[int, int]:
        """How many findings' quotes are the text at their offsets, and how many findings there are."""
        right = sum(
            f.quote == r.document.text[f.start : f.end] and f.quote != "" for r in self.read for f in r.findings
        )
        return right, sum(len(r.findings) for r in self.read)

    @property
    def wrong(self) -> list[Wrong]:
        """Everything missed and found too much, document by document."""
        return [wrong for read in self.read for wrong in read.wrong()]

    def _scores(self, *, flags: bool) -> dict[str, Score]:
        return {code: sum((read.score(code, flags=flags) for read in self.read), Score()) for code in rules.CODES}


def meets(finding: Finding, span: Span) -> bool:
    """Whether a finding says what a span is labelled with, there."""
    return finding.clause == span.code and finding.flags == span.flags and _overlap(finding, span)


def _overlap(finding: Finding, span: Span) -> bool:
    return any(finding.start < end and start < finding.end for start, end in span.places)


def evaluate(documents: Sequence[Labelled], read: Reader, name: str) -> Report:
    """Measure a reader on labelled documents."""
    return Report(name, [Read(document, tuple(read(document.text))) for document in documents])


def compare(documents: Sequence[Labelled], ways: Mapping[str, Reader]) -> list[Report]:
    """Measure several readers on the same documents, in the order given."""
    return [evaluate(documents, read, name) for name, read in ways.items()]


def load(path: Path, read_file: Callable[[Path], str]) -> list[Labelled]:
    """Labelled documents of a JSON lines file: id, text or file, spans of {code, polarity, quote}.

    read_file: gives the text of a `file`, whose path is relative to the gold file. Quotes are searched by their letters
    and digits, so line breaks, hyphens and white space don't matter; a span whose quote is not there has no places.
    Raises InputError naming line and field.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        item = f"{path.name} line {number}"
        try:
            row = json.loads(line)
            text = row["text"] if "text" in row else read_file(path.parent / row["file"])
            if not isinstance(text, str):
                raise TypeError("text is no string")
            haystack = Haystack(text)
            spans = tuple(_span(span, haystack, item) for span in row["spans"])
            found.append(Labelled(str(row["id"]), str(row.get("title", "")), text, spans))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"is no labelled document with id, text or file, and spans: {error!r}"
            raise InputError(item, None, reason) from None
    return found


def _span(row: dict[str, Any], haystack: "Haystack", item: str) -> Span:
    code, polarity, quote = row["code"], row["polarity"], row["quote"]
    if code not in rules.CODES:
        raise InputError(item, "spans.code", f"{code!r} is no clause: {', '.join(rules.CODES)}")
    if polarity not in POLARITIES:
        raise InputError(item, "spans.polarity", f"{polarity!r} is not one of {', '.join(POLARITIES)}")
    return Span(code, polarity, quote, tuple(haystack.places(quote)))


class Haystack:
    """A text in which quotes are searched by their letters and digits alone, case folded."""

    def __init__(self, text: str) -> None:
        self.text = text
        pieces = [(piece, at) for at, char in enumerate(text) if char.isalnum() for piece in char.casefold()]
        self._letters = "".join(piece for piece, _ in pieces)
        self._offsets = [at for _, at in pieces]

    def places(self, quote: str) -> list[Place]:
        """Wherever a quote stands: (start, end). First in one piece, else with a turn of the page within it."""
        letters = "".join(char.casefold() for char in quote if char.isalnum())
        if not letters:
            return []
        whole = [self._place(at, at + len(letters)) for at in _occurrences(self._letters, letters)]
        if whole or len(letters) < 2 * ANCHOR:
            return whole
        head, tail = letters[:ANCHOR], letters[-ANCHOR:]
        found = []
        for at in _occurrences(self._letters, head):
            end = self._letters.find(tail, at + ANCHOR, at + len(letters) + BETWEEN)
            if end >= 0:
                found.append(self._place(at, end + ANCHOR))
        return found

    def _place(self, start: int, end: int) -> Place:
        return self._offsets[start], self._offsets[end - 1] + 1


def _occurrences(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
