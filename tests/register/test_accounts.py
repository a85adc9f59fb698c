"""Accounts: who may sign in, and what each may see."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from config.errors import InputError, NotFoundError
from register import accounts, audit, enterprises
from register.accounts import Account
from register.database import Register
from tests.conftest import NOW, make_enterprise


def make(email: str = "asta@stod.example", name: str = "Asta", role: Any = "adviser", **more: Any) -> Account:
    return Account(id=0, email=email, name=name, role=role, created=NOW, **more)


def test_an_account_comes_back_with_its_enterprises(register: Register) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    kept = accounts.add(register, make("Asta@Stod.example", enterprises=frozenset({"asf-1"})))
    assert accounts.by_email(register, " ASTA@stod.example") == kept
    assert accounts.listing(register) == [kept]
    assert kept.cares_for("asf-1")
    assert not kept.cares_for("asf-2")


@pytest.mark.parametrize(("email", "name"), [("ASTA@stod.example", "Bo"), ("bo@stod.example", "asta")])
def test_neither_address_nor_name_is_given_twice(register: Register, email: str, name: str) -> None:
    accounts.add(register, make())
    with pytest.raises(InputError, match="taken"):
        accounts.add(register, make(email, name))


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "municipality"},
        {"municipality": "Mora"},
        {"role": "operator", "all_enterprises": True},
        {"role": "municipality", "municipality": "Mora", "enterprises": frozenset({"asf-1"})},
        {"email": "no address"},
        {"name": ""},
    ],
)
def test_an_account_fits_its_role(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make(**wrong)


def test_removal_takes_links_and_sessions_along(register: Register) -> None:
    account = accounts.add(register, make())
    token = accounts.make_link(register, account, browser="b", at=NOW)
    other = accounts.make_link(register, account, browser="b", at=NOW)
    assert token
    assert other
    session = accounts.use_link(register, token, browser="b", at=NOW, lasts=timedelta(days=1))
    assert session
    assert accounts.of_session(register, session, NOW) == account
    accounts.remove(register, account.email)
    assert accounts.of_session(register, session, NOW) is None
    assert accounts.use_link(register, other, browser="b", at=NOW, lasts=timedelta(days=1)) is None
    with pytest.raises(NotFoundError):
        accounts.remove(register, account.email)


def test_the_audit_log_forgets_what_is_old(register: Register) -> None:
    for days in (0, 400):
        entry = audit.Entry(at=NOW - timedelta(days=days), who="Asta", role="adviser", action="x", subject=f"s {days}")
        audit.add(register, entry)
    assert audit.forget(register, NOW - timedelta(days=365)) == 1
    assert [one.subject for one in audit.listing(register)] == ["s 0"]
