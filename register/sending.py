"""The states of letters while they are sent. Every change is by compare-and-set: it says from which state it comes.

    due ---------> sending -> accepted -> bounced, complained
    deferred <--->    |    -> failed, suppressed
                      +-----> uncertain (its end went out, no answer came)

A sender takes some letters at once (`claim`), marks each just before its end goes to the mail server (`hand`), and
notes the answer (`settle`). Where it dies, `recover` knows from the mark whether a letter can have gone out.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from config.errors import AnbudslotsError
from register import deliveries
from register.clock import stamp
from register.database import Register
from register.models import Delivery, DeliveryKind, DeliveryState

DIED = "The program ended after the letter's last byte may have gone out, before the mail server's answer came."


class ClaimLostError(AnbudslotsError):
    """Another sender took the letter over, since this one was held to be dead: it must not go out from here."""


def claim(
    register: Register, by: str, *, at: datetime, limit: int, kinds: Collection[DeliveryKind] | None = None
) -> list[Delivery]:
    """Take up to `limit` letters for sending: those that are due, oldest first, then those deferred until now.

    by: the sender, as register.senders names it. kinds: only these. Written to the disk before it returns, so that
    also a machine that loses its power knows afterwards which letters were being sent.
    """
    only = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds is not None else ""
    with _durable(register), register.atomic():
        taken = register.db.execute(
            f"""
            UPDATE deliveries SET state = 'sending', attempts = attempts + 1, claimed_by = ?, handed = NULL, changed = ?
            WHERE message_id IN (
                SELECT message_id FROM deliveries
                WHERE (state = 'due' OR (state = 'deferred' AND coalesce(next_attempt, '') <= ?)) {only}
                ORDER BY state = 'deferred', created, enterprise, recipient LIMIT ?)
            RETURNING {deliveries.COLUMNS}
            """,
            [by, stamp(at), stamp(at), *(kinds or ()), limit],
        )
        names = [column[0] for column in taken.description]
        found = [deliveries.read(dict(zip(names, row, strict=True))) for row in taken.fetchall()]
    return sorted(found, key=lambda letter: (letter.created, letter.enterprise, letter.recipient))


def hand(register: Register, message_id: str, by: str, *, at: datetime) -> None:
    """Mark that the letter's end goes to the mail server now. Raises ClaimLostError where it is no longer `by`'s."""
    with register.atomic():
        written = register.db.execute(
            "UPDATE deliveries SET handed = ? WHERE message_id = ? AND state = 'sending' AND claimed_by = ?",
            [stamp(at), message_id, by],
        )
    if written.rowcount != 1:
        raise ClaimLostError(f"The letter {message_id} was taken over by another sender; it does not go out from here.")


def settle(
    register: Register,
    message_id: str,
    by: str,
    *,
    state: DeliveryState,
    answer: str,
    at: datetime,
    next_attempt: datetime | None = None,
) -> bool:
    """Note what became of a letter that `by` took; False where another has taken it over since.

    An answer that comes after the sender was held to be dead still counts: the letter is `uncertain` by then.
    """
    with register.atomic():
        written = register.db.execute(
            """
            UPDATE deliveries SET state = ?, answer = ?, changed = ?, next_attempt = ?
            WHERE message_id = ? AND claimed_by = ? AND state IN ('sending', 'uncertain')
            """,
            [state, answer, stamp(at), stamp(next_attempt) if next_attempt else None, message_id, by],
        )
    return bool(written.rowcount == 1)


def give_back(register: Register, by: str, *, at: datetime) -> int:
    """Letters that `by` took and did not begin wait again as they did before. Returns how many."""
    with register.atomic():
        written = register.db.execute(
            """
            UPDATE deliveries SET attempts = attempts - 1, claimed_by = NULL, changed = ?,
                state = CASE WHEN attempts > 1 THEN 'deferred' ELSE 'due' END
            WHERE state = 'sending' AND claimed_by = ? AND handed IS NULL
            """,
            [stamp(at), by],
        )
    return int(written.rowcount)


def recover(register: Register, *, gone: Callable[[str], bool], unsafe: Callable[[str], bool], at: datetime) -> int:
    """Letters whose sender is gone: those not yet handed over wait again, the others become `uncertain`.

    gone: whether a sender lives no longer. unsafe: whether its marks may be lost, as when the machine has started anew
    since: then all its letters are uncertain. Returns how many became uncertain.
    """
    rows = register.db.query("SELECT DISTINCT claimed_by FROM deliveries WHERE state = 'sending'")
    dead = [row["claimed_by"] for row in rows if row["claimed_by"] is None or gone(row["claimed_by"])]
    uncertain = 0
    for by in dead:
        with register.atomic():
            if by is not None and not unsafe(by):
                give_back(register, by, at=at)
            written = register.db.execute(
                """
                UPDATE deliveries SET state = 'uncertain', answer = ?, changed = ?, handed = coalesce(handed, changed)
                WHERE state = 'sending' AND claimed_by IS ?
                """,
                [DIED, stamp(at), by],
            )
            uncertain += written.rowcount
    return uncertain


def move(
    register: Register,
    message_id: str,
    come_from: Collection[DeliveryState],
    to: DeliveryState,
    *,
    answer: str,
    at: datetime,
    next_attempt: datetime | None = None,
) -> bool:
    """Change a letter that nobody is sending; False, and nothing written, where it is in none of `come_from`.

    For what is learned beside the sending: a bounce (from accepted), a person's decision (from uncertain).
    """
    with register.atomic():
        written = register.db.execute(
            f"""
            UPDATE deliveries SET state = ?, answer = ?, changed = ?, next_attempt = ?
            WHERE message_id = ? AND state IN ({", ".join("?" * len(come_from))}) AND state != 'sending'
            """,
            [to, answer, stamp(at), stamp(next_attempt) if next_attempt else None, message_id, *come_from],
        )
    return bool(written.rowcount == 1)


def handed(register: Register, message_id: str) -> str | None:
    """When a letter's end last went to the mail server, as register.clock writes it."""
    rows = register.db.query("SELECT handed FROM deliveries WHERE message_id = ?", [message_id])
    return next((row["handed"] for row in rows), None)


