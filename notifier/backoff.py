"""When a letter that the mail server put off goes again (pure)."""

import hashlib
from datetime import datetime, timedelta

FIRST, LONGEST, IN_ALL = timedelta(minutes=2), timedelta(hours=24), timedelta(days=3)
JITTER = 0.2
"""So that letters put off together do not all come back together."""
GIVEN_UP = "It was tried for three days and is given up; its news come again in the next letter."


def next_attempt(message_id: str, attempts: int, *, created: datetime, at: datetime) -> datetime | None:
    """Two minutes after the first attempt, twice as long after each, at most a day; None once three days are over.

    attempts: how many there have been, 1 or more. The jitter, a fifth more or less, is the letter's own: the same input
    gives the same time.
    """
    plain = min(FIRST * 2 ** min(attempts - 1, 20), LONGEST)
    share = int.from_bytes(hashlib.sha256(f"{message_id} {attempts}".encode()).digest()[:4], "big") / 2**32
    found = at + min(plain * (1 - JITTER + 2 * JITTER * share), LONGEST)
    return found if found < created + IN_ALL else None


def is_over(created: datetime, at: datetime) -> bool:
    """Whether a letter's three days are over."""
    return at >= created + IN_ALL
