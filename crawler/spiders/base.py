"""What every spider shares: its job, honest waiting, counting, bounded tries, and batches into the register."""

import asyncio
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest

from config.settings import Settings
from crawler import answers
from crawler.answers import Wrong
from crawler.archive import Archive
from crawler.intake import Intake
from crawler.politeness import PATIENCE, HostClosed, Pauses
from crawler.robots import RobotsUnknown
from crawler.sandbox import Sandbox
from register import windows
from register.database import Register
from register.models import SetAside, Window

FIRST_WAIT = 0.25
LONGEST_BACKOFF = 30.0
FIRM = frozenset({"challenge", "refused", "unexpected status"})
"""Answers that a server may mean as a rule."""
ROW = 12
"""So many of them in a row, without one good answer between, may be meant, or the server may be out for a while."""
ROW_PAUSES = 5
"""Pauses after such a row, each twice as long as the last; then it is taken for a rule."""
ROW_WAIT = 4.0
ROW_WAIT_OWN = 0.1
"""Seconds of the first such pause."""


@dataclass
class Job:
    """What a crawl is given, and what it notes down as it goes."""

    source: str
    register: Register
    archive: Archive
    settings: Settings
    since: date
    until: date
    now: datetime
    progress: Callable[[int, int], None]
    run: int
    intake: Intake
    sandbox: Sandbox
    done: frozenset[str] = frozenset()
    """Items that this run had brought in whole before it was cut off."""
    days: tuple[date, ...] = ()
    """The windows to walk."""
    pauses: Pauses = field(default_factory=Pauses)
    troubles: Counter[str] = field(default_factory=Counter)
    """How often each fault was met."""
    problems: list[str] = field(default_factory=list)
    """In plain words, each with the next step."""
    partial: dict[str, list[str]] = field(default_factory=dict)
    """Windows that are not proven complete, by the reason."""
    set_aside: list[SetAside] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    announced: int = 0


def times(count: int) -> str:
    """ "once", "3 times"."""
    return "once" if count == 1 else f"{count} times"


class BaseSpider(scrapy.Spider):
    """A family: one source, one job, tries bounded by settings, waits as the server asks. Override `work`.

    `work` has its requests answered by `answer`, which keeps to robots.txt, pauses and the pace.
    Scrapy hears nothing of what comes in between, so `work` must store each window that it has walked.
    """

    job: Job
    own: bool = False
    """Whether the server is on this machine's loopback, where nobody is disturbed."""
    backfill: bool = False
    """Whether it fills in earlier days, and is no part of `crawl --all`."""
    _firm_row: int = 0
    _row_pauses: int = 0

    async def start(self) -> AsyncIterator[Any]:
        """Called by Scrapy once; an error here would pass as an empty crawl, so it is counted as a fault."""
        try:
            await self.work()
        except Exception:
            self.crawler.stats.inc_value("spider_exceptions/count")
            traceback.print_exc()
        no_requests: tuple[Any, ...] = ()
        for request in no_requests:
            yield request

    async def work(self) -> None:
        """The crawl."""
        raise NotImplementedError

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The addresses that it asks, from settings."""
        raise NotImplementedError

    async def answer(self, request: scrapy.Request) -> Any | Wrong:
        """The answer to one request, or what kept it from coming. Raises IgnoreRequest where none is asked for."""
        try:
            return await self.crawler.engine.download_async(request)
        except IgnoreRequest:
            raise
        except Exception as error:
            # Whatever Twisted calls it, no answer came.
            return answers.unconnected(type(error).__name__)

    def keep(self, response: Any, kind: str, *, url: str | None = None) -> str:
        """Archive an answer; returns its SHA-256. url: where one address has many answers, what tells them apart."""
        return self.job.archive.put(
            response.body,
            url=url or response.url,
            at=self.job.now,
            method=response.request.method,
            status=response.status,
            headers=self.headers_of(response),
            request_headers=self.headers_of(response.request),
            request_body=response.request.body,
            source=self.job.source,
            kind=kind,
        )

    def trouble(self, address: str, tries: int, wrong: Wrong) -> float | None:
        """Count a wrong answer; returns the seconds to wait before the next try, None where there is no more."""
        self.job.troubles[wrong.text] += 1
        self._firm_row = self._firm_row + 1 if wrong.kind in FIRM else 0
        host = urlsplit(address).netloc
        if wrong.wait is not None:
            # What a server asks of one request it asks of the crawl.
            self.job.pauses.ask(host, wrong.wait)
            if wrong.wait > PATIENCE:
                return None
        if self._firm_row >= ROW and self._row_pauses < ROW_PAUSES:
            first = ROW_WAIT_OWN if self.own else ROW_WAIT
            self.job.pauses.ask(host, first * 2**self._row_pauses)
            self._row_pauses += 1
            self._firm_row = 0
        if tries >= self.job.settings.crawler.retries or self._firm_row >= ROW:
            return None
        if wrong.kind == "too many requests" and wrong.wait is None and not self.own:
            self.job.pauses.ask(host, self.job.settings.crawler.retry_after_seconds)
            return 0.0
        return 0.0 if wrong.wait is not None else float(min(FIRST_WAIT * 2**tries, LONGEST_BACKOFF))

    def good(self) -> None:
        """Note a good answer."""
        self._firm_row = self._row_pauses = 0

    def store(self, window: str, announced: int, received: int, problem: str) -> None:
        """Store how a window was walked: complete where there is no problem."""
        self.job.announced += announced
        if problem:
            self.job.partial.setdefault(problem, []).append(window)
        windows.put(
            self.job.register,
            Window(
                source=self.job.source,
                window=window,
                announced=announced,
                received=min(received, announced),
                status="partial" if problem else "complete",
                problem=problem,
                run=self.job.run,
                at=self.job.now,
            ),
        )

    @staticmethod
    async def wait(seconds: float) -> None:
        """Let `seconds` pass without blocking other requests."""
        if seconds > 0:
            await asyncio.sleep(seconds)

    @staticmethod
    def headers_of(response: Any) -> Mapping[str, str]:
        """Headers by lower-case name."""
        return {
            key.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for key, values in response.headers.items()
        }


def not_asked(error: IgnoreRequest, request: scrapy.Request) -> str:
    """Why a request was not sent, in words."""
    if isinstance(error, HostClosed):
        return f"{error}, which is longer than a crawl waits"
    if isinstance(error, RobotsUnknown):
        return f"{error}, so the host must not be asked anything"
    return f"robots.txt forbids {request.url}"
