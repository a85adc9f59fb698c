"""How well a tender suits a reserved contract (LOU 4 kap. 18 §), for a municipality (pure): reasons for and against.

It never names an enterprise, and never says that one may take part: only how many do such work in reach. It is no legal
advice; the paragraph stands beside it with the day it was last compared with the statute, or that it was not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from config import demands, trades
from matcher import texts, together
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.screening import rules
from matcher.together import Work
from register.market import BuyerFigures, History
from register.models import Notice

Band = Literal["0", "1", "2-3", "4+"]
Verdict = Literal["suits", "may suit", "suits less", "already reserved"]
CLAUSE, SMALL_LOTS = "reserved_participation", "small_lots"
ENOUGH = 2
"""Able enterprises below which competition may be too small."""
SMALL, LARGE = 1_000_000, 5_000_000
"""SEK a year: what most social enterprises bear, and what hardly any does (config/examples and the enterprises of
DOMAIN.md have largest contracts from 0.3 to 3 million)."""
OFTEN_MONTHS = 18.0
MANY_SMALL = 0.5
SMALL_SIZES = frozenset({"Mikroföretag", "Små företag"})
"""UHM's words for companies with fewer than 50 employees."""
SHORT_TEXT = 200
"""Characters below which a text is too short to be silent of demands on purpose."""
LONGEST_QUOTE = 160


@dataclass(frozen=True)
class Point:
    """One reason, in Swedish. key: which question it answers; quote: the tender's own words, "" for none."""

    key: str
    text: str
    quote: str = ""


@dataclass(frozen=True)
class Suitability:
    """What is told of one lot."""

    lot: str
    title: str
    verdict: Verdict
    for_: tuple[Point, ...]
    against: tuple[Point, ...]
    unknown: tuple[Point, ...]
    able: Band | None
    """Registered enterprises that do such work in reach and bear the size, as a band; None where the place is not
    known.
    """
    warning: str
    """Of too little competition; "" for none."""
    law: str
    verified: str
    """The day on which the paragraph was last compared with the statute; "" where it never was."""
    attribution: str
    """Must stand beside `for_`, `against` and `unknown`; "" where no statistics are in them."""


Told = tuple[Literal["+", "-", "?"], Point]
"""A point for it, against it, or of what is not known."""


def assess(built: LotIndex, at: int, profiles: Sequence[Profile], work: Work, history: History | None) -> Suitability:
    """Of the lot at position `at`. history: of its CPV group, all buyers; None where no statistics are imported."""
    lot = built.lots[at]
    able = len(together.alone(built, [at], profiles, work)) if built.places[at].known else None
    several = able == 0 and bool(together.joint(built, [at], profiles, work, most=1))
    told = [
        *_object(built, at), *_size(built, at), *_divided(built, at), *_demands(built, at), *_local(built, at),
        *_market(history), *_repeated(history, built.notices[at]), *_able(able, several=several),
    ]  # fmt: skip
    names = [own.enterprise.name.casefold() for own in profiles]
    told = [(side, _unnamed(point, names)) for side, point in told]
    for_, against, unknown = (tuple(point for side, point in told if side == wanted) for wanted in ("+", "-", "?"))
    clause = rules.clauses()[CLAUSE]
    return Suitability(
        lot=lot.id,
        title=lot.title,
        verdict=_verdict(built, at, {point.key for point in for_}, {point.key for point in against}),
        for_=for_,
        against=against,
        unknown=unknown,
        able=None if able is None else band(able),
        warning="" if able is None or able >= ENOUGH else _warning(able),
        law=clause.legal_basis,
        verified=clause.verified or "",
        attribution=_attribution(history),
    )


def band(count: int) -> Band:
    """A number of enterprises as 0, 1, 2-3 or 4+."""
    return "0" if count < 1 else "1" if count == 1 else "2-3" if count < 4 else "4+"


def _unnamed(point: Point, names: Sequence[str]) -> Point:
    """Without its quote, where the tender's own words name an enterprise."""
    return replace(point, quote="") if any(name in point.quote.casefold() for name in names) else point


def _object(built: LotIndex, at: int) -> Iterator[Told]:
    """Whether it is work that social enterprises do elsewhere."""
    known = trades.trades()
    own, other = (together.works(built, at, own=side) for side in (True, False))
    if own:
        yield "+", Point("work", f"{known[own[0]].name} är ett arbete som sociala företag utför på andra håll.")
    elif other:
        yield "-", Point("work", f"{known[other[0]].name} är ett arbete som sociala företag sällan utför.")
    else:
        yield "?", Point("work", "Rubriken säger inte vilket slags arbete det är.")


def _size(built: LotIndex, at: int) -> Iterator[Told]:
    value = float(built.value_per_year[at])
    if np.isnan(value):
        yield "?", Point("size", "Värdet är inte angivet. Små avtal passar bättre än stora.")
    elif value <= SMALL:
        yield "+", Point("size", "Många sociala företag klarar storleken, högst en miljon kronor per år.")
    elif value <= LARGE:
        yield "?", Point("size", "En del sociala företag klarar storleken, mellan en och fem miljoner kronor per år.")
    else:
        text = "De flesta sociala företag klarar inte storleken, över fem miljoner kronor per år."
        yield "-", Point("size", text)


