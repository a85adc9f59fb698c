"""TED, the EU's journal of tenders: Search API v3 by day, then each notice's XML.

Domain: api.ted.europa.eu, ted.europa.eu
Caveats: tokens never end; totals may shift; a bot rule may answer notice pages with 202, then the Search API's own
fields are used and the window stays partial, so that it is tried again.
History: 2026-11 first form.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import scrapy
from pydantic import ValidationError
from scrapy.exceptions import IgnoreRequest

from config.errors import InputError, StoppedError
from config.settings import Settings
from crawler import answers, eforms, ubl
from crawler.answers import Wrong
from crawler.archive import Archive
from crawler.politeness import HostClosed
from crawler.robots import RobotsUnknown
from crawler.spiders.base import BaseSpider, times
from crawler.walk import Walk
from register import absences, fetches, notices, windows
from register.models import Buyer, Lot, Notice, SetAside

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
    closed: bool = False
    """Whether how it ended is in the register."""

    @property
    def name(self) -> str:
        """As the register calls it."""
        return self.walk.day.isoformat()


@dataclass(frozen=True)
class Fetch:
    """One try to fetch one notice. number: as the register writes it; address: of its XML."""

    day: Day
    number: str
    hit: Mapping[str, Any]
    address: str
    tries: int = 0
    fresh: bool = False
    """Whether to ask for the bytes even if they have not changed."""
    unread: tuple[str, ...] = ()
    """SHA-256 of what earlier tries brought that could not be read."""


class TedSpider(BaseSpider):
    """Walks one window a day and fetches the XML of every notice that was announced in it."""

    name = "ted"
    opened: Sequence[Day] = ()
    """The windows of the job."""

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The Search API and the pages of notices."""
        return settings.ted.api_url, settings.ted.notice_url

    async def start(self) -> AsyncIterator[Any]:
        """One request for each day of the job; each is partial until it is proven complete."""
        self.opened = [Day(Walk(day, self.job.settings.crawler.window_restarts)) for day in self.job.days]
        windows.begin(self.job.register, self.job.source, [d.name for d in self.opened], self.job.run, self.job.now)
        for day in self.opened:
            yield self.search(day)

    def search(self, day: Day, tries: int = 0) -> scrapy.Request:
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
            callback=self.parse_page,
            errback=self.page_failed,
            cb_kwargs={"day": day, "tries": tries},
            dont_filter=True,
            # Pages of search come before notices: tokens grow old.
            priority=10,
        )

    async def parse_page(self, response: Any, day: Day, tries: int) -> AsyncIterator[Any]:
        """Take in a page of hits; go on, begin again, or fetch the notices of the finished window."""
        headers = self.headers_of(response)
        wrong = answers.wrong_status(response.status, headers, response.body)
        page = wrong or answers.search_page(response.body)
        if isinstance(page, Wrong):
            async for item in self.page_trouble(day, tries, page):
                yield item
            return
        self.good()
        self.job.archive.put(
            response.body,
            url=f"{response.url}#{day.name}",
            at=self.job.now,
            method="POST",
            status=response.status,
            headers=headers,
            source=self.name,
            kind="ted-search",
            request_body=response.request.body,
        )
        troubles = len(day.walk.troubles)
        step = day.walk.take(page)
        self.job.troubles.update(day.walk.troubles[troubles:])
        if step in ("more", "again", "same page"):
            yield self.search(day)
            return
        if step == "partial":
            day.problem = day.walk.problem
        for request in self.fetch_all(day):
            yield request

    async def page_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A page that did not come at all: connection refused, cut, timed out, or forbidden by robots.txt."""
        day, tries = failure.request.cb_kwargs["day"], failure.request.cb_kwargs["tries"]
        if failure.check(IgnoreRequest):
            day.problem = self.ignored(failure)
            for request in self.fetch_all(day):
                yield request
            return
        wrong = answers.unconnected(failure.type.__name__)
        async for item in self.page_trouble(day, tries, wrong):
            yield item

    async def page_trouble(self, day: Day, tries: int, wrong: Wrong) -> AsyncIterator[Any]:
        """Wait and try a page again; after the last try the window is partial, what came of it is fetched."""
        wait = self.trouble(self.job.settings.ted.api_url, tries, wrong)
        old = wrong.kind == "unexpected status" and day.walk.token is not None and tries >= OLD_TOKEN
        if wait is not None and not old:
            await self.wait(wait)
            yield self.search(day, tries + 1)
            return
        if day.walk.broken(f"{wrong.text}, {times(tries + 1)} in a row") == "again":
            yield self.search(day)
            return
        day.problem = day.walk.problem
        for request in self.fetch_all(day):
            yield request

    def ignored(self, failure: Any) -> str:
        """Why a request was not sent, in words."""
        if failure.check(HostClosed):
            return f"{failure.value}, which is longer than a crawl waits"
        if failure.check(RobotsUnknown):
            return f"{failure.value}, so the host must not be asked anything"
        return f"robots.txt forbids {failure.request.url}"

    def fetch_all(self, day: Day) -> Iterator[scrapy.Request]:
        """Requests for the XML of all notices of a window that this run does not have yet."""
        if not day.problem:
            # What only answers listed that did not fit was not announced.
            day.walk.hits = {number: day.walk.hits[number] for number in day.walk.listed}
        for number, hit in sorted(day.walk.hits.items()):
            if not NUMBER.match(number):
                self.set_aside(SetAside(item=number[:60], reason="is no publication number of TED's"))
            elif number not in self.job.done:
                day.waiting.add(number)
                listed = answers.number_of(hit) or number
                address = self.job.settings.ted.notice_url.replace("{number}", listed)
                yield self.fetch(Fetch(day, number, hit, address))
        self.close_if_done(day)

    def fetch(self, fetch: Fetch) -> scrapy.Request:
        """One notice's XML; the address is built from settings, never taken from the answer."""
        known = not fetch.fresh and notices.is_known(self.job.register, fetch.number)
        return scrapy.Request(
            fetch.address,
            headers=fetches.conditions(self.job.register, fetch.address) if known else {},
            callback=self.parse_notice,
            errback=self.notice_failed,
            cb_kwargs={"fetch": fetch},
            dont_filter=True,
        )

    async def parse_notice(self, response: Any, fetch: Fetch) -> AsyncIterator[Any]:
        """Archive the bytes, then read them, then put the notice in."""
        headers = self.headers_of(response)
        if response.status == 304 and self.asked_conditionally(response.request):
            self.good()
            self.job.intake.note(fetch.number, "unchanged")
            self.finish(fetch)
            return
        wrong = answers.wrong_status(response.status, headers, response.body)
        wrong = wrong or answers.notice_body(response.body)
        if wrong is None:
            origin = {
                "url": response.url,
                "at": self.job.now,
                "status": response.status,
                "headers": headers,
                "request_headers": self.headers_of(response.request),
                "source": self.name,
                "kind": "ted-notice",
            }
            try:
                raw, read = await self.job.sandbox.call(
                    fetch.number, take, self.job.archive.folder, response.body, fetch.number, origin
                )
            except StoppedError as error:
                self.keep_aside(fetch, error, hashlib.sha256(response.body).hexdigest())
                return
            except OSError as error:
                self.lose(fetch, f"the archive {self.job.archive.folder} could not be written ({error.strerror})")
                return
            if isinstance(read, Notice):
                self.good()
                self.job.intake.add(fetch.number, read, raw, url=response.url, headers=headers)
                self.finish(fetch)
                return
            fetch = replace(fetch, unread=(*fetch.unread, raw))
            last = fetch.unread.count(raw) >= SAME_BYTES or fetch.tries >= self.job.settings.crawler.retries
            if last and isinstance(read, InputError):
                self.keep_aside(fetch, read, raw)
                return
            wrong = read if isinstance(read, Wrong) else Wrong("unreadable", "the XML of a notice could not be read")
        async for item in self.notice_trouble(fetch, wrong):
            yield item

    @staticmethod
    def asked_conditionally(request: Any) -> bool:
        """Whether a 304 answers what was asked."""
        return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers

    async def notice_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A notice that did not come at all."""
        fetch = failure.request.cb_kwargs["fetch"]
        if failure.check(IgnoreRequest):
            self.lose(fetch, self.ignored(failure))
            return
        wrong = answers.unconnected(failure.type.__name__)
        async for item in self.notice_trouble(fetch, wrong):
            yield item

    async def notice_trouble(self, fetch: Fetch, wrong: Wrong) -> AsyncIterator[Any]:
        """Wait and try a notice again; after the last try use the Search API's fields if a bot rule is there."""
        wait = self.trouble(self.job.settings.ted.notice_url, fetch.tries, wrong)
        if wait is not None:
            await self.wait(wait)
            yield self.fetch(replace(fetch, tries=fetch.tries + 1, fresh=True))
        elif wrong.kind == "challenge":
            self.keep_short(fetch)
        else:
            self.lose(fetch, wrong.text)

    def keep_short(self, fetch: Fetch) -> None:
        """Put in what the Search API's fields tell; the notice is asked for in full at the next crawl."""
        try:
            notice = from_fields(fetch.number, fetch.hit)
        except InputError as error:
            self.set_aside(SetAside(item=error.item, field=error.field, reason=error.reason))
        else:
            self.job.intake.add(fetch.number, notice, None)
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
        if day.waiting:
            return
        self.job.intake.flush()
        day.closed = True
        walk = day.walk
        announced = max(walk.announced, len(walk.hits))
        lost = sum(number in walk.hits for number in self.job.missing)
        self.store(day.name, announced, len(walk.hits) - lost, day.problem)
        if not day.problem:
            absences.observe(self.job.register, self.job.source, day.name, self.job.run, set(walk.hits))

    def closed(self, _reason: str) -> None:
        """Called by Scrapy at the end: a window that did not come to its own end is told all the same."""
        for day in self.opened:
            if not day.closed:
                day.problem = day.problem or "it was not read to its end"
                self.job.missing += sorted(day.waiting)
                day.waiting.clear()
                self.close_if_done(day)


