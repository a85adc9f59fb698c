"""How well a tender suits a reserved contract (LOU 4 kap. 18 §), for a municipality (pure): reasons for and against.

It never names an enterprise, and never says that one may take part: only how many do such work in reach. It is no legal
advice; the paragraph stands beside it with the day it was last compared with the statute, or that it was not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from config import trades
from matcher import texts
from matcher.index import LotIndex, trade_ids
from matcher.profile import Profile
from matcher.screening import rules
from matcher.signals import place_value, size_value
from register.market import ATTRIBUTION, History

Band = Literal["0", "1", "2-3", "4+"]
Verdict = Literal["suits", "may suit", "suits less", "already reserved"]
CLAUSE = "reserved_participation"
WORK_LINE = 0.5
PLACE_LINE = 0.7
SIZE_LINE = 0.5
SMALL, LARGE = 1_000_000, 5_000_000
"""SEK a year: what most social enterprises bear, and what hardly any does (config/examples and the enterprises of
DOMAIN.md have largest contracts from 0.3 to 3 million)."""
OFTEN_MONTHS = 18.0
MANY_SMALL = 0.5
DEMANDS = re.compile(
    r"\b(?:ISO\s?\d{4,5}|omsättning\w*|certifi\w+|auktoris\w+|legitim\w+|behörig\w* (?:installatör\w*|montör\w*|el\w*)"
    r"|säkerhetsprövning\w*|säkerhetsklass\w*|kreditvärdighet\w*|rating\w*|AAA|referensuppdrag\w*|yrkesbevis\w*)\b",
    re.IGNORECASE,
)
"""Words of entry demands that small enterprises often can't meet."""


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
    able: Band
    """Enterprises in reach that do such work and bear the size; a band, so that none is singled out."""
    warning: str
    """Of too little competition; "" for none."""
    law: str
    verified: str
    """The day on which the paragraph was last compared with the statute; "" where it never was."""
    attribution: str


def assess(
    built: LotIndex, at: int, profiles: Sequence[Profile], work: Sequence[float], history: History | None
) -> Suitability:
    """Of the lot at position `at`. work: how surely each profile's work fits it; history: of its CPV group, all
    buyers; None where no statistics are imported.
    """
    lot = built.lots[at]
    able = sum(
        chance >= WORK_LINE
        and place_value(own, built.places[at]) >= PLACE_LINE
        and size_value(own, float(built.value_per_year[at])) >= SIZE_LINE
        for own, chance in zip(profiles, work, strict=True)
    )
    points = [
        *_object(built, at), *_size(built, at), *_divided(built, at), *_demands(built, at), *_local(built, at),
        *_market(history), *_able(able),
    ]  # fmt: skip
    for_, against, unknown = (tuple(point for side, point in points if side == wanted) for wanted in ("+", "-", "?"))
    clause = rules.clauses()[CLAUSE]
    return Suitability(
        lot=lot.id,
        title=lot.title,
        verdict=_verdict(built, at, {p.key for p in for_}, {p.key for p in against}),
        for_=for_,
        against=against,
        unknown=unknown,
        able=band(able),
        warning="" if able >= 2 else _warning(able),
        law=clause.legal_basis,
        verified=clause.verified or "",
        attribution=ATTRIBUTION if history and history.procurements else "",
    )


def band(count: int) -> Band:
    """A number of enterprises as 0, 1, 2-3 or 4+."""
    return "0" if count < 1 else "1" if count == 1 else "2-3" if count < 4 else "4+"


Told = tuple[Literal["+", "-", "?"], Point]


def _object(built: LotIndex, at: int) -> list[Told]:
    """Whether it is work that social enterprises do elsewhere."""
    names, known = trade_ids(), trades.trades()
    strong = [names[n] for n in np.argsort(-built.trade_title[at], kind="stable") if built.trade_title[at][n] >= 0.4]
    own = [known[name].name for name in strong if known[name].own]
    if own:
        return [("+", Point("work", f"{own[0]} är ett arbete som sociala företag utför på andra håll."))]
    if strong:
        name = known[strong[0]].name
        return [("-", Point("work", f"{name} är ett arbete som sociala företag sällan utför."))]
    return [("?", Point("work", "Rubriken säger inte vilket slags arbete det är."))]


