"""A crawl that is killed at any moment and started again ends in the very register of an unbroken one."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue

from crawler.archive import Archive
from crawler.standin import StandIn
from register import notices, runs
from register.database import open_register, ordered_dump
from tests.crawler import many

MOMENTS = int(os.environ.get("ANBUDSLOTS_KILLS", "10"))
"""So many crawls are killed; forty and more by the environment."""
NOTICES = 100


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


def test_kills_leave_no_trace(tmp_path: Path) -> None:
    # Two crawls at a time, each at a server of its own, whose count of requests tells how far a crawl has come.
    with StandIn(many.notices(NOTICES)) as one, StandIn(many.notices(NOTICES)) as other:
        seconds, expected, asked = whole(one, tmp_path / "whole")
        assert sum(line.startswith("notices ") for line in expected) == NOTICES
        free: SimpleQueue[StandIn] = SimpleQueue()
        for server in (one, other):
            free.put(server)

        def attempt(number: int) -> int:
            """Kill a crawl and start it again; returns how many notices it had when it was killed."""
            chance = random.Random(number)
            folder = tmp_path / f"killed-{number}"
            ted = free.get()
            try:
                process = many.crawl(ted, folder)
                if number == 0:
                    wait(process, 0.2)  # Before the work.
                elif number == 1:
                    wait(process, 120)  # After it.
                elif number == 2:
                    while not holds_some(folder) and process.poll() is None:  # Within it.
                        wait(process, 0.005)
                elif number % 2:
                    # At any time, from before the program has begun to after its end.
                    wait(process, chance.uniform(0.2, seconds))
                else:
                    # Once so many requests have come, and a moment later.
                    requests = len(ted.requests) + chance.randrange(1, asked)
                    while len(ted.requests) < requests and process.poll() is None:
                        wait(process, 0.005)
                    wait(process, chance.uniform(0, 0.2))
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=60)
                had, done = held(folder)
                # Where the kill came after the work, the next crawl is no restart but a second run.
                if not done:
                    again = many.crawl(ted, folder)
                    _, err = again.communicate(timeout=120)
                    assert again.returncode == 0, err
            finally:
                free.put(ted)
            assert state(folder) == expected, f"killed with {had} notices"
            return had

        with ThreadPoolExecutor(2) as pool:
            had = list(pool.map(attempt, range(MOMENTS)))
    # The moments fell before, within and after the work.
    assert 0 in had
    assert NOTICES in had
    assert any(0 < count < NOTICES for count in had), had


def whole(ted: StandIn, folder: Path) -> tuple[float, list[str], int]:
    """An unbroken crawl: its seconds, the register it ends in, and how many requests it made."""
    start = time.monotonic()
    process = many.crawl(ted, folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert f"new {NOTICES}" in out
    return time.monotonic() - start, state(folder), len(ted.requests)


def wait(process: "subprocess.Popen[str]", seconds: float) -> None:
    """Let a program go on for so long, or to its end."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)


def holds_some(folder: Path) -> bool:
    """Whether a register that another process writes has a notice already; it is only looked at."""
    path = folder / "anbudslots.db"
    with (
        suppress(sqlite3.OperationalError),  # No file or no table yet.
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db,
    ):
        return bool(db.execute("SELECT EXISTS (SELECT 1 FROM notices)").fetchone()[0])
    return False


def held(folder: Path) -> tuple[int, bool]:
    """How many notices a register has, and whether its crawl came to its end."""
    if not (folder / "anbudslots.db").exists():
        return 0, False
    register = open_register(folder)
    try:
        return notices.count(register), runs.last_complete(register, "ted") is not None
    finally:
        register.close()
