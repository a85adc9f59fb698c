"""TED, the EU's journal of tenders: Search API v3 by day, then each notice's XML.

Domain: api.ted.europa.eu, ted.europa.eu
Caveats: tokens never end; totals may shift; a bot rule may answer notice pages with 202, then the Search API's own
fields are used and the window stays partial, so that it is tried again.
History: 2026-11 first form.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import scrapy
from pydantic import ValidationError
from scrapy.exceptions import IgnoreRequest

from config.errors import InputError
from config.settings import Settings
from crawler import answers, eforms, ubl
from crawler.answers import Wrong
from crawler.archive import Archive
from crawler.politeness import HostClosed
from crawler.robots import RobotsUnknown
from crawler.spiders.base import BaseSpider
from crawler.walk import Walk
from register import absences, fetches, windows
from register.models import Buyer, Lot, Notice, SetAside, Window

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
SAME_BYTES = 3
"""The same bytes so often, each time unreadable, are no fault of the transfer: the notice is set aside."""
SHORT = "some notices came only in short form, because the server's bot rule answered with a challenge (202)"


@dataclass
class Day:
    """A window on its way: its walk, and the announced notices that are not yet in."""

    walk: Walk
    waiting: set[str] = field(default_factory=set)
    problem: str = ""

    @property
    def name(self) -> str:
        """As the register calls it."""
        return self.walk.day.isoformat()


@dataclass(frozen=True)
class Fetch:
    """One try to fetch one notice."""

    day: Day
    number: str
    hit: Mapping[str, Any]
    tries: int = 0
    fresh: bool = False
    """Whether to ask for the bytes even if they have not changed."""
    unread: tuple[str, ...] = ()
    """SHA-256 of what earlier tries brought that could not be read."""


class TedSpider(BaseSpider):
    """Walks one window a day and fetches the XML of every notice that was announced in it."""

    name = "ted"

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The Search API and the pages of notices."""
        return settings.ted.api_url, settings.ted.notice_url

    async def start(self) -> AsyncIterator[Any]:
        """One request for each day of the job."""
        for day in self.job.days:
            yield self.search(Day(Walk(day, self.job.settings.crawler.window_restarts)))

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
            day.problem = day.walk.troubles[-1]
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
        wrong = Wrong("connection", f"the connection failed ({failure.type.__name__})")
        async for item in self.page_trouble(day, tries, wrong):
            yield item

    async def page_trouble(self, day: Day, tries: int, wrong: Wrong) -> AsyncIterator[Any]:
        """Wait and try a page again; after the last try the window is partial, what came of it is fetched."""
        wait = self.trouble(self.job.settings.ted.api_url, tries, wrong)
        if wait is not None:
            await self.wait(wait)
            yield self.search(day, tries + 1)
            return
        day.problem = f"{wrong.text}, {tries + 1} times in a row"
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
        self.job.announced += max(day.walk.announced, len(day.walk.hits))
        for number, hit in sorted(day.walk.hits.items()):
            if not NUMBER.match(number):
                self.set_aside(SetAside(item=number[:60], reason="is no publication number of TED's"))
            elif (eforms.publication_number(number) or number) not in self.job.done:
                day.waiting.add(number)
                yield self.fetch(Fetch(day, number, hit))
        self.close_if_done(day)

    def fetch(self, fetch: Fetch) -> scrapy.Request:
        """One notice's XML; the address is built from settings, never taken from the answer."""
        address = self.job.settings.ted.notice_url.replace("{number}", fetch.number)
        return scrapy.Request(
            address,
            headers={} if fetch.fresh else fetches.conditions(self.job.register, address),
            callback=self.parse_notice,
            errback=self.notice_failed,
            cb_kwargs={"fetch": fetch},
            dont_filter=True,
        )

    async def parse_notice(self, response: Any, fetch: Fetch) -> AsyncIterator[Any]:
        """Archive the bytes, then read them, then put the notice in."""
        headers = self.headers_of(response)
        number = eforms.publication_number(fetch.number) or fetch.number
        if response.status == 304:
            self.good()
            self.job.intake.note(number, "unchanged")
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
            raw, read = await self.job.sandbox.call(
                number, take, self.job.archive.folder, response.body, number, origin
            )
            if isinstance(read, Notice):
                self.good()
                self.job.intake.add(number, read, raw, url=response.url, headers=headers)
                self.finish(fetch)
                return
            unread = (*fetch.unread, raw)
            fetch = replace(fetch, unread=unread)
            if unread.count(raw) >= SAME_BYTES or fetch.tries >= self.job.settings.crawler.retries:
                reason = f"{read.reason} (raw {raw[:12]})"
                self.set_aside(SetAside(item=fetch.number, field=read.field, reason=reason))
                self.finish(fetch)
                return
            wrong = Wrong("unreadable", "the XML could not be read, or is of another notice")
        async for item in self.notice_trouble(fetch, wrong):
            yield item

    async def notice_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A notice that did not come at all, or whose reader was stopped."""
        fetch = failure.request.cb_kwargs["fetch"]
        if failure.check(IgnoreRequest):
            self.lose(fetch, self.ignored(failure))
            return
        wrong = Wrong("connection", f"the connection failed ({failure.type.__name__})")
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
        number = eforms.publication_number(fetch.number) or fetch.number
        try:
            notice = from_fields(number, fetch.hit)
        except InputError as error:
            self.set_aside(SetAside(item=error.item, field=error.field, reason=error.reason))
        else:
            self.job.intake.add(number, notice, None)
            fetch.day.problem = fetch.day.problem or SHORT
        self.finish(fetch)

    def lose(self, fetch: Fetch, why: str) -> None:
        """An announced notice that did not come: its window is partial, and it is asked for at the next crawl."""
        self.job.missing.append(fetch.number)
        self.job.set_aside.append(SetAside(item=fetch.number, reason=f"was not received: {why}"))
        fetch.day.problem = fetch.day.problem or f"not all announced notices were received ({why})"
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
        walk = day.walk
        if day.problem:
            self.job.problems.append(
                f"The window {day.name} is partial: {day.problem}. It is tried again at the next crawl."
            )
        lost = sum(number in walk.hits for number in self.job.missing)
        windows.put(
            self.job.register,
            Window(
                source=self.job.source,
                window=day.name,
                announced=max(walk.announced, len(walk.hits)),
                received=len(walk.hits) - lost,
                status="partial" if day.problem else "complete",
                problem=day.problem,
                run=self.job.run,
                at=self.job.now,
            ),
        )
        if not day.problem:
            seen = {eforms.publication_number(number) or number for number in walk.hits}
            absences.observe(self.job.register, self.job.source, day.name, self.job.run, seen)


def take(folder: Path, data: bytes, number: str, origin: dict[str, Any]) -> tuple[str, Notice | InputError]:
    """Archive a notice's bytes, then read them: (SHA-256, the notice or why it can't be used). Runs in the sandbox."""
    raw = Archive(folder).put(data, **origin)
    try:
        notice = eforms.read(data, origin="ted", item=number, number=number)
    except InputError as error:
        return raw, error
    if notice.publication_number != number:
        return raw, InputError(number, "OPP-010", f"the XML is of another notice, {notice.publication_number}")
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
