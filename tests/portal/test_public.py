"""The counties' figures, for everyone, and their round trip as open data."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from anbudslots.main import cli
from config.settings import Settings
from matcher import screener
from portal.app import create_app
from register import notices
from register.database import open_register
from register.models import Buyer, Codes
from tests.conftest import NOW, make_lot, make_notice
from tests.portal.conftest import ADDRESS, SignIn, clock

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."


@pytest.fixture
def some(data: Path) -> Path:
    """Beside 1-2026 of Mora (reserved by its text): one with a code too, one without clauses, one of another county."""
    register = open_register(data)
    rows = (
        ("2-2026", "Falu kommun", RESERVED, "res-ws"),
        ("3-2025", "Falu kommun", "Golv moppas varje vardag.", "none"),
        ("4-2026", "Gävle kommun", RESERVED, "none"),
    )
    for number, buyer, text, code in rows:
        lot = make_lot(description=text, codes=Codes(reserved_participation=code))
        notices.add(register, make_notice(number, buyer=Buyer(name=buyer), lots=(lot,)), raw=None, at=NOW)
    screener.new(register, now=NOW, closed=False, progress=lambda _done, _all: None)
    register.close()
    return data


def test_a_county_tells_how_often_it_reserves_and_whether_code_and_text_agree(some: Path, sign_in: SignIn) -> None:
    page = sign_in("").get("/lan/20").text
    assert "2 av 3 lästa upphandlingar är reserverade" in page
    assert "3 upphandlingar är lästa: 3 hela annonser" in page
    assert '<td data-label="Säger samma">1</td>' in page
    assert '<td data-label="Bara texten">1</td>' in page
    assert "Falu kommun" in page and "Gävle" not in page
    assert '<td data-label="Säger emot varandra">1</td>' in sign_in("").get("/lan/21").text


def test_all_counties_stand_in_one_table(some: Path, sign_in: SignIn) -> None:
    page = sign_in("").get("/lan").text
    assert '<a href="/lan/20">Dalarnas län</a>' in page
    assert '<a href="/lan/21">Gävleborgs län</a>' in page
    assert "<svg" in page and "Reserverat kontrakt" in page
    assert sign_in("").get("/lan/99").status_code == 404


def test_an_empty_register_says_so(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, now=clock, settings=Settings()), base_url=ADDRESS) as client:
        assert "Inga upphandlingar är lästa" in client.get("/lan").text
        assert "Inga upphandlingar är lästa" in client.get("/lan/20").text


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_exported_gives_the_same_figures_in_a_fresh_folder(
    form: str, some: Path, sign_in: SignIn, tmp_path: Path
) -> None:
    client = sign_in("")
    answer = client.get(f"/lan/klausuler.{form}")
    assert answer.headers["content-disposition"].startswith("attachment")
    file, fresh = tmp_path / f"klausuler.{form}", tmp_path / "fresh"
    file.write_bytes(answer.content)
    done = CliRunner().invoke(cli, ["--data", str(fresh), "opendata", "import", str(file)], standalone_mode=False)
    assert done.output == "4 new, 0 changed, 0 unchanged\n"
    again = CliRunner().invoke(cli, ["--data", str(fresh), "opendata", "import", str(file)], standalone_mode=False)
    assert again.output == "0 new, 0 changed, 4 unchanged\n"
    copy = tmp_path / f"copy.{form}"
    CliRunner().invoke(cli, ["--data", str(fresh), "opendata", "export", str(copy)], standalone_mode=False)
    assert copy.read_bytes() == answer.content
    with TestClient(create_app(fresh, now=clock, settings=Settings()), base_url=ADDRESS) as other:
        for path in ("/lan", "/lan/20", "/lan/21"):
            assert other.get(path).text == client.get(path).text


def test_a_county_can_be_taken_alone(some: Path, sign_in: SignIn) -> None:
    rows = sign_in("").get("/lan/klausuler.csv?lan=21").text.splitlines()
    assert [row.split(";")[0] for row in rows[1:]] == ["4-2026"]
    assert sign_in("").get("/lan/klausuler.csv?lan=77").status_code == 404
    assert sign_in("").get("/lan/klausuler.exe").status_code == 404


def test_files_are_not_taken_without_end(some: Path, sign_in: SignIn) -> None:
    client = sign_in("")
    assert [client.get("/lan/klausuler.csv").status_code for _ in range(31)][-1] == 429
