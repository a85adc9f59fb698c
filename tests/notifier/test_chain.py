from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.errors import UnavailableError
from notifier import chain
from register import steps
from register.database import Register, memory_register
from tests.notifier import given

ZONE = ZoneInfo("Europe/Stockholm")
MORNING = datetime(2026, 11, 23, 4, 0, tzinfo=ZONE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Works:
    """Does steps, each with the status that it is told, and keeps what it did."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.done: list[str] = []
        self.crawl, self.match = 0, 0
        self.letters: Callable[[], chain.Result] = lambda: (0, "")

    def tick(self, at: datetime) -> list[str]:
        self.done.clear()
        chain.tick(
            self.register,
            "me",
            work={"crawl": lambda: self._one("crawl"), "match": lambda: self._one("match"), "letters": self.letters},
            settings=given.settings(),
            clock=lambda: at,
        )
        return list(self.done)

    def _one(self, name: str) -> chain.Result:
        self.done.append(name)
        return getattr(self, name), f"ended with {getattr(self, name)}"


@pytest.fixture
def works() -> Iterator[Works]:
    register = memory_register()
    yield Works(register)
    register.close()


def test_crawl_then_match_once_a_day(works: Works) -> None:
    assert works.tick(MORNING) == ["crawl", "match"]
    assert works.tick(MORNING + HOUR) == []
    assert works.tick(MORNING + DAY - HOUR) == []
    assert works.tick(MORNING + DAY) == ["crawl", "match"]
    found = [(step.name, step.status, step.holder, step.detail) for step in steps.listing(works.register, limit=2)]
    assert found == [("match", 0, "me", "ended with 0"), ("crawl", 0, "me", "ended with 0")]


def test_a_crawl_that_came_in_part_is_tried_again_each_hour_and_matched_each_time(works: Works) -> None:
    works.crawl = 1
    done = [works.tick(MORNING + minutes * timedelta(minutes=30)) for minutes in range(12)]
    assert [number for number, step in enumerate(done) if step] == [0, 2, 4]
    assert done[0] == ["crawl", "match"]


def test_a_match_that_failed_is_tried_again_without_a_crawl(works: Works) -> None:
    works.match = 3
    assert works.tick(MORNING) == ["crawl", "match"]
    assert works.tick(MORNING + HOUR) == ["match"]


def test_what_was_cut_off_is_done_at_once(works: Works) -> None:
    steps.start(works.register, "crawl", "another", at=MORNING)
    assert works.tick(MORNING + timedelta(minutes=1)) == ["crawl", "match"]


def test_days_on_which_nothing_ran_are_not_made_up_for(works: Works) -> None:
    works.tick(MORNING)
    assert works.tick(MORNING + 9 * DAY + 3 * HOUR) == ["crawl", "match"]
    assert works.tick(MORNING + 9 * DAY + 4 * HOUR) == []


def test_letters_with_nothing_to_do_leave_no_trace_and_errors_do(works: Works) -> None:
    works.tick(MORNING)
    assert [step.name for step in steps.listing(works.register)] == ["match", "crawl"]

    def fail() -> chain.Result:
        raise UnavailableError("The mail server can't be used.")

    works.letters = fail
    works.tick(MORNING + HOUR)
    last = steps.listing(works.register, limit=1)[0]
    assert (last.name, last.status, last.detail) == ("letters", 3, "The mail server can't be used.")


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_one_chain_on_the_days_when_clocks_change(works: Works, day: datetime) -> None:
    own = given.settings()
    for hour in range(24):
        settings = own.model_copy(update={"schedule": own.schedule.model_copy(update={"crawl_hour": hour})})
        found = {chain.day(settings, day + minutes * timedelta(minutes=15)) for minutes in range(96)}
        assert len(found) <= 2
        for at in (day, day + DAY / 2):
            assert chain.day(settings, at) <= at < chain.next_day(settings, at)
