"""Reads a text, or a notice with its codes, for social clauses (pure)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from matcher.screening import codes, lots, models, numbers, polarity, rules, segments
from matcher.screening.combining import AFFIRMED, LEARNED, NEGATED, NONE, POSSIBLE, Verdict, combine
from matcher.screening.learned import Judged
from matcher.screening.rules import Clause, Rule
from matcher.screening.segments import Segment
from matcher.screening.windows import Window, around, windows
from register.documents import Paper
from register.models import Finding, Notice, Polarity

NEAR = 4
"""Segments around a cue like "allmän information" that it silences within the same section."""
LONGEST_QUOTE = 700
"""Characters of sentences next to each other that are told as one."""
MODEL = 0.95
"""Confidence in a model clause of which every word is there."""
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

    def candidates(self, texts: Sequence[str]) -> list[bool]:
        """Which segments are worth a look, by their flat texts: cheap, and rather one too many than one too few."""
        ...

    def judge(self, windows: Sequence[Window]) -> list[Judged]:
        """For each window, probabilities of shape (segments, clauses, polarities)."""
        ...


def version(judge: Judge | None = None) -> str:
    """Version of rules, engine and learned reader, as kept with findings."""
    return f"{rules.version()}+{judge.version}" if judge else rules.version()


def read(text: str, judge: Judge | None = None) -> list[Finding]:
    """Social clauses in a text, in its order, one finding for each clause and place. Offsets count code points.

    judge: a learned reader to be heard beside the rules.
    """
    return read_all([text], judge)[0]


def read_all(texts: Sequence[str], judge: Judge | None = None, *, hear_rules: bool = True) -> list[list[Finding]]:
    """As `read`, for many texts at once, which the learned reader takes in together and so more quickly.

    hear_rules: False to measure what the learned reader finds by itself.
    """
    cut = [segments.split(text) for text in texts]
    told = [[*_by_rules(parts), *_model_clauses(text, parts)] for text, parts in zip(texts, cut, strict=True)]
    if judge is None:
        return [
            _fold(text, [(verdict.number, _finding(verdict, parts, text)) for verdict in own])
            for text, parts, own in zip(texts, cut, told, strict=True)
        ]
    found: list[list[tuple[int, Finding]]] = [[] for _ in texts]
    for of, _, _, verdicts in _heard(cut, told if hear_rules else [[] for _ in texts], judge):
        found[of] += [(verdict.number, _finding(verdict, cut[of], texts[of], judge)) for verdict in verdicts]
    return [_fold(text, own) for text, own in zip(texts, found, strict=True)]


def is_title(parts: Sequence[Segment]) -> bool:
    """Whether a text is no more than a title: it names what is bought, so rules alone judge it."""
    own = [part.flat for part in parts if part.kind != "toc"]
    return len(own) == 1 and not own[0].endswith((".", "!", "?", ";")) and not segments.DECIDES.search(own[0])


def _heard(
    cut: Sequence[list[Segment]], told: Sequence[Sequence[Verdict]], judge: Judge
) -> Iterator[tuple[int, Window, Judged, list[Verdict]]]:
    """(number of the text, window, probabilities, verdicts) of each window that is worth a look.

    told: for each text, what rules and model clauses say of its segments.
    """
    said = [_by_segment(own) for own in told]
    whole = [(of, window) for of, parts in enumerate(cut) for window in windows(parts)]
    empty = [segments.unticked(parts) for parts in cut]
    unfilled = [segments.unfilled(parts) for parts in cut]
    passed = iter(judge.candidates([cut[of][number].flat for of, window in whole for number in window.numbers]))
    worth = []
    for of, window in whole:
        wanted = {number for number in window.numbers if next(passed) or number in said[of]}
        worth += [(of, near) for near in around(cut[of], window, wanted)]
    for (of, window), judged in zip(worth, judge.judge([window for _, window in worth]), strict=True):
        here: dict[str, list[Verdict]] = {}
        for number in window.numbers:
            for verdict in said[of].get(number, ()):
                here.setdefault(verdict.clause, []).append(verdict)
        verdicts = list(combine(window, _as_ticked(window, judged, empty[of], unfilled[of]), here))
        if is_title(cut[of]):
            verdicts = [verdict for verdict in verdicts if verdict.rule != LEARNED]
        yield of, window, judged, verdicts


def _as_ticked(window: Window, judged: Judged, empty: frozenset[int], unfilled: frozenset[int]) -> Judged:
    """What is judged of a window, where a line whose box is empty denies what it would say, and a choice that
    nobody has made says nothing.
    """
    rows = [row for row, number in enumerate(window.numbers) if number in empty]
    nothing = [row for row, number in enumerate(window.numbers) if number in unfilled]
    if not rows and not nothing:
        return judged
    own = judged.copy()
    own[nothing, :, :] = 0.0
    own[nothing, :, NONE] = 1.0
    own[rows, :, NEGATED] += own[rows, :, AFFIRMED] + own[rows, :, POSSIBLE]
    own[rows, :, AFFIRMED] = own[rows, :, POSSIBLE] = 0.0
    return own


def _by_segment(told: Iterable[Verdict]) -> dict[int, list[Verdict]]:
    said: dict[int, list[Verdict]] = {}
    for verdict in told:
        said.setdefault(verdict.number, []).append(verdict)
    return said


def _by_rules(parts: list[Segment]) -> list[Verdict]:
    """What rules say of the segments, where nothing stopped them."""
    places = {id(part): number for number, part in enumerate(parts)}
    empty = segments.unticked(parts)
    found = []
    for fired in firings(parts):
        if fired.polarity is not None and not fired.stopped_by:
            number = places[id(fired.segment)]
            says = "negated" if number in empty else fired.polarity
            found.append(Verdict(fired.rule.clause, number, says, fired.rule.id, fired.rule.confidence))
    return found


def _model_clauses(text: str, parts: list[Segment]) -> list[Verdict]:
    """Published model clauses that the text has, each at its first segment; those with open blanks decide nothing."""
    found = []
    for match in models.recognise(text, parts):
        if match.polarity is not None and not match.is_open:
            number = next(number for number, part in enumerate(parts) if part.end > match.start)
            found.append(Verdict(match.clause, number, match.polarity, f"model-{match.model}", MODEL * match.score))
    return found


def _finding(verdict: Verdict, parts: Sequence[Segment], text: str, judge: Judge | None = None) -> Finding:
    clause, part = rules.clauses()[verdict.clause], parts[verdict.number]
    return Finding(
        clause=clause.code,
        polarity=verdict.polarity,
        start=part.start,
        end=part.end,
        quote=text[part.start : part.end],
        legal_basis=clause.legal_basis,
        rule=f"{verdict.rule}@{judge.version if judge and verdict.rule == LEARNED else rules.version()}",
        confidence=round(verdict.confidence, 3),
        effect=clause.effect if verdict.polarity != "negated" else "info",
        force=polarity.force(part.flat),
        section=part.section,
    )


def firings(parts: list[Segment]) -> Iterator[Firing]:
    """All rules that matched somewhere, with what they say there or what stopped them."""
    silent = _silenced(parts) | segments.unfilled(parts)
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
    if segment.kind not in ("heading", "question"):
        near = [p for p in near if p.paragraph == segment.paragraph]
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
    # A form's code says the same wherever it stands.
    if segment.kind == "heading" and rule.silent and not (rule.title and title):
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


def _fold(text: str, found: Iterable[tuple[int, Finding]]) -> list[Finding]:
    """One finding for each clause and place: sentences next to each other in a section that say the same clause, as a
    duty and its fine, are one, with what the strongest says (affirmed before possible, that before negated; of equals
    the surer, then the earlier) and the words of all, up to LONGEST_QUOTE; and a sentence that is repeated, as on each
    page, is told once.

    found: (number of the segment, finding).
    """
    places: dict[tuple[str, str], list[tuple[int, Finding]]] = {}
    for number, finding in sorted(found, key=lambda one: one[0]):
        own = places.setdefault((finding.clause, finding.section), [])
        before = own[-1] if own else None
        if before and number - before[0] <= 1 and finding.flags == before[1].flags and _fits(before[1], finding):
            own[-1] = (number, _joined(text, before[1], finding))
        else:
            own.append((number, finding))
    once: dict[tuple[str, bool, str], Finding] = {}
    for own in places.values():
        for _, finding in own:
            key = (finding.clause, finding.flags, _words(finding))
            once[key] = max(once.get(key, finding), finding, key=_strength)
    told = sorted(once.values(), key=lambda f: (f.start, f.clause))
    return [finding.model_copy(update={"numbers": numbers.of(finding)}) for finding in told]


def _words(finding: Finding) -> str:
    return " ".join(finding.quote.casefold().split())


def _fits(one: Finding, other: Finding) -> bool:
    return max(one.end, other.end) - min(one.start, other.start) <= LONGEST_QUOTE


def _joined(text: str, one: Finding, other: Finding) -> Finding:
    start, end = min(one.start, other.start), max(one.end, other.end)
    if _words(other) in _words(one):
        # A sentence that is repeated is told once.
        start, end = one.start, one.end
    return max(one, other, key=_strength).model_copy(update={"start": start, "end": end, "quote": text[start:end]})


def _strength(finding: Finding) -> tuple[int, float, int]:
    return RANK[finding.polarity], finding.confidence, -finding.start


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


def screened_texts(notice: Notice, papers: Sequence[Paper] = ()) -> list[tuple[str, str, str]]:
    """(text, field, lot id) of each text as `read_notice` reads it: a repeated one once; documents last."""
    fields: dict[str, tuple[str, str]] = {}
    for field, lot, text in field_texts(notice):
        if text.strip():
            # With one lot, what its text says holds for the whole procurement.
            fields.setdefault(text, (field, "" if len(notice.lots) == 1 else lot))
    for paper in papers:
        fields.setdefault(paper.text, (paper.field, ""))
    return [(text, field, lot) for text, (field, lot) in fields.items()]


def read_notice(notice: Notice, judge: Judge | None = None, papers: Sequence[Paper] = ()) -> list[Finding]:
    """Findings of a notice: its texts, its documents and its codes as witnesses, a text that is repeated read once."""
    screened = screened_texts(notice, papers)
    found = [
        placed(finding.model_copy(update={"field": field, "lot": lot}), papers)
        for (_, field, lot), own in zip(screened, read_all([text for text, _, _ in screened], judge), strict=True)
        for finding in own
    ]
    return codes.witness(notice, _best(lots.scoped(notice, found)))


def placed(finding: Finding, papers: Sequence[Paper]) -> Finding:
    """A finding with the document's name and page, where it stands in one of them."""
    paper = next((paper for paper in papers if paper.field == finding.field), None)
    if paper is None:
        return finding
    return finding.model_copy(update={"document": paper.name, "page": paper.page(finding.start)})


