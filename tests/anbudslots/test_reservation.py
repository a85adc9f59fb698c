"""`reservation`, as a municipality calls it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from anbudslots.main import cli
from config.errors import SettingsError
from matcher import encoder, ranking
from matcher.screening import learned
from register import enterprises, notices, purchases
from register.database import open_register
from register.purchases import Purchase, Won
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker

PLAN = "Fönster på två skolor putsas vår och höst. Kommunen överväger att reservera upphandlingen för sociala företag."


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: WordEncoder) -> Path:
    """One real enterprise and two invented ones in Mora, and a tender of each kind."""
    monkeypatch.setattr(encoder, "load", lambda *_: words)
    monkeypatch.setattr(learned, "shipped", lambda *_: None)
    monkeypatch.setattr(ranking, "shipped", lambda: ranker())
    add(tmp_path, ("a", "Älvdalslaget"), ("99-b", "Påhittet"), ("99-c", "Drömlaget"))
    register = open_register(tmp_path)
    for number in ("1-2026", "990001-2026"):
        notices.add(register, make_notice(number, lots=(make_lot(),)), raw=None, at=NOW)
    register.close()
    (tmp_path / "plan.txt").write_text(PLAN, encoding="utf-8")
    return tmp_path


def add(data: Path, *members: tuple[str, str]) -> None:
    register = open_register(data)
    for identity, name in members:
        enterprises.add(register, make_enterprise(identity, name=name), at=NOW)
    register.close()


def call(data: Path, *arguments: str) -> str:
    start = ["--data", str(data), "--now", NOW.isoformat(), "reservation"]
    return CliRunner().invoke(cli, [*start, *arguments], standalone_mode=False, catch_exceptions=False).output


def first(data: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(data, *arguments, "--json"))[0]
    return found


def own(data: Path, *more: str) -> tuple[str, ...]:
    return ("--text", str(data / "plan.txt"), "--title", "Fönsterputs", "--municipality", "Mora", *more)


def test_a_notice_is_told_in_swedish_without_any_name(data: Path) -> None:
    told = call(data, "1-2026")
    for words in (
        "Fönsterputs på sex förskolor: kan passa att reservera",
        "Talar för:",
        "Talar emot:",
        "Inte känt:",
        "Registrerade företag i närheten som klarar det ensamma: 1",
        "OBS: Bara ett registrerat företag",
        "Paragraf: LOU 4 kap. 18 § (inte jämförd med lagtexten)",
        "ingen juridisk rådgivning",
    ):
        assert words in told
    assert not any(name in told for name in ("Älvdalslaget", "Påhittet", "Drömlaget", "EXEMPEL"))


def test_invented_and_real_ones_never_meet(data: Path) -> None:
    assert first(data, "1-2026")["able"] == "1"
    assert first(data, "990001-2026")["able"] == "2-3"
    assert call(data, "990001-2026").startswith("EXEMPEL")
    assert first(data, *own(data))["able"] == "1"


def test_a_text_meets_invented_ones_where_there_are_no_others(data: Path, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    add(demo, ("99-b", "Påhittet"), ("99-c", "Drömlaget"))
    assert first(demo, *own(data))["able"] == "2-3"
    assert call(demo, *own(data)).startswith("EXEMPEL")


def test_a_text_of_ones_own_is_screened_and_assessed(data: Path) -> None:
    found = first(data, *own(data, "--value", "200000", "--months", "12"))
    assert {point["key"] for point in found["for_"]} >= {"work", "size", "local"}
    assert found["verdict"] == "may suit"  # that it is thought of is no reservation yet
    (data / "plan.txt").write_text("Upphandlingen är reserverad enligt 4 kap. 18 § LOU.", encoding="utf-8")
    assert first(data, *own(data))["verdict"] == "already reserved"


def test_like_work_elsewhere_is_told_with_its_source_and_period(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    won = Won("Exempelputs AB", lot="", contracts=3, size="Små företag", legal_form="")
    bought = Purchase("KA1", "Fönster", "Exempelby", "9900000001", "90911300", date(2021, 3, 2), None, (won,))
    monkeypatch.setattr(purchases, "everything", lambda _: [bought])
    told = call(data, *own(data, "--cpv", "90911300-7"))
    assert "gick 3 av 3 antagna anbud till företag med färre än 50 anställda" in told
    assert "Uppgifter: Upphandlingsmyndigheten / Bearbetning: Anbudslots" in told
    assert "annonserade 2021-03-02–2021-03-02" in told
    assert "Upphandlingsmyndigheten" not in call(data, *own(data))


@pytest.mark.parametrize(
    "arguments", [(), ("1-2026", "--text", "README.md"), ("--text", "README.md"), ("1-2026", "--title", "Städning")]
)
def test_half_a_question_is_refused(data: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        call(data, *arguments)


def test_what_is_no_place_or_code_is_refused(data: Path) -> None:
    with pytest.raises(SettingsError, match="municipality"):
        call(data, "--text", str(data / "plan.txt"), "--title", "Städning", "--municipality", "Atlantis")
    for code in ("städning", "12", "00000000"):
        with pytest.raises(SettingsError, match="cpv"):
            call(data, *own(data, "--cpv", code))
