"""What a municipality sees: its purchases in lists, one of them with reasons, the basis to print, template texts."""

from collections.abc import Callable
from typing import Any

from config import cpv, places, reservation_texts
from config.errors import NotFoundError
from matcher import comparable
from matcher.index import value_per_year
from matcher.reservation import Suitability
from portal import originals
from portal.municipality import own
from portal.municipality.own import Row
from portal.visits import Answer, Page, Visit
from register import hiding, market, plans, reserved
from register.models import Lot, Notice
from register.placing import locate
from register.plans import Kept

SHOWN = 15
"""Lines of a list on one page."""
COMPARABLE, COMPARABLE_PRINTED = 8, 5
LISTS = ("oppna", "slutar", "planerade", "avslutade")


def start(visit: Visit) -> Answer:
    """One list: open notices, contracts that end, plans, or past notices; those that suit best are marked."""
    chosen = visit.query.get("visa", "")
    counts, made = _lists(visit)
    chosen = chosen if chosen in LISTS else next((name for name in LISTS if counts[name]), "oppna")
    page = int(text) if (text := visit.query.get("sida", "")).isdecimal() and len(text) < 6 else 1
    rows = [make() for make in made[chosen][(page - 1) * SHOWN : page * SHOWN]]
    if chosen == "oppna":
        rows.sort(key=lambda row: own.ORDER.index(row.best.verdict))
    values = {
        "municipality": own.home(visit).name,
        "lists": LISTS,
        "chosen": chosen,
        "counts": counts,
        "rows": rows,
        "page": page,
        "more": counts[chosen] > page * SHOWN,
        "unnamed": hiding.names(visit.register),
    }
    return Page("municipality.html.j2", values)


def _lists(visit: Visit) -> tuple[dict[str, int], dict[str, list[Callable[[], Row]]]]:
    """How much is in each list, and how each of its lines is made: only those that are shown are."""
    tenders = own.tenders(visit)
    first_open = [one for one in tenders if one.is_open(visit.now)]
    past = sorted(
        (one for one in tenders if not one.is_open(visit.now)),
        key=lambda one: (own.is_their_work(one), str(one.published or ""), one.publication_number),
        reverse=True,
    )

    def notice(one: Notice, **more: Any) -> Callable[[], Row]:
        return lambda: own.row(visit, one, f"/kommun/upphandling/{one.publication_number}", **more)

    def planned(kept: Kept) -> Callable[[], Row]:
        return lambda: own.row(visit, own.planned(visit, kept), f"/kommun/plan/{kept.id}")

    made = {
        "oppna": [notice(one) for one in first_open],
        "slutar": [notice(one.notice, ends=one) for one in own.ending(visit)],
        "planerade": [planned(kept) for kept in plans.of(visit.register, own.home(visit).name)],
        "avslutade": [notice(one) for one in past],
    }
    return {name: len(lines) for name, lines in made.items()}, made


def tender(visit: Visit) -> Answer:
    """One of the municipality's own notices. Raises NotFoundError for others."""
    notice = own.tender(visit, visit.path["number"])
    return Page("municipality_tender.html.j2", _values(visit, notice, own.assess(visit, notice), COMPARABLE))


def tender_basis(visit: Visit) -> Answer:
    """One lot of a notice (?del=, else the one that suits best) on two pages. Raises NotFoundError for others."""
    notice = own.tender(visit, visit.path["number"])
    return _basis(visit, notice)


def plan(visit: Visit) -> Answer:
    """One of the municipality's own plans. Raises NotFoundError for others."""
    kept = _kept(visit)
    notice = own.planned(visit, kept)
    values = _values(visit, notice, own.assess(visit, notice), COMPARABLE)
    return Page("municipality_tender.html.j2", {**values, "plan": kept})


def plan_basis(visit: Visit) -> Answer:
    """A plan on two pages. Raises NotFoundError for others."""
    return _basis(visit, own.planned(visit, _kept(visit)))


def templates(visit: Visit) -> Answer:
    """Template texts, to copy."""
    return Page("municipality_texts.html.j2", {"templates": reservation_texts.templates(visit.t.language)})


def _kept(visit: Visit) -> Kept:
    text = visit.path["id"]
    if not text.isdecimal() or len(text) > 15:
        raise NotFoundError("No such plan.")
    return plans.get(visit.register, own.home(visit).name, int(text))


def _basis(visit: Visit, notice: Notice) -> Answer:
    told = own.assess(visit, notice)
    chosen = next((one for one in told if one.lot == visit.query.get("del")), own.best(told))
    values = _values(visit, notice, (chosen,), COMPARABLE_PRINTED)
    return Page("municipality_basis.html.j2", {**values, "day": visit.now})


def _values(visit: Visit, notice: Notice, told: tuple[Suitability, ...], most: int) -> dict[str, Any]:
    """What the pages of one purchase show. told: of the lots that are shown."""
    lots = {lot.id: lot for lot in notice.lots}
    others = reserved.everything(visit.register)
    path = visit.path.get("number")
    return {
        "notice": notice,
        "base": f"/kommun/upphandling/{path}" if path else f"/kommun/plan/{visit.path['id']}",
        "plan": None,
        "link": originals.address(notice.origin, notice.publication_number, notice.link, language=visit.t.language),
        "lots": [_lot(visit, notice, lots[one.lot], one, others, most) for one in told],
        "templates": reservation_texts.templates(visit.t.language),
        "unnamed": hiding.names(visit.register),
        "statistics": market.ATTRIBUTION,
    }


def _lot(
    visit: Visit, notice: Notice, lot: Lot, told: Suitability, others: list[reserved.Reserved], most: int
) -> dict[str, Any]:
    """One lot: its facts, what is told of it, and what others have reserved."""
    t, yearly = visit.t, value_per_year(notice, lot)
    place = locate(notice, lot)
    counties = [county.name for county in places.counties() if county.code in place.counties]
    language = t.language
    return {
        "lot": lot,
        "told": told,
        "size": t("kommun_a_year", amount=f"{yearly:,.0f}".replace(",", "\u00a0")) if yearly == yearly else "",
        "months": f"{lot.duration_months:g}" if lot.duration_months else "",
        "place": ", ".join([*place.municipalities[:5], *counties[:5]]),
        "cpv": [f"{code} {cpv.label(code) or ''}".strip() for code in (lot.cpv or notice.cpv)[:2]],
        "deadline": t.deadline(lot, visit.now) if notice.origin != "own" and (lot.deadline or lot.open_ended) else "",
        "comparable": [
            {"one": one, "link": originals.address(one.origin, one.number, one.link, language=language)}
            for one in comparable.find(notice, lot, others, own=own.home(visit), most=most)
        ],
    }
