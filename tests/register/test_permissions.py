from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.errors import NotFoundError
from register import permissions
from register.database import Register
from tests.conftest import NOW

SWEDEN = ZoneInfo("Europe/Stockholm")
LAST = date(2026, 12, 31)


def give(register: Register, until: date = LAST, at: datetime = NOW) -> permissions.Permission:
    return permissions.record(
        register, "portal", by="Asta A", reference="brev 99, pärm 7 (påhittat)", until=until, at=at
    )


def test_a_permission_is_kept_with_its_date(register: Register) -> None:
    given = give(register)
    assert (given.recorded, given.until, given.by) == (NOW, LAST, "Asta A")
    assert permissions.listing(register, "portal") == [given]
    assert permissions.listing(register, "another") == []


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (NOW - timedelta(seconds=1), False),
        (NOW, True),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=SWEDEN), True),
        (datetime(2027, 1, 1, 0, 0, tzinfo=SWEDEN), False),
        # The day ends at midnight in Sweden, wherever the machine stands.
        (datetime(2026, 12, 31, 22, 59, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2026, 12, 31, 23, 0, tzinfo=ZoneInfo("UTC")), False),
    ],
)
def test_it_holds_from_its_recording_up_to_and_with_its_last_day(register: Register, at: datetime, holds: bool) -> None:
    given = give(register)
    assert permissions.in_force(register, "portal", at) == (given if holds else None)
    assert (given.ended(at) == "") is holds


def test_the_longest_of_several_counts(register: Register) -> None:
    give(register, until=date(2026, 12, 1))
    longest = give(register)
    give(register, until=date(2026, 12, 24))
    assert permissions.in_force(register, "portal", NOW) == longest


def test_a_withdrawn_permission_holds_no_more_and_is_remembered(register: Register) -> None:
    give(register, until=date(2026, 11, 24))
    give(register)
    later = NOW + timedelta(days=1)
    [withdrawn] = permissions.withdraw(register, "portal", by="Bo B", at=later)
    assert permissions.in_force(register, "portal", later) is None
    assert withdrawn.ended(later) == "was withdrawn on 2026-11-25 by Bo B"
    assert permissions.listing(register, "portal")[1] == withdrawn
    # The one that had ended by itself is left as it was.
    assert permissions.listing(register, "portal")[0].withdrawn is None
    # A new one may be given after it.
    assert permissions.in_force(register, "portal", later) != give(register, at=later)
    assert permissions.in_force(register, "portal", later) is not None


def test_there_must_be_one_to_withdraw(register: Register) -> None:
    with pytest.raises(NotFoundError, match="no permission for portal"):
        permissions.withdraw(register, "portal", by="Bo B", at=NOW)


def test_one_that_ran_out_is_told_for_a_while(register: Register) -> None:
    give(register, until=date(2026, 11, 30))
    december, january, march = (NOW + timedelta(days=days) for days in (7, 50, 100))
    given = give(register)

    def told(at: datetime) -> permissions.Permission | None:
        return permissions.run_out(register, "portal", at)

    # One still holds; then none does; then it is long ago.
    assert (told(december), told(january), told(march)) == (None, given, None)
    give(register, until=date(2027, 6, 30), at=january)
    assert told(january) is None
    permissions.withdraw(register, "portal", by="Bo B", at=january)
    # A person has decided; nothing was forgotten.
    assert told(january) is None
