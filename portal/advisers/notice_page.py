"""One notice as an adviser reads it: what it asks with evidence, whom it may suit, what changed, what has been read."""

from collections.abc import Sequence
from typing import Any

from config import cpv, sources
from config.errors import NotFoundError
from matcher.screening import correcting, reader, rules
from notifier import calendar, facts, items
from notifier.choosing import NEAR
from portal.advisers import last_days, requirements, uploading
from portal.visits import Answer, File, Page, Visit
from register import chances, corrections, documents, findings, history, joins, matches, notices, uploads, windows
from register.clock import read_stamp
from register.corrections import Correction
from register.documents import Paper
from register.models import Enterprise, Finding, Lot, Match, Notice

CONTEXT = 160
"""Characters of context on each side of a quoted sentence."""
MOST = 10


def show(visit: Visit) -> Answer:
    """One notice. Raises NotFoundError."""
    register, t, number = visit.register, visit.t, visit.path["number"]
    own = notices.get(register, number)
    words = corrections.of(register, number)
    papers = documents.papers(register, number)
    found = findings.of(register, number)
    given = documents.of_tender(register, number)
    fits, nearly = suited(visit, own)
    sent = uploads.of(register, number)
    values = {
        "notice": own,
        "reading": t(f"documents_{documents.extent(given)}"),
        "link": items.link(own, t.language),
        "superseded_by": notices.provenance(register, number)["superseded_by"],
        "first_seen": next(seen for seen, _ in notices.versions(register, number)),
        "steps": history.of(register, number),
        "lots": [lot_row(own, lot, visit) for lot in own.lots],
        "findings": [row(own, finding, papers, correcting.made(finding, words)) for finding in found],
        "dropped": [word for word in words if word.drops and correcting.holds(own, word, papers)],
        "clauses": rules.CODES,
        "requirements": requirements.of(own, found, papers),
        "papers": given,
        "uploads": [uploading.told(visit, one) for one in sent],
        "under_way": any(one.is_under_way(visit.now) for one in sent),
        "fits": fits,
        "nearly": nearly,
        "chances": chances_of(visit, number),
        "read": [source_row(visit, one) for one in joins.members(register, number)],
    }
    return Page("notice.html.j2", values)


def lot_row(own: Notice, lot: Lot, visit: Visit) -> dict[str, Any]:
    """A lot with what is told of it."""
    t = visit.t
    return {
        "lot": lot,
        "place": t.place(own, lot),
        "deadline": t.deadline(lot, visit.now),
        "questions": lot.question_deadline,
        "value": t.money(lot.value),
        "cpv": ", ".join(f"{code} {cpv.label(code) or ''}".strip() for code in lot.cpv) or t("not_stated"),
        "documents": facts.safe_link(lot.documents_url or ""),
    }


def row(own: Notice, finding: Finding, papers: Sequence[Paper], correction: Correction | None) -> dict[str, Any]:
    """A finding in its context, with what a correction of it has to name: the finding as the readers made it."""
    judged = correction.finding if correction else finding
    return {
        **in_context(own, finding, papers),
        "correction": correction,
        "as_read": {"clause": judged.clause, "lot": judged.lot, "words": judged.quote},
    }


def in_context(own: Notice, finding: Finding, papers: Sequence[Paper]) -> dict[str, Any]:
    """A finding with the text before and after its sentence; before is None where only a code speaks."""
    found: dict[str, Any] = {"finding": finding, "before": None, "after": ""}
    clause = rules.clauses().get(finding.clause)
    found["verified"] = clause.verified if clause else None
    texts = [(field, text) for field, _, text in reader.field_texts(own)]
    for field, text in [*texts, *((paper.field, paper.text) for paper in papers)]:
        if field == finding.field and finding.quote and text[finding.start : finding.end] == finding.quote:
            found["before"] = text[max(0, finding.start - CONTEXT) : finding.start]
            found["after"] = text[finding.end : finding.end + CONTEXT]
            break
    return found


def suited(visit: Visit, own: Notice) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Enterprises in care that it fits, and those that it nearly fits, each with its best lot, best first."""
    line = visit.settings.digest.floor
    best: list[tuple[Enterprise, Match]] = []
    for other in visit.in_care():
        found = matches.between(visit.register, other.id, own.publication_number)
        if found:
            best.append((other, max(found, key=lambda match: match.score)))
    best.sort(key=lambda pair: -pair[1].score)
    rows = [
        {
            "enterprise": other,
            "score": match.score,
            "fits": [one.text for one in match.reasons if one.kind == "fits"],
            "watch": [one.text for one in match.reasons if one.kind != "fits"],
        }
        for other, match in best
    ]
    over = [one for one in rows if float(str(one["score"])) >= line]
    near = [one for one in rows if line - NEAR <= float(str(one["score"])) < line]
    return over[:MOST], near[:MOST]


def chances_of(visit: Visit, number: str) -> list[dict[str, Any]]:
    """Enterprises in care that could do a part of it, as the matcher has found."""
    found = []
    for other in visit.in_care():
        for (notice, lot), way in chances.of(visit.register, other.id).items():
            if notice == number:
                found.append({"enterprise": other, "lot": lot, "way": way})
    return found[:MOST]


def source_row(visit: Visit, number: str) -> dict[str, Any]:
    """Where a notice of the tender was read, when, and whether its source is complete."""
    other = notices.get(visit.register, number)
    known = notices.provenance(visit.register, number)
    dossier = sources.load().get(other.origin)
    return {
        "number": number,
        "source": dossier.name if dossier else other.origin,
        "first_seen": read_stamp(known["first_seen"]),
        "last_changed": read_stamp(known["last_changed"]),
        "gone": read_stamp(known["gone"]) if known["gone"] else None,
        "reading": visit.t(f"notice_reading_{other.reading}"),
        "missing": len(windows.partial(visit.register, other.origin)),
    }


def last_days_file(visit: Visit) -> Answer:
    """The last days of a notice's lots as a calendar file. Raises NotFoundError where it has none."""
    number, t = visit.path["number"], visit.t
    own = notices.get(visit.register, number)
    once = {event.uid: event for lot in own.lots for event in last_days.events(own, lot, t)}
    if not once:
        raise NotFoundError(f"{number} has no last day.")
    content = calendar.file(list(once.values()), at=visit.now)
    return File(f"{number}.ics", "text/calendar; charset=utf-8", content)
