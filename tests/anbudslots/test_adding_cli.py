"""The template, its import, and adding by hand, as a user runs them."""

import json
from pathlib import Path

import pytest

from tests.anbudslots.test_cli import Program

TEXT = "Fönsterputs\nKöpare: Exempelstads kommun\nSista anbudsdag: 17/12 2026 kl. 12.00\nCPV: 90911300-9\n"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """An empty data folder."""
    return Program(tmp_path)


@pytest.mark.parametrize("name", ["annonser.csv", "annonser.xlsx"])
def test_the_template_is_written_once_and_imported(program: Program, name: str) -> None:
    path = program.folder / name
    assert program("notices", "template", str(path)).returncode == 0
    assert "is there already" in program("notices", "template", str(path)).stderr
    done = program("notices", "import", str(path))
    assert (done.returncode, done.stdout.strip()) == (0, "1 new, 0 changed, 0 unchanged, 0 set aside of 1")


def test_a_bad_row_is_listed_and_the_rest_goes_in(program: Program) -> None:
    path = program.folder / "t.csv"
    path.write_text("Titel;Köpare;Kaffe\nStäd;Exempelstads kommun;\nPutsning;;\n", encoding="utf-16")
    done = program("notices", "import", str(path))
    assert (done.returncode, done.stdout.strip()) == (1, "1 new, 0 changed, 0 unchanged, 1 set aside of 2")
    assert "t.csv line 3, Köpare: is missing" in done.stderr
    assert "the column 'Kaffe' is not known" in done.stderr


def test_a_notice_is_added_by_its_text_once(program: Program) -> None:
    path = program.folder / "notice.txt"
    path.write_text(TEXT, encoding="cp1252")
    done = program("notices", "add", "--text", str(path), "--place", "Mora", "--yes")
    assert "Köpare: Exempelstads kommun" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 new, 0 changed, 0 unchanged, 0 set aside of 1"
    again = program("notices", "add", "--text", str(path), "--place", "Mora", "--yes")
    assert again.stdout.splitlines()[-1] == "0 new, 0 changed, 1 unchanged, 0 set aside of 1"
    (row,) = json.loads(program("notices", "list", "--json").stdout)
    assert (row["origin"], row["title"], row["deadline"][:16]) == ("hand", "Fönsterputs", "2026-12-17T11:00")


def test_nothing_is_added_unasked_or_lacking(program: Program) -> None:
    assert program("notices", "add", "--title", "Städ", "--buyer", "Exempelstads kommun").returncode == 2
    lacking = program("notices", "add", "--title", "Städ", "--yes")
    assert (lacking.returncode, "Köpare: is missing" in lacking.stderr) == (3, True)
    assert json.loads(program("notices", "list", "--json").stdout) == []
