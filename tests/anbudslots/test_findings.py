"""Correcting, exporting and rescreening on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anbudslots.main import cli
from config.errors import SettingsError
from matcher import screener
from matcher.screening import learned
from register import findings, notices
from register.database import open_register
from tests.conftest import NOW, make_lot, make_notice

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line over a register with one reserved notice and one plain, without the learned reader."""
    monkeypatch.setattr(learned, "shipped", lambda *_: None)
    register = open_register(tmp_path)
    notices.add(register, make_notice("1-2026", lots=(make_lot(description=RESERVED),)), raw=None, at=NOW)
    notices.add(register, make_notice("2-2026"), raw=None, at=NOW)
    screener.new(register, now=NOW, closed=False, progress=lambda _done, _all: None)
    register.close()

    def run(*arguments: str) -> Result:
        given = ["--data", str(tmp_path), "--now", "2026-11-24T08:00", *arguments]
        return CliRunner().invoke(cli, given, standalone_mode=False, catch_exceptions=False)

    return run


def correct(command: Command, *more: str) -> Result:
    return command("findings", "correct", "1-2026", "reserved_participation", "--by", "Asta A", *more)


def test_a_finding_is_corrected_listed_and_exported(command: Command, tmp_path: Path) -> None:
    [found] = json.loads(correct(command, "--verdict", "negated", "--note", "bara en mall", "--json").stdout)
    assert (found["polarity"], found["rule"]) == ("negated", "person@Asta A")
    assert json.loads(command("findings", "list", "1-2026", "--json").stdout) == [found]

    [row] = json.loads(command("findings", "corrections", "--json").stdout)
    assert (row["notice"], row["verdict"], row["by"], row["note"], row["at"]) == (
        "1-2026", "negated", "Asta A", "bara en mall", "2026-11-24T08:00+01:00",
    )  # fmt: skip
    file = tmp_path / "rättade.jsonl"
    assert "1 corrections; 1 passages written" in command("findings", "export", str(file)).stdout
    gold = json.loads(file.read_text(encoding="utf-8"))
    assert set(gold) == {"id", "lang", "kind", "text", "labels"}
    assert (gold["text"], gold["labels"]) == (RESERVED, {"reserved_participation": "negated"})


def test_a_class_that_is_none_is_wrong_use(command: Command) -> None:
    with pytest.raises(SettingsError, match="'no_code'") as caught:
        correct(command, "--verdict", "wrong", "--clause", "no_code")
    assert caught.value.exit_status == 2
    assert command("findings", "corrections").stdout == "No corrections.\n"


def test_rescreening_tells_what_would_change_then_stores_it(command: Command, tmp_path: Path) -> None:
    register = open_register(tmp_path)
    [real] = findings.of(register, "1-2026")
    old = [real.model_copy(update={"clause": "equality", "rule": "old@1"})]
    findings.replace(register, notices.get(register, "1-2026"), old, rules="old", at=NOW)

    dry = command("rescreen", "--dry-run").stdout.splitlines()
    assert dry == [
        "1-2026 Fönsterputs på sex förskolor",
        f"  - equality affirmed [old@1]: {RESERVED}",
        f"  + reserved_participation affirmed [{real.rule}]: {RESERVED}",
        "2 notices read; in 1 of them findings 1 would come, 1 would go, 0 would change polarity; "
        "0 corrections kept, 0 no longer apply",
    ]
    assert findings.of(register, "1-2026") == old
    [told] = json.loads(command("rescreen", "--json").stdout)
    assert [(c["kind"], c["clause"]) for c in told["changes"]] == [
        ("went", "equality"),
        ("came", "reserved_participation"),
    ]
    assert findings.of(register, "1-2026") == [real]
    register.close()
    assert "in 0 of them findings 0 came, 0 went, 0 changed polarity" in command("rescreen").stdout


def test_rescreening_keeps_a_correction_and_names_one_whose_sentence_has_changed(
    command: Command, tmp_path: Path
) -> None:
    correct(command, "--verdict", "wrong")
    assert command("rescreen").stdout.splitlines()[-1].endswith("1 corrections kept, 0 no longer apply")
    register = open_register(tmp_path)
    changed = make_lot(description=RESERVED.replace("Upphandlingen", "Hela upphandlingen"))
    notices.add(register, make_notice("1-2026", lots=(changed,)), raw=None, at=NOW)
    register.close()
    told = command("rescreen", "--dry-run").stdout
    assert "! reserved_participation: the correction by Asta A no longer applies, its sentence has changed" in told
    assert "0 corrections kept, 1 no longer apply" in told