def take(folder: Path, data: bytes, number: str, origin: dict[str, Any]) -> tuple[str, Notice | InputError | Wrong]:
    """Archive a notice's bytes, then read them: (SHA-256, the notice, or why it can't be used, or why it is not what
    was asked for). Runs in the sandbox.
    """
    raw = Archive(folder).put(data, **origin)
    try:
        notice = eforms.read(data, origin="ted", item=number, number=number)
    except InputError as error:
        return raw, error
    if notice.publication_number != number:
        return raw, Wrong("another", "the XML of another notice came")
    return raw, notice


def from_fields(number: str, hit: Mapping[str, Any]) -> Notice:
    """A notice in short form from the Search API's fields. Raises InputError where title or buyer is missing."""
    title = answers.in_language(hit.get("title-proc")) or answers.in_language(hit.get("notice-title"))
    buyer = answers.in_language(hit.get("buyer-name"))
    for name, value in (("title-proc", title), ("buyer-name", buyer)):
        if not value:
            raise InputError(number, name, "is missing in the Search API's fields")
    codes = hit.get("classification-cpv") or []
    description = answers.in_language(hit.get("description-proc"))
    try:
        return Notice(
            publication_number=number,
            origin="ted",
            form_type=answers.in_language(hit.get("form-type")) or "competition",
            notice_type=answers.in_language(hit.get("notice-type")),
            procedure_id=answers.in_language(hit.get("procedure-identifier")) or None,
            title=title,
            description=description,
            buyer=Buyer(name=buyer),
            cpv=tuple(dict.fromkeys(str(code) for code in (codes if isinstance(codes, list) else [codes]))),
            published=ubl.day(answers.in_language(hit.get("publication-date"))),
            reading="short",
            lots=(Lot(id="LOT-0000", title=title, description=description),),
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        raise InputError(number, ".".join(map(str, wrong["loc"])), wrong["msg"]) from None
