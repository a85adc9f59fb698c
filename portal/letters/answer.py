"""The page behind a letter's "interesting" and "not for us": an enterprise's answer to a tender (no log-in)."""

import secrets
from typing import cast, get_args

from config.errors import LinkError, NotFoundError
from notifier import answers
from notifier.answers import Answer as Said
from portal.visits import Answer, Page, Visit
from register import enterprises, judgements, notices, revocations
from register.models import Judgement, Lot, NoReason, Notice

CHOICES: tuple[Said, ...] = get_args(Said)
REASONS = tuple(reason for reason in get_args(NoReason) if reason)


def ask(visit: Visit) -> Answer:
    """The tender in short, what was answered before, and the form with the link's answer chosen."""
    return _page(visit, chosen=_facts(visit).get("answer", ""))


def take(visit: Visit) -> Answer:
    """Keep the answer, and show it."""
    notice, lot = _tender(visit)
    said = visit.form.get("answer", "")
    if said not in CHOICES:
        return _page(visit, chosen="", wrong=True)
    reason = visit.form.get("reason", "")
    assert visit.link is not None
    answers.take(
        visit.register,
        visit.link.subject,
        notice.publication_number,
        lot.id,
        answer=said,
        reason=cast(NoReason, reason) if reason in REASONS else "",
        key=f"link\n{press}" if (press := visit.form.get("press", "")[:64]) else None,
        at=visit.now,
    )
    visit.note(f"enterprise {visit.link.subject}")
    return _page(visit, chosen="")


def _page(visit: Visit, *, chosen: str, wrong: bool = False) -> Answer:
    notice, lot = _tender(visit)
    assert visit.link is not None
    enterprise = enterprises.get(visit.register, visit.link.subject)
    before = _before(visit, enterprise.name, notice, lot)
    values = {
        "name": enterprise.name,
        "notice": notice,
        "lot": lot,
        "before": before,
        "before_talk": before is not None and before.note == answers.TALK,
        "chosen": chosen if chosen in CHOICES else "",
        "choices": CHOICES,
        "reasons": REASONS,
        "press": secrets.token_urlsafe(12),
        "wrong": wrong,
    }
    return Page("letters_answer.html.j2", values, 400 if wrong else 200)


def _before(visit: Visit, who: str, notice: Notice, lot: Lot) -> Judgement | None:
    """What the enterprise has answered to this lot last."""
    assert visit.link is not None
    own = [
        one
        for one in judgements.of(visit.register, visit.link.subject)
        if (one.notice, one.lot, one.who) == (notice.publication_number, lot.id, who)
    ]
    return own[-1] if own else None


def _facts(visit: Visit) -> dict[str, str]:
    """What the link says. Raises LinkError where it has been withdrawn."""
    assert visit.link is not None
    if revocations.is_revoked(visit.register, "answer", visit.link.subject, issued=visit.link.issued):
        raise LinkError("revoked")
    return dict(visit.link.facts)


def _tender(visit: Visit) -> tuple[Notice, Lot]:
    """The lot that the link is about. Raises NotFoundError where it is no longer there."""
    facts = _facts(visit)
    notice = notices.get(visit.register, facts.get("notice", ""))
    for lot in notice.lots:
        if lot.id == facts.get("lot"):
            return notice, lot
    raise NotFoundError(f"{notice.publication_number} has no lot {facts.get('lot')!r} any more.")
