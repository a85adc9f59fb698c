"""Joining, splitting and changes on the command line, and the word on a brake."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import merging
from register import absences, notices, runs, windows
from register.database import open_register
from register.models import Window
from tests.anbudslots.test_cli import Program
from tests.conftest import make_lot, make_notice

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
BY = ("--by", "Asta")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A register with a TED notice in two versions and its alert, which the rules have joined."""
    register = open_register(tmp_path / "data")
    notices.add(register, make_notice(), raw="a", at=AT - timedelta(days=2))
    later = make_lot(deadline=datetime(2026, 12, 24, 22, 59, tzinfo=UTC))
    notices.add(register, make_notice(lots=(later,)), raw="b", at=AT - timedelta(days=1))
    alert = make_notice("mercell-1", origin="mercell", procedure_id=None, reading="alert", lots=(later,))
    notices.add(register, alert, raw="c", at=AT)
    merging.settle(register, AT)
    register.close()
    return Program(tmp_path)


def test_show_tells_of_the_tender_and_why(program: Program) -> None:
    shown = json.loads(program("notices", "show", "mercell-1").stdout)["tender"]
    assert (shown["number"], shown["notices"], shown["by_ids"]) == ("123456-2026", ["123456-2026", "mercell-1"], [])
    (join,) = shown["joins"]
    assert join["evidence"] == ["samma köpare", "samma rubrik", "samma sista anbudsdag 2026-12-24"]


def test_split_and_join_by_hand_stand(program: Program) -> None:
    done = program("notices", "split", "123456-2026", "mercell-1", *BY, "--why", "two schools")
    assert done.stdout.splitlines() == [
        "123456-2026: one tender with 123456-2026",
        "mercell-1: one tender with mercell-1",
    ]
    (word,) = json.loads(program("notices", "show", "mercell-1").stdout)["tender"]["joins"]
    assert (word["made_by"], word["who"], word["same"], word["evidence"]) == ("person", "Asta", False, ["two schools"])
    done = program("notices", "join", "mercell-1", "123456-2026", *BY)
    assert "mercell-1: one tender with 123456-2026, mercell-1" in done.stdout


def test_a_wrong_number_or_no_name_is_wrong_use(program: Program) -> None:
    done = program("notices", "join", "mercell-1", "9-2026", *BY)
    assert (done.returncode, "No notice 9-2026" in done.stderr) == (2, True)
    assert program("notices", "split", "mercell-1", "123456-2026").returncode == 2


def test_changes_are_told_in_swedish(program: Program) -> None:
    done = program("notices", "changes", "123456-2026")
    assert done.stdout.splitlines() == [
        "2026-11-20  123456-2026 -> 123456-2026",
        "  Sista anbudsdag flyttad från torsdag 17 december till torsdag 24 december.",
    ]
    (step,) = json.loads(program("notices", "changes", "123456-2026", "--json").stdout)
    assert step["changes"][0]["before"] == "2026-12-17 23:59"
    assert program("notices", "changes", "mercell-1").stdout == "No changes.\n"


def test_a_person_confirms_a_run_that_the_brake_held(program: Program) -> None:
    register = open_register(program.folder / "data")
    numbers = [f"{place}-2026" for place in range(1, 11)]
    for number in numbers:
        notices.add(register, make_notice(number), raw=None, at=AT)
    run = 0
    for listed in (numbers, numbers[5:], numbers[5:]):
        run = runs.start(register, "ted", at=AT)
        window = Window(
            source="ted", window="2026-11-20", announced=10, received=10, status="complete", problem="", run=run, at=AT
        )
        windows.put(register, window)
        absences.observe(register, "ted", "2026-11-20", run, listed)
        absences.conclude(register, "ted", run, AT)
    register.close()
    assert program("sources", "confirm", str(run + 1), "close", *BY).returncode == 2
    done = program("sources", "confirm", str(run), "close", *BY)
    assert done.stdout == ("5 notices marked as no longer published: 1-2026, 2-2026, 3-2026, 4-2026, 5-2026\n")
    assert json.loads(program("notices", "show", "1-2026").stdout)["provenance"]["gone"]
