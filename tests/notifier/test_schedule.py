"""One scheduler at a time: leases, and real programs that are killed."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Thread

import httpx
import pytest
from apscheduler.triggers.cron import CronTrigger

from notifier import schedule
from notifier.schedule import Clock
from register import leases, steps
from register.database import open_register
from tests.conftest import guarded_environment
from tests.notifier import given

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LEASE = timedelta(seconds=120)


class Hand:
    """The time that all schedulers of a test see."""

    def __init__(self) -> None:
        self.now = NOW
        self.ticks: list[str] = []


@pytest.fixture
def hand() -> Hand:
    return Hand()


def clock(folder: Path, name: str, hand: Hand, told: list[str] | None = None) -> Clock:
    return Clock(
        given.settings(),
        name=name,
        open_register=lambda: open_register(folder),
        tick=lambda register: hand.ticks.append(name),
        clock=lambda: hand.now,
        told=(told if told is not None else []).append,
    )


def test_the_second_waits_and_takes_over_when_the_first_falls_silent(tmp_path: Path, hand: Hand) -> None:
    told: list[str] = []
    first, second = clock(tmp_path, "first", hand), clock(tmp_path, "second", hand, told)
    for one in (first, second):
        one.tick()
    assert hand.ticks == ["first"]
    hand.now += LEASE * 0.9
    assert first.beat()
    hand.now += LEASE * 0.9
    second.tick()
    assert hand.ticks == ["first"]
    hand.now += LEASE * 0.1
    second.tick()
    first.tick()
    assert hand.ticks == ["first", "second"]
    assert told == ["Another scheduler runs (first); waiting.", "This scheduler runs."]


def test_ticks_by_the_wall_clock_one_at_a_time_and_missed_ones_once(tmp_path: Path, hand: Hand) -> None:
    tick, beat = clock(tmp_path, "first", hand).scheduler().get_jobs()
    assert isinstance(tick.trigger, CronTrigger)
    assert (tick.max_instances, tick.coalesce, tick.misfire_grace_time) == (1, True, 6 * 3600)
    # The lease is renewed while a tick takes long.
    assert (tick.executor, beat.executor) == ("default", "beat")
    assert beat.trigger.interval < LEASE / 3


def test_names_differ() -> None:
    assert schedule.holder() != schedule.holder()


class Program:
    """`anbudslots schedule` as a process of its own."""

    def __init__(self, folder: Path, log: Path, *more: str) -> None:
        environment = guarded_environment(log, ANBUDSLOTS_SCHEDULE__LEASE_SECONDS="2", PYTHONUNBUFFERED="1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "anbudslots", "--data", str(folder), "schedule", *more],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)

    def says(self, words: str) -> str:
        """Wait for a line with these words."""
        while words not in (line := self._lines.get(timeout=30)):
            continue
        return line


@contextmanager
def program(folder: Path, log: Path, *more: str) -> Iterator[Program]:
    made = Program(folder, log, *more)
    try:
        yield made
    finally:
        with suppress(ProcessLookupError):
            made.process.kill()
        made.process.wait(timeout=30)


def nothing_due(folder: Path) -> None:
    """A register in which today's chain is done, so that nothing is crawled."""
    with closing(open_register(folder)) as register:
        now = datetime.now(UTC)
        for name in ("crawl", "match"):
            steps.finish(register, steps.start(register, name, "x", at=now), status=0, detail="done", at=now)


def test_the_pages_are_served_beside_it_if_asked(tmp_path: Path) -> None:
    folder, log = tmp_path / "data", tmp_path / "log"
    nothing_due(folder)
    with program(folder, log, "--serve", "--port", "0") as own:
        found = re.search(r"http://127\.0\.0\.1:\d+", own.says("Öppna http"))
        assert found
        own.says("This scheduler runs.")
        assert httpx.get(f"{found[0]}/om").status_code == 200
        own.process.send_signal(signal.SIGTERM)
        assert own.process.wait(timeout=30) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{found[0]}/om")


def test_a_killed_program_is_followed_by_the_other_and_one_that_ends_lets_go_at_once(tmp_path: Path) -> None:
    folder, log = tmp_path / "data", tmp_path / "log"
    nothing_due(folder)
    with program(folder, log) as first:
        first.says("This scheduler runs.")
        with program(folder, log) as second:
            second.says("Another scheduler runs")
            first.process.kill()
            second.says("This scheduler runs.")
            second.process.send_signal(signal.SIGTERM)
            assert second.process.wait(timeout=30) == 0
    with closing(open_register(folder)) as register:
        assert leases.held(register, schedule.LEASE) is None
