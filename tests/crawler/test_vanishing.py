"""The real spider against a list that loses notices: marked after two complete crawls, or held by the brake."""

import subprocess
import sys
from pathlib import Path

from crawler.standin import StandIn, Traps
from register import absences
from register.database import open_register
from tests.conftest import ROOT, guarded_environment
from tests.crawler.test_ted_crawl import EXAMPLES


def crawl(folder: Path, left_out: int) -> str:
    """One crawl of a list without the first so many notices; what it printed."""
    with StandIn(EXAMPLES[left_out:], Traps()) as ted:
        environment = guarded_environment(
            folder / "outside.log", **ted.environment, ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us"
        )
        program = [sys.executable, "-m", "anbudslots", "--data", str(folder / "data"), "--now", "2026-11-24T08:00"]
        days = ["--since", "2026-11-16", "--until", "2026-11-24"]
        done = subprocess.run(
            [*program, "crawl", "ted", *days], env=environment, capture_output=True, text=True, cwd=ROOT, timeout=240
        )
    return done.stdout + done.stderr


def gone(folder: Path) -> int:
    register = open_register(folder / "data")
    found = register.db.execute("SELECT count(*) FROM notices WHERE gone IS NOT NULL").fetchone()[0]
    register.close()
    return int(found)


def test_a_notice_off_the_list_is_marked_after_two_complete_crawls_and_cleared_when_back(tmp_path: Path) -> None:
    crawl(tmp_path, 0)
    assert "No longer published" not in crawl(tmp_path, 1)
    assert gone(tmp_path) == 0
    assert "No longer published" in crawl(tmp_path, 1)
    assert gone(tmp_path) == 1
    crawl(tmp_path, 0)
    assert gone(tmp_path) == 0


def test_many_at_once_are_held_until_a_person_has_looked(tmp_path: Path) -> None:
    crawl(tmp_path, 0)
    crawl(tmp_path, 8)
    assert "anbudslots sources confirm 3 close" in crawl(tmp_path, 8)
    assert gone(tmp_path) == 0
    register = open_register(tmp_path / "data")
    (brake,) = absences.undecided(register)
    register.close()
    assert len(brake.would_close) > absences.FEW
