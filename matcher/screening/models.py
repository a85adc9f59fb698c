"""Model clauses: texts that agencies publish for buyers to copy, known again with their blanks filled in (pure).

A model (config/clauses/_models.yaml) is a row of words with blanks. Its word pairs are looked up in a text; if enough
of them stand together, model and text are aligned (Ratcliff and Obershelp 1988, as difflib has it). What is told is how
much of the model is there (`score`), what fills its blanks, and whether the text affirms it: a "not" or "may" that the
model does not have turns it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from matcher.screening import numbers, polarity, segments
from matcher.screening.model_texts import TOKEN, Model, canonical, load, pairs_of
from matcher.screening.segments import Segment
from register.models import Polarity

THRESHOLD = 0.7
"""Least share of a model's words that has to be there, by weight. Loosened copies in the tests reach 0.77 and more,
clauses of the same kind in other words (the development gold) at most 0.69. What a sentence of the same build about
other things shares with a model can be more: the model's `must` words keep it out.
"""
DENSITY = 0.5
"""Least share of the text's own words there, fills apart, that are the model's: else it is a longer, other text."""
CANDIDATE = 0.25
"""Least share of a model's word pairs that make a place worth an alignment."""
NEAR = 3
"""Words of a model between two matching stretches that may lack, at its ends."""
UNIT = 30
"""Characters behind a blank in which its unit stands."""
LONGEST_FILL = 15
"""Words of the longest text that fills a blank."""
MODAL = frozenset({"kan", "får", "bör", "skulle", "may", "should", "could", "uppmuntras", "uppmanas", "önskar"})
NEGATORS = frozenset({"inte", "ej", "icke", "aldrig", "inga", "inget", "ingen", "not", "no"})
TEMPLATE = re.compile(r"\b(?:exempel|exempeltext|förslag på|mall|avtalsmall|kan formuleras|tas bort)\b")
CONDITION = re.compile(r"\b(?:gäller|tillämpas) (?:inte|ej)\b.{0,30}\b(?:om|när|vid|avrop|under|över|enstaka)\b")
REFERS = re.compile(r":$|\b(?:följande|nedanstående|detta villkor|villkoret nedan|denna punkt|detta avsnitt)\b")


@dataclass(frozen=True)
class Blank:
    """What fills a blank. value: of a number blank, None where it was left open; upto: the end of a range.

    Offsets count code points of the text as given; start == end where nothing was filled in.
    """

    name: str
    text: str
    value: float | None
    upto: float | None
    start: int
    end: int


@dataclass(frozen=True)
class ModelMatch:
    """A model clause in a text. polarity: None where it decides nothing (a question, a template, an earlier contract);
    score: share of the model's words that are there, by weight; blanks: those that lie within what was recognised.
    """

    model: str
    clause: str
    polarity: Polarity | None
    score: float
    start: int
    end: int
    blanks: tuple[Blank, ...]

    @property
    def is_open(self) -> bool:
        """Whether a number that the model asks for was not filled in: it is the template still."""
        kinds = load().blanks
        return any(blank.value is None for blank in self.blanks if kinds[blank.name] == "number")


@dataclass(frozen=True)
class _Words:
    """The words of a text: canonical, as they stand in the flat text, their segment and offsets."""

    canonical: list[str]
    plain: list[str]
    parts: list[int]
    spans: list[tuple[int, int]]


