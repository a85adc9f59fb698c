"""An enterprise's own answer to a tender, by link or by mail: kept as a judgement, which the next match learns from."""

from datetime import datetime
from typing import Literal

from register import enterprises, judgements, matches, notices
from register.database import Register
from register.models import Judgement, NoReason

Answer = Literal["yes", "maybe", "no", "talk"]
"""talk: yes, and somebody should call."""
TALK = "Vill prata: ring eller skriv."
"""Note of a judgement, for the adviser who reads it."""


def take(
    register: Register,
    enterprise_id: str,
    notice_number: str,
    lot: str,
    *,
    answer: Answer,
    reason: NoReason = "",
    key: str | None = None,
    at: datetime,
) -> Judgement:
    """Keep an answer. key: of one press of a button or one mail, so that the same again says nothing twice.

    It is spoken in the enterprise's name, whoever holds the letter: a later word of it stands for an earlier one.
    Raises NotFoundError where enterprise or notice are not (or no longer) there.
    """
    enterprise = enterprises.get(register, enterprise_id)
    notice = notices.get(register, notice_number)
    ranked = matches.of(register, enterprise_id, closed=True)
    match = next((one for one in ranked if (one.notice, one.lot) == (notice_number, lot)), None)
    judgement = Judgement(
        enterprise=enterprise.id,
        notice=notice.publication_number,
        lot=lot,
        answer="yes" if answer == "talk" else answer,
        reason=reason if answer == "no" else "",
        note=TALK if answer == "talk" else "",
        who=enterprise.name,
        score=match.score if match else None,
        place=ranked.index(match) + 1 if match else None,
        at=at,
    )
    judgements.add(register, judgement, key=key)
    return judgement
