"""What a bidder has to have and do, as a list to tick off, each with the words that it came from (pure)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from config import demands
from matcher import texts
from notifier import facts
from register.documents import Paper
from register.models import Finding, Lot, Notice

Kind = Literal["demand", "criterion", "duty", "term"]
MOST = 40
LONGEST = 300
AROUND = 120
"""Characters before and after a demand's words."""


@dataclass(frozen=True)
class Requirement:
    """kind: a demand on the bidder that is found in the text, a criterion of the notice's own field, a social clause
    that binds the winner, a term of the contract. name: "" where the words say it all; lot: "" for all.
    """

    kind: Kind
    name: str
    words: str
    lot: str
    document: str = ""
    page: int | None = None
    closes: bool = False
    """Whether such a demand often shuts small enterprises out."""


def of(notice: Notice, found: Iterable[Finding], papers: Sequence[Paper]) -> list[Requirement]:
    """The first MOST requirements, what shuts small ones out first; the same words once."""
    every = [*_demands(notice, papers), *_criteria(notice), *_duties(found), *_terms(notice)]
    once: dict[tuple[str, str], Requirement] = {}
    for one in every:
        once.setdefault((one.name, facts.one_line(one.words).casefold()), one)
    return sorted(once.values(), key=lambda one: not one.closes)[:MOST]


def _demands(notice: Notice, papers: Sequence[Paper]) -> Iterator[Requirement]:
    """One of each kind in each text."""
    several = len(notice.lots) > 1
    for lot in notice.lots:
        yield from _found(texts.demanding(notice, lot), lot.id if several else "")
    for paper in papers:
        yield from _found(paper.text, "", paper)


def _found(text: str, lot: str, paper: Paper | None = None) -> Iterator[Requirement]:
    seen: set[str] = set()
    for demand in demands.find(text):
        if demand.kind not in seen:
            seen.add(demand.kind)
            yield Requirement(
                "demand",
                demands.kinds()[demand.kind].name,
                _around(text, demand.start, demand.end),
                lot,
                paper.name if paper else "",
                paper.page(demand.start) if paper else None,
                demand.closes,
            )


def _around(text: str, start: int, end: int) -> str:
    """The words with what stands around them, cut at spaces."""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    before = "…" + before.partition(" ")[2] if start > AROUND else before
    after = after.rpartition(" ")[0] + "…" if end + AROUND < len(text) else after
    return facts.one_line(before + text[start:end] + after)


def _criteria(notice: Notice) -> Iterator[Requirement]:
    for lot in notice.lots:
        for text in lot.selection_criteria:
            yield Requirement("criterion", "", facts.one_line(text, LONGEST), _lot(notice, lot))


def _duties(found: Iterable[Finding]) -> Iterator[Requirement]:
    for one in found:
        if one.effect == "duty" and one.flags and one.witness != "code only":
            words = facts.one_line(one.quote, LONGEST)
            yield Requirement("duty", one.clause, words, one.lot, one.document, one.page)


def _terms(notice: Notice) -> Iterator[Requirement]:
    for lot in notice.lots:
        for text in lot.performance_terms:
            yield Requirement("term", "", facts.one_line(text, LONGEST), _lot(notice, lot))


def _lot(notice: Notice, lot: Lot) -> str:
    return lot.id if len(notice.lots) > 1 else ""
