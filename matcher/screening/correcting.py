"""A person's word over the readers': corrections are laid over what is found in a notice (pure).

A correction holds as long as its sentence stands in the same text of the notice, whatever rules and learned reader say
by then: what was judged right stays, what was judged wrong stays away. A reader tells one finding a clause and lot; so
where it was taken away, the notice is read once more without the judged sentences, and what stood behind comes forward.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from matcher.screening import codes, lots, numbers, reader, rules, segments
from matcher.screening.reader import RANK, Judge
from register.corrections import Correction
from register.documents import Paper
from register.models import Finding, Notice, Polarity

PERSON = "person"
"""What a corrected finding's rule begins with: person@NAME."""
CONTEXT = 400
"""Characters on each side of a sentence from which its passage takes whole sentences."""


class Place(NamedTuple):
    """Where a judged sentence stands: text[start:end] of a field, for a lot ("": the whole procurement)."""

    text: str
    field: str
    lot: str
    start: int
    end: int

    def holds(self, finding: Finding) -> bool:
        """Whether a finding rests on no more than the judged sentence: readers may cut more finely than before."""
        # A sentence of the whole procurement may be told of the lots that it names.
        same = finding.field == self.field and self.lot in ("", finding.lot)
        return same and self.start <= finding.start and finding.end <= self.end


def flat(text: str) -> str:
    """The text as rules look at it: line breaks, hyphens and capitals do not matter."""
    return _flattened(text)[0]


def key(sentence: str) -> str:
    """SHA-256 of the flattened sentence."""
    return hashlib.sha256(flat(sentence).encode()).hexdigest()


def read(
    notice: Notice, corrections: Sequence[Correction], judge: Judge | None = None, papers: Sequence[Paper] = ()
) -> list[Finding]:
    """Findings of a notice and its documents, with the corrections that hold for it (of it or of other notices of its
    tender).
    """
    found = reader.read_notice(notice, judge, papers)
    if not corrections:
        return found
    return apply(notice, found, corrections, _behind(notice, corrections, judge, papers), papers)


def apply(
    notice: Notice,
    found: Sequence[Finding],
    corrections: Sequence[Correction],
    behind: Sequence[Finding] = (),
    papers: Sequence[Paper] = (),
) -> list[Finding]:
    """Lay corrections over what a reader found in a notice.

    behind: what it finds where the judged sentences are left out; taken where a correction took something away.
    """
    where = {own.key: places(notice, own, papers) for own in corrections}
    settled = [f for one in corrections if not one.drops for f in _settled(one, where[one.key], found)]
    others: list[Finding] = []
    taken: set[tuple[str, str]] = set()
    for finding in found:
        if finding.witness == "code only":
            continue
        own = judged(finding, corrections, where)
        if own is None:
            others.append(finding)
            continue
        if own.verdict != "right":
            taken.add((finding.clause, finding.lot))
        if not own.drops and not where[own.key]:
            # Of a text that is not known, such as of a document that was taken away.
            settled.append(_corrected(own, finding))
    others += [finding for finding in lots.scoped(notice, behind) if (finding.clause, finding.lot) in taken]
    folded = _folded(lots.scoped(notice, settled), others)
    witnessed = codes.witness(notice, _in_order(notice, folded, papers))
    return list(_codes(witnessed, corrections))


def judged(
    finding: Finding, corrections: Iterable[Correction], where: dict[tuple[str, str, str], list[Place]] | None = None
) -> Correction | None:
    """The correction of a reader's finding. where: places of the judged sentences, by the corrections' keys."""
    for own in corrections:
        if own.clause == finding.clause and own.field == finding.field:
            known = (where or {}).get(own.key, ())
            if own.sentence == key(finding.quote) or any(place.holds(finding) for place in known):
                return own
    return None


def made(finding: Finding, corrections: Iterable[Correction]) -> Correction | None:
    """The correction that a finding, as it is stored and shown, is by or was confirmed by."""
    sentence = key(finding.quote)
    return next(
        (
            own
            for own in corrections
            if not own.drops
            and (own.right_clause or own.clause, own.field, own.sentence) == (finding.clause, finding.field, sentence)
        ),
        None,
    )


def holds(notice: Notice, correction: Correction, papers: Sequence[Paper] = ()) -> bool:
    """Whether the judged sentence, or code, still stands in the notice or its documents."""
    if places(notice, correction, papers):
        return True
    return any(quote == correction.finding.quote for _, _, _, quote in codes.said(notice))


def places(notice: Notice, correction: Correction, papers: Sequence[Paper] = ()) -> list[Place]:
    """Where the judged sentence stands in the field of the notice, or in the document."""
    wanted = flat(correction.finding.quote)
    return [
        Place(text, field, lot, start, end)
        for text, field, lot in reader.screened_texts(notice, papers)
        if field == correction.field and wanted
        for start, end in _occurrences(text, wanted)
    ]


def repeated(notice: Notice, finding: Finding, papers: Sequence[Paper] = ()) -> list[Finding]:
    """The finding for each field and document in which its sentence stands: what is said of one holds for all."""
    wanted = flat(finding.quote)
    fields = {field: None for text, field, _ in reader.screened_texts(notice, papers) if wanted in flat(text)}
    return [finding.model_copy(update={"field": field}) for field in {finding.field: None, **fields}]


def passage(notice: Notice, finding: Finding, papers: Sequence[Paper] = ()) -> str:
    """The finding's sentence with the whole sentences around it; empty where only a code speaks."""
    wanted = flat(finding.quote)
    for text, field, _ in reader.screened_texts(notice, papers):
        spans = list(_occurrences(text, wanted)) if field == finding.field else []
        if spans:
            start, end = spans[0]
            near = [s for s in segments.split(text) if start - CONTEXT <= s.start and s.end <= end + CONTEXT]
            return text[min([start, *(s.start for s in near)]) : max([end, *(s.end for s in near)])]
    return ""


