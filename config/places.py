"""Sweden's municipalities: by name in all its forms, in running text, by NUTS; distances as the crow flies."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from config.errors import KnowledgeError
from config.knowledge import read_csv, read_yaml

EARTH_KM = 6371.0


@dataclass(frozen=True)
class Municipality:
    """A municipality (kommun). code: SCB, four digits; county: two digits; position of the seat in degrees.

    neighbours: codes of the municipalities beside it, by land, bridge or ferry.
    """

    code: str
    name: str
    seat: str
    county: str
    county_name: str
    nuts: str
    latitude: float
    longitude: float
    neighbours: tuple[str, ...]


@dataclass(frozen=True)
class County:
    """A county (län) and its region."""

    code: str
    name: str
    nuts: str


@dataclass(frozen=True)
class PlaceMention:
    """A place named in a text: exactly one of municipality and county (two-digit code) is set."""

    start: int
    end: int
    municipality: Municipality | None = None
    county: str | None = None


@lru_cache(maxsize=1)
def municipalities() -> tuple[Municipality, ...]:
    """All 290, by code. Raises KnowledgeError where the file does not hold together."""
    rows = read_csv("places.csv")
    try:
        found = tuple(
            Municipality(
                code=row["code"],
                name=row["name"],
                seat=row["seat"],
                county=row["county"],
                county_name=row["county_name"],
                nuts=row["nuts"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                neighbours=tuple(row["neighbours"].split()),
            )
            for row in rows
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise KnowledgeError(f"config/places.csv: {error}") from error
    if len(found) != 290 or len({m.code for m in found}) != 290:
        raise KnowledgeError(f"config/places.csv holds {len(found)} municipalities, not 290")
    beside = {(m.code, other) for m in found for other in m.neighbours}
    lone = sorted(pair for pair in beside if pair[::-1] not in beside)
    if lone:
        raise KnowledgeError(f"config/places.csv, neighbours: {lone[0][0]} names {lone[0][1]}, which does not name it")
    return found


def neighbours(municipality: Municipality) -> tuple[Municipality, ...]:
    """The municipalities beside one, by name."""
    beside = set(municipality.neighbours)
    return tuple(sorted((m for m in municipalities() if m.code in beside), key=lambda m: m.name))


@lru_cache(maxsize=1)
def counties() -> tuple[County, ...]:
    """The 21 counties, by code."""
    return tuple(dict.fromkeys(County(m.county, m.county_name, m.nuts) for m in municipalities()))


@lru_cache(maxsize=1)
def _forms() -> dict[str, Municipality]:
    """Case-folded name forms that stand for a municipality on their own."""
    names = read_yaml("place_names.yaml")
    localities = read_yaml("localities.yaml")
    by_own = {m.name: m for m in municipalities()}
    forms: dict[str, Municipality] = {}
    for municipality in municipalities():
        for name in (municipality.name, *names["other_forms"].get(municipality.name, ())):
            forms[name.casefold()] = municipality
    for owner, places in localities.items():
        if owner not in by_own:
            raise KnowledgeError(f"config/localities.yaml: {owner!r} is no municipality")
        for place in places:
            forms.setdefault(place.casefold(), by_own[owner])
    for municipality in municipalities():
        forms.setdefault(municipality.seat.casefold(), municipality)
    for form, municipality in list(forms.items()):
        if not form.endswith(("s", "x", "z")):
            forms.setdefault(form + "s", municipality)
    return forms


@lru_cache(maxsize=10_000)
def by_name(name: str) -> Municipality | None:
    """The municipality of a name such as Falun, Falu kommun, FALUNS KOMMUN, Sälen; None where there is none."""
    folded = re.sub(r"\s+", " ", name.strip().casefold())
    for suffix in (" kommun", " stad", " kommuns", " municipality"):
        folded = folded.removesuffix(suffix)
    return _forms().get(folded)


@lru_cache(maxsize=500)
def by_nuts(code: str) -> County | None:
    """The county of a NUTS 3 code; None for other levels."""
    return next((county for county in counties() if county.nuts == code), None)


def distance_km(a: Municipality, b: Municipality) -> float:
    """Great-circle distance between the seats in kilometres (haversine)."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (phi_b - phi_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_lat) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))


@lru_cache(maxsize=1)
def _county_forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for county in counties():
        bare = county.name.removesuffix(" län").casefold()
        stem = bare.removesuffix("s")
        for form in (
            county.name.casefold(),
            f"region {bare}",
            f"region {stem}",
            f"länsstyrelsen i {county.name.casefold()}",
        ):
            forms[form] = county.code
    extra = {"dalarna": "20", "skåne": "12", "värmland": "17", "halland": "13", "blekinge": "10", "västmanland": "19",
             "västernorrland": "22", "norrbotten": "25", "västerbotten": "24", "sörmland": "04", "södermanland": "04",
             "östergötland": "05", "gävleborg": "21", "västra götaland": "14", "västra götalandsregionen": "14",
             "region jämtland härjedalen": "23", "region sörmland": "04", "region örebro län": "18",
             "region jönköpings län": "06", "region kalmar län": "08", "länsstyrelsen dalarna": "20"}  # fmt: skip
    return forms | extra


