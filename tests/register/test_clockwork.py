"""What the clock keeps in the register: leases, steps, weeks, pauses."""

from datetime import UTC, datetime, timedelta

import pytest

from register import enterprises, leases, letter_weeks, pauses, steps
from register.database import Register, memory_register
from register.models import Enterprise

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LONG = timedelta(minutes=2)


@pytest.fixture
def register() -> Register:
    opened = memory_register()
    enterprises.add(opened, Enterprise(id="a", name="A", municipality="Mora"), at=NOW)
    return opened


def test_a_lease_has_one_holder_until_its_time_is_over(register: Register) -> None:
    assert leases.take(register, "clock", "x", at=NOW, lasts=LONG)
    assert not leases.take(register, "clock", "y", at=NOW + LONG / 2, lasts=LONG)
    assert leases.take(register, "clock", "x", at=NOW + LONG / 2, lasts=LONG)  # renewed
    assert not leases.take(register, "clock", "y", at=NOW + LONG, lasts=LONG)
    assert leases.take(register, "clock", "y", at=NOW + 1.5 * LONG, lasts=LONG)
    assert not leases.take(register, "clock", "x", at=NOW + 1.5 * LONG, lasts=LONG)
    assert leases.held(register, "clock") == ("y", NOW + 2.5 * LONG)


def test_only_its_holder_gives_a_lease_up(register: Register) -> None:
    leases.take(register, "clock", "x", at=NOW, lasts=LONG)
    leases.give_up(register, "clock", "y")
    assert not leases.take(register, "clock", "y", at=NOW, lasts=LONG)
    leases.give_up(register, "clock", "x")
    assert leases.take(register, "clock", "y", at=NOW, lasts=LONG)


def test_a_step_that_was_cut_off_has_no_status(register: Register) -> None:
    first = steps.start(register, "crawl", "x", at=NOW)
    steps.finish(register, first, status=1, detail="ended with 1", at=NOW + LONG)
    steps.start(register, "crawl", "x", at=NOW + 2 * LONG)
    found = steps.since(register, "crawl", NOW)
    assert [(step.status, step.detail) for step in found] == [(1, "ended with 1"), (None, "")]
    assert steps.since(register, "crawl", NOW + LONG) == found[1:]
    assert steps.listing(register, limit=1) == found[1:]


def test_a_letter_stands_whatever_is_said_of_its_week_after(register: Register) -> None:
    letter_weeks.put(register, "a", "2026-W48", "quiet", reason="nothing new", at=NOW)
    letter_weeks.put(register, "a", "2026-W48", "letter", at=NOW)
    letter_weeks.put(register, "a", "2026-W48", "missed", reason="down", at=NOW)
    letter_weeks.forget(register, "a", "2026-W48")
    (week,) = letter_weeks.listing(register)
    assert (week.outcome, week.reason) == ("letter", "")
    assert letter_weeks.listing(register, but=("letter",)) == []


def test_the_last_week_of_each_enterprise(register: Register) -> None:
    for period in ("2026-W53", "2027-W01"):
        letter_weeks.put(register, "a", period, "letter", at=NOW)
    assert letter_weeks.latest(register)["a"].period == "2027-W01"


def test_one_pause_of_a_kind_until_it_is_lifted(register: Register) -> None:
    assert pauses.put(register, "size", {"bytes": "9"}, at=NOW)
    assert not pauses.put(register, "size", {"bytes": "8"}, at=NOW)
    assert pauses.put(register, "volume", {}, at=NOW)
    assert [(pause.kind, dict(pause.facts)) for pause in pauses.in_force(register)] == [
        ("size", {"bytes": "9"}),
        ("volume", {}),
    ]
    assert pauses.lift(register, by="Asta", at=NOW, kind="size") == 1
    assert pauses.lift(register, by="Asta", at=NOW) == 1
    assert pauses.in_force(register) == []
    lifted = pauses.last_lifted(register, "size")
    assert lifted is not None
    assert (lifted.lifted_by, lifted.lifted) == ("Asta", NOW)
    assert pauses.put(register, "size", {}, at=NOW)
