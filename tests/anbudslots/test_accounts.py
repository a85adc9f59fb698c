"""`anbudslots accounts` and `serve`, as an operator calls them."""

import json
import signal
import stat
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from anbudslots import serve
from anbudslots.context import App
from anbudslots.main import cli
from config.errors import AnbudslotsError
from register import accounts, enterprises
from register.database import open_register
from tests import serving
from tests.conftest import NOW, guarded_environment, make_enterprise
from tests.portal.conftest import csrf_of


@pytest.fixture
def data(tmp_path: Path) -> Path:
    register = open_register(tmp_path)
    enterprises.add(register, make_enterprise(), at=NOW)
    register.close()
    return tmp_path


def call(data: Path, *arguments: str) -> Result:
    start = ["--data", str(data), "--now", NOW.isoformat()]
    return CliRunner().invoke(cli, [*start, "accounts", *arguments], standalone_mode=False)


def test_accounts_are_added_listed_and_removed(data: Path) -> None:
    assert call(data, "list").output.startswith("No accounts yet")
    asta = ["add", "Asta@stod.example", "--role", "adviser", "--name", "Asta A", "--enterprise", "asf-1"]
    kim = ["add", "kim@mora.example", "--role", "municipality", "--name", "Kim", "--municipality", "MORA KOMMUN"]
    assert call(data, *asta).output == "asta@stod.example is adviser as Asta A\n"
    assert call(data, *kim).exit_code == 0
    rows = json.loads(call(data, "list", "--json").output)
    assert [(row["email"], row["role"], row["for"], row["created"]) for row in rows] == [
        ("asta@stod.example", "adviser", "asf-1", "2026-11-24"),
        ("kim@mora.example", "municipality", "Mora", "2026-11-24"),
    ]
    assert call(data, "remove", "ASTA@stod.example").output == "asta@stod.example is removed\n"
    assert len(json.loads(call(data, "list", "--json").output)) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "a@b.example", "--role", "adviser", "--name", "A", "--enterprise", "nobody"], "No enterprise nobody"),
        (["add", "no address", "--role", "operator", "--name", "A"], "not a plain e-mail address"),
        (["add", "a@b.example", "--role", "municipality", "--name", "A"], "a municipality goes with"),
        (["add", "a@b.example", "--role", "municipality", "--name", "A", "--municipality", "Oslo"], "Oslo"),
        (["add", "a@b.example", "--role", "operator", "--name", "A", "--all-enterprises"], "role adviser alone"),
        (["remove", "a@b.example"], "no account a@b.example"),
        (["link", "a@b.example"], "no account a@b.example"),
    ],
)
def test_what_is_wrong_is_named(data: Path, arguments: list[str], told: str) -> None:
    error = call(data, *arguments).exception
    assert isinstance(error, AnbudslotsError)
    assert told in str(error)


def test_a_link_can_be_handed_over(data: Path) -> None:
    call(data, "add", "asta@stod.example", "--role", "adviser", "--name", "Asta A", "--all-enterprises")
    token = call(data, "link", "asta@stod.example").output.strip().removeprefix("/logga-in/")
    register = open_register(data)
    assert accounts.link_is_good(register, token, browser="any", at=NOW)
    register.close()


def test_serve_lets_the_operator_in_at_once_while_nobody_has_an_account(data: Path, tmp_path: Path) -> None:
    with serving.start(data, NOW, guarded_environment(tmp_path / "network.log")) as process:
        link = serving.told(process, r"http://127\.0\.0\.1:\d+/logga-in/\S+")
        with httpx.Client(timeout=60, follow_redirects=True) as client:
            page = client.get(link)
            home = client.post(link, data={"csrf": csrf_of(page.text)})
            assert "Inloggad: Driftansvarig" in home.text
            assert "Bedöm träffar" in home.text
        with httpx.Client(timeout=60) as other:
            assert other.get(link).status_code == 410
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600


def test_the_operator_gets_a_link_only_while_nobody_else_has_an_account(data: Path) -> None:
    app = App(data, NOW)
    first, second = serve.first_link(app), serve.first_link(app)
    assert first.startswith("/logga-in/")
    assert second.startswith("/logga-in/")
    assert first != second
    assert [row["email"] for row in json.loads(call(data, "list", "--json").output)] == ["operator@localhost"]
    call(data, "add", "asta@stod.example", "--role", "adviser", "--name", "Asta A", "--all-enterprises")
    assert serve.first_link(app) == ""