def _divided(built: LotIndex, at: int) -> Iterator[Told]:
    """Whether a part can be reserved: by lots, by what the screener read, or by places."""
    count, places = len(built.notices[at].lots), built.places[at].municipalities
    read = next((finding for finding in built.findings[at] if finding.clause == SMALL_LOTS), None)
    quote = _shorten(read.quote) if read and not read.quote.startswith("BT-") else ""
    if count > 1:
        yield "+", Point("divisible", f"Upphandlingen har {count} anbudsområden. Ett av dem kan reserveras för sig.")
    elif read and read.polarity == "negated":
        yield "-", Point("divisible", "Upphandlingen är inte delad eller anpassad för små leverantörer.", quote)
    elif read:
        yield "+", Point("divisible", "Upphandlingen är delad eller anpassad för små leverantörer.", quote)
    elif len(places) > 1:
        yield "+", Point("divisible", f"Arbetet är i {len(places)} kommuner och kan delas upp efter plats.")
    else:
        yield "?", Point("divisible", "Det framgår inte om upphandlingen kan delas upp.")


def _demands(built: LotIndex, at: int) -> Iterator[Told]:
    text = texts.demanding(built.notices[at], built.lots[at])
    demanding = {line: [d.quote for d in demands.find(line) if d.closes] for line in texts.sentences(text)}
    demanding = {line: quotes for line, quotes in demanding.items() if quotes}
    if demanding:
        found = list(dict.fromkeys(quote for quotes in demanding.values() for quote in quotes))
        words = " och ".join(f"”{word}”" for word in found[:2])
        text = f"Texten nämner {words}. Höga krav stänger ute små företag."
        yield "-", Point("entry", text, _shorten(next(iter(demanding))))
    elif len(text) < SHORT_TEXT:
        yield "?", Point("entry", "Bara en kort text är läst, så kraven på anbudsgivaren är inte kända.")
    else:
        yield "+", Point("entry", "Texten ställer inga av de krav som oftast stänger ute små företag.")


def _shorten(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= LONGEST_QUOTE else flat[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"


def _local(built: LotIndex, at: int) -> Iterator[Told]:
    place = built.places[at]
    if len(place.municipalities) == 1:
        yield "+", Point("local", f"Arbetet är samlat i {place.municipalities[0]}.")
    elif place.anywhere or len(place.counties) > 1:
        yield "-", Point("local", "Arbetet är spritt över landet.")
    elif not place.known:
        yield "?", Point("local", "Det framgår inte var arbetet utförs.")


def _market(history: History | None) -> Iterator[Told]:
    """Who won like work elsewhere, by the statistics."""
    if history is None or not history.procurements:
        yield "?", Point("market", "Det finns inga uppgifter om liknande upphandlingar.")
        return
    sized = sum(count for size, count in history.sizes if size)
    small = sum(count for size, count in history.sizes if size in SMALL_SIZES)
    if not sized:
        yield "?", Point("market", f"Vem som vann de {history.procurements} liknande upphandlingarna är inte känt.")
        return
    text = (
        f"I liknande upphandlingar i statistiken gick {small} av {sized} antagna anbud till företag med färre än 50 "
        "anställda. Antalet inkomna anbud är inte känt."
    )
    yield "+" if small / sized >= MANY_SMALL else "-", Point("market", text)


def _repeated(history: History | None, notice: Notice) -> Iterator[Told]:
    """Whether such work is bought again and again: by this buyer, else by others."""
    if history is None or not history.procurements:
        return
    buyer = next((found for found in history.buyers if _is(found, notice)), None)
    often = [found for found in history.buyers if found.months_between and found.months_between <= OFTEN_MONTHS]
    if buyer and buyer.procurements > 1:
        yield "+", Point("repeated", f"Köparen har annonserat sådant arbete {buyer.procurements} gånger i statistiken.")
    elif often:
        count = "En köpare" if len(often) == 1 else f"{len(often)} köpare"
        yield "+", Point("repeated", f"{count} har annonserat sådant arbete med högst ett och ett halvt års mellanrum.")
    else:
        yield "?", Point("repeated", "Det framgår inte om sådant arbete upphandlas ofta.")


def _is(found: BuyerFigures, notice: Notice) -> bool:
    same_number = bool(found.org) and found.org == notice.buyer.org_number
    return same_number or found.buyer.casefold() == notice.buyer.name.casefold()


def _able(able: int | None, *, several: bool) -> Iterator[Told]:
    if able is None:
        yield "?", Point("able", "Platsen är inte känd, så företagen i närheten är inte räknade.")
    elif able >= ENOUGH:
        yield "+", Point("able", "Flera registrerade sociala företag i närheten klarar sådant arbete i den storleken.")
    else:
        text = "Färre än två registrerade sociala företag i närheten klarar sådant arbete i den storleken."
        yield "-", Point("able", text)
    if several:
        yield "+", Point("together", "Två eller tre registrerade företag skulle tillsammans kunna klara det.")


def _warning(able: int) -> str:
    who = "Inget registrerat företag" if able == 0 else "Bara ett registrerat företag"
    return f"{who} i närheten klarar det ensamt. Konkurrensen kan bli för liten: ha en dialog med marknaden först."


def _attribution(history: History | None) -> str:
    if history is None or not history.procurements or history.period is None:
        return ""
    first, last = history.period
    return f"{history.attribution}. Upphandlingar annonserade {first}–{last}."


def _verdict(built: LotIndex, at: int, for_: set[str], against: set[str]) -> Verdict:
    """By the work, the size and who is able first; a small contract need not be divided to suit."""
    reserved = any(f.clause == CLAUSE and f.polarity == "affirmed" for f in built.findings[at])
    if reserved or built.lots[at].codes.reserved_participation == "res-ws":
        return "already reserved"
    if "work" in against or ("size" in against and "divisible" not in for_):
        return "suits less"
    if {"work", "able"} <= for_ and not against & {"size", "entry"}:
        return "suits"
    return "may suit"
