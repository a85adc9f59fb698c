"""How long the advisers' search takes, asked over loopback, beside the bare full-text question.

LOTS lots are made of the project's own tenders, the text of another one added to each, with clauses and last days
spread over them. Which question comes is random but always the same: words of the tenders' own titles, rare and common
ones, with and without choices; one in twenty asks for no words at all.
"""

import http.client
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
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
from tests import serving
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
            for question in asked if (match := searching.asked(question.get("q", "")).whole)]  # fmt: skip
        register.close()
        with running(create_app(data, now=lambda: NOW, settings=Settings())) as address, client(address) as ask:
            ask(session, {})
            ours = [timed(lambda: ask(session, question)) for question in asked]  # noqa: B023
    for name, part in (("search, 95th percentile", 94), ("search, median", 49)):
        whole, plain = (1000 * quantiles(found, n=100)[part] for found in (ours, bare))
        yield Figure(name, whole, plain, f"ms a question, {LOTS} lots")


def fill(register: Register, base: tuple[Notice, ...]) -> None:
    """LOTS lots in the index, an equal share of them told by each tender; `indexing` reads them in the same form."""
    chance = random.Random(1)
    rows = [indexing.row(own, own.lots[0], placing.locate(own, own.lots[0]), ()) for own in base]
    notices.put(register, [(notices.entry(own), None) for own in base], at=NOW)
    for number, own in enumerate(base):
        share = range(number, LOTS, len(base))
        search.put(register, own.publication_number, [mixed(rows[number], chance.choice(rows), chance) for _ in share])
    assert search.waiting(register) == 0


def mixed(own: Row, other: Row, chance: random.Random) -> Row:
    """A tender's row with the text of another one added, some clauses, and a last day; one in eight is open."""
    clauses = chance.sample(rules.CODES, chance.randint(1, 4)) if chance.random() < 0.4 else []
    says = chance.choice(("affirmed", "possible", "negated"))
    found = {pair for code in clauses
             for pair in (("clause", code), ("polarity", says), ("finding", f"{code}:{says}"))}  # fmt: skip
    days = chance.randint(1, 60) if chance.random() < 0.125 else -chance.randint(1, 900)
    return own._replace(
        body=" ".join(dict.fromkeys(f"{own.body} {other.body}".split())),
        published=(NOW + timedelta(days=min(days, 0) - 1)).toordinal(),
        deadline=indexing.minutes(NOW + timedelta(days=days)),
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
    account = Account(id=0, email="a@bench.example", name="A", role="operator", created=NOW)
    return serving.session(register, accounts.add(register, account), at=NOW, lasts=timedelta(days=1))


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
