"""A crawl that is killed at any moment and started again ends in the very register of an unbroken one."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.standin import StandIn
from register import notices, runs
from register.database import open_register, ordered_dump
from tests.crawler import many

MOMENTS = 40
NOTICES = 100


@pytest.fixture(scope="module")
def ted() -> Iterator[StandIn]:
    with StandIn(many.notices(NOTICES)) as server:
        yield server


def state(folder: Path) -> list[str]:
    register = open_register(folder)
    try:
        assert list(register.db.query("PRAGMA integrity_check")) == [{"integrity_check": "ok"}]
        for notice in notices.current(register):
            raw = notices.provenance(register, notice.publication_number)["raw"]
            assert Archive(folder / "raw").get(raw)
        return list(ordered_dump(register))
    finally:
        register.close()


def test_forty_kills_leave_no_trace(ted: StandIn, tmp_path: Path) -> None:
    whole = many.crawl(ted, tmp_path / "whole")
    out, err = whole.communicate(timeout=120)
    assert whole.returncode == 0, err
    assert "new 100" in out
    expected = state(tmp_path / "whole")
    assert sum(line.startswith("notices ") for line in expected) == NOTICES
    asked = len(ted.requests)

    def attempt(number: int) -> int:
        """Kill a crawl in its own folder once the stand-in has been asked so often; returns how many notices it had."""
        folder = tmp_path / f"killed-{number}"
        chance = random.Random(number)
        first = many.crawl(ted, folder)
        try:
            # From before the first request to after the last answer, in seconds of this very program.
            first.wait(timeout=chance.uniform(0.2, seconds))
        except subprocess.TimeoutExpired:
            first.send_signal(signal.SIGKILL)
        first.communicate(timeout=60)
        had, done = 0, False
        if (folder / "anbudslots.db").exists():
            register = open_register(folder)
            had = notices.count(register)
            done = runs.last_complete(register, "ted") is not None
            register.close()
        # Where the kill came after the work, the next crawl is no restart but a second run.
        if not done:
            again = many.crawl(ted, folder)
            _, err = again.communicate(timeout=120)
            assert again.returncode == 0, err
        assert state(folder) == expected, f"killed with {had} notices"
        return had

    assert asked > NOTICES
    seconds = _seconds(ted, tmp_path)
    with ThreadPoolExecutor(2) as pool:
        had = list(pool.map(attempt, range(MOMENTS)))
    # The moments fell before, within and after the work.
    assert any(0 < count < NOTICES for count in had), had


def _seconds(ted: StandIn, tmp_path: Path) -> float:
    """How long two unbroken crawls beside each other take."""
    start = time.monotonic()
    running = [many.crawl(ted, tmp_path / f"timed-{number}") for number in range(2)]
    for process in running:
        process.communicate(timeout=120)
    return time.monotonic() - start
