"""`anbudslots evaluate screening` and `evaluate documents` as other programs call them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.anbudslots.test_cli import Program
from tests.conftest import ROOT

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU för arbetsintegrerande sociala företag."


@pytest.fixture
def program(data_with_model: Path) -> Program:
    return Program(data_with_model.parent)


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def passages(tmp_path: Path) -> str:
    return write(
        tmp_path / "gold.jsonl",
        {"id": "a", "text": RESERVED, "labels": {"reserved_participation": "affirmed"}, "lang": "sv", "kind": "plain"},
        {"id": "b", "text": "Beställaren reserverar sig för fel i bilden.", "labels": {}, "kind": "lookalike"},
    )


def test_passages_as_a_table_and_as_objects(program: Program, passages: str) -> None:
    shown = program("evaluate", "screening", "--gold", passages, "--wrong", "--ablation")
    assert shown.returncode == 0
    for words in ("reserved_participation", "all (macro)", "95 % of F1", "lookalike", "rules only", "keywords"):
        assert words in shown.stdout
    own, *_, plain = json.loads(program("evaluate", "screening", "--gold", passages, "--json").stdout)
    assert own["per_clause"]["reserved_participation"]["F1"] == 1
    assert own["per_clause"]["reserved_participation"]["F1_interval"] == [1, 1]
    assert own["micro"]["n"] == 1
    assert plain["name"] == "keywords"
    assert plain["clean_by_kind"]["lookalike"]["clauses"] == {"reserved_participation": 1}
    [row] = [row for row in plain["confusion"] if row["kind"] == "lookalike"]
    assert (row["flagged"], row["holds"], row["ids"]) == ("reserved_participation", "nothing", ["b"])


def test_documents_as_text_and_as_files(program: Program, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "examples" / "documents" / "lokalvard-pdf" / "input.pdf", tmp_path / "underlag.pdf")
    reserved = {"code": "reserved_participation", "polarity": "affirmed", "quote": "är reserverad enligt"}
    gold = write(
        tmp_path / "gold.jsonl",
        {"id": "text", "title": "", "text": f"Inledning.\n\n{RESERVED}", "spans": [reserved]},
        {"id": "file", "title": "", "file": "underlag.pdf", "spans": []},
    )
    done = program("evaluate", "documents", "--gold", gold, "--json")
    assert done.returncode == 0, done.stderr
    [own] = json.loads(done.stdout)
    assert own["documents"] == 2
    assert own["per_clause"]["reserved_participation"]["recall"] == 1
    assert own["quotes_right"] == own["findings"] >= 1
    shown = program("evaluate", "documents", "--gold", gold, "--wrong").stdout
    assert f"offsets: {own['findings']} of {own['findings']}" in shown


def test_a_quote_that_is_not_in_its_text_is_listed(program: Program, tmp_path: Path) -> None:
    span = {"code": "equality", "polarity": "affirmed", "quote": "Finns inte här"}
    done = program(
        "evaluate", "documents", "--gold", write(tmp_path / "g.jsonl", {"id": "d", "text": "x", "spans": [span]})
    )
    assert done.returncode == 1
    assert "g.jsonl d, equality: the quote is not in it: 'Finns inte här'" in done.stderr


def test_a_file_that_is_missing_is_named(program: Program, tmp_path: Path) -> None:
    gold = write(tmp_path / "g.jsonl", {"id": "d", "file": "nowhere.pdf", "spans": []})
    done = program("evaluate", "documents", "--gold", gold)
    assert done.returncode == 1
    assert "nowhere.pdf" in done.stderr