def recognise(text: str, parts: Sequence[Segment] | None = None) -> list[ModelMatch]:
    """Model clauses in a text, in its order; no two of them overlap. parts: its segments, where they are known."""
    parts = segments.split(text) if parts is None else parts
    words = _words(parts)
    known = load()
    hits: dict[int, list[int]] = {}
    for at, pair in enumerate(pairwise(words.canonical)):
        for number in known.pairs.get(pair, ()):
            hits.setdefault(number, []).append(at)
    found = [
        match
        for number, places in hits.items()
        for match in _in_places(known.models[number], places, words, parts, text)
    ]
    kept: list[ModelMatch] = []
    for match in sorted(found, key=lambda match: (-match.score * (match.end - match.start), match.start)):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def _words(parts: Sequence[Segment]) -> _Words:
    words = _Words([], [], [], [])
    for number, part in enumerate(parts):
        if part.kind == "toc":
            continue
        for match in TOKEN.finditer(part.flat):
            # A blank that was never filled is one word, whatever it was called.
            words.canonical.append("{}" if match[1] else canonical(match[0]))
            words.plain.append(match[0])
            words.parts.append(number)
            words.spans.append(part.span(*match.span()))
    return words


def _in_places(
    model: Model, places: Sequence[int], words: _Words, parts: Sequence[Segment], text: str
) -> Iterator[ModelMatch]:
    """Matches of one model. places: where word pairs of the model stand, rising."""
    reach = 2 * len(model.words)
    least = max(3, round(CANDIDATE * len(pairs_of(model.words))))
    begin = 0
    while begin < len(places):
        end = bisect_right(places, places[begin] + reach)
        if end - begin < least:
            begin += 1
            continue
        first = max(0, places[begin] - len(model.words) // 2)
        last = min(len(words.canonical), places[end - 1] + len(model.words) // 2)
        aligned = _Alignment(model, words, first, last)
        match = aligned.match(parts, text)
        if match is None:
            # A step of some words: the alignment looks before its place too.
            begin = bisect_left(places, places[begin] + max(1, len(model.words) // 4))
            continue
        yield match
        begin = bisect_left(places, aligned.end)


def _near(block: tuple[int, int, int], later: tuple[int, int, int]) -> bool:
    """Whether no more than a blank and a word or two lie between two matching stretches."""
    return later[0] - block[0] - block[2] <= NEAR and later[1] - block[1] - block[2] <= NEAR + 1


class _Alignment:
    """A model laid along the words first to last of a text."""

    def __init__(self, model: Model, words: _Words, first: int, last: int) -> None:
        self.model = model
        self.words = words
        matcher = SequenceMatcher(None, model.words, words.canonical[first:last], autojunk=False)
        blocks = [(a, first + b, size) for a, b, size in matcher.get_matching_blocks() if size]
        # What matches by one word alone, far before the first or after the last longer stretch, is chance.
        long = [number for number, (_, _, size) in enumerate(blocks) if size >= 2]
        begin, end = (long[0], long[-1]) if long else (0, -1)
        while begin > 0 and _near(blocks[begin - 1], blocks[begin]):
            begin -= 1
        while end + 1 < len(blocks) and _near(blocks[end], blocks[end + 1]):
            end += 1
        self.blocks = blocks[begin : end + 1]
        self.start = self.blocks[0][1] if self.blocks else first
        self.end = self.blocks[-1][1] + self.blocks[-1][2] if self.blocks else first

    def match(self, parts: Sequence[Segment], text: str) -> ModelMatch | None:
        """What is there of the model; None where it is too little."""
        model = self.model
        score = sum(sum(model.weights[a : a + size]) for a, _, size in self.blocks) / sum(model.weights)
        if score < THRESHOLD:
            return None
        said = [self.words.plain[at] for _, b, size in self.blocks for at in range(b, b + size)]
        if not all(any(group.fullmatch(word) for word in said) for group in model.must):
            return None
        blanks = tuple(self._blanks(text))
        fills = {at for at in range(self.start, self.end) if any(self._within(at, blank) for blank in blanks)}
        if len(said) < DENSITY * (self.end - self.start - len(fills)):
            return None
        start, end = self.words.spans[self.start][0], self.words.spans[self.end - 1][1]
        if text[end : end + 1] in (".", "!", "?"):
            end += 1
        says = self._polarity(parts, {at for _, b, size in self.blocks for at in range(b, b + size)}, fills)
        return ModelMatch(model.id, model.clause, says, round(score, 3), start, end, blanks)

    def _within(self, at: int, blank: Blank) -> bool:
        return blank.start <= self.words.spans[at][0] and self.words.spans[at][1] <= blank.end

    def _blanks(self, text: str) -> Iterator[Blank]:
        """The model's blanks, as they are filled between the stretches that match."""
        kinds = load().blanks
        for (a, b, size), (next_a, next_b, _) in pairwise(self.blocks):
            names = [word[1:-1] for word in self.model.words[a + size : next_a] if word.startswith("{")]
            if not names:
                continue
            at, last = b + size, next_b
            start, end = self.words.spans[at - 1][1], self.words.spans[last][0]
            flat, places = segments.flatten(text, start, end)
            amounts = list(numbers.amounts(flat))
            # "5 mnkr": the unit behind the blank says how much it is.
            sums = {n.start + start: n for n in numbers.find(text[start : end + UNIT]) if n.kind in ("money", "fine")}
            for name in names:
                if kinds[name] == "text":
                    # What is changed around it can't be told from what fills it.
                    fits = 0 < last - at <= LONGEST_FILL
                    span = (self.words.spans[at][0], self.words.spans[last - 1][1]) if fits else (start, start)
                    yield Blank(name, text[slice(*span)], None, None, *span)
                elif amounts:
                    amount = amounts.pop(0)
                    span = places[amount.start], places[amount.end - 1] + 1
                    value, upto = amount.value, amount.upto
                    if (known := sums.get(span[0])) and isinstance(known.value, float):
                        value, upto = known.value, known.upto
                    yield Blank(name, text[slice(*span)], value, upto, *span)
                    at = max(at, bisect_left(self.words.spans, (span[1], span[1])))
                else:
                    yield Blank(name, "", None, None, start, start)

    def _polarity(self, parts: Sequence[Segment], matched: set[int], fills: set[int]) -> Polarity | None:
        """What the text says of the model: its own sentences, what introduces them and what follows."""
        first, last = self.words.parts[self.start], self.words.parts[self.end - 1]
        own = [number for number in range(first, last + 1) if parts[number].kind != "toc"]
        before = parts[first - 1] if first else None
        after = parts[last + 1] if last + 1 < len(parts) else None
        intro = before.flat if before and (before.kind == "heading" or REFERS.search(before.flat)) else ""
        if polarity.is_silent(intro) or TEMPLATE.search(intro):
            return None
        if any(parts[number].kind == "question" or polarity.is_silent(parts[number].flat) for number in own):
            return None
        inserted = [at for at in range(self.start, self.end) if at not in matched and at not in fills]
        # A "not" right before the model's own words, whatever its use elsewhere: "ska inte ha rutiner".
        if any(self.words.plain[at] in NEGATORS and (at + 1 in matched or at + 1 in fills) for at in inserted):
            return "negated"
        # A sentence in which little is the model's own, for example an exception put in, decides nothing of the rest.
        denials = sum(polarity.negated(parts[number].flat) for number in own if self._is_own(number, matched))
        if denials > self.model.denials or polarity.negated(intro) or _dropped(after):
            return "negated"
        options = sum(polarity.is_possible(parts[number].flat) for number in own)
        modal = any(self.words.plain[at] in MODAL for at in inserted)
        return "possible" if modal or options > self.model.options or polarity.is_possible(intro) else "affirmed"

    def _is_own(self, part: int, matched: set[int]) -> bool:
        here = [at for at in range(self.start, self.end) if self.words.parts[at] == part]
        return bool(here) and sum(at in matched for at in here) >= len(here) / 3


def _dropped(after: Segment | None) -> bool:
    """Whether the next sentence takes the clause back; one that names a condition is an exception only."""
    return after is not None and bool(polarity.DROP.match(after.flat)) and not CONDITION.search(after.flat)
