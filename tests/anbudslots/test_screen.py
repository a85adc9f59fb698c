"""A finding as `anbudslots screen` prints it, and why, as `screen explain` does."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from anbudslots import screen
from anbudslots.main import cli
from matcher.screening import learned, numbers
from register.models import Finding

CONTRACT = {"clause", "polarity", "start", "end", "quote", "legal_basis", "rule", "confidence", "effect"}


def finding(quote: str, **changes: object) -> Finding:
    own = {
        "clause": "employment_requirement", "polarity": "affirmed", "start": 100, "end": 100 + len(quote),
        "quote": quote, "legal_basis": "LOU 17 kap. 1 §", "rule": "r@1", "confidence": 0.9, "effect": "partner",
    }  # fmt: skip
    return Finding.model_validate({**own, **changes})


def test_a_finding_without_more_has_the_fields_of_the_contract_alone() -> None:
    assert set(screen.as_row(finding("Lärlingar tas emot."))) == CONTRACT


def test_numbers_are_shown_where_there_are_some_with_offsets_in_the_text() -> None:
    bare = finding("Minst två lärlingar tas emot.")
    row = screen.as_row(bare.model_copy(update={"numbers": numbers.of(bare)}))
    assert set(row) == {*CONTRACT, "numbers"}
    assert row["numbers"] == [
        {"kind": "places", "value": 2.0, "upto": None, "unit": "personer", "start": 106, "end": 119,
         "quote": "två lärlingar"}
    ]  # fmt: skip


TEXT = "Kommunen har valt att inte reservera upphandlingen. Upphandlingen är reserverad för parkering."


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)


def test_explain_shows_which_rule_fired_on_which_words_and_what_stopped_it() -> None:
    told = json.loads(run("screen", "explain", "--rules-only", "--json", TEXT).stdout)
    fired, stopped = told["firings"]
    assert (fired["clause"], fired["rule"], fired["polarity"], fired["stopped_by"]) == (
        "reserved_participation", "procurement-is-reserved", "negated", "",
    )  # fmt: skip
    assert fired["words"] in TEXT
    assert stopped["stopped_by"] == "utesluts av ”parkering”"
    assert [(row["clause"], row["polarity"]) for row in told["findings"]] == [("reserved_participation", "negated")]


def test_explain_takes_a_file_too_and_ends_with_what_is_found(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    for text in (str(file), TEXT):
        lines = run("screen", "explain", text, "--rules-only").stdout.splitlines()
        assert lines[0].split() == ["clause", "rule", "words", "polarity", "stopped", "by"]
        assert lines[-1] == "Found: reserved_participation (negated)"
    long = "Avtalet gäller i två år. " * 500
    assert run("screen", "explain", long, "--rules-only").stdout == "No rule fires on this text.\nFound: nothing\n"


def test_files_and_rows_are_screened_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "shipped", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    for name in ("text.txt", "explain"):
        Path(name).write_text(TEXT, encoding="utf-8")
        [row] = json.loads(run("screen", name).stdout)
        assert set(row) >= CONTRACT
    Path("in.jsonl").write_text(json.dumps({"id": "a", "text": TEXT}), encoding="utf-8")
    assert run("screen", "--jsonl", "in.jsonl", "out.jsonl").return_value == 0
    assert json.loads(Path("out.jsonl").read_text(encoding="utf-8")) == {"id": "a", "findings": [row]}
    with pytest.raises(click.UsageError, match="Name a text FILE, or --jsonl IN OUT"):
        run("screen")
    with pytest.raises(click.BadParameter, match="does not exist"):
        run("screen", "missing.txt")
    assert "Usage: cli screen [OPTIONS] [FILE]" in run("screen", "--help").stdout
    assert "Usage: cli screen explain [OPTIONS] TEXT" in run("screen", "explain", "--help").stdout
