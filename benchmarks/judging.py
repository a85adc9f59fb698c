"""What one judgement takes over loopback, as an adviser's browser sends it, beside a bare view with one INSERT."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.figure import Figure
from register import accounts, enterprises, matches, notices
from register.accounts import Account
from register.database import open_register
from register.models import Buyer, Capacity, Enterprise, Lot, Match, Notice, Place, Reason, Signal
from tests import serving
from tests.browsing import running

LOTS, ENTERPRISES, MATCHES = 20_000, 400, 250
"""In the register; so many matches are kept for each enterprise."""
TIMED = 200
"""Judgements that are timed, after twenty that warm up."""
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
TEXT = "Fönster på sex förskolor ska putsas två gånger om året. Arbetet görs på vardagar. " * 12


def run() -> Iterator[Figure]:
    """The 95th percentile of the time from the request to its answer."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        session = _fill(data)
        with _served(data) as address, httpx.Client(base_url=address, timeout=60) as client:
            client.cookies.set("anbudslots-session", session)
            pages = _timed(lambda _: client.get("/ko").raise_for_status(), 10)
            token = client.get("/ko").text.partition('name="csrf" value="')[2].partition('"')[0]

            def judge(n: int) -> None:
                enterprise = f"asf-{n % ENTERPRISES}"
                form = {"csrf": token, "enterprise": enterprise, "notice": _number(n % ENTERPRISES), "lot": "LOT-0000"}
                form |= {"answer": "yes", "key": f"benchmark-{n:08}"}
                client.post("/ko", data=form, headers={"Accept": "application/json"}).raise_for_status()

            ours = _timed(judge, TIMED)
    bare = _bare()
    size = f"{LOTS} lots, {ENTERPRISES} enterprises"
    yield Figure("judgement saved, p95", ours, bare, f"ms ({size})")
    yield Figure("queue page, p95", pages, bare, "ms (30 cards of all enterprises)")


def _timed(work: Callable[[int], object], times: int) -> float:
    """The 95th percentile in milliseconds, after a tenth as many to warm up."""
    taken = []
    for n in range(times + max(2, times // 10)):
        start = time.perf_counter()
        work(n)
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.quantiles(taken[-times:], n=20)[-1]


def _number(n: int) -> str:
    return f"{100_000 + n}-2026"


def _fill(data: Path) -> str:
    """A register of full size, and the session of an adviser who cares for all."""
    register = open_register(data)
    with register.atomic():
        entries = []
        for n in range(LOTS):
            lot = Lot(
                id="LOT-0000",
                title=f"Fönsterputs {n}",
                description=TEXT,
                cpv=("90911300",),
                places=(Place(nuts="SE312", city="Mora"),),
                deadline=NOW + timedelta(days=2 + n % 60),
                duration_months=24,
            )
            notice = Notice(
                publication_number=_number(n),
                origin="ted",
                form_type="competition",
                title=lot.title,
                buyer=Buyer(name="Mora kommun"),
                procedure_id=f"procedure-{n}",
                published=date(2026, 11, 20),
                lots=(lot,),
            )
            entries.append((notices.entry(notice), None))
        notices.put(register, entries, at=NOW)
        for n in range(ENTERPRISES):
            own = Enterprise(
                id=f"asf-{n}",
                name=f"Företag {n}",
                municipality="Mora",
                county="20",
                capabilities=("putsar fönster åt skolor",),
                capacity=Capacity(largest_contract_sek_per_year=500_000),
            )
            enterprises.add(register, own, at=NOW)
            kept = [_match(own.id, (n + k * 7) % LOTS, 1 - k / MATCHES) for k in range(MATCHES)]
            matches.replace(register, own.id, kept, scope="open", fingerprint="benchmark", at=NOW)
    account = Account(
        id=0, email="a@stod.example", name="Asta", role="adviser", all_enterprises=True, created=datetime.now(UTC)
    )
    account = accounts.add(register, account)
    session = serving.session(register, account, at=NOW, lasts=timedelta(days=1))
    register.close()
    return session


def _match(enterprise: str, n: int, score: float) -> Match:
    signals = tuple(Signal(name=f"signal_{k}", value=0.5, detail="ord i annonsen") for k in range(16))
    reasons = (
        Reason(kind="fits", text="Arbetet är i Mora, där ni arbetar."),
        Reason(kind="watch", text="Inget värde."),
    )
    return Match(
        enterprise=enterprise,
        notice=_number(n),
        lot="LOT-0000",
        score=score,
        probability=score,
        signals=signals,
        reasons=reasons,
        ranker="benchmark",
    )


@contextmanager
def _served(data: Path) -> Iterator[str]:
    """The real program on a free port of loopback: its address."""
    with serving.start(data, NOW) as process:
        yield serving.address(process)
        process.terminate()


def _bare() -> float:
    """The same client and server with nothing but one INSERT and commit in between, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "bare.db", check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, answer TEXT)")

        async def judge(request: Request) -> JSONResponse:
            form = await request.form()
            with db:
                db.execute("INSERT INTO words (answer) VALUES (?)", [str(form["answer"])])
            return JSONResponse({})

        bare = Starlette(routes=[Route("/ko", judge, methods=["POST"])])
        with running(bare) as address, httpx.Client(base_url=address) as client:
            taken = _timed(lambda _: client.post("/ko", data={"answer": "yes"}).raise_for_status(), TIMED)
        db.close()
    return taken
