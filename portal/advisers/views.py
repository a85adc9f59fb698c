"""The advisers' start: enterprises in their care with the best match of each, and how the last collections went."""

from collections import Counter
from typing import Any

from portal.visits import Answer, Page, Visit
from register import deliveries, matches, notices, runs, windows


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
