"""How well the screener reads: precision, recall and F1 per clause on labelled passages, beside plain keywords."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.errors import InputError
from matcher.screening import reader, rules
from matcher.screening.reader import Judge
from register.models import Finding

Labels = Mapping[str, str]
"""Clause to polarity; affirmed and possible count as a flag."""

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


@dataclass
class Score:
    """Counts of true and false positives and of misses."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 1 where nothing was flagged."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """TP / (TP + FN); 1 where nothing was to be found."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else 1.0


@dataclass
class Report:
    """Figures of one screener on a set of passages."""

    name: str
    per_clause: dict[str, Score] = field(default_factory=dict)
    per_kind: dict[str, Score] = field(default_factory=dict)
    per_language: dict[str, Score] = field(default_factory=dict)
    clean: int = 0
    clean_flagged: int = 0
    polarity_right: int = 0
    polarity_all: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    """(passage id, "missed" or "false", clause)."""

    @property
    def micro(self) -> Score:
        """All clauses added up."""
        total = Score()
        for score in self.per_clause.values():
            total.tp, total.fp, total.fn = total.tp + score.tp, total.fp + score.fp, total.fn + score.fn
        return total


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


def screeners(judge: Judge | None) -> dict[str, Callable[[str], Labels]]:
    """The ways to screen, by name: all that there is together, then each part alone."""
    ways: dict[str, Callable[[str], Labels]] = {}
    if judge is not None:
        ways["rules and learned reader"] = lambda text: labels(reader.read(text, judge))
        ways["learned reader only"] = lambda text: labels(reader.read(text, judge, hear_rules=False))
    ways["rules only"] = lambda text: labels(reader.read(text))
    return ways


def keywords(text: str) -> dict[str, str]:
    """Labels of the plain keyword screener."""
    return {clause: "affirmed" for clause, words in KEYWORDS.items() if re.search(words, text, re.IGNORECASE)}


def evaluate(passages: Sequence[Passage], screen: Callable[[str], Labels], name: str) -> Report:
    """Measure a screener on labelled passages."""
    report = Report(name, {code: Score() for code in rules.CODES})
    for passage in passages:
        found = screen(passage.text)
        flags = {clause for clause, polarity in found.items() if polarity != "negated"}
        counted = Counter(tp=len(flags & passage.flags), fp=len(flags - passage.flags), fn=len(passage.flags - flags))
        for group, key in ((report.per_kind, passage.kind), (report.per_language, passage.language)):
            score = group.setdefault(key or "-", Score())
            score.tp, score.fp, score.fn = score.tp + counted["tp"], score.fp + counted["fp"], score.fn + counted["fn"]
        for clause in flags | passage.flags:
            score = report.per_clause[clause]
            if clause in flags and clause in passage.flags:
                score.tp += 1
            elif clause in flags:
                score.fp += 1
                report.wrong.append((passage.id, "false", clause))
            else:
                score.fn += 1
                report.wrong.append((passage.id, "missed", clause))
        if not passage.flags:
            report.clean += 1
            report.clean_flagged += bool(flags)
        report.polarity_all += len(passage.labels)
        report.polarity_right += sum(found.get(clause) == polarity for clause, polarity in passage.labels.items())
    return report
