"""Sweden's municipalities and counties: by name in all its forms, by NUTS, by buyer; neighbours and distances."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from config.errors import KnowledgeError
from config.knowledge import read_csv, read_yaml

EARTH_KM = 6371.0
LONGEST_NAME = 6
"""Words of a company's name that are looked up together."""


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
class Area:
    """What a NUTS code stands for. kind extra: SEZZZ, which is no part of the territory."""

    kind: Literal["counties", "country", "extra", "abroad", "unknown"]
    counties: tuple[County, ...] = ()


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
def forms() -> dict[str, Municipality]:
    """What names a municipality: its own name, other forms, localities and seats, and their genitives, as `folded`."""
    names = read_yaml("place_names.yaml")
    by_own = {m.name: m for m in municipalities()}
    found: dict[str, Municipality] = {}
    for municipality in municipalities():
        for name in (municipality.name, *names["other_forms"].get(municipality.name, ())):
            found[folded(name)] = municipality
    for owner, localities in read_yaml("localities.yaml").items():
        if owner not in by_own:
            raise KnowledgeError(f"config/localities.yaml: {owner!r} is no municipality")
        for locality in localities:
            if found.setdefault(folded(locality), by_own[owner]) != by_own[owner]:
                raise KnowledgeError(f"config/localities.yaml: {locality!r} stands under {owner!r} and elsewhere")
    for municipality in municipalities():
        found.setdefault(folded(municipality.seat), municipality)
    for form, municipality in list(found.items()):
        if not form.endswith(("s", "x", "z")):
            found.setdefault(form + "s", municipality)
    return found


@lru_cache(maxsize=1)
def own_forms() -> frozenset[str]:
    """The forms that are the municipality's own name, and not a town's or village's in it, as `folded`."""
    others = read_yaml("place_names.yaml")["other_forms"]
    names = [folded(name) for m in municipalities() for name in (m.name, *others.get(m.name, ()))]
    return frozenset(form for name in names for form in (name, name + "s"))


@lru_cache(maxsize=1)
def county_forms() -> dict[str, str]:
    """What names a county: "dalarnas län", "region dalarna", "dalarna", as `folded`, with its two-digit code."""
    found: dict[str, str] = {}
    for code, names in read_yaml("place_names.yaml")["counties"].items():
        for name in names:
            found[folded(name)] = found[folded(name) + "s"] = code
    for county in counties():
        bare = folded(county.name).removesuffix(" län")
        stems = (bare, bare.removesuffix("s"))
        for form in (f"{bare} län", *(f"region {stem}{end}" for stem in stems for end in ("", " län"))):
            found[form] = county.code
        for form in (f"{bare} län", f"i {bare} län", *stems):
            found[f"länsstyrelsen {form}"] = county.code
    return found


@lru_cache(maxsize=1)
def county_towns() -> dict[str, str]:
    """Names that are both a municipality's and a county's ("jönköping", "jönköpings"), as `folded`, with its code."""
    bare = {folded(county.name).removesuffix(" län").removesuffix("s"): county.code for county in counties()}
    shared = {stem: code for stem, code in bare.items() if stem in forms()}
    return shared | {f"{stem}s": code for stem, code in shared.items()}


@lru_cache(maxsize=1)
def companies() -> dict[str, Municipality | County]:
    """Companies and associations of municipalities and regions whose name tells no place, in lower case, with it.

    One of several municipalities sits in their county; it is left out where they lie in several.
    """
    given = read_yaml("companies.yaml")
    by_own = {m.name: m for m in municipalities()}
    by_county = {county.name: county for county in counties()}
    owners: dict[str, list[Municipality]] = {}
    for owner, names in given["municipalities"].items():
        if owner not in by_own:
            raise KnowledgeError(f"config/companies.yaml: {owner!r} is no municipality")
        for name in names:
            owners.setdefault(" ".join(_words(name)), []).append(by_own[owner])
    found: dict[str, Municipality | County] = {}
    for name, of in owners.items():
        if len(of) == 1:
            found[name] = of[0]
        elif len({m.county for m in of}) == 1:
            found[name] = next(county for county in counties() if county.code == of[0].county)
    for owner, names in given["counties"].items():
        if owner not in by_county:
            raise KnowledgeError(f"config/companies.yaml: {owner!r} is no county")
        found |= {" ".join(_words(name)): by_county[owner] for name in names}
    return found


