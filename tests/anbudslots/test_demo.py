"""The demonstration as its user runs it: the whole way, nothing outside loopback, and again without doubles."""

import email
import email.policy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from anbudslots.demo import NOW as DEMO_NOW
from tests.browsing import browser
from tests.conftest import ROOT, guarded_environment

__all__ = ["browser"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Path:
    """The data folder after two runs of the demonstration."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "model").symlink_to(model_folder, target_is_directory=True)
    log = folder / "outside.log"
    outputs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "anbudslots", "--data", str(folder), "demo"],
            env=guarded_environment(log),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=400,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    assert not log.exists(), log.read_text()
    assert "6 mails came in this time" in outputs[0]
    assert "0 mails came in this time" in outputs[1]
    assert "Who got what, and why" in outputs[0]
    return folder


def listing(folder: Path, *arguments: str) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "anbudslots", "--data", str(folder / "demo"), "--now", DEMO_NOW, *arguments]
    done = subprocess.run(
        command, env=guarded_environment(folder / "outside.log"), capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


def test_each_enterprise_got_one_letter(shown: Path) -> None:
    rows = listing(shown, "digest", "status", "--json")
    assert sorted(row["enterprise"] for row in rows) == [f"99-0{n}" for n in range(1, 7)]
    assert {row["state"] for row in rows} == {"accepted"}
    assert len({row["message_id"] for row in rows}) == 6
    assert {row["period"] for row in rows} == {"2026-W48"}


def test_the_mails_are_what_mail_programs_expect(shown: Path) -> None:
    mails = sorted((shown / "demo" / "mails").glob("*.eml"))
    assert len(mails) == 6
    for path in mails:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert message.get_content_type() == "multipart/alternative"
        assert "EXEMPEL" in str(message["Subject"])
        assert str(message["List-Unsubscribe"]).startswith("<mailto:")
        assert message["Auto-Submitted"] == "auto-generated"
        html, text = message.get_body(("html",)), message.get_body(("plain",))
        assert html is not None and text is not None
        assert "<script" not in html.get_content()
        assert "http://" not in html.get_content().replace("http://www.w3.org", "")
        assert "påhittad" in text.get_content()
        assert "ni är behöriga" not in text.get_content()


def test_the_right_tenders_reached_the_right_enterprises(shown: Path) -> None:
    got = {row["enterprise"]: " ".join(row["lots"]) for row in listing(shown, "digest", "status", "--json")}
    assert "990002-2026" in got["99-03"]
    assert "990006-2026" in got["99-04"]
    assert "990010-2026" in got["99-05"]
    assert "990009-2026" in got["99-06"]
    everything = " ".join(got.values())
    # Drain flushing, a software system, a cancelled and a superseded notice reach nobody.
    for number in ("990011-2026", "990012-2026", "990013-2026", "990015-2026", "990016-2026"):
        assert number not in everything


@pytest.mark.browser
def test_the_mails_open_in_a_real_browser_without_faults(shown: Path, browser: Browser) -> None:
    faults: list[str] = []
    outside: list[str] = []
    page = browser.new_page()
    page.on("request", lambda r: outside.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    for path in sorted((shown / "demo" / "mails").glob("*.html")):
        for width in (320, 600):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path.as_uri())
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path.name, width)
    page.close()
    assert faults == []
    assert outside == []


def test_matches_are_exported_in_six_columns(shown: Path, tmp_path: Path) -> None:
    for unit in ("notice", "lot"):
        command = [sys.executable, "-m", "anbudslots", "--data", str(shown / "demo"), "matches", "export"]
        target = tmp_path / f"{unit}.txt"
        done = subprocess.run(
            [*command, "--unit", unit, "--top", "3", str(target)],
            env=guarded_environment(shown / "outside.log"),
            cwd=ROOT,
            capture_output=True,
        )
        assert done.returncode == 0
        rows = [line.split(" ") for line in target.read_text().splitlines()]
        assert len(rows) == 18
        assert {len(row) for row in rows} == {6}
        assert [row[3] for row in rows[:3]] == ["1", "2", "3"]
        assert ("/" in rows[0][2]) == (unit == "lot")
