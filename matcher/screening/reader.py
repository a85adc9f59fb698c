"""Reads a text, or a notice with its codes, for social clauses (pure)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from matcher.screening import codes, polarity, rules, segments
from matcher.screening.combining import LEARNED, Said, Verdict, combine
from matcher.screening.learned import Judged
from matcher.screening.rules import Clause, Rule
from matcher.screening.segments import Segment
from matcher.screening.windows import Window, windows
from register.models import Finding, Notice, Polarity

NEAR = 4
"""Segments around a cue like "allmän information" that it silences within the same section."""
RANK = {"affirmed": 2, "possible": 1, "negated": 0}
PASSAGE_SILENT = re.compile(
    r"anvisning till upphandlaren|tas bort före publicering|allmän information|allmän upplysning|forms no part"
    r"|explanatory note|begrepp som används|lämnas som upplysning|kort om regelverket|egen försäkran, fråga|ordlista"
    r"|tilldelningsmeddelande|onormalt lågt|försäkrar att inget av följande|exempel på formulering"
)


@dataclass(frozen=True)
class Firing:
    """A rule that fired at a place: kept for `explain`, also where something stopped it."""

    rule: Rule
    segment: Segment
    at: tuple[int, int]
    polarity: Polarity | None
    stopped_by: str = ""


class Judge(Protocol):
    """A learned reader, as this module needs it."""

    version: str

    def candidates(self, windows: Sequence[Window]) -> list[bool]:
        """Which windows are worth a look: cheap, and rather one too many than one too few."""
        ...

    def judge(self, windows: Sequence[Window]) -> list[Judged]:
        """For each window, probabilities of shape (segments, clauses, polarities)."""
        ...


def version(judge: Judge | None = None) -> str:
    """Version of rules, engine and learned reader, as kept with findings."""
    return f"{rules.version()}+{judge.version}" if judge else rules.version()


def read(text: str, judge: Judge | None = None) -> list[Finding]:
    """Social clauses in a text, in its order, one finding for each clause and section. Offsets count code points.

    judge: a learned reader to be heard beside the rules.
    """
    return read_all([text], judge)[0]


def read_all(texts: Sequence[str], judge: Judge | None = None, *, hear_rules: bool = True) -> list[list[Finding]]:
    """As `read`, for many texts at once, which the learned reader takes in together and so more quickly.

    hear_rules: False to measure what the learned reader finds by itself.
    """
    cut = [segments.split(text) for text in texts]
    fired = [[f for f in firings(parts) if f.polarity is not None and not f.stopped_by] for parts in cut]
    if judge is None:
        return [_fold([_finding(f, text) for f in own]) for text, own in zip(texts, fired, strict=True)]
    said = [_said(parts, own) if hear_rules else {} for parts, own in zip(cut, fired, strict=True)]
    whole = [(of, window) for of, text in enumerate(texts) for window in windows(text, cut[of])]
    candidates = judge.candidates([window for _, window in whole])
    worth = [
        (of, window)
        for (of, window), candidate in zip(whole, candidates, strict=True)
        if candidate or any(number in said[of] for number in window.numbers)
    ]
    found: list[list[Finding]] = [[] for _ in texts]
    for (of, window), judged in zip(worth, judge.judge([window for _, window in worth]), strict=True):
        here: dict[str, list[Said]] = {}
        for number in window.numbers:
            for clause, own in said[of].get(number, ()):
                here.setdefault(clause, []).append(own)
        found[of] += [
            _verdict(verdict, cut[of][verdict.number], texts[of], judge) for verdict in combine(window, judged, here)
        ]
    return [_fold(own) for own in found]


def _said(parts: Sequence[Segment], fired: Iterable[Firing]) -> dict[int, list[tuple[str, Said]]]:
    """By segment: (clause, what a rule says of it there)."""
    numbers = {id(part): number for number, part in enumerate(parts)}
    said: dict[int, list[tuple[str, Said]]] = {}
    for f in fired:
        number = numbers[id(f.segment)]
        assert f.polarity is not None
        own = Said(number, f.polarity, f.rule.id, f.rule.confidence)
        said.setdefault(number, []).append((f.rule.clause, own))
    return said


def _verdict(verdict: Verdict, part: Segment, text: str, judge: Judge) -> Finding:
    clause = rules.clauses()[verdict.clause]
    return Finding(
        clause=clause.code,
        polarity=verdict.polarity,
        start=part.start,
        end=part.end,
        quote=text[part.start : part.end],
        legal_basis=clause.legal_basis,
        rule=f"{verdict.rule}@{judge.version if verdict.rule == LEARNED else rules.version()}",
        confidence=round(verdict.confidence, 3),
        effect=clause.effect if verdict.polarity != "negated" else "info",
        force=polarity.force(part.flat),
        section=part.section,
    )


def firings(parts: list[Segment]) -> Iterator[Firing]:
    """All rules that matched somewhere, with what they say there or what stopped them."""
    silent = _silenced(parts)
    title = len([p for p in parts if p.kind != "toc"]) == 1
    for clause in rules.clauses().values():
        for number, segment in enumerate(parts):
            if segment.kind == "toc" or not clause.gate.search(segment.flat):
                if segment.kind == "answer" and segment.context:
                    yield from _answered(clause, segment)
                continue
            for rule in clause.rules:
                firing = _try(rule, parts, number, silent=number in silent, title=title)
                if firing is not None:
                    yield firing
            if segment.kind == "answer" and segment.context:
                yield from _answered(clause, segment)


def _try(rule: Rule, parts: list[Segment], number: int, *, silent: bool, title: bool) -> Firing | None:
    segment = parts[number]
    first = rule.slots[0].search(segment.flat)
    if first is None:
        return None
    near = [p for p in parts[number + 1 : number + 1 + rule.window] if p.kind not in ("toc", "question")]
    spans = [first.span()]
    used = [segment.flat]
    for slot in rule.slots[1:]:
        found = slot.search(segment.flat)
        if found is not None:
            spans.append(found.span())
            continue
        serving = next((other.flat for other in near if slot.search(other.flat)), None)
        if serving is None:
            return None
        used.append(serving)
    at = (min(a for a, _ in spans), max(b for _, b in spans))
    if segment.kind == "question":
        return Firing(rule, segment, at, None, "frågan avgör inget, svaret gör det")
    if segment.kind == "heading" and not (rule.title and title):
        return Firing(rule, segment, at, None, "rubrik utan beslut")
    if rule.not_ is not None and (stop := rule.not_.search(" ".join(used))):
        return Firing(rule, segment, at, None, f"utesluts av ”{stop.group(0)}”")
    if rule.silent and silent:
        return Firing(rule, segment, at, None, "allmän information, mall eller annat avtal")
    before = parts[number - 1] if number else None
    after = parts[number + 1] if number + 1 < len(parts) else None
    says = rule.polarity or polarity.of(segment, *first.span(), before, after)
    return Firing(rule, segment, at, says)


def _answered(clause: Clause, segment: Segment) -> Iterator[Firing]:
    """A clause that the question names, as the answer's yes or no decides it."""
    says = polarity.answer(segment)
    if says is None:
        return
    for rule in clause.rules:
        if all(slot.search(segment.context) for slot in rule.slots):
            yield Firing(rule, segment, (0, len(segment.flat)), says)
            return


