"""The real spider as a process of its own, against the stand-in with TED's traps."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.standin import StandIn, Traps
from register import notices, runs
from register.database import open_register
from tests.conftest import ROOT, guarded_environment

EXAMPLES = [p.read_bytes() for p in sorted((ROOT / "config" / "examples" / "notices").glob("*.xml"))]
Crawl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    def run(traps: Traps, *, contact: str = "https://example.org/us") -> tuple[int, str, str]:
        with StandIn(EXAMPLES, traps) as ted:
            environment = guarded_environment(
                tmp_path / "outside.log",
                **ted.environment,
                ANBUDSLOTS_CRAWLER__CONTACT=contact,
            )
            days = ["--since", "2026-11-16", "--until", "2026-11-24"]
            program = [
                sys.executable,
                "-m",
                "anbudslots",
                "--data",
                str(tmp_path / "data"),
                "--now",
                "2026-11-24T08:00",
            ]
            command = [*program, "crawl", "ted", *days]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=240)
            run.requests = ted.requests  # type: ignore[attr-defined]
        assert not (tmp_path / "outside.log").exists()
        return done.returncode, done.stdout, done.stderr

    return run


def test_two_crawls_of_the_same_days_change_nothing(crawl: Crawl) -> None:
    status, out, _ = crawl(Traps())
    assert (status, "complete; announced 18, received 18, new 18" in out) == (0, True)
    agents = {agent for _, _, agent in crawl.requests}  # type: ignore[attr-defined]
    assert all(
        re.match(r"^Mozilla/5\.0 \(compatible; Anbudslots/[\d.]+; \+https://example\.org/us\)$", a) for a in agents
    )
    assert ("GET", "/robots.txt") in {(m, p) for m, p, _ in crawl.requests}  # type: ignore[attr-defined]
    status, out, _ = crawl(Traps())
    assert (status, "new 0, changed 0, unchanged 18" in out) == (0, True)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_notice_comes_through_bad_answers(crawl: Crawl, seed: int, tmp_path: Path) -> None:
    status, out, err = crawl(Traps(bad_share=0.17, seed=seed))
    assert status == 0, out + err
    register = open_register(tmp_path / "data")
    assert notices.count(register) == 18
    register.close()
    assert "Met and overcome" in out


def test_a_notice_that_is_withheld_makes_its_window_partial(crawl: Crawl) -> None:
    status, out, _ = crawl(Traps(withheld=frozenset({"990004-2026"})))
    assert status == 1
    assert "partial; announced 18, received 17" in out
    assert "The window 2026-11-19 is partial: 1 of 2 announced notices came" in out
    # The next crawl asks again, and gets it.
    status, out, _ = crawl(Traps())
    assert (status, "new 1" in out) == (0, True)


def test_a_bot_challenge_is_named_and_the_short_form_used(crawl: Crawl, tmp_path: Path) -> None:
    status, out, _ = crawl(Traps(challenge=True))
    assert status == 1
    assert "challenge (202)" in out
    register = open_register(tmp_path / "data")
    assert notices.get(register, "990001-2026").reading == "short"
    register.close()
    # The full text replaces the short form when it comes; the short form never replaces the full text.
    crawl(Traps())
    crawl(Traps(challenge=True))
    register = open_register(tmp_path / "data")
    assert notices.get(register, "990001-2026").reading == "full"
    register.close()


def test_robots_are_obeyed(crawl: Crawl) -> None:
    status, out, _ = crawl(Traps(forbid_robots=True))
    assert status == 3
    assert "robots.txt forbids" in out
    assert {path for _, path, _ in crawl.requests} == {"/robots.txt"}  # type: ignore[attr-defined]


def test_no_crawl_without_a_contact(crawl: Crawl) -> None:
    status, _, err = crawl(Traps(), contact="")
    assert status == 2
    assert "ANBUDSLOTS_CRAWLER__CONTACT" in err
    assert crawl.requests == []  # type: ignore[attr-defined]


def test_a_row_of_different_faults_is_overcome(crawl: Crawl, tmp_path: Path) -> None:
    status, out, _ = crawl(Traps(first=("html", "truncate", "cut", "500", "429", "timedout")))
    assert (status, "received 18" in out) == (0, True)
    register = open_register(tmp_path / "data")
    last = runs.latest(register, "ted")
    register.close()
    assert last is not None
    assert last.complete


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_crawl_that_is_stopped_leaves_a_usable_register(tmp_path: Path, stop: signal.Signals) -> None:
    with StandIn(EXAMPLES, Traps(hold_after=29)) as ted:
        environment = guarded_environment(
            tmp_path / "outside.log",
            **ted.environment,
            ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us",
            ANBUDSLOTS_CRAWLER__CONCURRENCY="1",
        )
        program = [sys.executable, "-m", "anbudslots", "--data", str(tmp_path / "data"), "--now", "2026-11-24T08:00"]
        command = [*program, "crawl", "ted", "--since", "2026-11-16", "--until", "2026-11-24"]
        first = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(30):
            assert ted.asked.acquire(timeout=60)
        first.send_signal(stop)
        ted.go.set()
        _, told = first.communicate(timeout=60)
        assert first.returncode == (1 if stop == signal.SIGINT else -signal.SIGKILL), told
        again = subprocess.run(
            command,
            env=environment | {"ANBUDSLOTS_CRAWLER__DELAY_SECONDS": "0"},
            cwd=ROOT,
            capture_output=True,
            timeout=120,
        )
    assert again.returncode == 0, again.stderr
    register = open_register(tmp_path / "data")
    assert notices.count(register) == 18
    assert list(register.db.query("PRAGMA integrity_check")) == [{"integrity_check": "ok"}]
    register.close()