def _best(found: Iterable[Finding]) -> list[Finding]:
    """One finding for each clause and lot, the strongest."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in found:
        key = (finding.clause, finding.lot)
        known = best.get(key)
        if known is None or (RANK[finding.polarity], finding.confidence) > (RANK[known.polarity], known.confidence):
            best[key] = finding
    return list(best.values())


def explain(text: str, judge: Judge | None = None) -> list[dict[str, object]]:
    """Which rule fired on which words of a text, what it says there, or what stopped it; then what the learned reader
    found by itself.
    """
    parts = segments.split(text)
    heard = []
    if judge is not None:
        heard = list(_heard([parts], [[*_by_rules(parts), *_model_clauses(text, parts)]], judge))
    places = {id(part): number for number, part in enumerate(parts)}
    rows: list[dict[str, object]] = []
    for firing in firings(parts):
        a, b = firing.segment.span(*firing.at)
        clause = firing.rule.clause
        stopped = firing.stopped_by
        for _, window, judged, verdicts in heard:
            if not stopped and places[id(firing.segment)] in window.numbers:
                kept = [verdict for verdict in verdicts if verdict.clause == clause]
                stopped = "" if kept else f"den lärda läsaren tvivlar ({_chance(judged, clause):.2f})"
        row = {"clause": clause, "rule": firing.rule.id, "words": text[a:b], "polarity": firing.polarity}
        rows.append({**row, "stopped_by": stopped})
    for _, _, _, verdicts in heard:
        for verdict in verdicts:
            if verdict.rule == LEARNED:
                part = parts[verdict.number]
                row = {"clause": verdict.clause, "rule": LEARNED, "words": text[part.start : part.end]}
                rows.append({**row, "polarity": verdict.polarity, "stopped_by": ""})
    return rows


def _chance(judged: Judged, clause: str) -> float:
    """The highest probability that some segment of a window says a clause in any way but none."""
    return float(1 - judged[:, rules.CODES.index(clause), 0].min())
