"""What a letter says of one lot, taken from the notice word for word or reckoned from it (pure)."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from config import places
from register.models import ASSUMED_MONTHS, Finding, Lot, Money, Notice, Noun, Polarity

LONGEST_TITLE = 110
LONGEST_SENTENCE = 260
LONGEST_QUOTE = 260
LONGEST_LINK = 500
SAFE_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#][!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*)?")
"""ASCII without spaces, quotes or angle brackets, and no user name before the host."""
MOST_CLAUSES = 3
IMPLAUSIBLE = 1e12
"""No Swedish contract is worth this much in any currency: somebody has mistyped."""

EFFECTS = ("opens", "helps", "partner", "duty", "object", "info")
"""Effects of clauses, in the order that matters to an enterprise."""

RESERVING = frozenset({"reserved_participation", "reserved_public_service", "reserved_execution"})
SHARING = frozenset({"social_subcontracting", "employment_requirement", "employment_dialogue", "employment_bonus"})
"""Clauses through which the winner of a large contract may need an enterprise as partner or subcontractor."""

TOLD_WHEN_NEGATED = frozenset({"reserved_participation", "reserved_public_service", "reserved_execution", "small_lots"})

SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\bkap\.)(?<!\bca\.)(?<!\bkl\.)(?<!\bnr\.)(?<!\bst\.)\s+(?=[A-ZÅÄÖÉ0-9”\"])")
LEADING = re.compile(r"^(?:sverige\s*[–-]\s*[^–]{3,80}\s+[–-]\s+|upphandling\s+av\s+|upphandling\s*[:–-]\s+)", re.I)
REFERENCE = re.compile(r"\s*[\[(]?\b(?:dnr|diarienr|diarienummer|ref|ärende)\b[.:]?\s*[\w/.:-]*\d[\w/.:-]*[\])]?", re.I)


class Size(Noun):
    """How large the contract is, by the buyer's own estimate, excl. VAT. amount is a year's share if `yearly`."""

    amount: float
    currency: str
    yearly: bool
    lots: int = 1
    """Over how many lots the amount spans: 1, or all lots of the procedure where only its total is given."""


class Clause(Noun):
    """A social clause with its evidence; quote is empty where only a code of the notice says it."""

    code: str
    polarity: Polarity
    quote: str = ""
    section: str = ""
    document: str = ""
    """Name of the file in which the quote stands; empty for the notice."""
    page: int | None = None
    conflict: bool = False


UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters that have no place in a line of a letter."""


def one_line(text: str, longest: int | None = None) -> str:
    """The text on one line, without control, format and bidirectional characters; cut at a word with “…”."""
    # What is printable holds none of these, and nearly all texts are.
    spaced = text if text.isprintable() else "".join(" " if unicodedata.category(c) in UNSEEN else c for c in text)
    line = " ".join(spaced.split())
    if longest is None or len(line) <= longest:
        return line
    cut = line[: longest - 1]
    return cut.rsplit(" ", 1)[0].rstrip(" .,;:–-") + "…" if " " in cut else cut + "…"


def safe_link(address: str) -> str:
    """An https address that can stand in a letter as it is; empty for anything else, which would only mislead."""
    return address if len(address) <= LONGEST_LINK and SAFE_LINK.fullmatch(address) else ""


def language(notice: Notice) -> str:
    """ISO 639-1 code of the notice's language, as HTML's lang takes it; Swedish where it gives none that could be."""
    return notice.language if re.fullmatch(r"[a-z]{2}", notice.language) else "sv"


def plain_title(notice: Notice, lot: Lot) -> str:
    """The lot's title without the form around it: no country, CPV name, "Upphandling av" or record number."""
    whole, own = _plain(notice.title), _plain(lot.title)
    if not own or own.casefold() == whole.casefold():
        title = whole
    elif whole.casefold() in own.casefold():
        title = own
    else:
        title = f"{own} ({whole})"
    return one_line(title, LONGEST_TITLE)


def _plain(title: str) -> str:
    line = one_line(title)
    short = REFERENCE.sub("", LEADING.sub("", line)).strip(" ,;:–-")
    short = short or line
    if short.isupper() and len(short) > 12:
        short = short.lower()
    return short[:1].upper() + short[1:]


def place_words(notice: Notice, lot: Lot) -> str:
    """Where the work is: cities named by the lot, else its counties, else the buyer's city; "" where unknown."""
    stated = lot.places or notice.places
    cities = list(dict.fromkeys(one_line(p.city, 40) for p in stated if p.city))
    if not cities:
        found = [places.by_nuts(p.nuts) for p in stated if p.nuts]
        cities = list(dict.fromkeys(county.name for county in found if county))
    if not cities and notice.buyer.city:
        cities = [one_line(notice.buyer.city, 40)]
    return ", ".join(cities[:3]) + (" …" if len(cities) > 3 else "")


