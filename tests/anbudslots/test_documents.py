"""`anbudslots documents` as other programs call it."""

import json
from pathlib import Path

import pytest

from tests.anbudslots.test_cli import EXAMPLES, Program
from tests.conftest import ROOT

PDF = str(ROOT / "tests" / "examples" / "documents" / "lokalvard-pdf" / "input.pdf")
NUMBER = "990001-2026"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path)
    assert made("notices", "import", str(EXAMPLES / "notices" / f"{NUMBER}.xml")).returncode == 0
    return made


def test_documents_go_in_once_are_listed_and_shown(program: Program, tmp_path: Path) -> None:
    done = program("documents", "add", NUMBER, PDF)
    assert (done.returncode, done.stdout) == (0, "1 new, 0 changed, 0 unchanged\n")
    assert program("documents", "add", NUMBER, PDF).stdout == "0 new, 0 changed, 1 unchanged\n"

    [row] = json.loads(program("documents", "list", NUMBER, "--json").stdout)
    assert (row["name"], row["pages"], row["language"], row["status"]) == ("input.pdf", 2, "sv", "read")

    shown = json.loads(program("documents", "show", NUMBER, row["id"], "--json").stdout)
    part = next(part for part in shown["parts"] if part["text"] == "2 | Minst två platser | Nej")
    assert (part["page"], part["kind"]) == (1, "row")
    assert shown["text"][part["start"] : part["end"]] == part["text"]

    text = program("documents", "show", NUMBER, "input.pdf").stdout
    assert text.index("[1]") < text.index("1 Inledning") < text.index("[2]") < text.index("- medel")


def test_what_is_set_aside_is_told_and_the_rest_goes_in(program: Program, tmp_path: Path) -> None:
    (tmp_path / "avtal.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest")
    done = program("documents", "add", NUMBER, PDF, str(tmp_path / "avtal.doc"))
    assert done.returncode == 1
    assert "avtal.doc: Filen är i ett äldre Office-format" in done.stderr
    assert json.loads(program("notices", "show", NUMBER).stdout)["read"] == "Underlaget är delvis läst"


def test_a_notice_says_how_much_of_it_has_been_read(program: Program, tmp_path: Path) -> None:
    assert json.loads(program("notices", "show", NUMBER).stdout)["read"] == "Bara annonsen är läst"
    (tmp_path / "krav.txt").write_text("Leverantören ska ha handledare.")
    program("documents", "add", NUMBER, str(tmp_path / "krav.txt"))
    shown = json.loads(program("notices", "show", NUMBER).stdout)
    assert shown["read"] == "Underlaget är läst"
    assert [document["name"] for document in shown["documents"]] == ["krav.txt"]


def test_nothing_that_can_be_read_is_3(program: Program, tmp_path: Path) -> None:
    (tmp_path / "setup.exe").write_bytes(b"MZ\x90\x00")
    assert program("documents", "add", NUMBER, str(tmp_path / "setup.exe")).returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "99-none", PDF),
        ("add", NUMBER),
        ("add", NUMBER, "/nowhere.pdf"),
        ("list", "99-none"),
        ("show", NUMBER, "x"),
    ],
)
def test_wrong_use_is_2_with_a_sentence(program: Program, arguments: tuple[str, ...]) -> None:
    done = program("documents", *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip()
