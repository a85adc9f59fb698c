"""Signals: one pure function each, from an enterprise's profile and an index of lots to one number per lot.

Every function has the form (Profile, LotIndex) -> array of shape (lots,), in 0..1 unless it says otherwise; higher is
better, except where the name says that it counts against. A new signal is a function here and its name in SIGNALS.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from config import cpv, places
from matcher.index import Column, LotIndex
from matcher.profile import Profile
from register.placing import LotPlace

UNKNOWN_SIZE = 0.6
UNKNOWN_DURATION = 0.7
UNKNOWN_PLACE = 0.2
FOREIGN_PLACE = 0.02
REFUSED = 0.1
"""Most that a place or size is worth that the enterprise itself has said no to."""


def _best_line(profile: Profile, values: np.ndarray, kinds: tuple[str, ...]) -> Column:
    """Best value over lines of the given kinds; `values` has shape (lines, lots)."""
    rows = [number for number, line in enumerate(profile.lines) if line.kind in kinds]
    if not rows:
        return np.zeros(values.shape[1], dtype=np.float32)
    return np.asarray(values[rows].max(axis=0), dtype=np.float32)


def _sure(cosines: np.ndarray, index: LotIndex) -> Column:
    """How surely two texts are about the same work, by the encoder's own logistic."""
    middle, scale = index.nearness
    return np.asarray(1 / (1 + np.exp(-(cosines - middle) * scale)), dtype=np.float32)


def _line_passage(profile: Profile, index: LotIndex) -> np.ndarray:
    """Best cosine of each line over each lot's passages, shape (lines, lots)."""
    if not len(index) or not profile.lines:
        return np.zeros((len(profile.lines), len(index)), dtype=np.float32)
    return np.maximum.reduceat(profile.vectors @ index.passages.T, index.first_passage, axis=1)


def _line_headline(profile: Profile, index: LotIndex) -> np.ndarray:
    """Cosine of each line with each lot's headline, shape (lines, lots)."""
    if not len(index) or not profile.lines:
        return np.zeros((len(profile.lines), len(index)), dtype=np.float32)
    return profile.vectors @ index.passages[index.first_passage].T


def meaning(profile: Profile, index: LotIndex) -> Column:
    """Best cosine of a capability with any passage of the lot."""
    return _sure(_best_line(profile, _line_passage(profile, index), ("capability", "about")), index)


def meaning_headline(profile: Profile, index: LotIndex) -> Column:
    """Best cosine of a capability with the lot's headline."""
    return _sure(_best_line(profile, _line_headline(profile, index), ("capability", "about")), index)


def meaning_could_start(profile: Profile, index: LotIndex) -> Column:
    """Best cosine of a "could start" line with any passage."""
    return _sure(_best_line(profile, _line_passage(profile, index), ("could_start",)), index)


def meaning_lead(profile: Profile, index: LotIndex) -> Column:
    """How much better the best line fits this lot than it fits the lots at large: cosine less the line's mean, in its
    own deviations, through a logistic at 2. Levels out lines that are near to everything.
    """
    cosines = _line_passage(profile, index)
    keep = [number for number, line in enumerate(profile.lines) if line.kind != "never"]
    if not keep or not len(index):
        return np.zeros(len(index), dtype=np.float32)
    chosen = cosines[keep] if len(index) > 1 else cosines[keep] * 0
    spread = chosen.std(axis=1, keepdims=True) + 1e-3
    lead = ((chosen - chosen.mean(axis=1, keepdims=True)) / spread).max(axis=0)
    return np.asarray(1 / (1 + np.exp(-(lead - 2.0))), dtype=np.float32)


def words(profile: Profile, index: LotIndex) -> Column:
    """Best BM25 of a line over the whole text, as a share of what the line scores against itself at most."""
    return _lexical(profile, index.words.share, len(index))


def words_headline(profile: Profile, index: LotIndex) -> Column:
    """Best BM25 of a line over the headline, likewise."""
    return _lexical(profile, index.headline_words.share, len(index))


def _lexical(profile: Profile, share: Callable[[tuple[str, ...]], Column], size: int) -> Column:
    best = np.zeros(size, dtype=np.float32)
    for terms, weight in zip(profile.terms, profile.weights, strict=True):
        if weight > 0 and terms:
            best = np.maximum(best, share(terms) * weight)
    return best


def trade(profile: Profile, index: LotIndex) -> Column:
    """Strongest trade that both have: in the headline whole, in the body at half weight."""
    both = np.maximum(index.trade_title, 0.5 * index.trade_body) * profile.trades[None, :]
    return np.asarray(both.max(axis=1), dtype=np.float32)


def trade_share(profile: Profile, index: LotIndex) -> Column:
    """How much of what the lot is about are the enterprise's trades; 0.5 where no trade is recognised."""
    mass = index.trade_title + 0.3 * index.trade_body
    total = mass.sum(axis=1)
    own = (mass * (profile.trades > 0.3)[None, :]).sum(axis=1)
    return np.where(total > 0, own / np.maximum(total, 1e-6), 0.5).astype(np.float32)


