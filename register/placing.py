"""Where a lot's work is done, with the evidence (pure): lot title, place of performance, title, text, last the buyer.

The buyer's name is not the place: joint procurement units buy for others, and name the place in the title.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from config import knowledge, place_mentions, places
from config.places import County, Municipality
from register.models import Lot, Notice, Noun, Place

RULES = 2
"""The version of what this module and config.place_mentions do; raised with every change of what they find."""
MAX_TITLE, MAX_TEXT, MAX_PLACE = 400, 4_000, 500
"""Characters of a title, a description and a place's description that are looked through."""
FEW = 3
"""A text that names more municipalities than this does not say which of them the work is in."""

How = Literal["anbudsområdets rubrik", "utförandeort", "rubrik", "text", "köpare", "okänd"]


class LotPlace(Noun):
    """Where the work is done. municipalities: names; counties: two-digit codes of the counties named as a whole."""

    municipalities: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    nuts: tuple[str, ...] = ()
    """The NUTS codes of the places of performance (BT-5071), as stated."""
    anywhere: bool = False
    """It does not matter where in the country: the buyer says so, or states the whole country and nothing else."""
    abroad: tuple[str, ...] = ()
    """Two-letter codes of the countries of the places of performance, where none of them is in Sweden."""
    how: How = "okänd"
    """The kind of evidence for the municipalities, counties or `anywhere`."""
    quote: str = ""
    """The very words that the place was told by; where they stand apart, with ", " between them."""

    @property
    def known(self) -> bool:
        """Whether anything is known of where in Sweden."""
        return bool(self.municipalities or self.counties or self.anywhere)


class Told(NamedTuple):
    """Municipalities by name, counties by code, and the words that named them."""

    municipalities: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    quote: str = ""

    def within(self, municipalities: Iterable[str]) -> "Told":
        """Those of the municipalities that are among others."""
        kept = set(municipalities)
        return self._replace(municipalities=tuple(name for name in self.municipalities if name in kept))


@lru_cache(maxsize=1)
def version() -> str:
    """What a place was found by: changes with the rules and with the knowledge of names."""
    files = ("places.csv", "place_names.yaml", "localities.yaml", "companies.yaml")
    content = "\n".join((str(RULES), *(knowledge.text(name) for name in files)))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def locate(notice: Notice, lot: Lot) -> LotPlace:
    """The place of a lot by the strongest evidence there is."""
    stated = lot.places or notice.places
    areas = [places.area(place.nuts) for place in stated if place.nuts]
    abroad = _abroad(stated)
    anywhere = place_mentions.anywhere(f"{notice.title}\n{lot.title}\n{lot.description}\n{notice.description}")

    def placed(how: How, told: Told) -> LotPlace:
        return LotPlace(
            municipalities=told.municipalities,
            counties=() if told.municipalities else told.counties,
            nuts=tuple(dict.fromkeys(place.nuts for place in stated if place.nuts)),
            anywhere=bool(anywhere),
            abroad=abroad,
            how=how,
            quote=told.quote,
        )

    buyer = _buyer(notice)
    at = Told() if abroad else _performance(stated, buyer)
    title = _mentions(notice.title, MAX_TITLE, buyer)
    own_title = _mentions(lot.title, MAX_TITLE, buyer) if lot.title != notice.title else Told()
    if own_title.municipalities:
        return placed("anbudsområdets rubrik", own_title)
    if at.municipalities and _is_buyers_own(at, notice, buyer) and title.municipalities:
        # Who buys for others often states their own address; the title says for whom.
        return placed("rubrik", title)
    if at.municipalities:
        narrowed = title.within(at.municipalities)
        return placed("rubrik", narrowed) if narrowed.municipalities else placed("utförandeort", at)
    if title.municipalities:
        return placed("rubrik", title)
    nowhere = placed("text" if anywhere else "okänd", Told(quote=anywhere))
    if abroad:
        return nowhere
    # A county alone is vague: the text may name the municipality, if it lies in that county.
    named: list[tuple[How, Told]] = [("anbudsområdets rubrik", own_title), ("utförandeort", at), ("rubrik", title)]
    counties = next(((how, told) for how, told in named if told.counties), None)
    text = _mentions(lot.description or notice.description, MAX_TEXT, buyer)
    inside = text.within(n for n in text.municipalities if not counties or _county(n) in counties[1].counties)
    if inside.municipalities and len(text.municipalities) <= FEW:
        return placed("text", inside)
    if counties:
        return placed(*counties)
    if isinstance(buyer, Municipality) or (buyer and not _is_country(areas)):
        return placed("köpare", _told(buyer, _buyer_words(notice)))
    if _is_country(areas):
        return placed("utförandeort", Told(quote="SE")).model_copy(update={"anywhere": True})
    return nowhere


