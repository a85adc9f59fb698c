"""`digest municipalities`: own procurements that suit, contracts that end, and never an enterprise's name."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from anbudslots.main import cli
from matcher import encoder, ranking
from register import accounts, deliveries, enterprises, notices
from register.accounts import Account
from register.database import Register, open_register
from register.models import Buyer
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker

EMAIL = "inkop@mora.example"
NAMES = ("Skogsgläntan", "Björkgården")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: WordEncoder) -> Path:
    """Two enterprises that clean windows, a tender and an old contract of Mora, and a tender of Orsa."""
    monkeypatch.setattr(encoder, "load", lambda *_: words)
    monkeypatch.setattr(ranking, "shipped", lambda: ranker())
    monkeypatch.setenv("ANBUDSLOTS_MAIL__FROM", "brev@example.org")
    register = open_register(tmp_path)
    for number, name in enumerate(NAMES):
        enterprises.add(register, make_enterprise(f"asf-{number}", name=name), at=NOW)
    quoting = make_lot(description="Fönster putsas på sex skolor, som Skogsgläntan gör i dag.")
    ending = make_lot(deadline=NOW - timedelta(days=900), end=NOW.date() + timedelta(days=200))
    for key, buyer, lot in (("1-2026", "Mora kommun", quoting), ("2-2026", "Orsa kommun", make_lot())):
        notices.add(register, make_notice(key, buyer=Buyer(name=buyer), lots=(lot,)), raw=None, at=NOW)
    notices.add(register, make_notice("3-2023", buyer=Buyer(name="Mora kommun"), lots=(ending,)), raw=None, at=NOW)
    account = Account(id=0, email=EMAIL, name="Mora", role="municipality", municipality="Mora", created=NOW)
    accounts.add(register, account)
    register.close()
    return tmp_path


def call(data: Path, days: int = 0) -> str:
    start = ["--data", str(data), "--now", (NOW + timedelta(days=days)).isoformat()]
    arguments = [*start, "digest", "municipalities"]
    return CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False).output


def letters(register: Register) -> list[str]:
    return [deliveries.html(register, one.message_id) for one in deliveries.listing(register)]


def test_the_letter_tells_of_own_procurements_and_of_no_enterprise(data: Path) -> None:
    assert "queued" in call(data)
    (html,) = letters(open_register(data))
    assert "1-2026" in html
    assert "2-2026" not in html  # Orsa's
    assert "två eller tre som vi känner till" in html
    assert "Avtal som tar slut" in html
    assert not any(name in html for name in NAMES)


def test_what_was_told_is_not_told_again_and_a_second_run_makes_nothing(data: Path) -> None:
    call(data)
    assert "Nothing is due." in call(data)
    assert "nothing to tell" in call(data, days=40)
    register = open_register(data)
    assert len(letters(register)) == 1
