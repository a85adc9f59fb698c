"""What follows from a letter that came back (pure).

Codes are those of RFC 3463 and RFC 7505. An address that does not exist gets no more letters; what may pass is tried
again with the same bytes, some hours later; a refusal of the letter itself is not pressed. A complaint is a stop.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from register.incoming import Incoming

GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox or domain, bad address, moved without a new one, a domain that takes no mail, mailbox disabled."""
PASSING = frozenset({"5.2.2", "5.2.3", "5.4.4", "5.4.5", "5.5.2"})
"""Permanent by class, yet often gone tomorrow: mailbox full, too long for it now, no route, congestion."""
WAITS = (timedelta(hours=2), timedelta(hours=8), timedelta(hours=32))
"""Before the same letter goes out again after it came back for a passing reason."""
LETTERS_BACK = 3
"""Letters in a row that came back, after which the address gets no more."""
LETTERS_WITHIN = timedelta(days=35)


@dataclass(frozen=True)
class Consequence:
    """kind: hard (the address is gone), soft (this letter did not arrive), complaint, stop (asked for through the mail
    provider), or none. again: after which time the letter is worth another attempt, None for never.
    """

    kind: Literal["hard", "soft", "complaint", "stop", "none"]
    again: timedelta | None = None


def consequence(mail: Incoming, *, before: int) -> Consequence:
    """What a bounce or complaint leads to. before: how often this letter has come back already."""
    if mail.kind == "complaint":
        if mail.action in ("opt-out", "opt-out-list"):
            return Consequence("stop")
        return Consequence("none") if mail.action == "not-spam" else Consequence("complaint")
    failed = mail.action == "failed" or (not mail.action and mail.status[:1] in ("4", "5"))
    if mail.kind != "bounce" or not failed or mail.status.startswith("2"):
        return Consequence("none")  # a receipt, or word that the server is still trying
    if mail.status in GONE:
        return Consequence("hard")
    passing = mail.status.startswith("4") or mail.status in PASSING
    return Consequence("soft", WAITS[before] if passing and before < len(WAITS) else None)
