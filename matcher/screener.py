"""Screens notices of the register: what is new, or all anew. Corrections by persons stand over what readers find."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from matcher.screening import correcting, reader
from matcher.screening.reader import Judge
from register import corrections, documents, findings, notices
from register.corrections import Correction
from register.database import Register
from register.models import Finding, Notice

Step = Callable[[int, int], None]
"""Called with how many are done, and how many there are."""


@dataclass(frozen=True)
class Change:
    """What becomes of a clause in a notice. before, after: its polarities, "" where it is not found."""

    clause: str
    lot: str
    before: str
    after: str
    quote: str
    """The sentence (now, else as it was stored) on which it rests."""
    rule: str
    """Of the same finding."""

    @property
    def kind(self) -> str:
        """came, went, or polarity."""
        return "polarity" if self.before and self.after else "came" if self.after else "went"


@dataclass(frozen=True)
class Rescreened:
    """One notice, read anew. lapsed: corrections whose sentence no longer stands in it."""

    notice: Notice
    first: bool
    """It had never been read."""
    changes: tuple[Change, ...]
    corrections: int
    lapsed: tuple[Correction, ...]


def new(register: Register, *, now: datetime, closed: bool, progress: Step, judge: Judge | None = None) -> int:
    """Screen the notices that today's readers have not read in their latest version; returns how many were read."""
    waiting = findings.pending(register, reader.version(judge), closed=closed)
    for number, publication_number in enumerate(waiting, start=1):
        anew(register, notices.get(register, publication_number), now=now, judge=judge)
        progress(number, len(waiting))
    return len(waiting)


def again(
    register: Register,
    *,
    now: datetime,
    write: bool,
    progress: Step = lambda _done, _all: None,
    judge: Judge | None = None,
) -> Iterator[Rescreened]:
    """Screen all current notices, open and closed, and yield each with what is found otherwise than before.

    write: store what is found, a notice at a time.
    """
    waiting = findings.current(register)
    for number, (publication_number, read_before) in enumerate(waiting, start=1):
        notice = notices.get(register, publication_number)
        before = findings.of(register, publication_number)
        after = anew(register, notice, now=now, judge=judge, write=write)
        own = corrections.of(register, publication_number)
        papers = documents.papers(register, publication_number)
        lapsed = tuple(one for one in own if not correcting.holds(notice, one, papers))
        progress(number, len(waiting))
        yield Rescreened(notice, not read_before, tuple(changes(before, after)), len(own) - len(lapsed), lapsed)


def anew(
    register: Register, notice: Notice, *, now: datetime, judge: Judge | None = None, write: bool = True
) -> list[Finding]:
    """Screen one notice and its documents with the corrections that hold for it, and store (`write`) what is found."""
    number = notice.publication_number
    found = correcting.read(notice, corrections.of(register, number), judge, documents.papers(register, number))
    if write:
        findings.replace(register, notice, found, rules=reader.version(judge), at=now)
    return found


def changes(before: list[Finding], after: list[Finding]) -> Iterator[Change]:
    """Clauses (by lot) that are found otherwise: which came, which went, which changed polarity."""
    was, now = _by_clause(before), _by_clause(after)
    for clause, lot in sorted(was.keys() | now.keys()):
        old, new = was.get((clause, lot), []), now.get((clause, lot), [])
        if Counter(f.polarity for f in old) != Counter(f.polarity for f in new):
            shown = (new or old)[0]
            yield Change(clause, lot, _polarities(old), _polarities(new), shown.quote, shown.rule)


def _by_clause(found: list[Finding]) -> dict[tuple[str, str], list[Finding]]:
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        grouped.setdefault((finding.clause, finding.lot), []).append(finding)
    return grouped


def _polarities(found: list[Finding]) -> str:
    return " + ".join(sorted({finding.polarity for finding in found}))
