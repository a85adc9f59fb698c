"""Bids: that an enterprise has bid for a tender, and what became of it, as people say."""

from datetime import datetime
from typing import Literal, NamedTuple, get_args

from config.errors import NotFoundError
from register import enterprises, notices
from register.clock import read_stamp, stamp
from register.database import Register

Outcome = Literal["sent", "won", "lost"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Bid(NamedTuple):
    """One bid. sent: when it was first told of; at: when its outcome was."""

    enterprise: str
    notice: str
    title: str
    outcome: Outcome
    who: str
    sent: datetime
    at: datetime


def put(register: Register, enterprise: str, notice: str, outcome: Outcome, *, who: str, at: datetime) -> None:
    """Keep a bid, or what became of it. Raises NotFoundError for an unknown enterprise or notice."""
    enterprises.get(register, enterprise)
    notices.get(register, notice)
    with register.atomic():
        register.db.execute(
            """
            INSERT INTO bids (enterprise, publication_number, outcome, who, sent, at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET outcome = excluded.outcome, who = excluded.who, at = excluded.at
            """,
            [enterprise, notice, outcome, who, stamp(at), stamp(at)],
        )


def remove(register: Register, enterprise: str, notice: str) -> None:
    """Take a bid back that was told of by mistake. Raises NotFoundError."""
    with register.atomic():
        gone = register.db.execute(
            "DELETE FROM bids WHERE enterprise = ? AND publication_number = ?", [enterprise, notice]
        )
        if gone.rowcount != 1:
            raise NotFoundError(f"{enterprise} has no bid for {notice}.")


def everything(register: Register) -> list[Bid]:
    """All bids, the latest first."""
    rows = register.db.query(
        """
        SELECT b.enterprise, b.publication_number AS notice, n.title, b.outcome, b.who, b.sent, b.at
        FROM bids b JOIN notices n USING (publication_number) ORDER BY b.at DESC, b.enterprise, b.publication_number
        """
    )
    return [Bid(**{**row, "sent": read_stamp(row["sent"]), "at": read_stamp(row["at"])}) for row in rows]
