"""A sender killed at any moment, over and over, until it is quiet: what became of every letter.

Few runs as a test; ANBUDSLOTS_KILL_RUNS=200 for each setting is the proof (docs/sending.md has its figures).
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from register import deliveries
from register.database import open_register
from tests.conftest import guarded_environment
from tests.notifier import given, many_letters
from tests.notifier.mailserver import Recorder, serving

RUNS = int(os.environ.get("ANBUDSLOTS_KILL_RUNS", "3"))
ENTERPRISES = 40 if RUNS > 20 else 10
PLACES = ("mail", "rcpt", "data", "taken", "after")
"""Where in the exchange the server has the sender killed; the other kills come at a random moment of the run."""
LONGEST_RUN = 0.03 * ENTERPRISES
"""Seconds within which a random kill comes: composing and sending all letters takes about as long."""


@dataclass
class Killing:
    """Kills the sender when the server has got to a place for the n-th time."""

    place: str = ""
    nth: int = 0
    pid: int = 0

    async def __call__(self, server: SMTP, where: str) -> str | None:
        name = where.partition(" ")[0]
        if self.pid and self.place in (name, "after" if name == "taken" else name):
            self.nth -= 1
            if self.nth < 0:
                pid, self.pid = self.pid, 0
                if self.place == "after":
                    # The answer goes out first.
                    asyncio.get_running_loop().call_later(0.002, self.kill, pid)
                else:
                    self.kill(pid)
        return None

    def kill(self, pid: int) -> None:
        """SIGKILL; the process may have ended by itself."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Senders:
    """Starts senders, one process each."""

    def __init__(self, log: Path) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.notifier.many_letters"],
            env=guarded_environment(log),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self, folder: Path, environment: dict[str, str], now: datetime) -> int:
        assert self._program.stdin is not None
        order = {"folder": str(folder), "environment": environment, "now": now.isoformat()}
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        return self._line()

    def wait(self) -> int:
        return self._line()

    def close(self) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        self._program.wait(timeout=30)

    def _line(self) -> int:
        """The next line that is a number: what the sender prints for its operator stands between."""
        assert self._program.stdout is not None
        for line in self._program.stdout:
            if line.strip().lstrip("-").isdigit():
                return int(line)
        raise AssertionError("the program that starts senders has ended")


@pytest.fixture(scope="module")
def senders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Senders]]:
    log = tmp_path_factory.mktemp("guard") / "log"
    found = [Senders(log), Senders(log)]
    yield found
    for one in found:
        one.close()


@dataclass
class Result:
    """What the mail server took by recipient, and the letters' states, over all registers of a proof."""

    kills: int = 0
    places: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    states: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    differing: int = 0
    lost: int = 0
    unlisted: int = 0


def prove(base: Path, uncertain: str, runs: int, senders: list[Senders], *, seed: int) -> Result:
    """Kill `runs` times; whenever a register's letters are all told, another register takes its place."""
    chance = random.Random(seed)
    result = Result()
    folders = 0
    while result.kills < runs:
        folders += 1
        _one_register(base / f"{uncertain}-{folders}", uncertain, runs, senders, chance, result)
    return result


def _one_register(
    folder: Path, uncertain: str, runs: int, senders: list[Senders], chance: random.Random, result: Result
) -> None:
    many_letters.fill(folder, ENTERPRISES)
    killing = Killing()
    recorder = Recorder(killing)
    archive = folder / "copies"
    with serving(recorder) as port:
        environment = {
            "ANBUDSLOTS_MAIL__HOST": "127.0.0.1",
            "ANBUDSLOTS_MAIL__PORT": str(port),
            "ANBUDSLOTS_MAIL__FROM": given.SENDER,
            "ANBUDSLOTS_MAIL__UNCERTAIN": uncertain,
            "ANBUDSLOTS_DIGEST__CANARY": "3",
            "ANBUDSLOTS_ARCHIVE__MAILDIR": str(archive),
            "ANBUDSLOTS_ARCHIVE__WAIT_SECONDS": "60",
        }
        now = given.NOW
        kills_here = 0
        for _ in range(10_000):
            copies(archive, recorder)
            killed = 0
            # A few kills for each register, then it is left alone until it is quiet.
            if result.kills < runs and kills_here < 8:
                killed = _killed_run(senders, folder, environment, now, killing, chance)
            else:
                pids = [one.start(folder, environment, now) for one in senders]
                assert all(pids)
                assert all(one.wait() >= 0 for one in senders)
            result.kills += killed
            result.places[killing.place or "random"] += killed
            kills_here += killed
            result.restarts += 1
            # Two minutes later: back-off and the archive's waiting time are over.
            now += timedelta(minutes=3)
            if not killed and _quiet(folder, uncertain, now):
                break
        else:
            raise AssertionError("it is never quiet")
    _count(folder, recorder, result)


