"""How a notice has changed: through its own versions, and through the notices of its procedure."""

from dataclasses import dataclass
from datetime import date, datetime

from register import changes, joins, notices
from register.changes import Change
from register.database import Register
from register.models import Notice


@dataclass(frozen=True)
class Step:
    """What the notice `after` changed of `before`; the same number where a notice itself has changed.

    seen: when the change was read; own_words: what the buyer says of it (BT-141).
    """

    before: str
    after: str
    seen: datetime
    published: date | None
    changes: tuple[Change, ...]
    own_words: str


def of(register: Register, publication_number: str) -> list[Step]:
    """The changes of a notice through its versions, and those of its procedure (BT-04, BT-758), oldest first.

    Raises NotFoundError.
    """
    steps = []
    last: tuple[str | None, Notice] | None = None
    for number in joins.line(register, publication_number):
        for seen, raw, notice in notices.readings(register, number):
            same_bytes = last is not None and raw is not None and raw == last[0]
            if last is not None and not same_bytes:
                found = changes.between(last[1], notice)
                if found:
                    own_words = notice.change_description if number != last[1].publication_number else ""
                    steps.append(Step(last[1].publication_number, number, seen, notice.published, found, own_words))
            last = (raw, notice)
    return steps
