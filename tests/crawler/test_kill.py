"""A crawl that is killed at any moment and started again ends in the very register of an unbroken one."""

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.standin import StandIn
from register import notices
from register.database import open_register, ordered_dump
from tests.conftest import ROOT, guarded_environment

MOMENTS = 40
NOTICES = 100


def many(count: int) -> list[bytes]:
    """Notices of two days, each another procurement."""
    model = (ROOT / "config" / "examples" / "notices" / "990001-2026.xml").read_bytes()
    made = []
    for number in range(count):
        data = model.replace(b">990001-2026<", f">{991000 + number}-2026<".encode())
        data = re.sub(rb"(<cbc:ContractFolderID>)[^<]*", rb"\g<1>procedure-%d" % number, data)
        data = re.sub(rb'(schemeName="notice-id">)[^<]*', rb"\g<1>notice-%d" % number, data)
        made.append(
            data.replace(b"<efbc:PublicationDate>2026-11-17", b"<efbc:PublicationDate>2026-11-%d" % (16 + number % 2))
        )
    return made


@pytest.fixture(scope="module")
def ted() -> Iterator[StandIn]:
    with StandIn(many(NOTICES)) as server:
        yield server


def crawl(ted: StandIn, folder: Path) -> subprocess.Popen[bytes]:
    environment = guarded_environment(
        folder.with_suffix(".log"), **ted.environment, ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us"
    )
    program = [sys.executable, "-m", "anbudslots", "--data", str(folder), "--now", "2026-11-24T08:00"]
    command = [*program, "crawl", "ted", "--since", "2026-11-16", "--until", "2026-11-17"]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


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
    whole = crawl(ted, tmp_path / "whole")
    out, err = whole.communicate(timeout=120)
    assert whole.returncode == 0, err
    assert b"new 100" in out
    expected = state(tmp_path / "whole")
    assert sum(line.startswith("notices ") for line in expected) == NOTICES
    asked = len(ted.requests)

    def attempt(number: int) -> int:
        """Kill a crawl in its own folder once the stand-in has been asked so often; returns how many notices it had."""
        folder = tmp_path / f"killed-{number}"
        chance = random.Random(number)
        first = crawl(ted, folder)
        try:
            # From before the first request to after the last answer, in seconds of this very program.
            first.wait(timeout=chance.uniform(0.2, seconds))
        except subprocess.TimeoutExpired:
            first.send_signal(signal.SIGKILL)
        first.communicate(timeout=60)
        had = 0
        if (folder / "anbudslots.db").exists():
            register = open_register(folder)
            had = notices.count(register)
            register.close()
        again = crawl(ted, folder)
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
    running = [crawl(ted, tmp_path / f"timed-{number}") for number in range(2)]
    for process in running:
        process.communicate(timeout=120)
    return time.monotonic() - start
