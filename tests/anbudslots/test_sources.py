"""Which sources may be crawled, by the real program: a refusal comes before any request."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from anbudslots.context import App
from anbudslots.crawl import daily, left_out
from anbudslots.main import main
from config import sources
from tests.conftest import NOW, ROOT, guarded_environment
from tests.crawler.loopback import Answer, Loopback

NOTHING = "http://127.0.0.1:9"
"""A loopback address where nobody listens."""
FOREVER = "2099-12-31"
PERMIT = ("sources", "permit", "kommersannons", "--by", "Asta A", "--reference", "brev 99 (påhittat)", "--until")
SETTINGS = {
    "ANBUDSLOTS_CRAWLER__CONTACT": "https://example.org/us",
    "ANBUDSLOTS_CRAWLER__RETRIES": "0",
    "ANBUDSLOTS_KOMMERSANNONS__URL": NOTHING,
}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Program = Callable[..., Done]
WITH_A_CRAWL = ("ted", "ted-packages", "mailbox")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """The program's own main, in this process."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, now: str = "2026-11-24T08:00") -> Done:
        line = ["anbudslots", "--data", str(tmp_path / "data"), "--now", now, *arguments]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(str(ended.value.code)), *capsys.readouterr())

    return run


@pytest.fixture
def process(tmp_path: Path) -> Program:
    """The program as a process of its own, in the same data folder, for a crawl that starts."""

    def run(*arguments: str, url: str = NOTHING, now: str = "2026-11-24T08:00") -> Done:
        settings = SETTINGS | {"ANBUDSLOTS_KOMMERSANNONS__URL": url}
        environment = guarded_environment(tmp_path / "outside.log", **settings)
        command = [sys.executable, "-m", "anbudslots", "--data", str(tmp_path / "data"), "--now", now, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=120)
        assert not (tmp_path / "outside.log").exists()
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def shown(program: Program, source: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(program("sources", "show", source, "--json").stdout)
    return found


def test_a_dossier_is_shown_whole(program: Program) -> None:
    told = program("sources", "show", "kommersannons").stdout
    for line in (
        "operator: Antirio",
        "robots.txt: Allows all. (as of 2026-09, second-hand)",
        "  where: eLite terms § 3.4 (as of 2026-09, second-hand)",
        "decision: needs permission, by the project, 2026-11-24: terms § 3.4 ask for approval",
        "evidence: docs/evidence/kommersannons.md",
        "permission: none recorded",
        "last run: never",
        "last complete: never",
        "partial windows: none",
    ):
        assert line in told.splitlines()
    assert shown(program, "konstpool")["robots"] is None
    listed = {row["id"]: row for row in json.loads(program("sources", "list", "--json").stdout)}
    assert listed["kommersannons"]["terms"][0]["where"] == "eLite terms § 3.4"
    assert listed["kommersannons"].items() <= shown(program, "kommersannons").items()
    assert program("sources", "show", "nowhere").returncode == 2


@pytest.mark.parametrize("source", [name for name in sources.load() if name not in WITH_A_CRAWL])
def test_a_source_without_a_crawl_or_leave_is_refused_and_its_dossier_named(program: Program, source: str) -> None:
    done = program("crawl", source, "--since", "2026-11-16")
    assert done.returncode == 3
    assert (
        f"dossier of {source} in config/sources.yaml" in done.stderr
        or "its dossier in config/sources.yaml" in done.stderr
    )


@pytest.mark.parametrize("source", ["e-avrop", "mercell", "tendsign", "konstpool", "uhm", "files"])
def test_no_permission_can_be_recorded_for_never_and_import_only(program: Program, source: str) -> None:
    done = program("sources", "permit", source, "--by", "Asta A", "--reference", "brev 99", "--until", FOREVER)
    assert done.returncode == 3
    assert "No permission can be recorded" in done.stderr
    assert shown(program, source)["permissions"] == []


@pytest.mark.parametrize("source", ["ted", "mail", "table", "hand"])
def test_an_enabled_source_needs_none(program: Program, source: str) -> None:
    done = program("sources", "permit", source, "--by", "Asta A", "--reference", "brev 99", "--until", FOREVER)
    assert (done.returncode, "needs no permission" in done.stderr) == (2, True)


def test_a_permission_says_who_what_and_until_when(program: Program) -> None:
    assert program(*PERMIT, "2026-11-23").returncode == 2
    assert program(*PERMIT[:4], " ", *PERMIT[5:], FOREVER).returncode == 2
    assert program("sources", "permit", "kommersannons", "--by", "Asta A").returncode == 2
    assert program(*PERMIT, FOREVER).returncode == 0
    [permission] = shown(program, "kommersannons")["permissions"]
    assert (permission["by"], permission["until"], permission["reference"]) == ("Asta A", FOREVER, "brev 99 (påhittat)")
    assert permission["recorded"] == "2026-11-24T07:00:00Z"


def test_a_permission_starts_the_spider_until_it_is_withdrawn(program: Program, process: Program) -> None:
    program(*PERMIT, FOREVER)
    with Loopback(lambda _request: Answer(404)) as portal:
        started = process("crawl", "kommersannons", url=portal.address)
    # There is no list, so nothing is done; but the spider has asked.
    assert [request.path for request in portal.requests] == ["/Notices/TenderNotices"]
    assert "config/sources.yaml" not in started.stderr
    assert "kommersannons" in started.stdout
    assert shown(program, "kommersannons")["last_status"] == "failed"
    assert program("sources", "withdraw", "kommersannons", "--by", "Bo B").returncode == 0
    refused = process("crawl", "kommersannons")
    assert refused.returncode == 3
    assert "was withdrawn on 2026-11-24 by Bo B" in refused.stderr
    assert program("sources", "withdraw", "kommersannons", "--by", "Bo B").returncode == 2


def test_a_permission_without_a_spider_is_kept_and_starts_nothing(program: Program) -> None:
    done = program("sources", "permit", "clira", "--by", "Asta A", "--reference", "brev 99", "--until", FOREVER)
    assert (done.returncode, "clira has no spider" in done.stderr) == (0, True)
    assert shown(program, "clira")["permission_until"] == FOREVER
    assert program("crawl", "clira").returncode == 3


def test_a_permission_ends(program: Program) -> None:
    program(*PERMIT, FOREVER)
    refused = program("crawl", "kommersannons", now="2100-01-01T00:01")
    assert refused.returncode == 3
    assert f"The last permission, of Asta A, ended with {FOREVER}." in refused.stderr


def test_no_set_clock_brings_an_ended_permission_back(program: Program) -> None:
    # The real clock has passed the last day, whatever --now says.
    program(*PERMIT, "2026-11-25")
    refused = program("crawl", "kommersannons", now="2026-11-24T08:00")
    assert refused.returncode == 3
    assert "ended with 2026-11-25" in refused.stderr


def test_a_daily_crawl_is_of_what_may_run_and_is_not_for_earlier_days(program: Program, tmp_path: Path) -> None:
    app = App(tmp_path / "data", NOW + timedelta(hours=2))
    assert daily(app) == ["ted"]
    program(*PERMIT, FOREVER)
    assert daily(app) == ["ted", "kommersannons"]
    program("sources", "withdraw", "kommersannons", "--by", "Bo B")
    assert daily(app) == ["ted"]


def test_a_daily_crawl_says_what_it_leaves_out_since_its_permission_ran_out(program: Program, tmp_path: Path) -> None:
    program(*PERMIT, "2026-11-25")
    app, later = (App(tmp_path / "data", NOW + timedelta(days=days)) for days in (1, 2))
    assert (daily(app), left_out(app)) == (["ted", "kommersannons"], [])
    assert daily(later) == ["ted"]
    assert left_out(later) == [
        "kommersannons is left out: its permission, of Asta A, ended with 2026-11-25. Ask its operator again, and "
        "record the answer with `anbudslots sources permit kommersannons`."
    ]
