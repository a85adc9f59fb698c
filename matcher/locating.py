"""Where a lot's work is done, with the evidence: lot title, place of performance, title, text, and last the buyer.

The buyer's name is not the place: joint procurement units buy for others, and name the place in the title.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from config import places
from register.models import Lot, Notice

ANYWHERE = re.compile(
    r"\b(?:rikstäckande|hela\s+(?:landet|sverige)|oavsett\s+var\s+i\s+(?:landet|sverige)|anywhere\s+in\s+sweden"
    r"|var\s+(?:som\s+helst\s+)?i\s+(?:landet|sverige)(?:\s+som\s+helst)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class LotPlace:
    """Where the work is done. municipalities: names; counties: two-digit codes of the counties named as a whole."""

    municipalities: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    anywhere: bool = False
    """The buyer says that it does not matter where in the country."""
    how: str = "okänd"
    """The evidence in Swedish: anbudsområdets rubrik, utförandeort, rubrik, text, köpare, okänd."""

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return bool(self.municipalities or self.counties or self.anywhere)


def locate(notice: Notice, lot: Lot) -> LotPlace:
    """The place of a lot by the strongest evidence there is."""
    anywhere = bool(ANYWHERE.search(f"{notice.title}\n{lot.title}\n{lot.description}\n{notice.description}"))
    candidates = []
    if lot.title and lot.title != notice.title:
        candidates.append(("anbudsområdets rubrik", *_mentions(lot.title)))
    candidates.append(("utförandeort", *_performance(lot, notice)))
    candidates.append(("rubrik", *_mentions(notice.title)))
    counties: tuple[str, ...] = ()
    for how, municipalities, found in candidates:
        if municipalities:
            return LotPlace(municipalities, (), anywhere, how)
        counties = counties or found
    # A county alone is vague: the text may name the municipality, if it lies in that county.
    named, _ = _mentions(lot.description or notice.description, limit=4000)
    if named and len(named) <= 3:
        inside = tuple(name for name in named if not counties or _county_of(name) in counties)
        if inside:
            return LotPlace(inside, (), anywhere, "text")
    if counties:
        return LotPlace((), counties, anywhere, "utförandeort")
    buyer = _buyer(notice.buyer.name)
    if buyer:
        return LotPlace(buyer[0], buyer[1], anywhere, "köpare")
    if notice.buyer.city and (found_city := places.by_name(notice.buyer.city)):
        return LotPlace((found_city.name,), (), anywhere, "köpare")
    return LotPlace((), (), anywhere)


def _performance(lot: Lot, notice: Notice) -> tuple[tuple[str, ...], tuple[str, ...]]:
    municipalities: dict[str, None] = {}
    counties: dict[str, None] = {}
    for place in lot.places or notice.places:
        municipality = places.by_name(place.city) if place.city else None
        if municipality is None and place.description:
            named, _ = _mentions(place.description, limit=500)
            municipalities.update(dict.fromkeys(named))
        if municipality:
            municipalities[municipality.name] = None
        elif place.nuts:
            counties.update(dict.fromkeys(_counties_of_nuts(place.nuts)))
    return tuple(municipalities), tuple(counties)


@lru_cache(maxsize=500)
def _counties_of_nuts(nuts: str) -> tuple[str, ...]:
    """Two-digit county codes below a NUTS code; () for the whole country."""
    if len(nuts) <= 2:
        return ()
    return tuple(dict.fromkeys(m.county for m in places.municipalities() if m.nuts.startswith(nuts)))


@lru_cache(maxsize=50_000)
def _mentions(text: str, limit: int = 400) -> tuple[tuple[str, ...], tuple[str, ...]]:
    municipalities: dict[str, None] = {}
    counties: dict[str, None] = {}
    for mention in places.find(text[:limit]):
        if mention.municipality:
            municipalities[mention.municipality.name] = None
        elif mention.county:
            counties[mention.county] = None
    return tuple(municipalities), tuple(counties)


@lru_cache(maxsize=5_000)
def _buyer(name: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    found = places.buyer_place(name)
    if found is None:
        return None
    if isinstance(found, places.Municipality):
        return (found.name,), ()
    return (), (found.code,)


@lru_cache(maxsize=500)
def _county_of(name: str) -> str:
    municipality = places.by_name(name)
    return municipality.county if municipality else ""
