"""`matches together`, `matches subcontract` and `reservation`, as advisers and municipalities call them."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from anbudslots.main import cli
from matcher import encoder, ranking
from register import enterprises, notices
from register.database import open_register
from register.models import Place
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: WordEncoder) -> Path:
    """Two enterprises that each reach one of a tender's two places, and an invented one that must not be seen."""
    monkeypatch.setattr(encoder, "load", lambda *_: words)
    monkeypatch.setattr(ranking, "shipped", lambda: ranker())
    register = open_register(tmp_path)
    for identity, name, place in (
        ("a", "Älvdalslaget", "Mora"),
        ("b", "Sjöfolket", "Ludvika"),
        ("99-c", "Påhittet", "Mora"),
    ):
        enterprises.add(register, make_enterprise(identity, name=name, reach={"municipalities": (place,)}), at=NOW)
    both = make_lot(places=(Place(city="Mora"), Place(city="Ludvika")), cpv=())
    notices.add(register, make_notice("1-2026", lots=(both,)), raw=None, at=NOW)
    register.close()
    return tmp_path


def call(data: Path, *arguments: str) -> Result:
    start = ["--data", str(data), "--now", NOW.isoformat()]
    return CliRunner().invoke(cli, [*start, *arguments], standalone_mode=False, catch_exceptions=False)


def test_two_that_cover_two_places_are_suggested(data: Path) -> None:
    rows = json.loads(call(data, "matches", "together", "1-2026", "--json").output)
    assert [(row["name"], row["where"]) for row in rows] == [("Älvdalslaget", "Mora"), ("Sjöfolket", "Ludvika")]
    assert "Varje företag avgör själv" in call(data, "matches", "together", "1-2026").output


def test_nothing_is_shared_out_of_what_is_small(data: Path) -> None:
    assert json.loads(call(data, "matches", "subcontract", "1-2026", "--json").output) == []


def test_a_notice_is_assessed_without_any_name(data: Path) -> None:
    told = call(data, "reservation", "1-2026").output
    for words in ("Talar för:", "LOU 4 kap. 18 § (inte jämförd med lagtexten)", "ingen juridisk rådgivning"):
        assert words in told
    assert not any(name in told for name in ("Älvdalslaget", "Sjöfolket", "Påhittet"))


def test_a_text_of_ones_own_is_assessed(data: Path, tmp_path: Path) -> None:
    text = tmp_path / "plan.txt"
    text.write_text("Fönster på två skolor i Mora ska putsas vår och höst.", encoding="utf-8")
    own = (
        "--text",
        str(text),
        "--title",
        "Fönsterputs",
        "--municipality",
        "Mora",
        "--value",
        "200000",
        "--months",
        "12",
    )
    (found,) = json.loads(call(data, "reservation", *own, "--json").output)
    assert found["able"] == "1"
    assert "Konkurrensen" in found["warning"]
    assert {point["key"] for point in found["for_"]} >= {"work", "size", "local"}


@pytest.mark.parametrize("arguments", [(), ("1-2026", "--text", "README.md"), ("--text", "README.md")])
def test_half_a_question_is_refused(data: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        call(data, "reservation", *arguments)
