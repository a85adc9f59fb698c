"""Figures on clauses and the check of their files, on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anbudslots.main import cli
from matcher import screener
from matcher.screening import checking
from matcher.screening.checking import Fault
from register import notices
from register.database import open_register
from tests.conftest import NOW, make_lot, make_notice

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."


def command(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--data", str(data), *arguments], standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Two screened notices, one of them an alert, and one that nobody has read."""
    register = open_register(tmp_path)
    notices.add(register, make_notice("1-2026", lots=(make_lot(description=RESERVED),)), raw=None, at=NOW)
    notices.add(register, make_notice("2-2026", reading="alert"), raw=None, at=NOW)
    screener.new(register, now=NOW, closed=False, progress=lambda _done, _all: None)
    notices.add(register, make_notice("3-2026"), raw=None, at=NOW)
    register.close()
    return tmp_path


def test_figures_tell_how_much_was_read(filled: Path) -> None:
    told = json.loads(command(filled, "clauses", "stats", "--by", "county", "--json").stdout)
    [row] = told["rows"]
    assert (row["key"], row["tenders"], row["read"]) == ("20", 2, {"full": 1, "short": 0, "alert": 1, "title": 0})
    assert row["clauses"] == {"reserved_participation": {"affirmed": 1, "possible": 0, "negated": 0}}
    assert told["not_screened"] == 1


def test_figures_as_a_table_with_a_line_of_all(filled: Path) -> None:
    lines = command(filled, "clauses", "stats", "--by", "year").stdout.splitlines()
    heads = "year tenders in full short form alert only title only clause affirmed possible negated"
    assert lines[0].split() == heads.split()
    assert lines[1].split() == ["2026", "2", "1", "0", "1", "0", "reserved_participation", "1", "0", "0"]
    assert lines[2].split() == ["all", "2", "1", "0", "1", "0", "reserved_participation", "1", "0", "0"]
    assert lines[3].startswith(
        "2 tenders screened: 1 read in full, 0 in a short form, 1 only as alerts, 0 only by title; 1 not screened"
    )


def test_one_clause_alone_and_none_of_it(filled: Path) -> None:
    told = json.loads(command(filled, "clauses", "stats", "--by", "buyer", "--clause", "equality", "--json").stdout)
    assert told["total"]["clauses"] == {}


def test_nothing_to_count(tmp_path: Path) -> None:
    assert "No notice has been screened yet" in command(tmp_path, "clauses", "stats", "--by", "cpv").stdout


def test_the_files_are_in_order(tmp_path: Path) -> None:
    done = command(tmp_path, "clauses", "check")
    assert done.return_value == 0
    assert done.stdout.startswith("No faults: 14 clauses, ")
    assert "have not been compared with the statute" in done.stdout


def test_each_fault_is_listed_with_its_place_and_the_status_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault("equality.yaml", "no-discrimination", "window", "is -1, no number of segments from 0 to 20")
    monkeypatch.setattr(checking, "check", lambda: [fault])
    done = command(tmp_path, "clauses", "check")
    assert done.return_value == 1
    assert done.stdout.splitlines()[1].split()[:4] == ["equality.yaml", "no-discrimination", "window", "is"]
    [row] = json.loads(command(tmp_path, "clauses", "check", "--json").stdout)
    assert row == {"file": fault.file, "rule": fault.rule, "field": fault.field, "reason": fault.reason}
