"""What a cell says: days, deadlines, amounts, codes, links, as people and spreadsheets write them (pure).

Each function takes a cell that is not empty and raises ValueError, whose text is the reason that is told.
"""

import re
from datetime import date, datetime, timedelta

from config import cpv
from crawler.mails import dates, fields, links, portals
from crawler.tables import columns
from register.models import OPEN_ENDED_YEAR, Money, Place, cpv_code

SERIAL = re.compile(r"([3-7]\d{4})(?:[.,](\d{1,12}))?")
"""A day as Excel counts it, since 1899-12-30; five digits reach from 1982 to 2119."""
EPOCH = datetime(1899, 12, 30, tzinfo=dates.ZONE)
AMOUNT = re.compile(
    r"(?:ca\.?|cirka|c:a|uppskattat till)?\s*(?P<before>SEK|EUR|USD|NOK|DKK|€)?\s*"
    r"(?P<number>\d[\d\s.,']*)\s*(?P<unit>[a-zåäö€.:-]*)(?:\s*(?:exkl\.?|excl\.?|ex|utan)\s*(?:moms|vat))?",
    re.IGNORECASE,
)
UNITS = {
    "": 1, "kr": 1, "kronor": 1, "sek": 1, "tkr": 1e3, "ksek": 1e3, "mkr": 1e6, "msek": 1e6, "mnkr": 1e6,
    "miljoner": 1e6, "miljon": 1e6, "eur": 1, "euro": 1, "€": 1, "usd": 1, "nok": 1, "dkk": 1,
}  # fmt: skip
CURRENCIES = {"eur": "EUR", "euro": "EUR", "€": "EUR", "usd": "USD", "nok": "NOK", "dkk": "DKK"}
MOST = 1e12
"""kr. More is a slip: a phone number or an organisation number in the wrong column."""
MONTHS = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*(m|mån\.?|månad|månader|month|months|år|year|years)?", re.IGNORECASE)


def day(cell: str) -> date:
    """A day: 2026-12-17, 17/12 2026, 17 december 2026, 46373 (Excel)."""
    found = _serial(cell)
    if found:
        return found[0].date()
    read = dates.read_day(cell)
    if read is None:
        raise ValueError("is no day such as 2026-12-17, 17/12 2026 or 17 december 2026")
    return read


def deadline(cell: str) -> datetime | None:
    """A deadline, Swedish local time where no zone is told, the day's end where no time is; None for "tills vidare"."""
    if fields.says(cell, portals.words().until_further):
        return None
    serial = _serial(cell)
    if serial:
        moment, timed = serial
        read: datetime | None = datetime.combine(
            moment.date(), moment.time() if timed else dates.LAST_MINUTE, dates.ZONE
        )
    else:
        read = dates.read_deadline(cell)
    if read is None:
        raise ValueError("is no day such as 2026-12-17 23:59, 17/12 2026 or 17 december 2026 kl. 12.00")
    return None if read.year >= OPEN_ENDED_YEAR else read


def _serial(cell: str) -> tuple[datetime, bool] | None:
    """Excel's count of days, and whether it has a time."""
    match = SERIAL.fullmatch(cell)
    if not match:
        return None
    seconds = round(float(f"0.{match[2] or '0'}") * 86_400)
    # Wall time: arithmetic within one zone leaves the clock alone.
    return EPOCH + timedelta(days=int(match[1]), seconds=seconds), bool(seconds)


def money(cell: str) -> Money | None:
    """An amount: "1 200 000 kr", "1,2 mkr", "1.200.000,50 SEK"; None for zero."""
    match = AMOUNT.fullmatch(cell.strip())
    unit = match["unit"].lower().strip(".:-") if match else ""
    if not match or unit not in UNITS:
        raise ValueError("is no amount such as 1 200 000 kr")
    amount = _number(match["number"]) * UNITS[unit]
    if amount > MOST:
        raise ValueError("is more than any purchase costs: look whether it is an amount")
    currency = CURRENCIES.get((match["before"] or unit).lower(), "SEK")
    return Money(amount=amount, currency=currency) if amount > 0 else None


