"""The queue: what waits, a word on it, taking it back, asking for another's. Saved before it is answered."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Literal, get_args

from config.errors import InputError, NotFoundError
from portal.advisers import queue
from portal.visits import Answer, Data, Page, Redirect, Visit
from register import judgements, matches, notices
from register import queue as register_queue
from register.models import Judgement, NoReason
from register.queue import Waiting

CARDS = 30
"""On one page."""
PER_ENTERPRISE = 30
"""Matches of one enterprise that wait at once: six times what a letter holds. As they are judged others come."""
LATEST = 10
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
LONGEST_NOTE = 2_000
REASONS: tuple[NoReason, ...] = tuple(reason for reason in get_args(NoReason) if reason)
ANSWERS: dict[str, tuple[Literal["yes", "maybe", "no"], NoReason]] = {
    "yes": ("yes", ""),
    "maybe": ("maybe", ""),
    "no": ("no", ""),
    **{f"no:{reason}": ("no", reason) for reason in REASONS},
}
"""What the buttons send, with answer and reason."""


def show(visit: Visit) -> Answer:
    """The queue of all enterprises in care, first things first; `q` finds words in titles, buyers and names."""
    own = {enterprise.id: enterprise for enterprise in visit.in_care()}
    waiting = waiting_for(visit, own)
    words = visit.query.get("q", "")[:100]
    chosen = queue.found(waiting, words, {e.id: e.name for e in own.values()}) if words else waiting
    first = queue.ordered(chosen, visit.now)[:CARDS]
    latest = judgements.latest(visit.register, visit.who, limit=LATEST)
    values = {
        "cards": [queue.card(visit.register, one, own[one.enterprise], visit.now, visit.t) for one in first],
        "waiting": len(chosen),
        "words": words,
        "reasons": REASONS,
        "latest": [told(visit, number, word) for number, word in latest if word.enterprise in own],
        "disagreed": [disagreement(visit, *key) for key in register_queue.disagreed(visit.register, own, limit=LATEST)],
        "names": {e.id: e.name for e in own.values()},
    }
    return Page("queue.html.j2", values)


def waiting_for(visit: Visit, enterprises: Iterable[str]) -> list[Waiting]:
    """What waits for this adviser, in no order."""
    floor = max(0.0, visit.settings.digest.floor - queue.BELOW_FLOOR)
    return register_queue.waiting(
        visit.register, enterprises, who=visit.who, floor=floor, now=visit.now, most=PER_ENTERPRISE
    )


def judge(visit: Visit) -> Answer:
    """Keep a word on a match; it is in the register before this answers."""
    word = said(visit)
    key = visit.form.get("key", "")
    if not KEY.fullmatch(key):
        raise InputError("judgement", "key", visit.t("queue_bad_form"))
    assert visit.account is not None
    content = hashlib.sha256(f"{word.answer}\n{word.reason}\n{word.note}".encode()).hexdigest()[:16]
    number = judgements.add(visit.register, word, key=f"{visit.account.id}:{key}:{content}")
    visit.note(f"enterprise {word.enterprise}")
    if visit.wants_json:
        return Data(told(visit, number, word))
    return Redirect("/ko#senast")


def said(visit: Visit) -> Judgement:
    """What the form says. Raises NotFoundError for what is not in this adviser's care, InputError for no answer."""
    form = visit.form
    if form.get("answer") not in ANSWERS:
        raise InputError("judgement", "answer", visit.t("queue_bad_form"))
    answer, reason = ANSWERS[form["answer"]]
    enterprise = visit.enterprise(form.get("enterprise", ""))
    notice = notices.get(visit.register, form.get("notice", ""))
    lot = form.get("lot", "")
    if lot not in {one.id for one in notice.lots}:
        raise NotFoundError(f"{notice.publication_number} has no lot {lot!r}.")
    kept = matches.between(visit.register, enterprise.id, notice.publication_number)
    match = next((one for one in kept if one.lot == lot), None)
    return Judgement(
        enterprise=enterprise.id,
        notice=notice.publication_number,
        lot=lot,
        answer=answer,
        reason=reason,
        note=form.get("note", "")[:LONGEST_NOTE],
        who=visit.who,
        score=match.score if match else None,
        place=register_queue.place(visit.register, match) if match else None,
        at=visit.now,
    )


def undo(visit: Visit) -> Answer:
    """Take one's own word back; what one said of it before holds again."""
    number = visit.form.get("number", "")
    if not re.fullmatch(r"\d{1,15}", number):
        raise InputError("judgement", "number", visit.t("queue_bad_form"))
    word = judgements.withdraw(visit.register, int(number), who=visit.who, at=visit.now)
    if word is None:
        raise NotFoundError(f"There is no judgement {number} of {visit.who} to take back.")
    visit.note(f"enterprise {word.enterprise}")
    if visit.wants_json:
        return Data(told(visit, int(number), word) | {"undone": True})
    return Redirect("/ko")


def ask(visit: Visit) -> Answer:
    """Ask the other advisers for a second opinion on a match."""
    form = visit.form
    enterprise = visit.enterprise(form.get("enterprise", ""))
    notice = notices.get(visit.register, form.get("notice", ""))
    lot = form.get("lot", "")
    if lot not in {one.id for one in notice.lots}:
        raise NotFoundError(f"{notice.publication_number} has no lot {lot!r}.")
    register_queue.ask_second_opinion(
        visit.register, enterprise.id, notice.publication_number, lot, by=visit.who, at=visit.now
    )
    visit.note(f"enterprise {enterprise.id}")
    if visit.wants_json:
        return Data({"asked": True})
    return Redirect("/ko#senast")


def told(visit: Visit, number: int, word: Judgement) -> dict[str, Any]:
    """A kept word as it is shown, and as the script gets it."""
    notice = notices.get(visit.register, word.notice)
    return {
        "number": number,
        "enterprise": word.enterprise,
        "notice": word.notice,
        "lot": word.lot,
        "title": notice.title,
        "answer": word.answer,
        "text": answer_words(visit, word),
        "note": word.note,
        "at": queue.clock(word.at),
    }


def answer_words(visit: Visit, word: Judgement) -> str:
    """Ja; Nej: för långt bort."""
    answer = visit.t(f"queue_{word.answer}")
    return f"{answer}: {visit.t(f'queue_no_{word.reason}')}" if word.reason else answer


def disagreement(visit: Visit, enterprise: str, notice: str, lot: str) -> dict[str, Any]:
    """A lot on which advisers disagree, with what each said last."""
    words = judgements.of_lot(visit.register, enterprise, notice, lot)
    return {
        "enterprise": enterprise,
        "notice": notice,
        "title": notices.get(visit.register, notice).title,
        "words": [{"who": one.who, "text": answer_words(visit, one), "note": one.note} for one in words],
    }
