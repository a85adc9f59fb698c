"""Letters whose fate is not known, or that have waited too long: what the program does, and what a person may."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.errors import UnavailableError
from config.settings import Settings
from notifier import backoff
from notifier.archive import Archive
from register import deliveries, senders, sending
from register.database import Register
from register.models import Delivery

PROOFS = 5
"""Letters accepted last of which one must lie in the archive before it is believed to get copies."""


@dataclass(frozen=True)
class Tidied:
    """What was found in the outbox before a run: letters that became uncertain, of those looked up in the archive how
    many had gone out and how many go again, and those given up. problem: why the archive could not be asked.
    """

    uncertain: int = 0
    found: int = 0
    again: int = 0
    given_up: int = 0
    problem: str = ""


def tidy(register: Register, *, settings: Settings, now: datetime, archive: Archive | None = None) -> Tidied:
    """Bring the outbox in order: letters of dead senders, uncertain ones by mail.uncertain, those too old.

    archive: where copies lie, for mail.uncertain = verify. Sends nothing.
    """
    uncertain = sending.recover(
        register, gone=lambda name: senders.gone(register, name), unsafe=senders.of_another_boot, at=now
    )
    found, again, problem = 0, 0, ""
    if settings.mail.uncertain == "repeat":
        again = sum(_repeat(register, letter, now) for letter in deliveries.in_state(register, "uncertain"))
    elif settings.mail.uncertain == "verify" and archive is not None:
        try:
            found, again = _verify(register, archive, timedelta(seconds=settings.archive.wait_seconds), now)
        except UnavailableError as error:
            problem = str(error)
    given_up = 0
    for letter in deliveries.waiting(register):
        if backoff.is_over(letter.created, now):
            answer = f"{backoff.GIVEN_UP} {letter.answer}".strip()
            given_up += sending.move(register, letter.message_id, [letter.state], "failed", answer=answer, at=now)
    return Tidied(uncertain, found, again, given_up, problem)


def release(register: Register, message_id: str, *, now: datetime) -> bool:
    """An uncertain letter goes again, the same mail; False where it is not uncertain. Raises NotFoundError."""
    answer = f"Released by hand. {deliveries.get(register, message_id).answer}"
    return sending.move(register, message_id, ["uncertain"], "due", answer=answer, at=now)


def drop(register: Register, message_id: str, *, arrived: bool, now: datetime) -> bool:
    """An uncertain or waiting letter does not go any more; False where it is neither. Raises NotFoundError.

    arrived: the recipient has it. Otherwise its news come again in the next letter.
    """
    letter = deliveries.get(register, message_id)
    if arrived:
        return sending.move(
            register, message_id, ["uncertain"], "accepted", answer="It arrived, says a person.", at=now
        )
    answer = f"Dropped by hand. {letter.answer}"
    return sending.move(register, message_id, ["uncertain", "due", "deferred"], "failed", answer=answer, at=now)


def _repeat(register: Register, letter: Delivery, now: datetime) -> bool:
    again = backoff.next_attempt(letter.message_id, letter.attempts, created=letter.created, at=now)
    if again is None:
        return False  # it stays uncertain: three days of trying did not tell
    return sending.move(
        register, letter.message_id, ["uncertain"], "deferred", answer=letter.answer, at=now, next_attempt=again
    )


def _verify(register: Register, archive: Archive, wait: timedelta, now: datetime) -> tuple[int, int]:
    """Look uncertain letters up; returns how many had gone out, and how many go again.

    That a letter is not there says something only when copies come at all, and after they have had time to come.
    """
    letters = deliveries.in_state(register, "uncertain")
    if not letters:
        return 0, 0
    proofs = sending.last_accepted(register, PROOFS)
    since = min([letter.created for letter in letters] + [deliveries.get(register, one).created for one in proofs])
    there = archive.holds([letter.message_id for letter in letters] + proofs, since=since)
    found = again = 0
    for letter in letters:
        if letter.message_id in there:
            words = "The archive has its copy."
            found += sending.move(register, letter.message_id, ["uncertain"], "accepted", answer=words, at=now)
        elif there.intersection(proofs) and now - letter.changed >= wait:
            words = f"The archive has no copy of it: it goes again. {letter.answer}"
            again += sending.move(register, letter.message_id, ["uncertain"], "due", answer=words, at=now)
    return found, again
