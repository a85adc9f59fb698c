"""The calendar of the OJ S: which issue was published on which day (pure).

The file is a CSV a year; a real one has not been seen, so delimiter, form of dates, and order and names of columns are
found out from the file itself. What does not add up to one issue a day is refused: a calendar that was misread would
make days look empty.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from config.errors import InputError
from crawler.mails.dates import MONTHS

DELIMITERS = ";,\t|"
MOST_ROWS = 2000
MOST_BYTES = 1_000_000
ISSUE_HEADS = re.compile(r"\boj\b|\bojs\b|\bissue|\bnumber\b|\bnummer\b|\bno\b\.?|\bnr\b", re.IGNORECASE)
DAY_HEADS = re.compile(r"publi|released?\b|utgiv", re.IGNORECASE)
ISSUE = re.compile(
    r"(?:OJ\s*)?(?:S\s*)?(?P<number>\d{1,3})(?:\s*/\s*(?P<year>\d{4}))?|"
    r"(?P<year_before>\d{4})\s*/\s*(?:S\s*)?(?P<number_after>\d{1,3})|"
    r"(?P<year_whole>20\d\d)(?P<number_whole>\d{5})",
    re.IGNORECASE,
)
"""17, S 17, OJ S 17/2026, 2026/S 017, 202600017."""
_WEEKDAY = r"(?:[^\W\d]+day\s*,?\s*|[^\W\d]{2,3}\.?,?\s+)?"
DAYS = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[T ]00:00.*)?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(rf"{_WEEKDAY}(?P<d>\d{{1,2}})[ -](?P<w>[^\W\d]+)\.?[ -](?P<y>\d{{4}})"),
)
"""2026-11-24, 2026/11/24, 20261124; 24 November 2026, Tue 24-Nov-2026."""
PARTED = re.compile(rf"{_WEEKDAY}(?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.](?P<y>\d{{4}})(?:\s00:00.*)?")
"""24/11/2026, or 11/24/2026: which of the two, the whole column tells."""


def issue_name(year: int, number: int) -> str:
    """How packages are named: issue_name(2026, 226) == "202600226"."""
    return f"{year:04d}{number:05d}"


def read_calendar(data: bytes, year: int) -> Mapping[date, int]:
    """Issue number by day, from the calendar of a year. Raises InputError where it is not understood."""
    item = f"calendar of {year}"
    rows = _rows(data, item)
    day_column, read_day = _day_column(rows, item)
    issue_column = _one(rows, lambda cells: all(_number(cell, year) for cell in cells), ISSUE_HEADS, item, "OJ S issue")
    found: dict[date, int] = {}
    # The first row is the head, unless it holds a day like the others.
    for line, row in enumerate(rows if read_day(_cell(rows[0], day_column)) else rows[1:]):
        day, number = read_day(_cell(row, day_column)), _number(_cell(row, issue_column), year)
        if not number and day:
            # A day without an issue: a calendar may list holidays too.
            continue
        if day is None or not number or day.year != year:
            raise InputError(item, f"row {line}", f"is not understood: {' | '.join(row)[:80]!r}")
        if day in found or number in found.values():
            raise InputError(item, f"row {line}", f"names {day} or issue {number} a second time")
        found[day] = number
    numbers = [found[day] for day in sorted(found)]
    if not numbers or numbers != sorted(numbers):
        raise InputError(item, None, "is not understood: its issues do not rise with its days")
    return found


def _rows(data: bytes, item: str) -> list[list[str]]:
    if len(data) > MOST_BYTES:
        raise InputError(item, None, f"is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    lines = [line for line in text.replace("\x00", "").splitlines() if line.strip()]
    if len(lines) > MOST_ROWS:
        raise InputError(item, None, f"has more than {MOST_ROWS} rows")
    first = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=first.count)
    if len(lines) < 2 or delimiter not in first or first.lstrip().startswith("<"):
        raise InputError(item, None, "is no table of issues")
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error as error:
        raise InputError(item, None, f"is no table: {error}") from None


def _day_column(rows: Sequence[Sequence[str]], item: str) -> tuple[int, Callable[[str], date | None]]:
    """The column of days and how they are read: with the day before the month, as Europe writes, if that fits all."""
    for read in (_day_first, _month_first):
        try:
            return _one(rows, lambda cells, read=read: all(map(read, cells)), DAY_HEADS, item, "publication date"), read  # type: ignore[misc]
        except InputError as error:
            refused = error
    raise refused


def _one(
    rows: Sequence[Sequence[str]], fits: Callable[[Sequence[str]], bool], heads: re.Pattern[str], item: str, what: str
) -> int:
    """The column whose cells under the head fit; of several the one whose head says so."""
    width = max(map(len, rows))
    columns = [n for n in range(width) if (cells := [c for row in rows[1:] if (c := _cell(row, n))]) and fits(cells)]
    named = [n for n in columns if heads.search(_cell(rows[0], n))]
    chosen = named if len(columns) > 1 else columns
    if len(chosen) != 1:
        told = ", ".join(head[:30] for head in rows[0][:12])
        raise InputError(item, what, f"{'no column' if not columns else 'more than one column'} could be it: {told}")
    return chosen[0]


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _number(text: str, year: int) -> int:
    """The number of an issue, 0 for none."""
    match = ISSUE.fullmatch(text)
    if not match:
        return 0
    said = match["year"] or match["year_before"] or match["year_whole"]
    number = match["number"] or match["number_after"] or match["number_whole"]
    return int(number) if said in (None, str(year)) else 0


def _day_first(text: str) -> date | None:
    return _day(text, "first", "second")


def _month_first(text: str) -> date | None:
    return _day(text, "second", "first")


def _day(text: str, day: str, month: str) -> date | None:
    parted = PARTED.fullmatch(text)
    match = parted or next((found for form in DAYS if (found := form.fullmatch(text))), None)
    if match is None:
        return None
    parts = match.groupdict()
    try:
        if parted:
            return date(int(parts["y"]), int(parts[month]), int(parts[day]))
        number = MONTHS[parts["w"].lower()] if parts.get("w") else int(parts["m"])
        return date(int(parts["y"]), number, int(parts["d"]))
    except (KeyError, ValueError):
        return None
