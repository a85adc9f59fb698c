"""The command line as other programs call it: exit statuses, JSON, and that a second run changes nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from anbudslots.main import COMMANDS, cli
from register.lock import folder_lock
from tests.conftest import ROOT, guarded_environment

EXAMPLES = ROOT / "config" / "examples"


class Program:
    """`anbudslots` with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "outside.log"

    def __call__(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "anbudslots", "--data", str(self.folder / "data"), "--now", "2026-11-24T07:30"]
        environment = guarded_environment(self.log, **settings)
        done = subprocess.run(
            [*command, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=240,
        )
        assert not self.log.exists()
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture
def program(data_with_model: Path) -> Program:
    return Program(data_with_model.parent)


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        done = CliRunner().invoke(cli, [name, "--help"])
        assert done.exit_code == 0, name
        assert len(done.output.splitlines()) > 3, name


def test_enterprises_go_in_once(program: Program) -> None:
    file = str(EXAMPLES / "enterprises.jsonl")
    assert "6 new" in program("enterprises", "import", file, "--confirmed").stdout
    assert "6 unchanged" in program("enterprises", "import", file).stdout
    rows = json.loads(program("enterprises", "list", "--json").stdout)
    assert [row["id"] for row in rows] == [f"99-0{n}" for n in range(1, 7)]
    assert all(row["letters"] for row in rows)
    assert json.loads(program("enterprises", "show", "99-01").stdout)["municipality"] == "Avesta"


def test_a_bad_row_is_listed_and_the_status_is_1(program: Program, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("id,name,municipality,odd\na1,Ett,Mora,x\na2,,Mora,\n")
    done = program("enterprises", "import", str(tmp_path / "e.csv"))
    assert done.returncode == 1
    assert "e.csv line 3, name" in done.stderr
    assert "unknown field 'odd'" in done.stderr
    assert "1 new" in done.stdout


def test_notices_are_listed_as_objects(program: Program) -> None:
    assert program("notices", "import", str(EXAMPLES / "notices")).returncode == 0
    rows = json.loads(program("notices", "list", "--json").stdout)
    assert {row["publication_number"] for row in rows} >= {"990001-2026", "990018-2026"}
    assert all(row["example"] for row in rows)
    assert json.loads(program("notices", "show", "990001-2026").stdout)["title"] == "Fönsterputs på sex förskolor"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("crawl",),
        ("crawl", "nowhere"),
        ("enterprises", "show", "nobody"),
        ("notices", "show", "9-2026"),
        ("notices", "import", "/nowhere.xml"),
        ("matches", "list", "--enterprise", "nobody"),
        ("screen",),
        ("digest", "send"),
    ],
)
def test_wrong_use_is_2_with_a_sentence(program: Program, arguments: tuple[str, ...]) -> None:
    done = program(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip()


def test_a_wrong_setting_is_2_and_named(program: Program) -> None:
    done = program("doctor", ANBUDSLOTS_MAIL__PORT="post")
    assert done.returncode == 2
    assert "ANBUDSLOTS_MAIL__PORT" in done.stderr


@pytest.mark.parametrize("source", ["e-avrop", "kommersannons", "uhm"])
def test_a_source_that_is_not_enabled_is_refused_with_3(program: Program, source: str) -> None:
    done = program("crawl", source, "--since", "2026-11-16", ANBUDSLOTS_CRAWLER__CONTACT="https://example.org")
    assert done.returncode == 3
    assert "sources.yaml" in done.stderr


def test_an_unreachable_source_is_3(program: Program) -> None:
    settings = {
        "ANBUDSLOTS_TED__API_URL": "http://127.0.0.1:9/search",
        "ANBUDSLOTS_CRAWLER__CONTACT": "https://example.org",
        "ANBUDSLOTS_CRAWLER__RETRIES": "1",
        "ANBUDSLOTS_CRAWLER__DELAY_SECONDS": "0",
    }
    done = program("crawl", "ted", "--since", "2026-11-23", "--until", "2026-11-24", **settings)
    assert done.returncode == 3
    assert "robots.txt of 127.0.0.1:9 did not come, so the host must not be asked anything" in done.stdout


def test_a_folder_in_use_is_3_and_reading_goes_on(program: Program) -> None:
    with folder_lock(program.folder / "data"):
        done = program("enterprises", "import", str(EXAMPLES / "enterprises.jsonl"))
        assert done.returncode == 3
        assert "is in use by process" in done.stderr
        assert program("enterprises", "list").returncode == 0


def test_the_doctor_says_where_settings_come_from(program: Program) -> None:
    done = program("doctor", ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us")
    assert "ANBUDSLOTS_CRAWLER__CONTACT" in done.stdout
    assert "environment" in done.stdout
    for check in ("database", "model", "mail", "disk", "clock"):
        assert check in done.stdout


def test_a_text_is_screened(program: Program, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Upphandlingen är reserverad enligt 4 kap. 18 § LOU.")
    [finding] = json.loads(program("screen", str(tmp_path / "t.txt")).stdout)
    assert (finding["clause"], finding["start"]) == ("reserved_participation", 0)


def test_sources_are_listed_with_their_decision(program: Program) -> None:
    rows = {row["id"]: row["status"] for row in json.loads(program("sources", "list", "--json").stdout)}
    assert rows["ted"] == "enabled"
    assert rows["e-avrop"] == "never"
