"""Market evidence: who bought what, how often, and from whom, by Upphandlingsmyndigheten's statistics.

What the statistics do not tell is told by nobody here: the number of bids, the value of a contract, who a sole trader
is, and a supplier's organisation number, so that suppliers are told apart by name only. A procurement without awards
may have been cancelled, or its award not reported. All but `history` is pure.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from config import cpv, places
from config.errors import NotFoundError, SettingsError
from register import purchases
from register.database import Register
from register.expiring import MONTH_DAYS
from register.purchases import Purchase, Won

ATTRIBUTION = "Uppgifter: Upphandlingsmyndigheten / Bearbetning: Anbudslots"
"""What must stand wherever figures from here are shown (terms in config/sources.yaml, uhm)."""
UNKNOWN = "Antal inkomna anbud och kontraktsvärden finns inte i uppgifterna."
GROUP = 3
"""Digits of a CPV group."""


@dataclass(frozen=True)
class BuyerFigures:
    """What a buyer bought. awarded: procurements with known awards; contracts: contracted tenders, of all suppliers."""

    org: str
    buyer: str
    county: str | None
    procurements: int
    awarded: int
    contracts: int
    suppliers: int
    first: date
    last: date
    months_between: float | None
    """Mean time between advertisements in these data; None for a single one."""


@dataclass(frozen=True)
class WinnerFigures:
    """What a supplier won; supplier "" stands for all whose names are hidden."""

    supplier: str
    size: str
    legal_form: str
    procurements: int
    contracts: int
    buyers: int
    last: date


@dataclass(frozen=True)
class GroupFigures:
    """What was bought within a CPV group (three digits, its code padded to eight; "" where no code is told)."""

    cpv: str
    label: str
    procurements: int
    contracts: int
    months_between: float | None
    last: date
    winners: tuple[tuple[str, int], ...]
    """(supplier, contracts) of those with the most, at most five."""
    titles: tuple[str, ...]
    """Of the latest procurements, at most three."""


@dataclass(frozen=True)
class History:
    """The market of a CPV prefix, in a county or the country. sizes: contracts by the supplier's size in UHM's words,
    "" where it is not told, which tells how open a field is to small enterprises.
    """

    cpv: str
    county: str | None
    period: tuple[date, date] | None
    """First and last day of advertisement in all imported data; None where nothing is imported."""
    procurements: int
    awarded: int
    contracts: int
    buyers: tuple[BuyerFigures, ...]
    winners: tuple[WinnerFigures, ...]
    sizes: tuple[tuple[str, int], ...]
    attribution: str = ATTRIBUTION


def period(bought: Sequence[Purchase]) -> tuple[date, date] | None:
    """First and last day of advertisement; None for none."""
    days = [purchase.published for purchase in bought]
    return (min(days), max(days)) if days else None


def select(bought: Iterable[Purchase], *, cpv_prefix: str = "", county: str | None = None) -> list[Purchase]:
    """Those of a CPV prefix (see `prefix`) and of buyers in a county (two digits)."""
    digits = prefix(cpv_prefix)
    return [
        purchase
        for purchase in bought
        if purchase.cpv.startswith(digits) and (county is None or purchase.county == county)
    ]


def prefix(code: str) -> str:
    """The digits by which a CPV code is looked up: 909 as it is; of a whole code, itself and what is under it, so that
    90910000 gives 9091, and 90000000 gives 90. Raises SettingsError.
    """
    digits = code.strip().split("-")[0]
    if not digits:
        return ""
    if not re.fullmatch(r"[0-9]{2,8}", digits):
        raise SettingsError(f"{code!r} is no CPV code or beginning of one: two to eight digits, such as 9091.")
    return digits[: cpv.depth(digits)] if len(digits) == 8 else digits


def of_buyer(bought: Sequence[Purchase], who: str) -> list[Purchase]:
    """The purchases of one buyer: by organisation number, by name in any case and form ("Falu kommun"), or by a part of
    its name. Raises NotFoundError where there is none, or more than one.
    """
    digits = re.sub(r"[\s-]", "", who)
    wanted = _folded(who)
    place = places.by_name(who)
    ways = (
        lambda purchase: digits.isdigit() and purchase.org == digits,
        lambda purchase: _folded(purchase.buyer) == wanted,
        lambda purchase: place is not None and places.by_name(purchase.buyer) == place,
        lambda purchase: wanted in _folded(purchase.buyer),
    )
    for way in ways:
        found = [purchase for purchase in bought if wanted and way(purchase)]
        names = {purchase.org or purchase.buyer: purchase.buyer for purchase in found}
        if len(names) > 1:
            some = "; ".join(f"{name} ({key})" for key, name in sorted(names.items())[:8])
            raise NotFoundError(f"{who!r} is {len(names)} buyers: {some}. Name one by its number.")
        if found:
            return found
    raise NotFoundError(f"No buyer {who!r} in the imported statistics. `anbudslots market buyers` lists them.")


def by_buyer(bought: Iterable[Purchase]) -> list[BuyerFigures]:
    """Figures of each buyer, the one with most procurements first."""
    groups: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in bought:
        groups[purchase.org or purchase.buyer].append(purchase)
    figures = [
        BuyerFigures(
            org=own[0].org,
            buyer=_usual(purchase.buyer for purchase in own),
            county=own[0].county,
            procurements=len(own),
            awarded=sum(bool(purchase.awards) for purchase in own),
            contracts=sum(won.contracts for purchase in own for won in purchase.awards),
            suppliers=len({_folded(won.supplier) for purchase in own for won in purchase.awards if won.supplier}),
            first=min(purchase.published for purchase in own),
            last=max(purchase.published for purchase in own),
            months_between=months_between([purchase.published for purchase in own]),
        )
        for own in groups.values()
    ]
    return sorted(figures, key=lambda found: (-found.procurements, -found.contracts, found.buyer, found.org))


def by_winner(bought: Iterable[Purchase]) -> list[WinnerFigures]:
    """Figures of each supplier, the one with most contracted tenders first; hidden names are one row, last."""
    groups: dict[str, list[tuple[Purchase, Won]]] = defaultdict(list)
    for purchase in bought:
        for won in purchase.awards:
            groups[_folded(won.supplier)].append((purchase, won))
    figures = [
        WinnerFigures(
            supplier=_usual(won.supplier for _, won in own),
            size=_usual(won.size for _, won in own),
            legal_form=_usual(won.legal_form for _, won in own),
            procurements=len({(purchase.procurement, purchase.org) for purchase, _ in own}),
            contracts=sum(won.contracts for _, won in own),
            buyers=len({purchase.org or purchase.buyer for purchase, _ in own}),
            last=max(purchase.published for purchase, _ in own),
        )
        for own in groups.values()
    ]
    return sorted(
        figures, key=lambda found: (not found.supplier, -found.contracts, -found.procurements, found.supplier)
    )


def by_group(bought: Iterable[Purchase]) -> list[GroupFigures]:
    """What was bought, CPV group by group, the one with most procurements first."""
    groups: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in bought:
        groups[purchase.cpv[:GROUP]].append(purchase)
    figures = []
    for digits, own in groups.items():
        code = digits.ljust(8, "0") if digits else ""
        latest = sorted(own, key=lambda purchase: purchase.published, reverse=True)
        figures.append(
            GroupFigures(
                cpv=code,
                label=(cpv.label(code) or "") if code else "",
                procurements=len(own),
                contracts=sum(won.contracts for purchase in own for won in purchase.awards),
                months_between=months_between([purchase.published for purchase in own]),
                last=latest[0].published,
                winners=tuple((won.supplier, won.contracts) for won in by_winner(own)[:5]),
                titles=tuple(dict.fromkeys(purchase.title for purchase in latest))[:3],
            )
        )
    return sorted(figures, key=lambda found: (-found.procurements, found.cpv))


def months_between(days: Iterable[date]) -> float | None:
    """Mean months between the different days, one decimal; None for fewer than two."""
    own = sorted(set(days))
    return round((own[-1] - own[0]).days / MONTH_DAYS / (len(own) - 1), 1) if len(own) > 1 else None


def history(register: Register, cpv_prefix: str, county: str | None = None) -> History:
    """The market of a CPV prefix (see `prefix`) of buyers in a county (two digits; None: the country).

    Whoever asks for many uses `summarise` over `purchases.everything` read once. Raises
    SettingsError for a wrong prefix.
    """
    return summarise(purchases.everything(register), cpv_prefix, county)


def summarise(bought: Sequence[Purchase], cpv_prefix: str, county: str | None = None) -> History:
    """`history` over purchases that are at hand."""
    own = select(bought, cpv_prefix=cpv_prefix, county=county)
    sizes: Counter[str] = Counter()
    for purchase in own:
        for won in purchase.awards:
            sizes[won.size] += won.contracts
    return History(
        cpv=prefix(cpv_prefix),
        county=county,
        period=period(bought),
        procurements=len(own),
        awarded=sum(bool(purchase.awards) for purchase in own),
        contracts=sum(sizes.values()),
        buyers=tuple(by_buyer(own)),
        winners=tuple(by_winner(own)),
        sizes=tuple(sorted(sizes.items(), key=lambda size: (-size[1], size[0]))),
    )


def _usual(words: Iterable[str]) -> str:
    """The commonest, of equals the first by the alphabet."""
    counted = Counter(words)
    return min(counted, key=lambda word: (-counted[word], word))


@lru_cache(maxsize=50_000)
def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
