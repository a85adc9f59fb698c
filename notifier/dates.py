"""A day in plain words (pure): "1 februari", "den 3 mars 2027", "2027-01-10", in Swedish and English."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel.dates import get_month_names

ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")


@dataclass(frozen=True)
class Found:
    """A day and where it stands."""

    day: date
    start: int
    end: int


def find(text: str, today: date) -> Found | None:
    """The first day after today that a case-folded text names; one without a year is the next of its kind."""
    months, expression = _months()
    for found in ISO.finditer(text):
        day = _day(int(found[1]), int(found[2]), int(found[3]))
        if day and day > today:
            return Found(day, found.start(), found.end())
    for found in expression.finditer(text):
        number, month = int(found["day"] or found["day2"]), months[found["month"] or found["month2"]]
        years = [int(found["year"])] if found["year"] else [today.year, today.year + 1]
        for day in (_day(year, month, number) for year in years):
            if day and day > today:
                return Found(day, found.start(), found.end())
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _months() -> tuple[dict[str, int], re.Pattern[str]]:
    """Numbers by names in both languages, long and short, and the expression of a day."""
    months = {
        str(name).rstrip(".").casefold(): number
        for locale in ("sv", "en")
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=locale).items()
    }
    names = "|".join(sorted(months, key=len, reverse=True))
    return months, re.compile(
        rf"(?:den |the )?(?<!\d)(?:(?P<day>\d{{1,2}})(?:[:.]?[ae]|st|nd|rd|th|\.)? (?:of )?(?P<month>{names})|"
        rf"(?P<month2>{names}) (?P<day2>\d{{1,2}}))(?!\w)\.?,?(?: (?P<year>\d{{4}})(?!\d))?"
    )