def other_trade(profile: Profile, index: LotIndex) -> Column:
    """Counts against: how strongly the headline names a trade that is not the enterprise's, where none of its is."""
    own = (index.trade_title * (profile.trades > 0.3)[None, :]).max(axis=1)
    other = (index.trade_title * (profile.trades <= 0.3)[None, :]).max(axis=1)
    return np.asarray(np.clip(other - own, 0, 1), dtype=np.float32)


def never(profile: Profile, index: LotIndex) -> Column:
    """Counts against: how much nearer the lot's text is to a "never" line than to any line of what is done, or how
    plainly it asks for a condition or task that such a line names (config/refusals.yaml).
    """
    lexical = np.zeros(len(index), dtype=np.float32)
    for line, terms in zip(profile.lines, profile.terms, strict=True):
        if line.kind == "never" and terms:
            lexical = np.maximum(lexical, index.headline_words.share(terms))
    cosines = _line_headline(profile, index)
    refused = _best_line(profile, cosines, ("never",))
    wanted = _best_line(profile, cosines, ("capability", "could_start", "about"))
    nearer = np.clip((refused - wanted) / 0.04, 0, 1) * (refused > 0)
    named = index.trade_title @ profile.never_trades
    asked = (index.refusable * profile.refuses[None, :]).max(axis=1)
    return np.asarray(np.clip(np.maximum.reduce([nearer * 0.5 + lexical, 0.8 * named, asked]), 0, 1), dtype=np.float32)


def refused(profile: Profile, index: LotIndex) -> Column:
    """Counts against: how much surer the lot's headline is the work of lots that the enterprise said was wrong for it
    than of lots that it wanted.
    """
    if not len(profile.refused) or not len(index):
        return np.zeros(len(index), dtype=np.float32)
    headlines = index.passages[index.first_passage].T
    wrong = _sure((profile.refused @ headlines).max(axis=0), index)
    if len(profile.wanted):
        wrong = wrong - _sure((profile.wanted @ headlines).max(axis=0), index)
    return np.asarray(np.clip(wrong, 0, 1), dtype=np.float32)


def codes(profile: Profile, index: LotIndex) -> Column:
    """Best similarity of the enterprise's CPV codes with the lot's; parents damped, further codes at 0.85."""

    def best(lot_codes: tuple[str, ...]) -> float:
        return max(
            (
                weight * (1.0 if place == 0 else 0.85) * _code_similarity(code, own)
                for place, code in enumerate(lot_codes)
                for own, weight in profile.cpv
            ),
            default=0.0,
        )

    seen: dict[tuple[str, ...], float] = {}
    values = [seen.setdefault(lot.cpv, -1.0) for lot in index.lots]
    for lot_codes in seen:
        seen[lot_codes] = best(lot_codes)
    values = [seen[lot.cpv] for lot in index.lots]
    return np.asarray(values, dtype=np.float32)


@lru_cache(maxsize=200_000)
def _code_similarity(a: str, b: str) -> float:
    return cpv.similarity(a, b)


def place(profile: Profile, index: LotIndex) -> Column:
    """1 within reach or anywhere; falling with the distance from the nearest municipality in reach."""
    seen: dict[LotPlace, float] = {}
    for lot_place in index.places:
        if lot_place not in seen:
            seen[lot_place] = place_value(profile, lot_place)
    return np.asarray([seen[lot_place] for lot_place in index.places], dtype=np.float32)


def place_value(profile: Profile, lot_place: LotPlace) -> float:
    """The value of `place` for one lot; at most REFUSED where the enterprise said that its places, or nearer ones
    outside its reach, are too far.
    """
    value = _reached(profile, lot_place)
    far = profile.lessons.too_far
    if not far or not lot_place.municipalities:
        return value
    limit = min((d for name in far if name not in profile.reach and (d := nearest_km(profile, name))), default=np.inf)
    refused = all(name in far or (nearest_km(profile, name) or 0) >= limit for name in lot_place.municipalities)
    return min(value, REFUSED) if refused else value


def _reached(profile: Profile, lot_place: LotPlace) -> float:
    if profile.enterprise.reach.nationwide:
        return 1.0
    if not lot_place.known:
        return FOREIGN_PLACE if lot_place.abroad else UNKNOWN_PLACE
    values = []
    if lot_place.anywhere:
        values.append(0.7)
    if lot_place.municipalities:
        inside = [name for name in lot_place.municipalities if name in profile.reach]
        if inside:
            # Work spread over many places of which some are near is a doubt, not a fit.
            values.append(1.0 if len(inside) == len(lot_place.municipalities) else 0.75)
        else:
            distance = min(
                (d for name in lot_place.municipalities if (d := nearest_km(profile, name)) is not None), default=None
            )
            values.append(UNKNOWN_PLACE if distance is None else 0.7 * float(np.exp(-distance / 40)))
    for county in lot_place.counties:
        if county in profile.enterprise.reach.counties:
            values.append(1.0)
        elif any(_county(name) == county for name in profile.reach):
            values.append(0.5)
        else:
            values.append(0.05)
    return max(values, default=UNKNOWN_PLACE)