def polarity(correction: Correction) -> Polarity:
    """What the sentence says of the clause, by the correction."""
    return "negated" if correction.verdict == "negated" else correction.finding.polarity


def _settled(correction: Correction, where: Iterable[Place], found: Sequence[Finding]) -> Iterator[Finding]:
    """What a correction says, once a lot: of what a reader finds there, else of what was found when it was judged."""
    by_lot: dict[str, list[Place]] = {}
    for place in where:
        by_lot.setdefault(place.lot, []).append(place)
    for standing in by_lot.values():
        here = [f for f in found if f.clause == correction.clause and any(place.holds(f) for place in standing)]
        first = standing[0]
        moved = {"lot": first.lot, "start": first.start, "end": first.end, "quote": first.text[first.start : first.end]}
        if here:
            yield from (_corrected(correction, own) for own in {own.lot: own for own in reversed(here)}.values())
        else:
            yield _by_person(correction, correction.finding.model_copy(update=moved))


def _corrected(correction: Correction, finding: Finding) -> Finding:
    if correction.verdict == "right" and finding.polarity == correction.finding.polarity:
        return finding
    return _by_person(correction, finding)


def _by_person(correction: Correction, finding: Finding) -> Finding:
    clause = rules.clauses()[correction.right_clause or correction.clause]
    says = polarity(correction)
    changed = finding.model_copy(
        update={
            "clause": clause.code,
            "polarity": says,
            "legal_basis": clause.legal_basis,
            "effect": "info" if says == "negated" else clause.effect,
            "rule": f"{PERSON}@{correction.who}",
            "confidence": 1.0,
        }
    )
    return changed.model_copy(update={"numbers": numbers.of(changed)})


def _folded(settled: Iterable[Finding], others: Iterable[Finding]) -> list[Finding]:
    """What persons have settled, and for each other clause and lot the strongest of the rest.

    A reader's finding stands beside a person's only where it says more, on another sentence: somebody's "negated" of
    one sentence does not silence the next.
    """
    first: dict[tuple[str, str, str], Finding] = {}
    for finding in settled:
        first.setdefault((finding.clause, finding.lot, finding.polarity), finding)
    by_person = list(first.values())
    strongest: dict[tuple[str, str], int] = {}
    for finding in by_person:
        where = (finding.clause, finding.lot)
        strongest[where] = max(strongest.get(where, -1), RANK[finding.polarity])
    best: dict[tuple[str, str], Finding] = {}
    for finding in others:
        where = (finding.clause, finding.lot)
        known = best.get(where)
        if RANK[finding.polarity] > strongest.get(where, -1) and (
            known is None or (RANK[finding.polarity], finding.confidence) > (RANK[known.polarity], known.confidence)
        ):
            best[where] = finding
    return [*by_person, *best.values()]


def _in_order(notice: Notice, found: Iterable[Finding], papers: Sequence[Paper]) -> list[Finding]:
    order = {(field, lot): number for number, (_, field, lot) in enumerate(reader.screened_texts(notice, papers))}

    def place(finding: Finding) -> tuple[int, int, str, str]:
        own = order.get((finding.field, finding.lot), order.get((finding.field, ""), len(order)))
        return own, finding.start, finding.clause, finding.lot

    return sorted(found, key=place)


def _codes(found: Iterable[Finding], corrections: Sequence[Correction]) -> Iterator[Finding]:
    """Findings with the corrections of those that only a code makes."""
    for finding in found:
        own = judged(finding, corrections) if finding.witness == "code only" else None
        if own is None:
            yield finding
        elif not own.drops:
            yield _corrected(own, finding)


def _occurrences(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Offsets in a text of a flattened sentence, where it is not a part of a longer one."""
    whole, at = _flattened(text)
    found = whole.find(wanted)
    while wanted and found >= 0:
        start, end = at[found], at[found + len(wanted) - 1] + 1
        starts, ends = _bounds(text)
        if start in starts and end in ends:
            yield start, end
        found = whole.find(wanted, found + len(wanted))


@lru_cache(maxsize=64)
def _flattened(text: str) -> tuple[str, tuple[int, ...]]:
    """The flat text and the offset of each of its characters; kept, as each correction asks for the same texts."""
    return segments.flatten(text, 0, len(text))


@lru_cache(maxsize=64)
def _bounds(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """Where the sentences of a text begin, and where they end."""
    parts = segments.split(text)
    return frozenset(part.start for part in parts), frozenset(part.end for part in parts)


def _behind(
    notice: Notice, corrections: Iterable[Correction], judge: Judge | None, papers: Sequence[Paper]
) -> list[Finding]:
    """What a reader finds in the notice without the sentences that were judged otherwise than right."""
    judged_places: dict[str, list[Place]] = {}
    for own in corrections:
        for place in places(notice, own, papers) if own.verdict != "right" else ():
            judged_places.setdefault(place.text, []).append(place)
    if not judged_places:
        return []
    texts = reader.screened_texts(notice, papers)
    blanked = [_blanked(text, judged_places.get(text, ())) for text, _, _ in texts]
    return [
        reader.placed(
            finding.model_copy(update={"field": field, "lot": lot, "quote": text[finding.start : finding.end]}), papers
        )
        for (text, field, lot), found in zip(texts, reader.read_all(blanked, judge), strict=True)
        for finding in found
    ]


def _blanked(text: str, without: Iterable[Place]) -> str:
    """A text with line breaks in place of sentences: all others keep their offsets, and none runs on over a gap."""
    for place in without:
        text = text[: place.start] + "\n" * (place.end - place.start) + text[place.end :]
    return text
