"""Figures for the funder, as plots with a table under each; and the bids that they count."""

from markupsafe import Markup

from config.errors import InputError
from portal import plots
from portal.texts import STOCKHOLM
from portal.visits import Answer, Page, Redirect, Visit
from register import bids, enterprises, market, matches, notices, open_data, statistics
from register.bids import OUTCOMES
from register.statistics import Weekly

WEEKS = (12, 26, 52)
"""How far back one may look."""
COUNTED = 10_000


def show(visit: Visit) -> Answer:
    """All enterprises together; nobody is named."""
    t, register = visit.t, visit.register
    count = next((weeks for weeks in WEEKS if visit.query.get("veckor") == str(weeks)), WEEKS[0])
    figures = statistics.weekly(register, now=visit.now.astimezone(STOCKHOLM), count=count)
    labels = [f"v{week.isocalendar().week}" for week in figures.weeks]
    members = enterprises.everyone(register)
    real = [one for one in members if not one.is_example] or members
    floor = visit.settings.digest.floor
    good = sum(sum(one.score >= floor for one in matches.of(register, own.id, top=COUNTED)) for own in real)
    plotted = []
    for key, series in (
        ("notices", figures.notices),
        ("letters", figures.letters),
        ("answers", figures.answers),
        ("bids", figures.bids),
    ):
        named: Weekly = {_named(visit, key, kind): values for kind, values in series.items()}
        title = t(f"stat_{key}")
        empty = not any(sum(values) for values in named.values())
        plotted.append(
            {
                "title": title,
                "about": t(f"stat_{key}_about"),
                "plot": Markup("") if empty else plots.columns(title, labels, _alike(key, named)),
                "series": named,
                "empty": empty,
                "totals": [sum(values) for values in named.values()],
            }
        )
    tenders = open_data.everything(register)
    days = [tender.published for tender in tenders if tender.published]
    values = {
        "weeks": labels,
        "days": figures.weeks,
        "count": count,
        "choices": WEEKS,
        "plotted": plotted,
        "municipalities": [(place, group) for place, group in statistics.by_municipality(tenders) if group.clauses],
        "attribution": market.ATTRIBUTION if any(tender.reading == "title" for tender in tenders) else "",
        "period": (min(days), max(days)) if days else None,
        "enterprises": len(real),
        "good": good,
        "example": bool(real) and all(one.is_example for one in real),
        "day": visit.now,
    }
    return Page("statistics.html.j2", values)


def _alike(key: str, named: Weekly) -> Weekly:
    """What can stand on each other in a plot: letters without the tenders in them, which only the table has."""
    return dict(list(named.items())[:1]) if key == "letters" else named


def _named(visit: Visit, key: str, kind: str) -> str:
    return kind if key == "notices" else visit.t(f"stat_{key}_{kind}")


def bids_(visit: Visit) -> Answer:
    """Bids of enterprises in care, with a form for a new one or an outcome."""
    return Page("bids.html.j2", _bids(visit))


def keep_bid(visit: Visit) -> Answer:
    """Keep a bid or its outcome. Raises NotFoundError for an enterprise that is in others' care."""
    own = visit.enterprise(visit.form.get("enterprise", ""))
    number = visit.form.get("number", "").strip()
    outcome = next((name for name in OUTCOMES if name == visit.form.get("outcome")), None)
    if visit.form.get("outcome") == "none" and number:
        bids.remove(visit.register, own.id, number)
    elif outcome is None or not notices.is_known(visit.register, number):
        values = _bids(visit) | {"problem": visit.t("bid_wrong"), "given": dict(visit.form)}
        return Page("bids.html.j2", values, 400)
    elif notices.get(visit.register, number).is_example != own.is_example:
        raise InputError("bid", "number", visit.t("bid_example"))
    else:
        bids.put(visit.register, own.id, number, outcome, who=visit.who, at=visit.now)
    visit.note(f"enterprise {own.id}")
    return Redirect("/anbud")


def _bids(visit: Visit) -> dict[str, object]:
    members = {own.id: own for own in visit.in_care()}
    rows = [one for one in bids.everything(visit.register) if one.enterprise in members]
    return {"members": members, "bids": rows, "outcomes": OUTCOMES, "problem": "", "given": {}}