@lru_cache(maxsize=2)
def ambiguous(kind: Literal["words", "names"]) -> frozenset[str]:
    """Forms, `folded`, that are ordinary words too, or persons' and brands' names too."""
    given = [folded(name) for name in read_yaml("place_names.yaml")[kind]]
    return frozenset(form for name in given for form in (name, name + "s"))


def folded(name: str) -> str:
    """A name as it is looked up: lower case, its parts divided by one space ("Malung/Sälen" -> "malung sälen")."""
    return " ".join(re.split(r"[\s/‐‑–-]+", name.strip().casefold()))


@lru_cache(maxsize=10_000)
def by_name(name: str) -> Municipality | None:
    """The municipality of a name such as Falun, Falu kommun, FALUNS KOMMUN, Sälen; None where there is none."""
    key = folded(name)
    for suffix in (" kommun", " stad", " kommuns", " kn", " municipality"):
        key = key.removesuffix(suffix)
    return forms().get(key)


@lru_cache(maxsize=500)
def by_nuts(code: str) -> County | None:
    """The county of a NUTS 3 code; None for other levels."""
    return next((county for county in counties() if county.nuts == code), None)


@lru_cache(maxsize=500)
def area(code: str) -> Area:
    """What a NUTS code of any level stands for: one county, several, the country, or a place outside Sweden.

    Codes of other countries are known by their first two letters (Eurostat's NUTS 2021: NO, FI and DK among them).
    """
    code = code.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{0,3}", code):
        return Area("unknown")
    if not code.startswith("SE"):
        return Area("abroad")
    if code == "SE":
        return Area("country")
    if re.fullmatch(r"SEZ{1,3}", code):
        return Area("extra")
    within = tuple(county for county in counties() if county.nuts.startswith(code))
    return Area("counties", within) if within else Area("unknown")


def distance_km(a: Municipality, b: Municipality) -> float:
    """Great-circle distance between the seats in kilometres (haversine)."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (phi_b - phi_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_lat) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))


@lru_cache(maxsize=1)
def _company_ends() -> frozenset[str]:
    """Ends of companies' names that begin with the municipality's: Ludvikahem, Säterbostäder, Göteborgslokaler."""
    return frozenset(read_yaml("place_names.yaml")["company_ends"])


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\s,()/&-]+", name.casefold()) if word]


@lru_cache(maxsize=50_000)
def buyer_place(name: str) -> Municipality | County | None:
    """Where a buyer sits: "LUNDS KOMMUN", "Borlänge Energi AB", "REGION DALARNA"; None if it tells not."""
    lowered = re.sub(r"\s+", " ", name.strip().casefold())
    whole = by_name(name)
    if whole:
        return whole
    words = _words(name)
    for size in range(min(LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            company = companies().get(" ".join(words[start : start + size]))
            if company:
                return company
    if "region" in lowered or "läns" in lowered:
        code = next((code for form, code in county_forms().items() if form in folded(name)), None)
        if code:
            return next(county for county in counties() if county.code == code)
    doubtful = ambiguous("words") | ambiguous("names")
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            form = " ".join(words[start : start + size])
            found = forms().get(form)
            sure = start == 0 or words[start - 1] in ("i", "för") or "kommun" in words[start + size :][:1]
            if found and (sure or form not in doubtful):
                return found
    ends = _company_ends()
    for municipality in municipalities():
        own = municipality.name.casefold()
        if len(own) >= 4 and any(word.startswith(own) and word[len(own) :].removeprefix("s") in ends for word in words):
            return municipality
    return None
