"""How long the advisers' search takes, asked over loopback, beside the bare full-text question.

LOTS lots are made of the project's own tenders, two of them mixed in each, with clauses, places and last days spread
over them. Which question comes is random but always the same: words of the tenders' own titles, rare and common ones,
with and without choices; one in twenty asks for no words at all.
"""

import http.client
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from benchmarks.figure import Figure
from config.settings import Settings
from matcher import judged
from matcher.screening import rules
from portal.advisers import indexing, searching
from portal.app import create_app
from register import accounts, notices, placing, search
from register.accounts import Account
from register.database import Register, open_register
from register.models import Notice
from register.search import Row
from tests.browsing import running

LOTS = int(os.environ.get("ANBUDSLOTS_BENCH_LOTS", "100000"))
ASKED = 200
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
TRAINING = Path(__file__).parent.parent / "config" / "training" / "matching"


def run() -> Iterator[Figure]:
    """The 95th percentile of ASKED questions in milliseconds: the whole page, and the bare FTS5 question."""
    base = judged.read(TRAINING).notices
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        register = open_register(data)
        fill(register, base)
        session = sign_in(register)
        asked = list(questions(base))
        bare = [timed(lambda: register.db.execute(
            "SELECT rowid FROM search_terms WHERE search_terms MATCH ?", [match]).fetchall())
            for question in asked if (match := searching.expression(question.get("q", "")))]  # fmt: skip
        register.close()
        with running(create_app(data, now=lambda: NOW, settings=Settings())) as address, client(address) as ask:
            ask(session, {})
            ours = [timed(lambda: ask(session, question)) for question in asked]  # noqa: B023
    for name, part in (("search, 95th percentile", 94), ("search, median", 49)):
        whole, plain = (1000 * quantiles(found, n=100)[part] for found in (ours, bare))
        yield Figure(name, whole, plain, f"ms a question, {LOTS} lots")


def fill(register: Register, base: tuple[Notice, ...]) -> None:
    """LOTS notices of one lot each, in the search as `indexing` reads them in."""
    chance = random.Random(1)
    rows = [indexing.row(own, own.lots[0], placing.locate(own, own.lots[0]), ()) for own in base]
    for start in range(0, LOTS, 1000):
        with register.atomic():
            for number in range(start, min(start + 1000, LOTS)):
                first, second = chance.randrange(len(base)), chance.randrange(len(base))
                notice = dated(base[first], number, chance)
                notices.put(register, [(notices.entry(notice), None)], at=NOW)
                search.put(register, notice.publication_number, [mixed(rows[first], rows[second], notice, chance)])
    assert search.waiting(register) == 0


def dated(own: Notice, number: int, chance: random.Random) -> Notice:
    """A tender under another number with a last day of its own; one in eight is open."""
    days = chance.randint(1, 60) if chance.random() < 0.125 else -chance.randint(1, 900)
    lot = own.lots[0].model_copy(update={"deadline": NOW + timedelta(days=days)})
    published = date(2026, 11, 24) + timedelta(days=min(days, 0) - 1)
    new = {"publication_number": f"99-{number}", "procedure_id": None, "published": published, "lots": (lot,)}
    return own.model_copy(update=new)


def mixed(own: Row, other: Row, notice: Notice, chance: random.Random) -> Row:
    """A tender's row with the text of another one added, and some clauses."""
    clauses = chance.sample(rules.CODES, chance.randint(1, 4)) if chance.random() < 0.4 else []
    says = chance.choice(("affirmed", "possible", "negated"))
    found = {pair for code in clauses
             for pair in (("clause", code), ("polarity", says), ("finding", f"{code}:{says}"))}  # fmt: skip
    terms = dict.fromkeys(f"{own.body} {other.body}".split())
    day = notice.published.toordinal() if notice.published else search.UNKNOWN
    return own._replace(
        body=" ".join(terms),
        published=day,
        deadline=indexing.deadline(notice.lots[0]),
        closed=False,
        values=own.values | found,
    )


def questions(base: tuple[Notice, ...]) -> Iterator[dict[str, str]]:
    """What is asked, in the fields of the form."""
    chance = random.Random(2)
    for number in range(ASKED):
        words = chance.choice(base).title.split()
        asked = {} if number % 20 == 0 else {"q": " ".join(chance.sample(words, min(len(words), chance.randint(1, 2))))}
        if chance.random() < 0.3:
            asked["county"] = chance.choice(("01", "12", "14", "20"))
        if chance.random() < 0.3:
            asked["clause"] = chance.choice(list(rules.CODES))
        asked["time"] = chance.choice(("open", "open", "all"))
        yield asked


def sign_in(register: Register) -> str:
    """A session of an adviser."""
    accounts.add(register, Account(id=0, email="a@bench.example", name="A", role="operator", created=NOW))
    account = accounts.by_email(register, "a@bench.example")
    assert account is not None
    token = accounts.make_link(register, account, browser="", at=NOW)
    assert token is not None
    session = accounts.use_link(register, token, browser="", at=NOW, lasts=timedelta(days=1))
    assert session is not None
    return session


@contextmanager
def client(address: str) -> Iterator["Ask"]:
    """Asks over one connection that stays open, as a browser's does."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    yield Ask(connection)
    connection.close()


class Ask:
    """One question after the other."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def __call__(self, session: str, question: dict[str, str]) -> None:
        headers = {"Cookie": f"anbudslots-session={session}"}
        self._connection.request("GET", f"/sok?{urlencode(question)}", headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:500]


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
