"""`matches together` and `matches subcontract`, as an adviser calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from anbudslots.main import cli
from config.errors import NotFoundError
from matcher import encoder, ranking
from matcher.screening import learned
from register import enterprises, notices
from register.database import open_register
from register.models import Money, Place
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker

MEMBERS = (("a", "Älvdalslaget", "Mora"), ("b", "Sjöfolket", "Ludvika"), ("99-c", "Påhittet", "Mora"),
           ("99-d", "Drömlaget", "Ludvika"))  # fmt: skip


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: WordEncoder) -> Path:
    """Two real and two invented enterprises that each reach one of two places, and tenders of both kinds."""
    monkeypatch.setattr(encoder, "load", lambda *_: words)
    monkeypatch.setattr(learned, "shipped", lambda *_: None)
    monkeypatch.setattr(ranking, "shipped", lambda: ranker())
    register = open_register(tmp_path)
    for identity, name, place in MEMBERS:
        enterprises.add(register, make_enterprise(identity, name=name, reach={"municipalities": (place,)}), at=NOW)
    both = make_lot(places=(Place(city="Mora"), Place(city="Ludvika")), cpv=())
    large = make_lot(
        value=Money(amount=20e6),
        description="Fönster putsas. Leverantören ska köpa minst fem procent av avtalsvärdet från sociala företag.",
    )
    for number, lots in (("1-2026", both), ("990001-2026", both), ("2-2026", make_lot()), ("3-2026", large)):
        notices.add(register, make_notice(number, lots=(lots,)), raw=None, at=NOW)
    register.close()
    return tmp_path


def call(data: Path, *arguments: str) -> str:
    start = ["--data", str(data), "--now", NOW.isoformat(), "matches"]
    return CliRunner().invoke(cli, [*start, *arguments], standalone_mode=False, catch_exceptions=False).output


def rows(data: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call(data, *arguments, "--json"))
    return found


@pytest.mark.parametrize(
    ("notice", "names"), [("1-2026", ["Älvdalslaget", "Sjöfolket"]), ("990001-2026", ["Påhittet", "Drömlaget"])]
)
def test_invented_and_real_ones_never_meet(data: Path, notice: str, names: list[str]) -> None:
    found = rows(data, "together", notice)
    assert [row["name"] for row in found] == names
    assert [[task["municipality"] for task in row["tasks"]] for row in found] == [["Mora"], ["Ludvika"]]
    assert ("EXEMPEL" in call(data, "together", notice)) == notice.startswith("99")


def test_who_does_what_and_where_is_told_in_swedish(data: Path) -> None:
    told = call(data, "together", "1-2026")
    for line in (
        "Förslag 1",
        "Älvdalslaget (a)",
        "Gör: Fönsterputsning i Mora",
        "Gör: Fönsterputsning i Ludvika",
        "Andel av värdet: inte känd",
        "Ingen har frågats. Varje företag måste självt säga ja.",
    ):
        assert line in told


def test_where_one_is_enough_that_is_told(data: Path) -> None:
    assert "Ett företag räcker: Älvdalslaget. Därför inget förslag." in call(data, "together", "2-2026")
    assert rows(data, "together", "2-2026") == []
    assert "Ingen del att erbjuda" in call(data, "subcontract", "2-2026")
    assert rows(data, "subcontract", "2-2026") == []


def test_a_share_of_what_is_too_large_is_told_with_its_clause_even_before_any_match(data: Path) -> None:
    (share,) = rows(data, "subcontract", "3-2026")
    assert (share["name"], share["by"], share["work"]) == ("Älvdalslaget", "clause", "Fönsterputsning")
    told = call(data, "subcontract", "3-2026")
    assert "Ett villkor öppnar för det: ”Leverantören ska köpa minst fem procent" in told
    assert "Vinnaren väljer själv sina underleverantörer." in told
    assert "täcker inte allt" in call(data, "together", "3-2026")


def test_a_notice_that_is_not_there_is_told(data: Path) -> None:
    for command in ("together", "subcontract"):
        with pytest.raises(NotFoundError, match="7-2026"):
            call(data, command, "7-2026")