def _performance(stated: Sequence[Place], buyer: Municipality | County | None) -> Told:
    """What the places of performance say: city (BT-5131), description (BT-728), NUTS (BT-5071)."""
    municipalities: dict[str, None] = {}
    counties: dict[str, None] = {}
    words: dict[str, None] = {}
    vague: dict[str, None] = {}
    for place in stated:
        if _country(place) not in ("SE", ""):
            continue
        municipality = places.by_name(place.city) if place.city else None
        if municipality:
            municipalities[municipality.name] = None
            words[place.city or ""] = None
            continue
        named = Told()
        for text in (place.city, place.description):
            if text and not named.municipalities:
                found = _mentions(text, MAX_PLACE, buyer)
                named = found if found.municipalities or found.counties else named
        municipalities.update(dict.fromkeys(named.municipalities))
        counties.update(dict.fromkeys(named.counties))
        if named.quote:
            (words if named.municipalities else vague)[named.quote] = None
        if place.nuts and not named.municipalities:
            within = places.area(place.nuts).counties
            counties.update(dict.fromkeys(county.code for county in within))
            if within:
                vague[place.nuts] = None
    return Told(tuple(municipalities), tuple(counties), ", ".join(words or vague))


def _country(place: Place) -> str:
    """Two letters of a place's country, by its NUTS code or else its own code; empty where it states none."""
    if place.nuts:
        return place.nuts.strip()[:2].upper()
    return {"SWE": "SE"}.get(place.country or "", place.country or "")


def _abroad(stated: Sequence[Place]) -> tuple[str, ...]:
    countries = {country for place in stated if (country := _country(place))}
    return () if "SE" in countries else tuple(sorted(countries))


def _is_country(areas: Sequence[places.Area]) -> bool:
    """Whether the whole country is stated, and no part of it."""
    return bool(areas) and all(area.kind == "country" for area in areas)


def _mentions(text: str, limit: int, buyer: Municipality | County | None) -> Told:
    """Places that a text names; towns and villages only where they are not far from the buyer's own place."""
    found = [m for m in _find(text[:limit]) if not (m.locality and m.municipality and _is_far(m.municipality, buyer))]
    return Told(
        tuple(dict.fromkeys(m.municipality.name for m in found if m.municipality)),
        tuple(dict.fromkeys(m.county for m in found if m.county)),
        ", ".join(dict.fromkeys(text[m.start : m.end] for m in found)),
    )


@lru_cache(maxsize=20_000)
def _find(text: str) -> tuple[place_mentions.PlaceMention, ...]:
    return tuple(place_mentions.find(text))


def _is_far(place: Municipality, buyer: Municipality | County | None) -> bool:
    """Whether a place lies beyond what a municipality or region buys for: estates bear villages' names."""
    if buyer is None:
        return False
    if isinstance(buyer, County):
        return place.county != buyer.code
    return place.county != buyer.county and place.code not in buyer.neighbours


def _buyer(notice: Notice) -> Municipality | County | None:
    by_name = places.buyer_place(notice.buyer.name)
    return by_name or (places.by_name(notice.buyer.city) if notice.buyer.city else None)


def _buyer_words(notice: Notice) -> str:
    return notice.buyer.name if places.buyer_place(notice.buyer.name) else notice.buyer.city or ""


def _is_buyers_own(told: Told, notice: Notice, buyer: Municipality | County | None) -> bool:
    """Whether a place of performance is no more than where the buyer sits."""
    own = {place.name for place in (buyer, places.by_name(notice.buyer.city or "")) if isinstance(place, Municipality)}
    return set(told.municipalities) <= own


def _told(place: Municipality | County, quote: str) -> Told:
    if isinstance(place, Municipality):
        return Told((place.name,), (), quote)
    return Told((), (place.code,), quote)


@lru_cache(maxsize=500)
def _county(name: str) -> str:
    municipality = places.by_name(name)
    return municipality.county if municipality else ""
