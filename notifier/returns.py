"""What came back, acted on: answers become judgements, a stop holds at once, bounces change letters and addresses.

Each mail is acted on and settled in one transaction, so that it has its effect once. Who may say what: a mail that
names a letter's Message-ID has seen the letter, and speaks for its enterprise; without one an address can only stop
its own letters.
"""

import re
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.settings import Settings
from notifier import answers, replies
from notifier.bounces import LETTERS_BACK, LETTERS_WITHIN, consequence
from register import bounces, consents, incoming, notices, sending
from register.consents import address_hash
from register.database import Register
from register.incoming import Incoming, Outcome
from register.models import Delivery, DeliveryState

PAUSE = timedelta(days=28)
"""Of one who asks for a pause and names no day."""
REPLY_MARK = re.compile(r"^\s*(?:re|sv|vs|aw|fw|fwd)\s*:", re.IGNORECASE)
TOKEN = re.compile(r"[0-9a-f]{40}")
BY_MAIL = "answer by mail"
REACHED: tuple[DeliveryState, ...] = ("accepted", "uncertain", "bounced", "deferred", "failed")
"""States of a letter that may have reached a mail server."""


def settle(register: Register, *, settings: Settings, now: datetime) -> Counter[str]:
    """Act on every mail that waits; returns how many had which effect: answers, stop, pause, unclear, hard, soft, ...

    Doing it again does nothing.
    """
    done: Counter[str] = Counter()
    for number, mail in incoming.waiting(register):
        with register.atomic():
            if not incoming.take(register, number, at=now):
                continue  # another process was quicker
            letter = bounces.letter_of(register, mail.tokens)
            effect = _act(register, mail, letter, settings, now)
            if effect == "sending":
                incoming.leave(register, number)
                continue  # the letter it speaks of is just going out: next time
            outcome: Outcome = "unclear" if effect == "unclear" else "ignored" if effect in IGNORED else "done"
            incoming.settle(register, number, outcome, delivery=letter.message_id if letter is not None else "", at=now)
        done[effect] += 1
    return done


IGNORED = frozenset({"automatic", "empty", "nothing"})


def _act(register: Register, mail: Incoming, letter: Delivery | None, settings: Settings, now: datetime) -> str:
    if letter is None:
        return _from_address(register, mail, now) if mail.kind == "reply" else "nothing"
    if mail.kind in ("bounce", "complaint"):
        return "sending" if letter.state == "sending" else _back(register, mail, letter, now)
    if mail.kind == "automatic":
        return "automatic"
    return _answer(register, mail, letter, settings, now)


def _back(register: Register, mail: Incoming, letter: Delivery, now: datetime) -> str:
    found = consequence(mail, before=bounces.count(register, letter.message_id))
    words = f"{mail.status} {mail.words}".strip() or mail.action
    if found.kind == "none":
        return "nothing"
    if found.kind == "stop":
        consents.suppress(register, letter.recipient, reason="asked", how="through the mail provider", at=now)
        return "stop"
    if found.kind == "complaint":
        bounces.note(register, letter, "complaint", status=mail.status, words=words, at=now)
        sending.move(register, letter.message_id, REACHED, "complained", answer=f"Complaint: {mail.action}", at=now)
        consents.suppress(register, letter.recipient, reason="complained", how=mail.action, at=now)
        return "complaint"
    bounces.note(register, letter, found.kind, status=mail.status, words=words, at=now)
    if found.kind == "soft" and found.again is not None:
        again = now + found.again
        answer = f"Came back, goes out again: {words}"
        if sending.move(
            register, letter.message_id, ["accepted"], "deferred", answer=answer, at=now, next_attempt=again
        ):
            return "soft"
    sending.move(register, letter.message_id, REACHED, "bounced", answer=f"Came back: {words}", at=now)
    since = now - LETTERS_WITHIN
    gone = found.kind == "hard" or bounces.letters_back(register, letter.recipient, since=since) >= LETTERS_BACK
    if gone:
        consents.suppress(register, letter.recipient, reason="bounced", how=words, at=now)
    return found.kind


def _from_address(register: Register, mail: Incoming, now: datetime) -> str:
    """A reply that names no letter: anybody can write it in anybody's name, so it can do no more than stop."""
    if not bounces.known_recipient(register, mail.sender):
        return "nothing"
    said = replies.understand(mail.text or _own_subject(mail), tenders=(), today=now.date())
    if said.kind == "stop":
        consents.suppress(register, mail.sender, reason="asked", how=BY_MAIL, at=now)
        return "stop"
    return "empty" if said.kind == "empty" else "unclear"


def _answer(register: Register, mail: Incoming, letter: Delivery, settings: Settings, now: datetime) -> str:
    tenders = _tenders(register, letter)
    today = now.astimezone(ZoneInfo(settings.digest.timezone)).date()
    said = replies.understand(mail.text or _own_subject(mail), tenders=tenders, today=today)
    hashed = address_hash(letter.recipient)
    if said.kind == "stop":
        consents.suppress_hash(register, hashed, reason="asked", how=BY_MAIL, enterprise=letter.enterprise, at=now)
        return "stop"
    if said.kind == "pause":
        until = said.until or today + PAUSE
        paused = consents.pause(register, letter.enterprise, hashed, until=until, how=BY_MAIL, at=now)
        return "pause" if paused else "unclear"
    if said.kind != "answers":
        return said.kind
    if letter.kind == "confirmation":
        if said.said[0].answer != "yes":
            return "nothing"  # no yes is no: it runs out by itself
        agreed = consents.accept(register, letter.enterprise, hashed, issued=letter.created, at=now)
        return "confirmed" if agreed else "nothing"
    for one in said.said:
        notice, lot = letter.lots[one.number - 1]
        answers.take(
            register,
            letter.enterprise,
            notice,
            lot,
            answer="talk" if one.talk and one.answer == "yes" else one.answer,
            reason=one.reason,
            key=f"mail\n{mail.identity}\n{one.number}",
            at=now,
        )
    return "answers"


def _own_subject(mail: Incoming) -> str:
    """A subject that the person wrote: not the letter's own that comes back with "Re:"."""
    return "" if REPLY_MARK.match(mail.subject) else TOKEN.sub(" ", mail.subject)


def _tenders(register: Register, letter: Delivery) -> list[str]:
    """Title, buyer and place of each lot in the letter, in its order."""
    if letter.kind == "confirmation":
        return [""]
    told = []
    for number, lot_id in letter.lots:
        notice = notices.get(register, number)
        lot = next((lot for lot in notice.lots if lot.id == lot_id), None)
        places = [place.city or "" for place in (lot.places if lot else ()) or notice.places]
        told.append(" ".join([lot.title if lot else notice.title, notice.buyer.name, *places]))
    return told