def _silenced(parts: list[Segment]) -> set[int]:
    """Numbers of segments that decide nothing: those with a cue, and those around a cue for a whole passage."""
    silent: set[int] = set()
    for number, segment in enumerate(parts):
        if PASSAGE_SILENT.search(segment.flat):
            silent.update(
                other
                for other in range(max(0, number - NEAR), min(len(parts), number + NEAR + 1))
                if parts[other].section == segment.section
            )
        elif polarity.is_silent(segment.flat):
            silent.add(number)
    return silent


def _finding(firing: Firing, text: str) -> Finding:
    clause = rules.clauses()[firing.rule.clause]
    start, end = firing.segment.start, firing.segment.end
    assert firing.polarity is not None
    return Finding(
        clause=clause.code,
        polarity=firing.polarity,
        start=start,
        end=end,
        quote=text[start:end],
        legal_basis=clause.legal_basis,
        rule=f"{firing.rule.id}@{version()}",
        confidence=firing.rule.confidence,
        effect=clause.effect if firing.polarity != "negated" else "info",
        force=polarity.force(firing.segment.flat),
        section=firing.segment.section,
    )


def _fold(found: list[Finding]) -> list[Finding]:
    """One finding for each clause and section: an affirmed one wins over a possible one, that over a negated one; of
    equals the surer, then the earlier.
    """
    best: dict[tuple[str, str], Finding] = {}
    for finding in found:
        key = (finding.clause, finding.section)
        known = best.get(key)
        if known is None or (RANK[finding.polarity], finding.confidence, -finding.start) > (
            RANK[known.polarity],
            known.confidence,
            -known.start,
        ):
            best[key] = finding
    return sorted(best.values(), key=lambda f: (f.start, f.clause))


def field_texts(notice: Notice) -> Iterator[tuple[str, str, str]]:
    """Yield (field, lot id, text) of every text of a notice that is screened; lot "" is the whole procurement."""
    yield "BT-21-Procedure", "", notice.title
    yield "BT-24-Procedure", "", notice.description
    yield "BT-141", "", notice.change_description
    for lot in notice.lots:
        yield "BT-21-Lot", lot.id, lot.title
        yield "BT-24-Lot", lot.id, lot.description
        yield from (("BT-70-Lot", lot.id, text) for text in lot.performance_terms)
        yield from (("BT-750-Lot", lot.id, text) for text in lot.selection_criteria)
        yield "BT-777-Lot", lot.id, lot.strategic_description
        yield from (("BT-300-Lot", lot.id, text) for text in lot.notes)
        for criterion in lot.award_criteria:
            yield "BT-540-Lot", lot.id, "\n".join(filter(None, [criterion.name, criterion.description]))


def read_notice(notice: Notice, judge: Judge | None = None) -> list[Finding]:
    """Findings of a notice: its texts and its codes as two witnesses, a text that is repeated read once."""
    fields: dict[str, tuple[str, str]] = {}
    for field, lot, text in field_texts(notice):
        if text.strip():
            # With one lot, what its text says holds for the whole procurement.
            fields.setdefault(text, (field, "" if len(notice.lots) == 1 else lot))
    found = [
        finding.model_copy(update={"field": field, "lot": lot})
        for (field, lot), own in zip(fields.values(), read_all(list(fields), judge), strict=True)
        for finding in own
    ]
    return codes.witness(notice, _best(found))


def _best(found: Iterable[Finding]) -> list[Finding]:
    """One finding for each clause and lot, the strongest."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in found:
        key = (finding.clause, finding.lot)
        known = best.get(key)
        if known is None or (RANK[finding.polarity], finding.confidence) > (RANK[known.polarity], known.confidence):
            best[key] = finding
    return list(best.values())


def explain(text: str) -> list[dict[str, object]]:
    """Which rule fired on which words of a text, what it says there, or what stopped it."""
    rows: list[dict[str, object]] = []
    for firing in firings(segments.split(text)):
        a, b = firing.segment.span(*firing.at)
        rows.append(
            {
                "clause": firing.rule.clause,
                "rule": firing.rule.id,
                "words": text[a:b],
                "polarity": firing.polarity,
                "stopped_by": firing.stopped_by,
            }
        )
    return rows
