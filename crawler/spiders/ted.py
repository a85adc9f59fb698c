"""TED, the EU's journal of tenders: Search API v3 by day, then each notice's XML.

Domain: api.ted.europa.eu, ted.europa.eu
Caveats: tokens never end; totals may shift; a bot rule may answer notice pages with 202, then the Search API's own
fields are used and the window stays partial, so that it is tried again.
History: 2026-11 first form.
"""

import asyncio
import hashlib
import json
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from config.errors import InputError, StoppedError
from config.settings import Settings
from crawler import answers
from crawler.answers import Wrong
from crawler.intake import Ready, ready
from crawler.reading import Reader
from crawler.spiders.base import BaseSpider, not_asked, times
from crawler.ted_notices import Arrival, Read, from_fields, take
from crawler.walk import Step, Walk
from register import absences, fetches, notices, windows
from register.models import SetAside

FIELDS = [
    "publication-number",
    "publication-date",
    "notice-title",
    "notice-type",
    "form-type",
    "procedure-identifier",
    "notice-identifier",
    "notice-version",
    "title-proc",
    "description-proc",
    "buyer-name",
    "classification-cpv",
    "deadline-receipt-tender-date-lot",
]
NUMBER = re.compile(r"^\d{1,8}-\d{4}$")
WORKERS = 12
"""For each request at once: most wait for what they fetched to be read."""
QUEUE = 1000
"""Notices that wait to be fetched, before no further window is walked."""
SAME_BYTES = 5
"""The same bytes so often, each time unreadable, are no fault of the transfer: the notice is set aside."""
OLD_TOKEN = 2
"""Tries after which a token that a server refuses is taken for one that it has forgotten."""
SHORT = "some notices came only in short form, because the server's bot rule answered with a challenge (202)"


@dataclass
class Day:
    """A window on its way: its walk, and the announced notices that are not yet in."""

    walk: Walk
    waiting: set[str] = field(default_factory=set)
    problem: str = ""
    queued: bool = False
    """Whether `waiting` holds all that is to be fetched."""
    closed: bool = False
    """Whether how it ended is in the register."""

    @property
    def name(self) -> str:
        """As the register calls it."""
        return self.walk.day.isoformat()


@dataclass(eq=False)
class Fetch:
    """A notice on its way in. number: as the register writes it; address: of its XML."""

    day: Day
    number: str
    hit: Mapping[str, Any]
    address: str
    conditions: Mapping[str, str]
    """Headers by which the server may say that the register has it already; sent with the first try."""
    tries: int = 0
    unread: list[str] = field(default_factory=list)
    """SHA-256 of what earlier tries brought that could not be read."""


