"""A profile proposed from an enterprise's own words: lines, places and CPV codes, each with the words it came from.

A person confirms each of them. The words are a form's, a pasted page's or a leaflet's, so that most of a text is often
something else: only sentences that name a trade which social enterprises work in (config/trades.yaml) are proposed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from config import cpv, place_mentions, places, trades
from config.knowledge import read_yaml
from matcher import profile, suggesting
from matcher.encoder import Encoder
from matcher.lexical import Analyser
from matcher.suggesting import SuggestedCode
from matcher.texts import NOT_WORK, sentences
from register.database import Register
from register.models import Enterprise

LineKind = Literal["capability", "could_start", "never"]
SPLIT = re.compile(r"\s*[,;•|]\s*(?:och\s+|samt\s+)?|\s+(?:och|samt)\s+")
MOST_LINES, MOST_PLACES, LONGEST_LINE, LONGEST_QUOTE = 20, 15, 120, 240
MOST_CODES, CODES_A_LINE = 100, 4


@dataclass(frozen=True)
class ProposedLine:
    """A line of the profile. quote: the sentence that it came from; trades: names of the trades that it names."""

    kind: LineKind
    text: str
    quote: str
    trades: tuple[str, ...]


@dataclass(frozen=True)
class ProposedPlace:
    """A municipality, or a county by its two-digit code, with the sentence that names it; home has none."""

    name: str
    county: str
    quote: str


@dataclass(frozen=True)
class Proposal:
    """What was read out of a text."""

    lines: tuple[ProposedLine, ...]
    places: tuple[ProposedPlace, ...]
    codes: tuple[SuggestedCode, ...] = ()
    whole: bool = True
    """Whether codes near to the lines are among them, or only those of the trades that the lines name."""

    def texts(self, kind: LineKind) -> tuple[str, ...]:
        """The lines of a kind."""
        return tuple(line.text for line in self.lines if line.kind == kind)


def propose(words: str, municipality: str, encoder: Encoder, *, register: Register | None = None) -> Proposal:
    """Lines, places and codes from `words`; the home municipality is always in reach.

    Of a model that a register has not seen yet, the labels of all codes are encoded first: a minute or two, once.
    """
    quick = at_once(words, municipality)
    draft = Enterprise(
        id="draft",
        name="draft",
        municipality=municipality,
        capabilities=quick.texts("capability"),
        could_start=quick.texts("could_start"),
    )
    own = profile.build(draft, encoder, Analyser(), register=register)
    codes = suggesting.codes(own, encoder, register=register, most=MOST_CODES)
    return replace(quick, codes=tuple(_few_a_line(codes)), whole=True)


def at_once(words: str, municipality: str) -> Proposal:
    """As `propose`, with the codes alone that belong to the trades named: without a model."""
    found = lines(words)
    return Proposal(found, _places(words, municipality), tuple(_few_a_line(_of_trades(found))), whole=False)


def _of_trades(found: Sequence[ProposedLine]) -> list[SuggestedCode]:
    """The codes of the trades that lines of work name, each by the first line that does, the surest first."""
    by_name = {trade.name: trade for trade in trades.trades().values()}
    codes: dict[str, SuggestedCode] = {}
    for line in found:
        sure = suggesting.NAMED * suggesting.KINDS.get(line.kind, 0.0)
        for code in [code for name in line.trades for code in by_name[name].cpv if sure > 0]:
            if code not in codes or codes[code].confidence < sure:
                codes[code] = SuggestedCode(code, cpv.label(code) or "", round(sure, 2), line.text, given=False)
    return sorted(codes.values(), key=lambda one: (-one.confidence, one.code))


def _few_a_line(codes: Sequence[SuggestedCode]) -> Iterator[SuggestedCode]:
    """The surest codes of each line: a trade with many codes must not crowd another line's out."""
    taken: Counter[str] = Counter()
    for code in codes:
        taken[code.line] += 1
        if taken[code.line] <= CODES_A_LINE:
            yield code


def lines(words: str) -> tuple[ProposedLine, ...]:
    """The sentences that name work, each as one line or, where it lists several kinds of work, one a kind."""
    found: dict[str, ProposedLine] = {}
    for sentence in sentences(words):
        kind = _kind(sentence)
        if kind == "capability" and NOT_WORK.search(sentence):
            continue
        for text in _parts(sentence):
            named = _named(text)
            if named and text.casefold() not in found:
                found[text.casefold()] = ProposedLine(kind, text, _short(sentence), named)
    return tuple(found.values())[:MOST_LINES]


def _parts(sentence: str) -> Iterator[str]:
    """A sentence that lists kinds of work ("städar, putsar fönster och klipper gräs") in its parts, else whole.

    It is a list only where each part names a trade: "städning av kontor och trappor" is one thing.
    """
    parts = [part for piece in _pieces(sentence) if (part := _plain(piece))]
    if len(parts) > 1 and all(_named(part) for part in parts):
        yield from (part[:LONGEST_LINE] for part in parts)
    else:
        whole = _plain(sentence)
        yield whole if len(whole) <= LONGEST_LINE else whole[:LONGEST_LINE].rsplit(" ", 1)[0]


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence cut at its commas and "och", but not between places: "i Mora och Orsa" stays whole."""
    places_at = {mention.start for mention in place_mentions.find(sentence)}
    start = 0
    for cut in SPLIT.finditer(sentence):
        if cut.end() not in places_at:
            yield sentence[start : cut.start()]
            start = cut.end()
    yield sentence[start:]


def _named(text: str) -> tuple[str, ...]:
    """Names of the trades of social enterprises that a text names plainly."""
    known = trades.trades()
    mentions = [m for m in trades.find(text) if not m.stopped_by and known[m.trade].own and m.strength >= trades.STRONG]
    return tuple(dict.fromkeys(known[m.trade].name for m in mentions))


def _kind(sentence: str) -> LineKind:
    rules = _rules()
    if rules["never"].search(sentence):
        return "never"
    return "could_start" if rules["could_start"].search(sentence) else "capability"


def _plain(text: str) -> str:
    """Without what opens it ("vi erbjuder"), and without a full stop."""
    return _rules()["lead"].sub("", text.strip(" \t-•*·:")).strip(" \t-•*·:").rstrip(" .!")


def _places(words: str, municipality: str) -> tuple[ProposedPlace, ...]:
    home = places.by_name(municipality)
    found = {home.name: ProposedPlace(home.name, "", "")} if home else {}
    counties = {county.code: county.name for county in places.counties()}
    for sentence in sentences(words):
        for mention in place_mentions.find(sentence):
            if mention.municipality is not None:
                name, county = mention.municipality.name, ""
            else:
                county = mention.county or ""
                name = counties[county]
            found.setdefault(name, ProposedPlace(name, county, _short(sentence)))
    return tuple(found.values())[:MOST_PLACES]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


@lru_cache(maxsize=1)
def _rules() -> dict[str, re.Pattern[str]]:
    words: dict[str, Any] = read_yaml("own_words.yaml")
    any_of = {key: "|".join(re.escape(w) for w in sorted(words[key], key=len, reverse=True)) for key in words}
    return {
        "lead": re.compile(rf"^(?:{any_of['lead']})\b[\s:]*(?:även\s+|också\s+)?", re.IGNORECASE),
        "could_start": re.compile(rf"\b(?:{any_of['could_start']})\b", re.IGNORECASE),
        "never": re.compile(rf"\b(?:{any_of['never']})\b", re.IGNORECASE),
    }
