"""How well the screener reads: precision, recall and F1 per clause on labelled passages, beside plain keywords."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from config.errors import InputError
from matcher.screening import reader, rules
from matcher.screening.reader import Judge
from matcher.screening.scores import Interval, Score, f1_intervals
from register.models import Finding, Polarity

Labels = Mapping[str, str]
"""Clause to polarity; affirmed and possible count as a flag."""
Screener = Callable[[str], Labels]
"""A way to screen, as it is measured: the text of a passage to its labels."""
Reader = Callable[[str], Sequence[Finding]]
"""A way to read: a text to its findings."""
POLARITIES: tuple[Polarity, ...] = ("affirmed", "possible", "negated")

KEYWORDS = {
    "reserved_participation": r"reserver|förbehåll|sheltered workshop|4 kap\.? 18",
    "reserved_public_service": r"idéburn|civilsamhäll|19 kap\.? 25|public service mission",
    "reserved_execution": r"skyddad anställning|reserverat genomförande|sheltered employment",
    "employment_requirement": r"sysselsättningskrav|praktik|lärling|långtidsarbetslös|trainee",
    "employment_dialogue": r"dialog|samtal|dialogue",
    "employment_bonus": r"bonus|premie|incitament",
    "labour_conditions": r"arbetsrättsliga villkor|kollektivavtal|semester|collective agreement",
    "supply_chain_rights": r"mänskliga rättigheter|ilo|uppförandekod|human rights|code of conduct",
    "accessibility": r"tillgänglig|accessib|rullstol|wcag",
    "equality": r"jämställd|diskriminer|discriminat|equality",
    "social_award_criterion": r"poäng|mervärde|social hållbarhet|award criteri",
    "social_subcontracting": r"sociala företag|socialt företag|arbetsintegrer|social enterprise",
    "small_lots": r"anbudsområde|delar|små företag|små och medelstora|lots",
    "idea_partnership": r"idéburet offentligt partnerskap|\biop\b|partnerskap",
}
"""A plain keyword screener, for comparison only."""


@dataclass(frozen=True)
class Passage:
    """One labelled passage."""

    id: str
    text: str
    labels: dict[str, str]
    language: str = ""
    kind: str = ""

    @property
    def flags(self) -> set[str]:
        """Clauses that count."""
        return {clause for clause, polarity in self.labels.items() if polarity != "negated"}


@dataclass(frozen=True)
class Outcome:
    """What a screener said of one passage."""

    passage: Passage
    found: dict[str, str]

    @property
    def flags(self) -> set[str]:
        """Clauses that it flagged."""
        return {clause for clause, polarity in self.found.items() if polarity != "negated"}


@dataclass(frozen=True)
class Clean:
    """Passages of one kind in which nothing is to be flagged, and what was flagged there all the same."""

    n: int
    flagged: int
    clauses: tuple[tuple[str, int], ...]
    """(clause, how often it was flagged), most often first."""


@dataclass(frozen=True)
class Confusion:
    """False flags of one clause where passages of one kind hold the same: what was taken for what.

    holds: the passage's own labels, for example "equality, small_lots (negated)"; "nothing" where it has none.
    """

    flagged: str
    kind: str
    holds: str
    ids: tuple[str, ...]


@dataclass
class Report:
    """Figures of one screener on a set of passages."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)

    @cached_property
    def per_clause(self) -> dict[str, Score]:
        """Scores of each clause, in the order of CODES."""
        counts = self._counts.sum(axis=0)
        return {code: Score(*map(int, row)) for code, row in zip(rules.CODES, counts, strict=True)}

    @cached_property
    def per_kind(self) -> dict[str, Score]:
        """Scores of each kind of passage, all clauses added up."""
        return self._grouped([outcome.passage.kind or "-" for outcome in self.outcomes])

    @cached_property
    def per_language(self) -> dict[str, Score]:
        """Scores of each language, all clauses added up."""
        return self._grouped([outcome.passage.language or "-" for outcome in self.outcomes])

    @property
    def micro(self) -> Score:
        """All clauses added up."""
        return sum(self.per_clause.values(), Score())

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the clauses that were to be found or were flagged; 1 where there are none."""
        own = [score.f1 for score in self.per_clause.values() if score.tp + score.fp + score.fn]
        return sum(own) / len(own) if own else 1.0

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """95 % intervals of F1 by clause, and of "micro" and "macro"."""
        return f1_intervals(self._counts, rules.CODES)

    @property
    def clean(self) -> int:
        """Passages in which nothing is to be flagged."""
        return sum(own.n for own in self.clean_by_kind.values())

    @property
    def clean_flagged(self) -> int:
        """Of those, how many were flagged."""
        return sum(own.flagged for own in self.clean_by_kind.values())

    @cached_property
    def clean_by_kind(self) -> dict[str, Clean]:
        """The same by kind of passage."""
        kinds: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            if not outcome.passage.flags:
                kinds.setdefault(outcome.passage.kind or "-", []).append(outcome)
        return {
            kind: Clean(
                n=len(own),
                flagged=sum(bool(outcome.flags) for outcome in own),
                clauses=tuple(_most_common(clause for outcome in own for clause in outcome.flags)),
            )
            for kind, own in sorted(kinds.items())
        }

    @cached_property
    def confusion(self) -> list[Confusion]:
        """What was flagged falsely where, the most frequent first."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for outcome in self.outcomes:
            passage = outcome.passage
            for clause in outcome.flags - passage.flags:
                found.setdefault((clause, passage.kind or "-", _words(passage.labels)), []).append(passage.id)
        rows = [Confusion(*key, tuple(ids)) for key, ids in found.items()]
        return sorted(rows, key=lambda row: (-len(row.ids), row.flagged, row.kind, row.holds))

    @cached_property
    def polarity(self) -> dict[str, tuple[int, int]]:
        """For each polarity of the gold labels, how many were given just so, and how many there are."""
        said = [
            (polarity, outcome.found.get(clause) == polarity)
            for outcome in self.outcomes
            for clause, polarity in outcome.passage.labels.items()
        ]
        return {
            polarity: (sum(right for own, right in said if own == polarity), sum(own == polarity for own, _ in said))
            for polarity in POLARITIES
        }

    @property
    def polarity_right(self) -> int:
        """Gold labels that were given with their own polarity."""
        return sum(right for right, _ in self.polarity.values())

    @property
    def polarity_all(self) -> int:
        """Gold labels."""
        return sum(n for _, n in self.polarity.values())

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """(passage id, "missed" or "false", clause), in the order of the passages."""
        return [
            (outcome.passage.id, "false" if clause in outcome.flags else "missed", clause)
            for outcome in self.outcomes
            for clause in rules.CODES
            if clause in outcome.flags ^ outcome.passage.flags
        ]

    @cached_property
    def _counts(self) -> npt.NDArray[np.int64]:
        """True and false positives and misses: shape (passages, clauses, 3), in the order of Score's fields."""
        counts = np.zeros((len(self.outcomes), len(rules.CODES), 3), dtype=np.int64)
        for row, outcome in enumerate(self.outcomes):
            for column, clause in enumerate(rules.CODES):
                flagged, there = clause in outcome.flags, clause in outcome.passage.flags
                counts[row, column] = flagged and there, flagged and not there, there and not flagged
        return counts

    def _grouped(self, keys: Sequence[str]) -> dict[str, Score]:
        scores: dict[str, Score] = {}
        for key, counts in zip(keys, self._counts.sum(axis=1), strict=True):
            scores[key] = scores.get(key, Score()) + Score(*map(int, counts))
        return dict(sorted(scores.items()))


