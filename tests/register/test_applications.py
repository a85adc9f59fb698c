"""Applications: kept within bounds, decided once, forgotten in time."""

from datetime import timedelta

import pytest

from register import applications, enterprises
from register.applications import Application
from register.database import Register
from tests.conftest import NOW, make_enterprise

NEW = Application(name="Ny", municipality="Mora", words="Vi städar.", at=NOW)


def waiting(register: Register) -> int:
    """One more that waits: its number."""
    number = applications.add(register, NEW)
    assert number is not None
    return number


def test_the_public_form_can_not_fill_the_register(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "MOST_WAITING", 2)
    waiting(register)
    waiting(register)
    assert applications.add(register, NEW) is None
    assert applications.add(register, NEW.model_copy(update={"by": "Asta A"})) is not None, "an adviser always may"


def test_of_two_advisers_one_registers(register: Register) -> None:
    number = waiting(register)
    own = make_enterprise(name="Åsa & Co 99-1")
    made = applications.take(register, number, own, by="Asta A", account=None, at=NOW)
    assert made is not None
    assert made.id == "asa-co-99-1"
    assert applications.take(register, number, own, by="Bo B", account=None, at=NOW) is None
    assert not applications.refuse(register, number, by="Bo B", at=NOW)


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("Skogsgläntans Städlag", "skogsglantans-stadlag"),
        ("99-01", "f-99-01"),
        ("日本", "foretag"),
        ("asf 1", "asf-1-2"),
    ],
)
def test_an_id_is_made_of_the_name(register: Register, name: str, identity: str) -> None:
    enterprises.add(register, make_enterprise("asf-1"), at=NOW)
    assert applications.new_id(register, name) == identity


def test_what_was_refused_is_forgotten_in_time(register: Register) -> None:
    first, number = waiting(register), waiting(register)
    applications.refuse(register, number, by="Asta A", at=NOW)
    assert applications.tidy(register, now=NOW + applications.KEPT - timedelta(seconds=1)) == 0
    assert applications.tidy(register, now=NOW + applications.KEPT) == 1
    assert [one.id for one in applications.waiting(register)] == [first], "what waits is not forgotten"