def _size(built: LotIndex, at: int) -> list[Told]:
    value = float(built.value_per_year[at])
    if np.isnan(value):
        return [("?", Point("size", "Värdet är inte angivet. Små avtal passar bättre än stora."))]
    if value <= SMALL:
        return [("+", Point("size", "Storleken, högst en miljon kronor per år, klarar många sociala företag."))]
    if value > LARGE:
        return [
            ("-", Point("size", "Värdet, över fem miljoner kronor per år, är mer än de flesta sociala företag klarar."))
        ]
    return [("?", Point("size", "Värdet, mellan en och fem miljoner kronor per år, klarar en del sociala företag."))]


def _divided(built: LotIndex, at: int) -> list[Told]:
    notice = built.notices[at]
    places = built.places[at].municipalities
    if len(notice.lots) > 1:
        return [
            (
                "+",
                Point(
                    "divisible", f"Upphandlingen är delad i {len(notice.lots)} delar. En del kan reserveras för sig."
                ),
            )
        ]
    if len(places) > 1:
        return [("+", Point("divisible", "Arbetet är på flera orter och kan delas upp efter ort."))]
    found = re.search(
        r"\b(?:delas inte|odelad|hela uppdraget|samtliga delar)\b.*", texts.body(notice, built.lots[at]), re.I
    )
    if found:
        return [("-", Point("divisible", "Upphandlingen är inte delad.", found.group(0)[:160].rstrip()))]
    return []


def _demands(built: LotIndex, at: int) -> list[Told]:
    lot = built.lots[at]
    text = "\n".join([texts.body(built.notices[at], lot), *lot.selection_criteria])
    found = list(dict.fromkeys(match.group(0) for match in DEMANDS.finditer(text)))
    if found:
        words = " och ".join(f"”{word}”" for word in found[:2])
        return [("-", Point("entry", f"Texten nämner {words}. Höga krav stänger ute små företag.", found[0]))]
    if len(text) < 200:
        return [("?", Point("entry", "Bara en kort text är läst, så kraven på anbudsgivaren är inte kända."))]
    return [("+", Point("entry", "Texten ställer inga av de krav som oftast stänger ute små företag."))]


def _local(built: LotIndex, at: int) -> list[Told]:
    place = built.places[at]
    if len(place.municipalities) == 1:
        return [("+", Point("local", f"Arbetet är samlat i {place.municipalities[0]}."))]
    if place.anywhere or len(place.counties) > 1:
        return [("-", Point("local", "Arbetet är spritt över landet."))]
    return []


def _market(history: History | None) -> list[Told]:
    """What happened elsewhere, by the statistics."""
    if history is None or not history.procurements:
        return [("?", Point("market", "Det finns inga uppgifter om liknande upphandlingar."))]
    told: list[Told] = []
    small = sum(count for size, count in history.sizes if size in ("Mikroföretag", "Små företag"))
    if history.contracts:
        share = small / history.contracts
        text = (
            f"I {history.procurements} liknande upphandlingar i statistiken gick {small} av {history.contracts} "
            "antagna anbud till företag med färre än 50 anställda. Antalet inkomna anbud är inte känt."
        )
        told.append(("+" if share >= MANY_SMALL else "-", Point("market", text)))
    often = [buyer for buyer in history.buyers if buyer.months_between and buyer.months_between <= OFTEN_MONTHS]
    if often:
        told.append(
            ("+", Point("repeated", f"{len(often)} köpare har köpt sådant arbete mer än en gång i statistiken."))
        )
    return told


def _able(able: int) -> list[Told]:
    if able >= 2:
        return [("+", Point("able", "Flera sociala företag i närheten utför sådant arbete i den storleken."))]
    return [
        (
            "-",
            Point("able", "Färre än två registrerade sociala företag i närheten utför sådant arbete i den storleken."),
        )
    ]


def _warning(able: int) -> str:
    who = "Inget registrerat företag" if able == 0 else "Bara ett registrerat företag"
    return f"{who} i närheten utför sådant arbete. Konkurrensen kan bli för liten: ordna en dialog med marknaden först."


def _verdict(built: LotIndex, at: int, for_: set[str], against: set[str]) -> Verdict:
    codes = built.lots[at].codes
    affirmed = any(f.clause == CLAUSE and f.polarity == "affirmed" for f in built.findings[at])
    if affirmed or codes.reserved_participation == "res-ws":
        return "already reserved"
    if "work" in against or {"size", "able"} <= against:
        return "suits less"
    if {"work", "able"} <= for_ and not against & {"size", "entry"}:
        return "suits"
    return "may suit"
