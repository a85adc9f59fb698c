"""Where a lot's work is done, with the evidence: lot title, place of performance, title, text, and last the buyer.

The buyer's name is not the place: joint procurement units buy for others, and name the place in the title.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from config import places
from register.database import Register
from register.models import Lot, Notice, Noun, Place

ANYWHERE = re.compile(
    r"\b(?:rikstäckande|hela\s+(?:landet|sverige)|oavsett\s+var\s+i\s+(?:landet|sverige)|anywhere\s+in\s+sweden"
    r"|var\s+(?:som\s+helst\s+)?i\s+(?:landet|sverige)(?:\s+som\s+helst)?)\b",
    re.IGNORECASE,
)


class LotPlace(Noun):
    """Where the work is done. municipalities: names; counties: two-digit codes of the counties named as a whole."""

    municipalities: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    anywhere: bool = False
    """The buyer says that it does not matter where in the country."""
    abroad: tuple[str, ...] = ()
    """Two-letter codes of other countries in the places of performance."""
    how: str = "okänd"
    """The evidence in Swedish: anbudsområdets rubrik, utförandeort, rubrik, text, köpare, okänd."""
    quote: str = ""
    """The very words that the place was told by."""

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return bool(self.municipalities or self.counties or self.anywhere)


class Mentioned(NamedTuple):
    """Municipalities by name, counties by code, and the words that named them."""

    municipalities: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    quote: str = ""


def locate(notice: Notice, lot: Lot) -> LotPlace:
    """The place of a lot by the strongest evidence there is."""
    anywhere = bool(ANYWHERE.search(f"{notice.title}\n{lot.title}\n{lot.description}\n{notice.description}"))
    abroad = _abroad(lot.places or notice.places)

    def told(how: str, by: Mentioned) -> LotPlace:
        return LotPlace(
            municipalities=by.municipalities,
            counties=() if by.municipalities else by.counties,
            anywhere=anywhere,
            abroad=abroad,
            how=how,
            quote=by.quote,
        )

    candidates = []
    if lot.title and lot.title != notice.title:
        candidates.append(("anbudsområdets rubrik", _mentions(lot.title)))
    candidates.append(("utförandeort", _performance(lot, notice)))
    candidates.append(("rubrik", _mentions(notice.title)))
    vague = Mentioned()
    for how, found in candidates:
        if found.municipalities:
            return told(how, found)
        vague = vague if vague.counties else found
    # A county alone is vague: the text may name the municipality, if it lies in that county.
    named = _mentions(lot.description or notice.description, limit=4000)
    if 0 < len(named.municipalities) <= 3:
        inside = tuple(n for n in named.municipalities if not vague.counties or _county_of(n) in vague.counties)
        if inside:
            return told("text", named._replace(municipalities=inside))
    if vague.counties:
        return told("utförandeort", vague)
    if not abroad:
        buyer = _buyer(notice.buyer.name)
        if buyer:
            return told("köpare", buyer)
        if notice.buyer.city and (city := places.by_name(notice.buyer.city)):
            return told("köpare", Mentioned((city.name,), (), notice.buyer.city))
    return LotPlace(anywhere=anywhere, abroad=abroad)


def _performance(lot: Lot, notice: Notice) -> Mentioned:
    municipalities: dict[str, None] = {}
    counties: dict[str, None] = {}
    words: dict[str, None] = {}
    for place in lot.places or notice.places:
        municipality = places.by_name(place.city) if place.city else None
        if municipality:
            municipalities[municipality.name] = None
            words[place.city or ""] = None
            continue
        named = _mentions(place.description, limit=500) if place.description else Mentioned()
        municipalities.update(dict.fromkeys(named.municipalities))
        if named.municipalities:
            words[named.quote] = None
        if place.nuts and (of_nuts := _counties_of_nuts(place.nuts)):
            counties.update(dict.fromkeys(of_nuts))
            words[place.nuts] = None
    return Mentioned(tuple(municipalities), tuple(counties), ", ".join(words))


def _abroad(stated: Sequence[Place]) -> tuple[str, ...]:
    """Countries of the places of performance, where none is in Sweden: a NUTS code begins with its country."""
    countries = {place.nuts[:2].upper() for place in stated if place.nuts}
    return () if not countries or "SE" in countries else tuple(sorted(countries))


@lru_cache(maxsize=500)
def _counties_of_nuts(nuts: str) -> tuple[str, ...]:
    """Two-digit county codes below a NUTS code; () for the whole country."""
    if len(nuts) <= 2:
        return ()
    return tuple(dict.fromkeys(m.county for m in places.municipalities() if m.nuts.startswith(nuts)))


@lru_cache(maxsize=50_000)
def _mentions(text: str, limit: int = 400) -> Mentioned:
    municipalities: dict[str, None] = {}
    counties: dict[str, None] = {}
    words: dict[str, None] = {}
    for mention in places.find(text[:limit]):
        words[text[mention.start : mention.end]] = None
        if mention.municipality:
            municipalities[mention.municipality.name] = None
        elif mention.county:
            counties[mention.county] = None
    return Mentioned(tuple(municipalities), tuple(counties), ", ".join(words))


@lru_cache(maxsize=5_000)
def _buyer(name: str) -> Mentioned | None:
    found = places.buyer_place(name)
    if found is None:
        return None
    if isinstance(found, places.Municipality):
        return Mentioned((found.name,), (), name)
    return Mentioned((), (found.code,), name)


@lru_cache(maxsize=500)
def _county_of(name: str) -> str:
    municipality = places.by_name(name)
    return municipality.county if municipality else ""


def put(register: Register, notice: Notice) -> None:
    """Store where the work of each lot is done, in place of what was stored for the notice."""
    number = notice.publication_number
    register.db.execute("DELETE FROM lot_places WHERE publication_number = ?", [number])
    register.db.table("lot_places").insert_all(
        {"publication_number": number, "lot": lot.id, "data": locate(notice, lot).model_dump_json()}
        for lot in notice.lots
    )


def of(register: Register, publication_number: str) -> dict[str, LotPlace]:
    """Where the work of each lot of a notice is done, by lot id."""
    rows = register.db.query(
        "SELECT lot, data FROM lot_places WHERE publication_number = ? ORDER BY lot", [publication_number]
    )
    return {row["lot"]: LotPlace.model_validate_json(row["data"]) for row in rows}