def _number(text: str) -> float:
    """A number with either sign for decimals; three digits after a sign are thousands."""
    bare = re.sub(r"[\s']", "", text).rstrip(".,")
    if re.fullmatch(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*", bare):
        return float(re.sub(r"[.,]", "", bare))
    whole, sign, decimals = bare, "", ""
    if found := re.fullmatch(r"([\d.,]*\d)([.,])(\d+)", bare):
        whole, sign, decimals = found.groups()
    other = "," if sign == "." else "."
    if (sign and sign in whole) or not re.fullmatch(rf"\d+|\d{{1,3}}(?:{re.escape(other)}\d{{3}})+", whole):
        raise ValueError("is no amount such as 1 200 000 kr")
    return float(f"{re.sub(r'[.,]', '', whole)}.{decimals or '0'}")


def months(cell: str) -> float:
    """A time in months: "24", "24 månader", "2 år"."""
    match = MONTHS.fullmatch(cell.strip())
    if not match:
        raise ValueError("is no time such as 24 månader or 2 år")
    number = float(match[1].replace(",", "."))
    return number * 12 if (match[2] or "").lower() in ("år", "year", "years") else number


def codes(cell: str) -> tuple[str, ...]:
    """CPV codes, main code first: with or without check digit and name, or by name alone."""
    bare = str(cpv_code(cell))
    found = [code[:8] for code in fields.CODE.findall(bare)]
    unknown = next((code for code in found if cpv.label(code) is None), None)
    if unknown:
        raise ValueError(f"{unknown} is no CPV code")
    if not found:
        parts = [cell, *re.split(r"[;\n]", cell), *re.split(r"[,;\n]", cell)]
        found = [code for part in parts if (code := cpv.by_label(part))]
    if not found:
        raise ValueError("has no CPV code (eight digits) and no name of one")
    return tuple(dict.fromkeys(found))[: fields.MAX_CODES]


def places(cell: str) -> tuple[Place, ...]:
    """Municipalities, counties and NUTS codes; others as they are described."""
    parts = [part for line in cell.splitlines() for part in fields.read_places(line)]
    return tuple(dict.fromkeys(parts))[: fields.MAX_PLACES]


def org_number(cell: str) -> str:
    """Ten digits: "212000-2213", "16212000-2213", "SE212000221301"."""
    digits = re.sub(r"[\s-]", "", cell).upper()
    match = re.fullmatch(r"(?:16)?(\d{10})|SE(\d{10})01", digits)
    if not match:
        raise ValueError("is no organisation number of ten digits")
    return match[1] or match[2]


def link(cell: str) -> str:
    """A web address."""
    address = links.parse(cell.strip() if "://" in cell else f"https://{cell.strip()}")
    if address is None or "." not in address.host:
        raise ValueError("is no web address such as https://www.example.org/annons/42")
    return address.url


def yes(cell: str) -> bool | None:
    """Ja or nej; None for "okänt"."""
    folded, table = columns.fold(cell), columns.load()
    if folded in table.unknown:
        return None
    if folded not in (*table.yes, *table.no):
        raise ValueError("is neither ja nor nej")
    return folded in table.yes


def nature(cell: str) -> str:
    """BT-23: services, supplies, works."""
    folded = columns.fold(cell)
    for code, words in columns.load().natures.items():
        if folded in words:
            return code
    raise ValueError("is none of tjänster, varor and byggentreprenader")


def kind(cell: str) -> tuple[str, bool]:
    """(BT-03, whether it is closed): annons, förhandsannons, informationsförfrågan, efterannons, avbruten."""
    words = portals.words()
    if fields.says(cell, words.cancelled):
        return "competition", True
    for form in ("result", "consultation", "planning", "competition"):
        known = words.kinds[form]
        if fields.says(cell, known.words) or columns.fold(cell) == form:
            return form, form == "result"
    raise ValueError("is none of annons, förhandsannons, informationsförfrågan, efterannons and avbruten")