def _most_common(clauses: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(clauses).items(), key=lambda own: (-own[1], own[0]))


def _words(labels: Labels) -> str:
    return ", ".join(c if p == "affirmed" else f"{c} ({p})" for c, p in sorted(labels.items())) or "nothing"


def load(path: Path) -> list[Passage]:
    """Passages of a JSON lines file with id, text, labels. Raises InputError naming the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            labels = dict(row["labels"])
            unknown = set(labels) - set(rules.CODES)
            if unknown:
                raise ValueError(f"{sorted(unknown)[0]} is no clause")
            if odd := set(labels.values()) - set(POLARITIES):
                raise ValueError(f"{sorted(map(str, odd))[0]} is no polarity")
            found.append(Passage(row["id"], row["text"], labels, row.get("lang", ""), row.get("kind", "")))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path.name} line {number}", None, f"is no labelled passage: {error}") from None
    return found


def labels(findings: Iterable[Finding]) -> dict[str, str]:
    """The strongest polarity of each clause."""
    found: dict[str, str] = {}
    for finding in sorted(findings, key=lambda f: reader.RANK[f.polarity]):
        found[finding.clause] = finding.polarity
    return found


def readers(judge: Judge | None) -> dict[str, Reader]:
    """The ways to read, by name: all that there is together, then each part alone."""
    ways: dict[str, Reader] = {}
    if judge is not None:
        ways["rules and learned reader"] = lambda text: reader.read(text, judge)
        ways["learned reader only"] = lambda text: reader.read_all([text], judge, hear_rules=False)[0]
    ways["rules only"] = reader.read
    return ways


def screeners(judge: Judge | None) -> dict[str, Screener]:
    """The same ways as screeners."""

    def screener(read: Reader) -> Screener:
        return lambda text: labels(read(text))

    return {name: screener(read) for name, read in readers(judge).items()}


def keywords(text: str) -> dict[str, str]:
    """Labels of the plain keyword screener."""
    return {clause: "affirmed" for clause, words in KEYWORDS.items() if re.search(words, text, re.IGNORECASE)}


def evaluate(passages: Sequence[Passage], screen: Screener, name: str) -> Report:
    """Measure a screener on labelled passages."""
    return Report(name, [Outcome(passage, dict(screen(passage.text))) for passage in passages])


def compare(passages: Sequence[Passage], ways: Mapping[str, Screener]) -> list[Report]:
    """Measure several screeners on the same passages, in the order given."""
    return [evaluate(passages, screen, name) for name, screen in ways.items()]