@lru_cache(maxsize=2_000)
def _county(name: str) -> str:
    municipality = places.by_name(name)
    return municipality.county if municipality else ""


def nearest_km(profile: Profile, name: str) -> float | None:
    """Great-circle kilometres from a municipality's seat to the nearest seat in reach; None where unknown."""
    target = places.by_name(name)
    if target is None:
        return None
    known = [m for own in profile.reach if (m := places.by_name(own))]
    return min((places.distance_km(target, own) for own in known), default=None)


def is_next_door(profile: Profile, name: str) -> bool:
    """Whether a municipality borders on one in reach, by land, bridge or ferry."""
    target = places.by_name(name)
    return target is not None and any(m.name in profile.reach for m in places.neighbours(target))


def size(profile: Profile, index: LotIndex) -> Column:
    """SEK a year against the largest contract a year: 1 up to it, halved at twice, 0 at four times the size; at most
    REFUSED from the size on that the enterprise said was too big.
    """
    return _borne(profile, index.value_per_year)


def size_value(profile: Profile, value: float) -> float:
    """`size` of one lot of so many SEK a year."""
    return float(_borne(profile, np.asarray([value], dtype=np.float32))[0])


def _borne(profile: Profile, values: Column) -> Column:
    largest, too_big = profile.enterprise.capacity.largest_contract_sek_per_year, profile.lessons.too_big
    ratio = values / largest if largest else np.full_like(values, np.nan)
    fitting = np.where(np.isnan(ratio), UNKNOWN_SIZE, np.clip(1.0 - 0.5 * np.log2(np.maximum(ratio, 1.0)), 0.0, 1.0))
    if too_big is not None:
        fitting = np.where(values >= too_big, np.minimum(fitting, REFUSED), fitting)
    return np.asarray(fitting, dtype=np.float32)


def lasting(_profile: Profile, index: LotIndex) -> Column:
    """1 for work of a year or longer, less for shorter, 0.7 where no duration is told."""
    months = np.asarray([lot.duration_months or np.nan for lot in index.lots], dtype=np.float32)
    return np.where(np.isnan(months), UNKNOWN_DURATION, np.minimum(months / 12, 1)).astype(np.float32)


def demands(_profile: Profile, index: LotIndex) -> Column:
    """Counts against: kinds of demands on the bidder that often shut small enterprises out, 1 from three kinds on."""
    return np.asarray(np.minimum(index.demands / 3, 1), dtype=np.float32)


def service(_profile: Profile, index: LotIndex) -> Column:
    """1 for services, lower for works and supplies (enterprises that make goods have their trade speak for them)."""
    value = {"services": 1.0, "supplies": 0.5, "works": 0.3}
    natures = [lot.nature or notice.nature for notice, lot in zip(index.notices, index.lots, strict=True)]
    return np.asarray([value.get(nature or "", 0.7) for nature in natures], dtype=np.float32)


def opening(_profile: Profile, index: LotIndex) -> Column:
    """1 where the lot is reserved for enterprises like this one, 0.5 where that may come, by code or text."""
    values = []
    for lot, findings in zip(index.lots, index.findings, strict=True):
        value = 0.0
        if lot.codes.reserved_participation == "res-ws" or lot.codes.reserved_execution == "yes":
            value = 1.0
        for finding in findings:
            if finding.clause in ("reserved_participation", "reserved_execution"):
                value = max(value, {"affirmed": 1.0, "possible": 0.5, "negated": 0.0}[finding.polarity])
        values.append(value)
    return np.asarray(values, dtype=np.float32)


def partner(profile: Profile, index: LotIndex) -> Column:
    """1 where the winner must find places or buy from social enterprises, if this one takes subcontracts."""
    if not profile.enterprise.cooperation.subcontract:
        return np.zeros(len(index), dtype=np.float32)
    clauses = {"employment_requirement", "social_subcontracting", "employment_dialogue", "employment_bonus"}
    return np.asarray(
        [float(any(f.flags and f.clause in clauses for f in findings)) for findings in index.findings],
        dtype=np.float32,
    )


SIGNALS: dict[str, Callable[[Profile, LotIndex], Column]] = {
    function.__name__: function
    for function in (
        meaning,
        meaning_headline,
        meaning_could_start,
        meaning_lead,
        words,
        words_headline,
        trade,
        trade_share,
        other_trade,
        never,
        refused,
        codes,
        place,
        size,
        lasting,
        demands,
        service,
        opening,
        partner,
    )
}
"""All signals by name, in the order of the matrix's columns."""


def matrix(profile: Profile, index: LotIndex) -> np.ndarray:
    """All signals, shape (lots, signals), float32."""
    if not len(index):
        return np.zeros((0, len(SIGNALS)), dtype=np.float32)
    return np.stack([function(profile, index) for function in SIGNALS.values()], axis=1)
