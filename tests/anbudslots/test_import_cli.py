"""Tables and notices by hand, as a user runs it: template, import, add."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.anbudslots.test_cli import Program
from tests.conftest import ROOT, guarded_environment
from tests.crawler.test_tables import PASTED


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def added(program: Program, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`notices add` with a text on stdin."""
    command = [sys.executable, "-m", "anbudslots", "--data", str(program.folder / "data"), "notices", "add", *arguments]
    environment = guarded_environment(program.log)
    return subprocess.run(command, input=text, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=240)


@pytest.mark.parametrize("name", ["annonser.csv", "annonser.xlsx"])
def test_the_template_is_filled_in_and_imported(program: Program, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert program("notices", "template", str(path)).returncode == 0
    assert program("notices", "template", str(path)).returncode == 2
    if path.suffix == ".csv":
        path.write_bytes(path.read_bytes() + "990043-2026;Trappstäd;Orsa kommun\r\n".encode())
    else:
        book = load_workbook(path)
        book.worksheets[0].append(["990043-2026", "Trappstäd", "Orsa kommun"])
        book.save(path)
    done = program("notices", "import", str(path))
    assert (done.returncode, done.stdout) == (0, "2 new, 0 changed, 0 unchanged, 0 set aside of 2\n")
    assert "0 new, 0 changed, 2 unchanged" in program("notices", "import", str(path)).stdout
    shown = json.loads(program("notices", "show", "990043-2026").stdout)
    assert (shown["title"], shown["origin"], shown["example"]) == ("Trappstäd", "table", True)


def test_a_bad_row_is_told_with_line_and_column_and_the_status_is_1(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Titel;Köpare;Sista anbudsdag\nStäd;Orsa kommun;i morgon\nPutsning;Orsa kommun;17/12 2026\n")
    done = program("notices", "import", str(path))
    assert (done.returncode, done.stdout) == (1, "1 new, 0 changed, 0 unchanged, 1 set aside of 2\n")
    assert "set aside t.csv line 2, Sista anbudsdag: 'i morgon' is no day" in done.stderr


def test_a_pasted_notice_goes_in_once(program: Program) -> None:
    first = added(program, PASTED, "--cpv", "90911300")
    assert (first.returncode, first.stderr) == (0, "")
    assert "Köpare: Exempelstads kommun" in first.stdout
    assert "1 new" in first.stdout
    assert "1 unchanged" in added(program, PASTED, "--cpv", "90911300", "--yes").stdout
    [row] = json.loads(program("notices", "list", "--json").stdout)
    assert (row["origin"], row["title"]) == ("hand", "Fönsterputs på sex förskolor")
    assert row["publication_number"].startswith("hand-")


def test_a_notice_is_added_by_options_alone(program: Program) -> None:
    own = ("--number", "990044-2026", "--title", "Städ", "--buyer", "Orsa kommun")
    assert "1 new" in program("notices", "add", *own, "--deadline", "2026-12-17").stdout
    assert "1 changed" in program("notices", "add", *own, "--deadline", "2026-12-21").stdout
    lacking = program("notices", "add", "--title", "Städ", "--yes")
    assert lacking.returncode == 3
    assert "Köpare: is missing" in lacking.stderr
