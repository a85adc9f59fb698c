"""Rankers learned here are kept, and one of them, or the project's own, is in use."""

from datetime import timedelta

import pytest

from config.errors import NotFoundError
from register import rankers
from register.database import Register
from tests.conftest import NOW


def test_what_was_taken_last_is_in_use_and_roll_back_is_a_word(register: Register) -> None:
    assert rankers.in_use(register) is None
    for hour, version in enumerate(("ranker-a", "ranker-b")):
        rankers.add(register, version, "{}", {"judged": 30 + hour}, at=NOW + timedelta(hours=hour))
    assert rankers.in_use(register) is None
    for version in ("ranker-a", "ranker-b", "ranker-a", rankers.SHIPPED):
        rankers.take(register, version, at=NOW)
        used = rankers.in_use(register)
        assert (used.version if used else rankers.SHIPPED) == version
    assert [one.version for one in rankers.every(register) if one.version != rankers.SHIPPED] == [
        "ranker-a",
        "ranker-b",
    ]


def test_the_same_version_again_keeps_its_content_and_gets_new_figures(register: Register) -> None:
    rankers.add(register, "ranker-a", "{}", {"judged": 30}, at=NOW)
    rankers.add(register, "ranker-a", "{}", {"judged": 40}, at=NOW)
    assert [dict(one.figures) for one in rankers.every(register)] == [{"judged": 40}]


def test_an_unknown_version_is_named(register: Register) -> None:
    with pytest.raises(NotFoundError, match="ranker-x"):
        rankers.take(register, "ranker-x", at=NOW)
