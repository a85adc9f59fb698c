"""Dates and deadlines as mails print them, in Swedish local time (pure)."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
"""The portals print Swedish local time (DOMAIN 3.3 of the project's sources; unverified for each portal's mails)."""
LAST_MINUTE = time(23, 59)
"""A deadline without a time lasts the day out."""
YEARS = range(2000, 2100)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "januari", "january"),
            ("feb", "februari", "february"),
            ("mar", "mars", "march"),
            ("apr", "april"),
            ("maj", "may"),
            ("jun", "juni", "june"),
            ("jul", "juli", "july"),
            ("aug", "augusti", "august"),
            ("sep", "sept", "september"),
            ("okt", "oct", "oktober", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))


@lru_cache(maxsize=1)
def _forms() -> tuple[re.Pattern[str], ...]:
    """2026-12-17, 2026/12/17; 17 december 2026, den 17:e dec. 2026; December 17, 2026; 17/12/2026, 17.12.2026, 17/12
    2026.
    """
    return (
        re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
        re.compile(
            rf"(?<!\d)(?P<d>\d{{1,2}})(?::?e|:?a|st|nd|rd|th|\.)?\s+(?P<w>{_MONTH})\b\.?,?\s+(?P<y>\d{{4}})(?!\d)", re.I
        ),
        re.compile(rf"\b(?P<w>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?!\d)", re.I),
        re.compile(r"(?<!\d)(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})(?:[-/.]|\s+)(?P<y>\d{4})(?!\d)"),
    )


CLOCK = re.compile(
    r"^(?:T|[\s,]*(?:\(\w+\)\s*)?(?:kl(?:ockan)?\.?|at|-|–)?\s*)(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.]\d{2})?(?!\d)"
    r"(?:\.\d+)?\s*(?P<half>[ap]\.?m\b)?\s*(?P<zone>Z\b|UTC(?![+-]|\s*[+-])|GMT(?![+-])|[+-]\d{2}:?\d{2})?",
    re.I,
)


def read_day(text: str) -> date | None:
    """The first date in a text, None where there is none or it does not exist."""
    found = _find(text)
    return found[0] if found else None


def read_deadline(text: str) -> datetime | None:
    """The first date in a text with the time printed after it; Swedish local time unless a zone is printed."""
    found = _find(text)
    if found is None:
        return None
    day, rest = found
    match = CLOCK.match(rest)
    moment, zone = LAST_MINUTE, ZONE.key
    if match:
        hour, minute = int(match["h"]), int(match["m"])
        half = (match["half"] or "").lower()[:1]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        # 24:00 is how some write the end of the day.
        moment = LAST_MINUTE if (hour, minute) == (24, 0) or hour > 23 or minute > 59 else time(hour, minute)
        zone = (match["zone"] or "").upper()
    if zone in ("Z", "UTC", "GMT"):
        return datetime.combine(day, moment, ZoneInfo("UTC"))
    if zone[:1] in ("+", "-"):
        try:
            return datetime.fromisoformat(f"{day.isoformat()}T{moment.isoformat()}{zone[:3]}:{zone[-2:]}")
        except ValueError:
            pass
    return datetime.combine(day, moment, ZONE)


def _find(text: str) -> tuple[date, str] | None:
    """The first date and the text after it."""
    matches = [match for form in _forms() if (match := form.search(text))]
    for match in sorted(matches, key=lambda found: found.start()):
        parts = match.groupdict()
        month = MONTHS[parts["w"].lower()] if parts.get("w") else int(parts["m"])
        day, year = int(parts["d"]), int(parts["y"])
        if month > 12 >= day and "/" in match[0]:
            # 12/17/2026: a month that can't be one is how Americans write days.
            day, month = month, day
        try:
            if year in YEARS:
                return date(year, month, day), text[match.end() :]
        except ValueError:
            continue
    return None
