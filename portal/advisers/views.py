"""What an adviser sees: enterprises in their care, their matches with reasons and evidence, notices."""

from collections import Counter
from typing import Any

from matcher import calibration
from portal.texts import Texts
from portal.visits import Answer, Page, Visit
from register import deliveries, findings, matches, notices, runs, windows
from register.models import Match

SHOWN = 30
CONTEXT = 160
"""Characters of context on each side of a quoted sentence."""


def start(visit: Visit) -> Answer:
    """Enterprises in care with their best match, and the last run of each source."""
    register, settings, t = visit.register, visit.settings, visit.t
    letters = deliveries.listing(register)
    rows = []
    for enterprise in visit.in_care():
        own = matches.of(register, enterprise.id, top=200)
        good = [match for match in own if match.score >= settings.digest.floor]
        letter = next((d for d in letters if d.enterprise == enterprise.id), None)
        rows.append(
            {
                "enterprise": enterprise,
                "good": len(good),
                "best": notices.get(register, good[0].notice) if good else None,
                "letter": f"{letter.period}: {t(f'state_{letter.state}')}" if letter else "",
            }
        )
    last: dict[str, Any] = {}
    for run in runs.listing(register):
        last.setdefault(run.source, run)
    partial = Counter(window.source for window in windows.partial(register))
    values = {"enterprises": rows, "runs": list(last.values()), "partial": partial, "count": notices.count(register)}
    return Page("start.html.j2", values)


def chance(match: Match, t: Texts) -> str:
    """How often matches with such a score were judged worth a look; empty where it was not reckoned."""
    if match.probability is None:
        return ""
    return t("chance", share=round(100 * match.probability), judged=calibration.shipped().judged)


def enterprise(visit: Visit) -> Answer:
    """One enterprise with its best matches. Raises NotFoundError."""
    register, t, identity = visit.register, visit.t, visit.path["id"]
    own = visit.enterprise(identity)
    visit.note(f"enterprise {identity}")
    rows = []
    for match in matches.of(register, identity, top=SHOWN):
        notice = notices.get(register, match.notice)
        lot = next((lot for lot in notice.lots if lot.id == match.lot), notice.lots[0])
        rows.append(
            {
                "match": match,
                "chance": chance(match, t),
                "notice": notice,
                "title": notice.title if lot.title in ("", notice.title) else f"{notice.title}: {lot.title}",
                "place": t.place(notice, lot),
                "deadline": t.deadline(lot, visit.now),
                "value": t.money(lot.value),
                "fits": [r.text for r in match.reasons if r.kind == "fits"],
                "watch": [r.text for r in match.reasons if r.kind == "watch"],
                "findings": [f for f in findings.of(register, match.notice) if f.lot in ("", lot.id)],
            }
        )
    reach = own.reach
    named = [*reach.municipalities, *(f"län {county}" for county in reach.counties)]
    largest = own.capacity.largest_contract_sek_per_year
    values = {
        "enterprise": own,
        "matches": rows,
        "reach": t("nationwide") if reach.nationwide else ", ".join(named) or own.municipality,
        "capacity": f"{largest:,.0f} SEK".replace(",", "\u00a0") if largest else t("not_stated"),
    }
    return Page("enterprise.html.j2", values)