def last_day(deadline: datetime, zone: ZoneInfo) -> tuple[date, time | None]:
    """The local day bids are due, and the time of day; None: until midnight.

    A deadline at 00:00 ends the day before, which is what a reader must go by.
    """
    local = deadline.astimezone(zone)
    if local.time() == time(0):
        return local.date() - timedelta(days=1), None
    at = local.time().replace(second=0, microsecond=0)
    return local.date(), None if at >= time(23, 55) else at


def advise_by(today: date, last: date | None) -> date:
    """When to have called an adviser: within four days, sooner where time is short, on a weekday if one is left."""
    left = (last - today).days if last else 30
    day = today + timedelta(days=4 if left >= 10 else 1 if left >= 2 else 0)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return min(day, last) if last else day


def size(notice: Notice, lot: Lot) -> Size | None:
    """The buyer's estimate for the lot, a year where the duration is known; None where no value is given."""
    money: Money | None = lot.value
    lots = 1
    if money is None:
        money, lots = notice.value, len(notice.lots)
    if money is None or not money.amount < IMPLAUSIBLE:
        return None
    months = lot.duration_months
    yearly = months is not None and months > 0
    amount = money.amount / max((months or 12) / 12, 1.0)
    return Size(amount=amount, currency=one_line(money.currency, 3), yearly=yearly, lots=lots)


def yearly_sek(notice: Notice, lot: Lot) -> float | None:
    """SEK a year for one lot, to compare with what an enterprise can bear; None where it can't be known."""
    known = size(notice, lot)
    if known is None or known.currency != "SEK":
        return None
    return known.amount / known.lots / (1 if known.yearly else ASSUMED_MONTHS / 12)


def sentences(notice: Notice, lot: Lot, most: int = 2) -> tuple[str, ...]:
    """The first sentences of the lot's description that say more than the title, verbatim but for length."""
    text = lot.description if len(lot.description) >= 40 else notice.description or lot.description
    titles = {one_line(notice.title).casefold(), one_line(lot.title).casefold()}
    found = [line for part in SENTENCE_END.split(one_line(text)) if len(line := part.strip()) > 2]
    telling = [line for line in found if line.rstrip(".!?").casefold() not in titles]
    return tuple(one_line(line, LONGEST_SENTENCE) for line in telling[:most])


def clauses(findings: Iterable[Finding], lot: Lot) -> tuple[tuple[Clause, ...], int]:
    """The clauses that hold for the lot, most telling first, one a code; and how many more there are.

    Of several findings of one clause a text beats a code, affirmed beats possible beats negated.
    """
    strength = {"affirmed": 0, "possible": 1, "negated": 2}
    best: dict[str, Finding] = {}
    for finding in findings:
        if finding.lot not in ("", lot.id):
            continue
        if finding.polarity == "negated" and finding.clause not in TOLD_WHEN_NEGATED:
            continue
        known = best.get(finding.clause)
        if known is None or _rank(finding, strength) < _rank(known, strength):
            best[finding.clause] = finding
    ordered = sorted(
        best.values(), key=lambda f: (f.polarity == "negated" and f.clause not in RESERVING, _order(f), f.clause)
    )
    shown = tuple(
        Clause(
            code=f.clause,
            polarity=f.polarity,
            quote="" if f.witness == "code only" or f.end == f.start else one_line(f.quote, LONGEST_QUOTE),
            section=one_line(f.section, 20),
            document=one_line(f.document, 80),
            page=f.page,
            conflict=f.witness == "conflict",
        )
        for f in ordered[:MOST_CLAUSES]
    )
    return shown, len(ordered) - len(shown)


def _rank(finding: Finding, strength: dict[str, int]) -> tuple[int, bool, bool, float]:
    return (
        strength[finding.polarity],
        finding.witness == "code only",
        len(finding.quote) > LONGEST_QUOTE,
        -finding.confidence,
    )


def _order(finding: Finding) -> int:
    return EFFECTS.index(finding.effect)


def kinds(
    notice: Notice, lot: Lot, findings: Iterable[Finding], largest: float | None
) -> set[Literal["open", "reserved", "subcontract", "planned"]]:
    """Which of an enterprise's choices (DigestChoice.include) the lot answers to.

    largest: the largest contract a year that it can bear, in SEK.
    """
    if notice.form_type in ("planning", "consultation"):
        return {"planned"}
    holding = {f.clause for f in findings if f.flags and f.lot in ("", lot.id)}
    sure = {f.clause for f in findings if f.polarity == "affirmed" and f.lot in ("", lot.id)}
    reserved = bool(sure & RESERVING) or lot.codes.reserved_participation in ("res-ws", "res-pub-ser")
    found: set[Literal["open", "reserved", "subcontract", "planned"]] = {"reserved" if reserved else "open"}
    value = yearly_sek(notice, lot)
    if largest and value is not None and value > largest and holding & SHARING:
        found.add("subcontract")
    return found
