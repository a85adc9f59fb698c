"""`match` finds chances to do a part, and the letter tells them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from anbudslots.main import cli
from register import chances, enterprises, matches
from register.database import open_register
from tests.anbudslots.test_cooperation import data
from tests.conftest import NOW, make_enterprise

__all__ = ["data"]


def call(folder: Path, *arguments: str) -> str:
    start = ["--data", str(folder), "--now", NOW.isoformat()]
    return CliRunner().invoke(cli, [*start, *arguments], standalone_mode=False, catch_exceptions=False).output


@pytest.fixture
def matched(data: Path) -> Path:
    assert "chances to do a part" in call(data, "match")
    return data


def test_those_who_could_share_a_tender_have_a_chance_in_it(matched: Path) -> None:
    register = open_register(matched)
    found = {one.id: chances.of(register, one.id) for one in enterprises.everyone(register)}
    assert {identity: own.get(("1-2026", "LOT-0000")) for identity, own in found.items()} == {
        "a": "together",
        "b": "together",
        "99-c": None,
        "99-d": None,
    }
    # One lot of the size that one bears, in one place, is no chance but a tender like all.
    assert all(("2-2026", "LOT-0000") not in own for own in found.values())
    assert found["a"].get(("3-2026", "LOT-0000")) == "subcontract"


def test_a_chance_goes_with_the_wish(matched: Path) -> None:
    register = open_register(matched)
    for identity in ("a", "b"):
        known = enterprises.get(register, identity)
        alone = make_enterprise(identity, name=known.name, reach=known.reach, cooperation={"joint_bids": False})
        enterprises.add(register, alone, at=NOW)
    register.close()
    call(matched, "match")
    register = open_register(matched)
    assert chances.of(register, "a") == {}
    assert matches.of(register, "a") != []


def test_nothing_new_reckons_nothing(matched: Path) -> None:
    assert "chances" not in call(matched, "match")
