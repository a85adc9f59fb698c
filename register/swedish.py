"""Words of a notice's changes: how days, amounts, places and codes are written in Swedish (pure)."""

import re
from collections.abc import Sequence
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from config import places
from register.models import Lot, Money, Place

LONGEST_QUOTE = 120

RESERVED = {
    "res-ws": "för leverantörer vars främsta syfte är social och yrkesmässig integration, eller som har "
    "skyddad anställning",
    "res-pub-ser": "för vissa organisationer inom hälso- och sjukvård, sociala tjänster och kultur",
}
"""eForms codes of reserved-procurement, in neutral words: whether a supplier may bid is for the buyer to decide."""
EXECUTION = {
    "yes": "Kontraktet ska nu utföras inom ramen för program för skyddad anställning (BT-736).",
    "no": "Kontraktet är inte längre förbehållet program för skyddad anställning (BT-736).",
    "not-known": "Det är nu inte känt om kontraktet förbehålls program för skyddad anställning (BT-736).",
}
CODES = {
    "strategic": "Särskilda mål (BT-06)",
    "social_objectives": "Sociala mål (BT-775)",
    "accessibility": "Tillgänglighet (BT-754)",
    "sme_suitable": "Lämpad för små och medelstora företag (BT-726)",
    "variants": "Alternativa anbud (BT-63)",
    "framework": "Ramavtal (BT-765)",
    "dynamic_purchasing": "Dynamiskt inköpssystem (BT-766)",
}
TEXTS = {
    "performance_terms": "Villkor för utförandet",
    "selection_criteria": "Krav på leverantören",
    "award_criteria": "Tilldelningskriterier",
    "notes": "Upplysningar",
}


def day(at: date, year: bool = False) -> str:
    """A day in Swedish: "torsdag 10 december", with `year` "torsdag 10 december 2026"."""
    return str(format_date(at, "EEEE d MMMM y" if year else "EEEE d MMMM", locale="sv"))


def place(place: Place) -> str:
    """A place in one line: "Mora, Dalarnas län"."""
    county = places.by_nuts(place.nuts) if place.nuts else None
    area = county.name if county else place.nuts
    return ", ".join(part for part in (place.city, place.description, area, place.country) if part)


def more_and_less(name: str, before: Sequence[str], after: Sequence[str]) -> str:
    """What came and what went: "Platser: tillagda Orsa och borttagna Mora."."""
    more = [text for text in after if text not in before]
    less = [text for text in before if text not in after]
    parts = [f"tillagda {'; '.join(more)}" if more else "", f"borttagna {'; '.join(less)}" if less else ""]
    return f"{name}: {' och '.join(filter(None, parts))}."


def amount(money: Money) -> str:
    """An amount: "180 000 kr" (with hard spaces)."""
    unit = "kr" if money.currency == "SEK" else money.currency
    return f"{format_decimal(money.amount, format='#,##0.##', locale='sv')} {unit}"


def months(months: float | None) -> str:
    """A time in months, empty for none."""
    return f"{format_decimal(months, format='#,##0.#', locale='sv')} månader" if months else ""


def text(value: object) -> str:
    """A code, a list of them, or a criterion as one line; absent, and "none", are empty."""
    if value is None or value == "none":
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, tuple):
        return ", ".join(sorted(str(part) for part in value if part != "none"))
    if isinstance(value, str):
        return spaced(value)
    return " – ".join(str(part) for part in vars(value).values() if part)


def named(lot: Lot) -> str:
    """A lot by id and title."""
    return f"{lot.id} {quote(lot.title)}"


def quote(text: str) -> str:
    """A text between Swedish quotation marks, on one line, at most LONGEST_QUOTE letters of it."""
    short = spaced(text)
    return f"”{short if len(short) <= LONGEST_QUOTE else short[: LONGEST_QUOTE - 1].rstrip() + '…'}”"


def spaced(text: str) -> str:
    """A text on one line, with single spaces."""
    return re.sub(r"\s+", " ", text).strip()