class TedSpider(BaseSpider):
    """Walks one window a day, one after the other; meanwhile fetches the XML of the notices that were announced."""

    name = "ted"
    opened: Sequence[Day] = ()
    """The windows of the job."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.taking: set[asyncio.Task[Wrong | None]] = set()
        """What has come and is being read."""

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The Search API and the pages of notices."""
        return settings.ted.api_url, settings.ted.notice_url

    async def work(self) -> None:
        """Each window is partial until it is proven complete."""
        restarts = self.job.settings.crawler.window_restarts
        self.opened = [Day(Walk(day, restarts)) for day in self.job.days]
        windows.begin(self.job.register, self.job.source, [d.name for d in self.opened], self.job.run, self.job.now)
        self.queue: asyncio.Queue[Fetch] = asyncio.Queue(QUEUE)
        self.slots = asyncio.Semaphore(self.job.settings.crawler.concurrency)
        self.reader: Reader[Arrival, Read] = Reader(self.job.sandbox, take)
        async with asyncio.TaskGroup() as tasks:
            count = WORKERS * self.job.settings.crawler.concurrency
            workers = [tasks.create_task(self.fetch_on(tasks)) for _ in range(count)]
            for day in self.opened:
                await self.walk(day)
                await self.queue_notices(day)
            await self.queue.join()
            for worker in workers:
                worker.cancel()

    def search(self, day: Day) -> scrapy.Request:
        """The next page of a window."""
        on = f"{day.walk.day:%Y%m%d}"
        base = self.job.settings.ted.query
        base = f"({base})" if " OR " in base.upper() else base
        body: dict[str, Any] = {
            "query": f"{base} AND publication-date >= {on} AND publication-date <= {on} SORT BY publication-number ASC",
            "fields": FIELDS,
            "limit": self.job.settings.ted.page_size,
            "scope": "ALL",
            "paginationMode": "ITERATION",
            "onlyLatestVersions": False,
            "checkQuerySyntax": False,
        }
        if day.walk.token:
            body["iterationNextToken"] = day.walk.token
        return scrapy.Request(
            self.job.settings.ted.api_url,
            method="POST",
            body=json.dumps(body),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            callback=NO_CALLBACK,
        )

    async def walk(self, day: Day) -> None:
        """Ask for page after page until the window is proven complete, or is partial."""
        step: Step = "more"
        tries = 0
        while step not in ("complete", "partial"):
            request = self.search(day)
            try:
                page = await self.page(request, day)
            except IgnoreRequest as error:
                day.problem = not_asked(error, request)
                return
            if isinstance(page, Wrong):
                wait = self.trouble(request.url, tries, page)
                old = page.kind == "unexpected status" and day.walk.token is not None and tries >= OLD_TOKEN
                tries += 1
                if wait is not None and not old:
                    await self.wait(wait)
                    continue
                step = day.walk.broken(f"{page.text}, {times(tries)} in a row")
            else:
                troubles = len(day.walk.troubles)
                step = day.walk.take(page)
                self.job.troubles.update(day.walk.troubles[troubles:])
            tries = 0
        if step == "partial":
            day.problem = day.walk.problem

    async def page(self, request: scrapy.Request, day: Day) -> dict[str, Any] | Wrong:
        """A page of hits, archived, or what is wrong with the answer. Raises IgnoreRequest where none is asked for."""
        response = await self.answer(request)
        if isinstance(response, Wrong):
            return response
        headers = self.headers_of(response)
        wrong = answers.wrong_status(response.status, headers, response.body)
        page = wrong or answers.search_page(response.body)
        if not isinstance(page, Wrong):
            self.good()
            self.keep(response, "ted-search", url=f"{response.url}#{day.name}")
        return page

    async def queue_notices(self, day: Day) -> None:
        """Queue all notices of a window that this run does not have yet."""
        if not day.problem:
            # What only answers listed that did not fit was not announced.
            day.walk.hits = {number: day.walk.hits[number] for number in day.walk.listed}
        for number in sorted(day.walk.hits):
            if not NUMBER.match(number):
                self.set_aside(SetAside(item=number[:60], reason="is no publication number of TED's"))
            elif number not in self.job.done:
                day.waiting.add(number)
        day.queued = True
        known = notices.known(self.job.register, day.waiting)
        for number in sorted(day.waiting):
            hit = day.walk.hits[number]
            address = self.job.settings.ted.notice_url.replace("{number}", answers.number_of(hit) or number)
            conditions = fetches.conditions(self.job.register, address) if number in known else {}
            await self.queue.put(Fetch(day, number, hit, address, conditions))
        self.close_if_done(day)

    async def fetch_on(self, tasks: asyncio.TaskGroup) -> None:
        """Fetch what is queued, for ever; what has to wait is queued again, so that no other notice waits for it."""
        while True:
            fetch = await self.queue.get()
            try:
                wait = await self.fetch(fetch)
            except Exception:
                self.crawler.stats.inc_value("spider_exceptions/count")
                traceback.print_exc()
                self.lose(fetch, "the spider has a fault of its own")
                wait = None
            if wait is None:
                self.queue.task_done()
            else:
                tasks.create_task(self.queue_again(fetch, wait))

    async def queue_again(self, fetch: Fetch, seconds: float) -> None:
        """Queue a notice for its next try."""
        await self.wait(seconds)
        await self.queue.put(fetch)
        self.queue.task_done()

    async def fetch(self, fetch: Fetch) -> float | None:
        """One try to bring a notice in; the seconds to wait before the next, None where there is no next.

        The address is built from settings, never taken from the answer.
        """
        headers = {} if fetch.tries else fetch.conditions
        request = scrapy.Request(fetch.address, headers=headers, callback=NO_CALLBACK)
        try:
            # The engine keeps to as many requests at once too, but starts the next before a connection is free again.
            async with self.slots:
                response = await self.answer(request)
        except IgnoreRequest as error:
            self.lose(fetch, not_asked(error, request))
            return None
        if isinstance(response, Wrong):
            wrong: Wrong | None = response
        else:
            # A crawl that is stopped still takes in what has come.
            taking = asyncio.create_task(self.take_in(fetch, response, conditional=bool(headers)))
            self.taking.add(taking)
            taking.add_done_callback(self.taking.discard)
            wrong = await asyncio.shield(taking)
        if wrong is None:
            return None
        wait = self.trouble(fetch.address, fetch.tries, wrong)
        if wait is not None:
            fetch.tries += 1
            return wait
        if wrong.kind == "challenge":
            self.keep_short(fetch)
        else:
            self.lose(fetch, wrong.text)
        return None

    async def take_in(self, fetch: Fetch, response: Any, *, conditional: bool) -> Wrong | None:
        """Archive the bytes, then read them, then put the notice in; what is wrong with them where that can't be."""
        headers = self.headers_of(response)
        if response.status == 304 and conditional:
            self.good()
            self.job.intake.note(fetch.number, "unchanged")
            self.finish(fetch)
            return None
        wrong = answers.wrong_status(response.status, headers, response.body)
        wrong = wrong or answers.notice_body(response.body)
        if wrong is not None:
            return wrong
        origin = {
            "url": response.url,
            "at": self.job.now,
            "status": response.status,
            "headers": headers,
            "request_headers": self.headers_of(response.request),
            "source": self.name,
            "kind": "ted-notice",
        }
        arrival = Arrival(self.job.archive.folder, response.body, fetch.number, origin)
        try:
            raw, read = await self.reader.read(fetch.number, arrival)
        except StoppedError as error:
            self.keep_aside(fetch, error, hashlib.sha256(response.body).hexdigest())
            return None
        except OSError as error:
            self.lose(fetch, f"the archive {self.job.archive.folder} could not be written ({error.strerror})")
            return None
        if isinstance(read, Ready):
            self.good()
            self.job.intake.add(fetch.number, read, raw, url=response.url, headers=headers)
            self.finish(fetch)
            return None
        fetch.unread.append(raw)
        last = fetch.unread.count(raw) >= SAME_BYTES or fetch.tries >= self.job.settings.crawler.retries
        if last and isinstance(read, InputError):
            self.keep_aside(fetch, read, raw)
            return None
        return read if isinstance(read, Wrong) else Wrong("unreadable", "the XML of a notice could not be read")

    def keep_short(self, fetch: Fetch) -> None:
        """Put in what the Search API's fields tell; the notice is asked for in full at the next crawl."""
        try:
            notice = from_fields(fetch.number, fetch.hit)
        except InputError as error:
            self.set_aside(SetAside.of(error))
        else:
            self.job.intake.add(fetch.number, ready(notice), None)
            fetch.day.problem = fetch.day.problem or SHORT
        self.finish(fetch)

    def lose(self, fetch: Fetch, why: str) -> None:
        """An announced notice that did not come: its window is partial, and it is asked for at the next crawl."""
        self.job.missing.append(fetch.number)
        self.job.set_aside.append(SetAside(item=fetch.number, reason=f"was not received: {why}"))
        fetch.day.problem = fetch.day.problem or f"not all announced notices were received ({why})"
        self.finish(fetch)

    def keep_aside(self, fetch: Fetch, error: InputError, raw: str) -> None:
        """A notice whose bytes came and are archived, but can't be used."""
        self.set_aside(SetAside(item=fetch.number, field=error.field, reason=f"{error.reason} (raw {raw[:12]})"))
        self.finish(fetch)

    def set_aside(self, item: SetAside) -> None:
        """List what was received and can't be used."""
        self.job.set_aside.append(item)
        self.job.intake.note(item.item, "set aside")

    def finish(self, fetch: Fetch) -> None:
        """One notice less to wait for."""
        fetch.day.waiting.discard(fetch.number)
        self.job.progress(len(self.job.intake.outcomes), self.job.announced)
        self.close_if_done(fetch.day)

    def close_if_done(self, day: Day) -> None:
        """Store the window once all its notices are in or told as missing."""
        if day.waiting or day.closed or not day.queued:
            return
        self.job.intake.flush()
        day.closed = True
        walk = day.walk
        announced = max(walk.announced, len(walk.hits))
        lost = sum(number in walk.hits for number in self.job.missing)
        self.store(day.name, announced, len(walk.hits) - lost, day.problem)
        if not day.problem:
            absences.observe(self.job.register, self.job.source, day.name, self.job.run, set(walk.hits))

    async def closed(self, _reason: str) -> None:
        """Called by Scrapy at the end: a window that did not come to its own end is told all the same."""
        await asyncio.gather(*self.taking, return_exceptions=True)
        for day in self.opened:
            if not day.closed:
                day.problem = day.problem or "it was not read to its end"
                self.job.missing += sorted(day.waiting)
                day.waiting.clear()
                day.queued = True
                self.close_if_done(day)
