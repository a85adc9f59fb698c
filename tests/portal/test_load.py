"""Many advisers judge at once while a crawl and a match write to the same file: nothing fails, is lost or doubled.

A few advisers and seconds as a test; ANBUDSLOTS_LOAD_ADVISERS=50 ANBUDSLOTS_LOAD_SECONDS=60 is the proof.
"""

import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from crawler.standin import StandIn
from register import accounts, enterprises, judgements, notices
from register.accounts import Account
from register.database import open_register
from tests import serving
from tests.conftest import NOW, ROOT, guarded_environment, make_enterprise
from tests.crawler import many
from tests.portal.conftest import csrf_of

ADVISERS = int(os.environ.get("ANBUDSLOTS_LOAD_ADVISERS", "6"))
SECONDS = float(os.environ.get("ANBUDSLOTS_LOAD_SECONDS", "3"))
LARGE = SECONDS >= 30
ENTERPRISES = tuple(f"99-{number:02}" for number in range(1, 6))
NOTICES = 90
"""A third of them, of one day, is there from the start; each crawl brings those of a further day."""
THINKS = 0.2, 1.0
"""Seconds from an answer to the next request: quicker than anyone who reads."""


@dataclass
class Adviser:
    """One who judges: every request that was answered, and what was saved by it."""

    name: str
    session: str
    asked: set[str] = field(default_factory=set)
    saved: dict[int, str] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    taken: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def work(self, address: str, over: threading.Event) -> None:
        """Judge until it is over: any match of any enterprise, so that several judge the same."""
        chance = random.Random(self.name)
        with httpx.Client(base_url=address, timeout=60, cookies={"anbudslots-session": self.session}) as client:
            token = csrf_of(client.get("/om").raise_for_status().text)
            while not over.wait(chance.uniform(*THINKS)):
                if chance.random() < 0.1:
                    self._timed(partial(client.get, "/ko"))
                    continue
                note = f"{self.name}, ord {len(self.asked)}"
                self.asked.add(note)
                form = {
                    "csrf": token,
                    "enterprise": chance.choice(ENTERPRISES),
                    "notice": f"{991000 + 3 * chance.randrange(NOTICES // 3)}-2026",
                    "lot": "LOT-0000",
                    "answer": chance.choice(("yes", "maybe", "no:too_far")),
                    "note": note,
                    "key": f"key-{len(self.asked):020}",
                }
                headers = {"Accept": "application/json"}
                # Now and then the answer got lost on its way, and the browser sends the same again.
                judge = partial(client.post, "/ko", data=form, headers=headers)
                for _ in range(1 + (chance.random() < 0.1)):
                    number = self._timed(judge).json()["number"]
                    self.saved[number] = note
                if chance.random() < 0.05:
                    back = {"csrf": token, "number": str(number)}
                    self._timed(partial(client.post, "/ko/angra", data=back, headers=headers))
                    self.undone.add(number)

    def _timed(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        start = time.perf_counter()
        answer = ask()
        self.taken.append(time.perf_counter() - start)
        self.statuses[answer.status_code] += 1
        return answer.raise_for_status()


def crawl(ted: StandIn, folder: Path, day: str) -> None:
    """Crawl one day's notices."""
    ended(many.crawl(ted, folder, "--since", day, "--until", day))


def match(folder: Path) -> None:
    """Match what is new."""
    program = [sys.executable, "-m", "anbudslots", "--data", str(folder), "--now", NOW.isoformat(), "match"]
    environment = guarded_environment(folder.with_suffix(".log"))
    ended(subprocess.Popen(program, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True))


def ended(process: subprocess.Popen[str]) -> None:
    """A command has ended well."""
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said


@pytest.mark.model
def test_many_judge_while_a_crawl_and_a_match_write(
    data_with_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_with_model
    with StandIn(many.notices(NOTICES)) as ted:
        first, *further = many.DAYS
        register = open_register(folder)
        for identity in ENTERPRISES:
            enterprises.add(register, make_enterprise(identity), at=NOW)
        advisers = []
        for number in range(ADVISERS):
            name = f"Rådgivare {number}"
            account = Account(
                id=0, email=f"a{number}@stod.example", name=name, role="adviser", all_enterprises=True, created=NOW
            )
            made = accounts.add(register, account)
            advisers.append(Adviser(name, serving.session(register, made, at=NOW, lasts=timedelta(days=1))))
        register.close()
        crawl(ted, folder, first)
        process = serving.start(folder, NOW, guarded_environment(tmp_path / "network.log"))
        over = threading.Event()
        rounds = 0
        try:
            address = serving.address(process)
            with ThreadPoolExecutor(ADVISERS) as desks:
                working = [desks.submit(adviser.work, address, over) for adviser in advisers]
                try:
                    begun = time.monotonic()
                    while not rounds or time.monotonic() - begun < SECONDS:
                        # After the last day they find nothing new, and write that.
                        crawl(ted, folder, further[min(rounds, len(further) - 1)])
                        match(folder)
                        rounds += 1
                finally:
                    over.set()
                lasted = time.monotonic() - begun
                for one in working:
                    one.result()
        finally:
            process.terminate()
            process.wait(20)
            assert process.stderr
            process.stderr.close()
    register = open_register(folder)
    kept = {int(row["id"]): row["note"] for row in register.db.query("SELECT id, note FROM judgements")}
    holding = {word.note for word in judgements.of(register, everything=True)}
    assert list(register.db.query("PRAGMA integrity_check")) == [{"integrity_check": "ok"}]
    read = len(list(notices.current(register)))
    register.close()
    assert read == NOTICES * min(1 + rounds, len(many.DAYS)) // len(many.DAYS)
    assert sum((adviser.statuses for adviser in advisers), Counter()).keys() == {200}
    # Each word that was answered as saved is there once, under its number; what was taken back no longer holds.
    assert kept == {number: note for adviser in advisers for number, note in adviser.saved.items()}
    assert set(kept.values()) == set().union(*(adviser.asked for adviser in advisers))
    assert len(set(kept.values())) == len(kept)
    undone = set().union(*(adviser.undone for adviser in advisers))
    assert holding == {note for number, note in kept.items() if number not in undone}
    assert len(kept) > ADVISERS
    assert not (tmp_path / "network.log").exists()
    if LARGE:
        taken = sorted(second for adviser in advisers for second in adviser.taken)
        with capsys.disabled():
            sys.stderr.write(
                f"\n{ADVISERS} advisers, {lasted:.0f} s, {rounds} crawls and matches: {len(taken)} requests, "
                f"{len(kept)} words kept; 95th percentile {1000 * statistics.quantiles(taken, n=20)[-1]:.0f} ms, "
                f"median {1000 * statistics.median(taken):.0f} ms, longest {1000 * taken[-1]:.0f} ms\n"
            )
