"""What an adviser sees: enterprises in their care, their matches with reasons and evidence, notices."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from config import cpv
from matcher import calibration
from matcher.screening import correcting, reader, rules
from portal.texts import Texts
from portal.visits import Answer, Page, Visit
from register import corrections, deliveries, documents, findings, matches, notices, runs, windows
from register.documents import Paper
from register.models import Finding, Match, Notice

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


def notice(visit: Visit) -> Answer:
    """One notice with its lots, its clauses in context, and whom in care it may suit. Raises NotFoundError."""
    register, t, number = visit.register, visit.t, visit.path["number"]
    own = notices.get(register, number)
    words = corrections.of(register, number)
    papers = documents.papers(register, number)
    suited = []
    for other in visit.in_care():
        found = matches.between(register, other.id, number)
        if found:
            suited.append({"enterprise": other, "score": found[0].score})
    suited.sort(key=lambda row: -float(str(row["score"])))
    values = {
        "notice": own,
        "documents": documents.extent(documents.of_tender(register, number)),
        "link": original(own),
        "superseded_by": notices.provenance(register, number)["superseded_by"],
        "versions": [seen for seen, _ in notices.versions(register, number)],
        "lots": [
            {
                "lot": lot,
                "place": t.place(own, lot),
                "deadline": t.deadline(lot, visit.now),
                "value": t.money(lot.value),
                "cpv": ", ".join(f"{code} {cpv.label(code) or ''}".strip() for code in lot.cpv) or t("not_stated"),
            }
            for lot in own.lots
        ],
        "findings": [
            {**in_context(own, finding, papers), "correction": correcting.made(finding, words)}
            for finding in findings.of(register, number)
        ],
        "dropped": [word for word in words if word.drops and correcting.holds(own, word, papers)],
        "enterprises": suited[:10],
    }
    return Page("notice.html.j2", values)


def original(own: Notice) -> str:
    """The notice's own page, for TED's real notices; "" where there is none. Built here, never taken from the text."""
    if own.origin == "ted" and not own.is_example and re.match(r"^\d{1,8}-\d{4}$", own.publication_number):
        return f"https://ted.europa.eu/sv/notice/-/detail/{own.publication_number}"
    return ""


def in_context(own: Notice, finding: Finding, papers: Sequence[Paper]) -> dict[str, Any]:
    """A finding with the text before and after its sentence; before is None where only a code speaks."""
    row: dict[str, Any] = {"finding": finding, "before": None, "after": ""}
    clause = rules.clauses().get(finding.clause)
    row["verified"] = clause.verified if clause else None
    texts = [(field, text) for field, _, text in reader.field_texts(own)]
    for field, text in [*texts, *((paper.field, paper.text) for paper in papers)]:
        if field == finding.field and finding.quote and text[finding.start : finding.end] == finding.quote:
            row["before"] = text[max(0, finding.start - CONTEXT) : finding.start]
            row["after"] = text[finding.end : finding.end + CONTEXT]
            break
    return row
