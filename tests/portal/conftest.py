"""What the pages' tests share: a data folder with two enterprises, an account for each role, clients signed in."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from config import secret
from config.settings import Settings
from matcher import encoder, screener
from notifier import links
from notifier.links import Purpose
from portal.app import create_app
from portal.visits import Who
from register import accounts, applications, enterprises, evidence, matches, notices, plans
from register.accounts import Account
from register.applications import Application
from register.database import open_register
from register.evidence import Evidence
from register.models import Buyer, Match, Reason, Signal
from register.plans import Plan
from tests import serving
from tests.browsing import browser as browser
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice

ADDRESS = "http://127.0.0.1"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\u202e{{7*7}}\"'&"

ACCOUNTS: dict[str, Account] = {
    "operator": Account(id=0, email="ola@drift.example", name="Ola O", role="operator", created=NOW),
    "adviser": Account(
        id=0,
        email="asta@stod.example",
        name="Asta A",
        role="adviser",
        enterprises=frozenset({"asf-1", "99-01"}),
        created=NOW,
    ),
    "other adviser": Account(
        id=0, email="bo@stod.example", name="Bo B", role="adviser", enterprises=frozenset({"99-01"}), created=NOW
    ),
    "municipality": Account(
        id=0, email="kim@mora.example", name="Kim K", role="municipality", municipality="Mora", created=NOW
    ),
}


def clock() -> datetime:
    return NOW


def make_match(enterprise: str, number: str, score: float = 0.7, **changes: Any) -> Match:
    """A match with reasons, as the matcher makes them."""
    fields: dict[str, Any] = {
        "enterprise": enterprise,
        "notice": number,
        "lot": "LOT-0000",
        "score": score,
        "probability": score,
        "signals": (Signal(name="meaning", value=0.8), Signal(name="place", value=1.0)),
        "reasons": (
            Reason(kind="fits", text="Arbetet är i Mora, där ni arbetar."),
            Reason(kind="watch", text="Köparen anger inget värde."),
        ),
        "ranker": "test",
    }
    return Match(**{**fields, **changes})


def fill(folder: Path, text: str = "") -> None:
    """Two notices, matched with two enterprises; `text` stands in every field that the outside can fill."""
    register = open_register(folder)
    enterprises.add(register, make_enterprise(name=f"Skogsgläntan {text}", never=(text,) if text else ()), at=NOW)
    lot = make_lot(description=f"Upphandlingen är reserverad enligt 4 kap. 18 § LOU. {text} Fönster putsas.")
    notice = make_notice("1-2026", title=f"Fönsterputs {text}", buyer=Buyer(name=f"Mora {text}"), lots=(lot,))
    notices.add(register, notice, raw=None, at=NOW)
    notices.add(register, make_notice("990001-2026"), raw=None, at=NOW)
    enterprises.add(register, make_enterprise("99-01"), at=NOW)
    screener.new(register, now=NOW, closed=False, progress=lambda _done, _all: None)
    for enterprise, number in (("asf-1", "1-2026"), ("99-01", "990001-2026")):
        own = [make_match(enterprise, number, reasons=(Reason(kind="fits", text=f"Arbetet är i Mora. {text}"),))]
        matches.replace(register, enterprise, own, scope="open", fingerprint="test", at=NOW)
    plan = Plan(title=f"Lokalvård förskolor {text}", text=f"Två förskolor städas. {text}", municipality="Mora")
    plans.add(register, plan, who="Kim K", at=NOW)
    words = f"Vi städar i Mora. {text}"
    line = {"kind": "capability", "text": f"städar i Mora {text}", "quote": words, "trades": ["Städning"]}
    proposal = {
        "lines": [line],
        "places": [{"name": "Mora", "county": "", "quote": words}],
        "codes": [{"code": "90910000", "label": "Städning", "confidence": 0.8, "line": line["text"], "given": False}],
    }
    applying = Application(name=f"Nya Laget {text}", municipality="Mora", words=words, proposal=proposal, at=NOW)
    applications.add(register, applying)
    paper = Evidence(enterprise="asf-1", kind="share", dated=NOW.date(), percent=60, note=text, name=f"andel{text}.pdf",
                     media_type="application/pdf", by="Asta A", at=NOW)  # fmt: skip
    evidence.add(register, paper, b"%PDF-1.7")
    for account in ACCOUNTS.values():
        accounts.add(register, account)
    register.close()


@pytest.fixture(autouse=True)
def small_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages that assess tenders do so without the bundled model, which takes seconds to load."""
    for name in ("load", "lazy"):
        monkeypatch.setattr(encoder, name, lambda *_: WordEncoder())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A filled data folder."""
    fill(tmp_path)
    return tmp_path


SignIn = Callable[[str], TestClient]


@pytest.fixture
def sign_in(data: Path) -> Iterator[SignIn]:
    """A client of the pages signed in as one of ACCOUNTS, or "" for nobody."""
    app = create_app(data, now=clock, settings=Settings())
    clients: list[TestClient] = []

    def made(who: str) -> TestClient:
        client = TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)
        clients.append(client)
        if who:
            client.cookies.set("anbudslots-session", session_of(data, who))
            # A page with a form makes the browser known.
            client.get("/om")
        return client

    yield made
    for client in clients:
        client.close()


def session_of(data: Path, who: str, lasts: timedelta = accounts.LINK_LASTS) -> str:
    """A session of one of ACCOUNTS, by a link that the operator handed over."""
    register = open_register(data)
    account = accounts.by_email(register, ACCOUNTS[who].email)
    assert account is not None
    session = serving.session(register, account, at=NOW, lasts=lasts)
    register.close()
    return session


def csrf_of(page: str) -> str:
    """The token in a page's first form."""
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def link_token(data: Path, purpose: Purpose, subject: str = "asf-1", **facts: str) -> str:
    """The signed part of a link of a letter."""
    return links.token(secret.load(data, Settings().serve.secret), purpose, subject, at=NOW, **facts)


def role_of(who: str) -> Who:
    """The role of one of ACCOUNTS."""
    return ACCOUNTS[who].role if who else "public"