def _killed_run(
    senders: list[Senders],
    folder: Path,
    environment: dict[str, str],
    now: datetime,
    killing: Killing,
    chance: random.Random,
) -> int:
    """Start all senders; the first is killed. Returns how many were."""
    in_exchange = chance.random() < 0.6
    killing.place = chance.choice(PLACES) if in_exchange else ""
    killing.nth = chance.randrange(12)
    first = senders[0].start(folder, environment, now)
    killing.pid = first if in_exchange else 0
    timer = None
    if not in_exchange:
        timer = threading.Timer(chance.random() * LONGEST_RUN, killing.kill, [first])
        timer.start()
    for other in senders[1:]:
        other.start(folder, environment, now)
    ended = [one.wait() for one in senders]
    killing.pid = 0
    if timer is not None:
        timer.cancel()
    assert all(status >= 0 for status in ended[1:])
    return int(ended[0] == -signal.SIGKILL)


def copies(archive: Path, recorder: Recorder) -> None:
    """Lay a copy of each letter that the server took into the archive, as a server that copies all would."""
    folder = archive / "new"
    folder.mkdir(parents=True, exist_ok=True)
    (archive / "cur").mkdir(exist_ok=True)
    for number, (_, data) in enumerate(list(recorder.taken)):
        (folder / f"{number}.copy").write_bytes(data)


def _quiet(folder: Path, uncertain: str, now: datetime) -> bool:
    register = open_register(folder)
    try:
        found = Counter(letter.state for letter in deliveries.listing(register))
    finally:
        register.close()
    moving = found["due"] + found["deferred"] + found["sending"]
    return found.total() >= ENTERPRISES and not moving and (uncertain == "hold" or not found["uncertain"])


def _count(folder: Path, recorder: Recorder, result: Result) -> None:
    register = open_register(folder)
    try:
        letters = [letter for letter in deliveries.listing(register) if letter.kind == "weekly"]
        frozen = {letter.recipient: deliveries.mime(register, letter.message_id) for letter in letters}
    finally:
        register.close()
    assert len(letters) == ENTERPRISES
    result.states += Counter(letter.state for letter in letters)
    arrived = Counter(recipient for recipient, _ in recorder.taken)
    result.doubled += sum(count - 1 for count in arrived.values() if count > 1)
    result.differing += sum(data != frozen[recipient] for recipient, data in recorder.taken)
    for letter in letters:
        missing = not arrived[letter.recipient]
        result.lost += missing
        result.unlisted += missing and letter.state != "uncertain"


def told(capsys: Any, what: str, result: Result) -> None:
    with capsys.disabled():
        if RUNS > 20:
            sys.stderr.write(f"\n{what}: {result}\n")


def test_hold_never_doubles_and_what_did_not_arrive_is_listed(
    tmp_path: Path, capsys: Any, senders: list[Senders]
) -> None:
    result = prove(tmp_path, "hold", RUNS, senders[:1], seed=1)
    told(capsys, "hold", result)
    assert (result.doubled, result.differing, result.unlisted) == (0, 0, 0)


def test_repeat_never_loses_and_a_double_is_the_same_mail(tmp_path: Path, capsys: Any, senders: list[Senders]) -> None:
    result = prove(tmp_path, "repeat", RUNS, senders[:1], seed=2)
    told(capsys, "repeat", result)
    assert (result.lost, result.differing) == (0, 0)


def test_verify_neither_loses_nor_doubles(tmp_path: Path, capsys: Any, senders: list[Senders]) -> None:
    result = prove(tmp_path, "verify", RUNS, senders[:1], seed=3)
    told(capsys, "verify", result)
    assert (result.lost, result.doubled, result.differing) == (0, 0, 0)


@pytest.mark.parametrize("uncertain", ["hold", "verify"])
def test_two_senders_at_once_fare_alike(tmp_path: Path, capsys: Any, senders: list[Senders], uncertain: str) -> None:
    result = prove(tmp_path, uncertain, max(1, RUNS // 2), senders, seed=4)
    told(capsys, f"two senders, {uncertain}", result)
    assert (result.doubled, result.differing, result.unlisted) == (0, 0, 0)
