"""What readers have been told of a lot, and whether what is known now is news to them (pure)."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from notifier import facts
from register.models import OPEN_FORMS, Lot, Notice

CANCELLED, OPEN, UNKNOWN, PLANNED = "cancelled", "open", "unknown", "planned"
PLANNING_FORMS = frozenset({"planning", "consultation"})
MINUTE = "%Y-%m-%dT%H:%MZ"
DAY = re.compile(r"\d{4}-\d\d-\d\d$")

Told = Collection[tuple[str, str, str]]
"""(tender key, lot id, fingerprint) of what an enterprise has been told. A fingerprint is a number, counting up from
one, and a state.
"""
Latest = dict[tuple[str, str], tuple[int, str]]
"""The last thing told of each lot: (tender key, lot id) -> (how many times told, state)."""


def tender_key(notice: Notice) -> str:
    """The key of one procurement through its notices: BT-04, else the publication number."""
    return notice.procedure_id or notice.publication_number


def is_cancelled(notice: Notice) -> bool:
    """Whether a notice that could lead to bids was called off (BT-140 cancel); an award is not that."""
    return notice.change_reason == "cancel" or (notice.closed and notice.form_type in OPEN_FORMS)


def state_of(notice: Notice, lot: Lot, zone: ZoneInfo) -> str:
    """What a lot's readers go by: cancelled, open, or the deadline to the minute in UTC; `planned` before it, or alone,
    where no bids are taken yet.

    Of a portal's alert only the last day counts, as local date, or unknown: its hour is not that of the notice.
    """
    if is_cancelled(notice):
        return CANCELLED
    dated = not lot.open_ended and lot.deadline is not None
    if notice.form_type in PLANNING_FORMS:
        return f"{PLANNED} {_minute(lot.deadline)}" if dated and lot.deadline else PLANNED
    if notice.reading == "alert" and not lot.open_ended:
        return facts.last_day(lot.deadline, zone)[0].isoformat() if lot.deadline else UNKNOWN
    return _minute(lot.deadline) if dated and lot.deadline else OPEN


def is_news(told: str, state: str, zone: ZoneInfo) -> bool:
    """Whether a state says more than the one told. The notice in full is none where its alert was told: the same last
    day with its hour, or a day where the alert gave none.
    """
    if told == state or (told == UNKNOWN and state != CANCELLED):
        return False
    if was_planned(state) and _undated(told) == _undated(state):
        return False  # told before plans were told apart from what takes bids
    day = instant(state, zone)
    return not (DAY.match(told) and day and facts.last_day(day, zone)[0].isoformat() == told)


def was_planned(state: str) -> bool:
    """Whether a state is that of a plan, on which no bids are taken yet."""
    return state.split(" ")[0] == PLANNED


def latest(told: Told) -> Latest:
    """The last thing told of each lot."""
    found: Latest = {}
    for tender, lot, fingerprint in told:
        count, _, state = fingerprint.partition(" ")
        entry = (int(count), state)
        found[tender, lot] = max(entry, found.get((tender, lot), entry))
    return found


def fingerprint(notice: Notice, lot: Lot, known: Latest, zone: ZoneInfo) -> str:
    """What is told of a lot, numbered, so that a deadline moved there and back is told each time."""
    count, _ = known.get((tender_key(notice), lot.id), (0, ""))
    return f"{count + 1} {state_of(notice, lot, zone)}"


def instant(state: str, zone: ZoneInfo) -> datetime | None:
    """The deadline that a state gives; None where it gives none."""
    dated = _undated(state)
    if dated in (CANCELLED, OPEN, UNKNOWN):
        return None
    if DAY.match(dated):
        return datetime.combine(date.fromisoformat(dated), time(23, 59), zone)
    return datetime.strptime(dated, MINUTE).replace(tzinfo=UTC)


def _undated(state: str) -> str:
    return state.removeprefix(PLANNED).strip() or OPEN


def _minute(deadline: datetime) -> str:
    return deadline.astimezone(UTC).strftime(MINUTE)
