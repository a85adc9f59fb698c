from datetime import UTC, datetime

import pytest

from register import consents, enterprises
from register.database import Register, memory_register
from register.models import Contact, Enterprise

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def register() -> Register:
    opened = memory_register()
    own = Enterprise(id="a", name="A", municipality="Mora", contact=Contact(email="info@a.example"))
    enterprises.add(opened, own, at=NOW)
    return opened


def test_an_address_in_a_profile_has_not_agreed(register: Register) -> None:
    assert consents.confirmed(register) == []


def test_who_has_agreed(register: Register) -> None:
    consents.confirm(register, "a", "info@a.example", how="by post", at=NOW)
    consents.confirm(register, "a", "info@a.example", how="by post, again", at=NOW)
    assert consents.confirmed(register) == [("a", "info@a.example")]


def test_a_stop_wins_however_the_address_is_written_and_over_a_later_yes(register: Register) -> None:
    consents.suppress(register, " INFO@a.example", reason="asked", at=NOW)
    consents.confirm(register, "a", "info@a.example", how="import", at=NOW)
    assert consents.is_suppressed(register, "Info@A.example")
    assert consents.confirmed(register) == []


def test_the_stop_list_holds_no_address(register: Register) -> None:
    consents.suppress(register, "info@a.example", reason="asked", at=NOW)
    rows = list(register.db.query("SELECT * FROM suppressions"))
    assert len(rows) == 1
    assert "info" not in str(rows)


def test_a_stop_is_for_one_address(register: Register) -> None:
    consents.suppress(register, "info@a.example", reason="asked", at=NOW)
    assert not consents.is_suppressed(register, "other@a.example")