def last_accepted(register: Register, limit: int) -> list[str]:
    """Message-IDs of the letters that the mail server took last, the latest first."""
    rows = register.db.query(
        "SELECT message_id FROM deliveries WHERE state IN ('accepted', 'bounced', 'complained') "
        "ORDER BY handed DESC LIMIT ?",
        [limit],
    )
    return [row["message_id"] for row in rows]


def figures(register: Register, *, day: datetime, week: datetime, months: datetime) -> dict[str, Any]:
    """What brakes go by. day, week, months: since when letters of a day, a week, some months count.

    waiting: letters that could go now; handed: since `day`; answered, hard: letters answered since `week`, and those of
    them refused for good or bounced; sizes: bytes of weekly letters accepted since `months`; largest: (bytes,
    Message-ID) of the largest weekly letter that waits, or None. Operators' own letters count nowhere.
    """
    ours = "kind != 'operator'"

    def count(where: str, *values: str) -> int:
        found = register.db.execute(f"SELECT count(*) FROM deliveries WHERE {ours} AND {where}", values)
        return int(found.fetchone()[0])

    hard = "(state IN ('bounced', 'complained') OR (state = 'failed' AND answer GLOB '5[0-9][0-9]*'))"
    sizes = register.db.execute(
        "SELECT bytes FROM deliveries WHERE kind = 'weekly' AND state = 'accepted' AND handed >= ?",
        [stamp(months)],
    )
    largest = register.db.execute(
        "SELECT bytes, message_id FROM deliveries WHERE kind = 'weekly' AND state IN ('due', 'deferred') "
        "ORDER BY 1 DESC LIMIT 1"
    ).fetchone()
    return {
        "waiting": count("state IN ('due', 'deferred')"),
        "handed": count("handed >= ?", stamp(day)),
        "answered": count(f"handed >= ? AND (state IN ('accepted', 'bounced', 'complained') OR {hard})", stamp(week)),
        "hard": count(f"handed >= ? AND {hard}", stamp(week)),
        "sizes": [size for (size,) in sizes],
        "largest": tuple(largest) if largest else None,
    }


@contextmanager
def _durable(register: Register) -> Iterator[None]:
    """What is committed within is on the disk; the rest may be lost with the machine's power, not by a crash."""
    register.db.conn.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        register.db.conn.execute("PRAGMA synchronous = NORMAL")