@lru_cache(maxsize=1)
def _pattern() -> tuple[re.Pattern[str], re.Pattern[str], frozenset[str]]:
    names = read_yaml("place_names.yaml")
    ambiguous = frozenset(form for name in names["ambiguous"] for form in (name.casefold(), name.casefold() + "s"))
    forms = sorted({*_forms(), *_county_forms()}, key=len, reverse=True)
    alternatives = "|".join(re.escape(form) for form in forms)
    pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])", re.IGNORECASE)
    friends = "|".join(re.escape(f) for f in sorted(names["false_friends"], key=len, reverse=True))
    return pattern, re.compile(rf"(?<!\w)(?:{friends})(?!\w)", re.IGNORECASE), ambiguous


BEFORE = re.compile(
    r"(?:\b(?:i|inom|till|från|kring|runt|vid|kommunerna|orterna|för)\s+|\bsamt\s+|\boch\s+|[,/:–-]\s*)$", re.I
)
AFTER = re.compile(
    r"^s?\s*(?:kommun|kn\b|stad\b|tätort|centrum|lasarett|sjukhus|församling|pastorat|-?bostäder|energi)", re.I
)


BRAND = re.compile(r"\b(?:märket|märke|varumärket|fabrikat(?:et)?|modell(?:en)?|tillverkare)\s*:?\s*$", re.I)
"""After such a word a name is a maker's."""
JOINED = re.compile(r"^\s*(?:,|och|samt|/|&|-|–)\s*$")
"""What stands between the names of a list."""
PAIR = re.compile(r"(?<![\w-])([A-ZÅÄÖ]\w+)-([A-ZÅÄÖ]\w+)(?![\w-])")


def find(text: str) -> list[PlaceMention]:
    """Municipalities and counties named in running text, in its order, with offsets.

    Names that are ordinary words too need a capital and a sign of place: a preposition before them, "kommun" after
    them, an end of the text beside them, or a place beside them in a list; false friends ("falun gong") hide what is
    within them, and so does a word that makes the name a maker's.
    """
    pattern, friends, ambiguous = _pattern()
    hidden = [match.span() for match in friends.finditer(text)]
    found: list[PlaceMention] = []
    unsure: list[PlaceMention] = []
    for match in pattern.finditer(text):
        start, end = match.span()
        form = match.group(0)
        folded = form.casefold()
        if not form[0].isupper() or any(a <= start < b and not text[a:b].isupper() for a, b in hidden):
            continue
        county = _county_forms().get(folded)
        if county is not None and folded not in _forms():
            found.append(PlaceMention(start, end, county=county))
            continue
        before = text[max(0, start - 14) : start]
        if BRAND.search(before):
            continue
        sure = AFTER.search(text[end : end + 20]) or BEFORE.search(before)
        at_edge = not text[end:].strip(" .)")
        mention = PlaceMention(start, end, municipality=_forms()[folded])
        (unsure if folded in ambiguous and not (sure or at_edge) else found).append(mention)
    found += _hyphenated(text, found)
    # From the last to the first, so that a whole list follows its one sure name.
    for mention in reversed(unsure):
        if any(JOINED.match(text[mention.end : other.start]) for other in found if other.start > mention.end):
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _hyphenated(text: str, known: list[PlaceMention]) -> list[PlaceMention]:
    """Two municipalities in one word, such as Karlstad-Hammarö."""
    taken = {mention.start for mention in known}
    mentions = []
    for match in PAIR.finditer(text):
        parts = [_forms().get(part.casefold()) for part in match.groups()]
        if all(parts) and match.start() not in taken:
            mentions += [PlaceMention(*match.span(n), municipality=parts[n - 1]) for n in (1, 2)]
    return mentions


COMPANY_ENDS = frozenset(
    ("hem", "bostäder", "lokaler", "bygg", "byggen", "vatten", "fastigheter", "bostad", "energi", "hus", "fastighets")
)
"""Ends of the names of municipal companies that begin with the municipality's."""


@lru_cache(maxsize=20_000)
def buyer_place(name: str) -> Municipality | County | None:
    """Where a buyer sits: "LUNDS KOMMUN", "Borlänge Energi AB", "REGION DALARNA"; None if it tells not."""
    folded = re.sub(r"\s+", " ", name.strip().casefold())
    county = next(
        (code for form, code in _county_forms().items() if form in folded and ("region" in folded or "läns" in folded)),
        None,
    )
    if county:
        return next(c for c in counties() if c.code == county)
    whole = by_name(name)
    if whole:
        return whole
    words = [word for word in re.split(r"[\s,()/&]+", folded) if word]
    ambiguous = _pattern()[2]
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            form = " ".join(words[start : start + size])
            found = _forms().get(form)
            sure = start == 0 or words[start - 1] in ("i", "för") or "kommun" in words[start + size :][:1]
            if found and (sure or form not in ambiguous):
                return found
    # Companies that carry the name as the head of a compound: Ludvikahem, Säterbostäder, Göteborgslokaler.
    for municipality in municipalities():
        own = municipality.name.casefold()
        if len(own) >= 4 and any(
            word.startswith(own) and word[len(own) :].removeprefix("s") in COMPANY_ENDS for word in words
        ):
            return municipality
    return None
