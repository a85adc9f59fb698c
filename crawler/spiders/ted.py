"""TED, the EU's journal of tenders: Search API v3 by day, then each notice's XML.

Domain: api.ted.europa.eu, ted.europa.eu
Caveats: tokens never end; totals may shift; a bot rule may answer notice pages with 202, then the Search API's own
fields are used and the window stays partial, so that it is tried again.
History: 2026-11 first form.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any

import scrapy
from scrapy.exceptions import IgnoreRequest

from config.errors import InputError
from crawler import answers, eforms
from crawler.answers import Wrong
from crawler.spiders.base import BaseSpider
from crawler.walk import Walk
from register import notices
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


class TedSpider(BaseSpider):
    """Walks one window a day, newest last, and fetches the XML of every notice that was announced."""

    name = "ted"

    async def start(self) -> AsyncIterator[Any]:
        """One request for each day of the job."""
        days = (self.job.until - self.job.since).days + 1
        for number in range(days):
            walk = Walk(self.job.since + timedelta(days=number), self.job.settings.crawler.window_restarts)
            yield self.search(walk)

    def search(self, walk: Walk, tries: int = 0) -> scrapy.Request:
        """The next page of a window."""
        day = f"{walk.day:%Y%m%d}"
        base = self.job.settings.ted.query
        base = f"({base})" if " OR " in base.upper() else base
        body: dict[str, Any] = {
            "query": f"{base} AND publication-date >= {day} AND publication-date <= {day}"
            " SORT BY publication-number ASC",
            "fields": FIELDS,
            "limit": self.job.settings.ted.page_size,
            "scope": "ALL",
            "paginationMode": "ITERATION",
            "onlyLatestVersions": False,
            "checkQuerySyntax": False,
        }
        if walk.token:
            body["iterationNextToken"] = walk.token
        return scrapy.Request(
            self.job.settings.ted.api_url,
            method="POST",
            body=json.dumps(body),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            callback=self.parse_page,
            errback=self.page_failed,
            cb_kwargs={"walk": walk, "tries": tries},
            meta={"walk": walk, "tries": tries},
            dont_filter=True,
        )

    async def parse_page(self, response: Any, walk: Walk, tries: int) -> AsyncIterator[Any]:
        """Take in a page of hits; go on, begin again, or fetch the notices of the finished window."""
        wrong = answers.wrong_status(response.status, self.headers_of(response), response.body, self.job.now)
        page = wrong or answers.search_page(response.body)
        if isinstance(page, Wrong):
            async for item in self.page_trouble(walk, tries, page):
                yield item
            return
        self.job.archive.put(
            response.body,
            url=f"{response.url}#{walk.day.isoformat()}",
            at=self.job.now,
            method="POST",
            status=response.status,
            headers=self.headers_of(response),
        )
        step = walk.take(page)
        if step == "again":
            self.job.troubles[walk.troubles[-1]] += 1
        if step in ("more", "again"):
            yield self.search(walk)
            return
        if step == "partial":
            self.job.problems.append(
                f"The window {walk.day} is partial: {walk.troubles[-1]}. It is tried again at the next crawl."
            )
        for request in self.fetch_all(walk):
            yield request

    async def page_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A page that did not come at all: connection refused, cut, timed out, or forbidden by robots.txt."""
        walk, tries = failure.request.meta["walk"], failure.request.meta["tries"]
        if failure.check(IgnoreRequest):
            self.job.problems.append(f"robots.txt of {self.job.settings.ted.api_url} forbids the Search API: stopped.")
            return
        wrong = Wrong("connection", f"the connection failed ({failure.type.__name__})")
        async for item in self.page_trouble(walk, tries, wrong):
            yield item

    async def page_trouble(self, walk: Walk, tries: int, wrong: Wrong) -> AsyncIterator[Any]:
        """Wait and try a page again; after the last try the window is partial, what came of it is fetched."""
        self.job.troubles[wrong.text] += 1
        if tries < self.enough(wrong):
            await self.wait(self.backoff(tries, wrong.wait, wrong.kind))
            yield self.search(walk, tries + 1)
            return
        self.job.problems.append(
            f"The window {walk.day} is partial: {wrong.text}, {tries + 1} times in a row. "
            "Check the network and ANBUDSLOTS_TED__API_URL; it is tried again at the next crawl."
        )
        for request in self.fetch_all(walk):
            yield request

    def enough(self, wrong: Wrong) -> int:
        """Tries after the first: few where the server means what it says, as settings have it where it may pass."""
        firm = wrong.kind in ("challenge", "refused", "unexpected status")
        return min(2, self.job.settings.crawler.retries) if firm else self.job.settings.crawler.retries

    def fetch_all(self, walk: Walk) -> list[scrapy.Request]:
        """Requests for the XML of all notices of a window."""
        proven = walk.total is not None and walk.total == len(walk.seen)
        self.job.counts["announced"] += len(walk.seen) if proven else max(walk.announced, len(walk.hits))
        requests = []
        for number, hit in sorted(walk.hits.items()):
            if NUMBER.match(number):
                requests.append(self.fetch(number, hit, 0))
            else:
                self.job.set_aside.append(SetAside(item=number[:60], reason="is no publication number of TED's"))
        return requests

    def fetch(self, number: str, hit: Mapping[str, Any], tries: int) -> scrapy.Request:
        """One notice's XML; the address is built from settings, never taken from the answer."""
        return scrapy.Request(
            self.job.settings.ted.notice_url.replace("{number}", number),
            callback=self.parse_notice,
            errback=self.notice_failed,
            cb_kwargs={"number": number, "hit": hit, "tries": tries},
            meta={"number": number, "hit": hit, "tries": tries},
            dont_filter=True,
        )

    async def parse_notice(self, response: Any, number: str, hit: Mapping[str, Any], tries: int) -> AsyncIterator[Any]:
        """Archive the bytes, then read them, then put the notice in."""
        headers = self.headers_of(response)
        wrong = answers.wrong_status(response.status, headers, response.body, self.job.now)
        wrong = wrong or answers.notice_body(response.body)
        if wrong is None:
            raw = self.job.archive.put(
                response.body, url=response.url, at=self.job.now, status=response.status, headers=headers
            )
            try:
                notice = eforms.read(response.body, origin="ted", item=number, number=number)
                if notice.publication_number != eforms.publication_number(number):
                    raise InputError(number, "OPP-010", f"the XML is of another notice, {notice.publication_number}")
                self.keep(notice, raw)
                return
            except InputError as error:
                if tries >= 2:
                    reason = f"{error.reason} (raw {raw[:12]})"
                    self.job.set_aside.append(SetAside(item=number, field=error.field, reason=reason))
                    self.tick()
                    return
                wrong = Wrong("unreadable", "the XML could not be read")
        async for item in self.notice_trouble(number, hit, tries, wrong):
            yield item

    async def notice_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A notice that did not come at all."""
        meta = failure.request.meta
        if failure.check(IgnoreRequest):
            wrong = Wrong("robots", "robots.txt forbids it")
            meta["tries"] = self.job.settings.crawler.retries
        else:
            wrong = Wrong("connection", f"the connection failed ({failure.type.__name__})")
        async for item in self.notice_trouble(meta["number"], meta["hit"], meta["tries"], wrong):
            yield item

    async def notice_trouble(self, number: str, hit: Mapping[str, Any], tries: int, wrong: Wrong) -> AsyncIterator[Any]:
        """Wait and try a notice again; after the last try use the Search API's fields if a bot rule is there."""
        self.job.troubles[wrong.text] += 1
        if tries < self.enough(wrong):
            await self.wait(self.backoff(tries, wrong.wait, wrong.kind))
            yield self.fetch(number, hit, tries + 1)
            return
        if wrong.kind == "challenge":
            self.job.counts["short form"] += 1
            try:
                self.keep(from_fields(eforms.publication_number(number) or number, hit), None)
                return
            except InputError as error:
                self.job.set_aside.append(SetAside(item=error.item, field=error.field, reason=error.reason))
        else:
            self.job.missing.append(number)
            self.job.set_aside.append(SetAside(item=number, reason=f"was not received: {wrong.text}"))
        self.tick()

    def keep(self, notice: Notice, raw: str | None) -> None:
        """Put a notice in and count it; a short form never replaces a notice that was read in full."""
        if raw is None and notices.is_known(self.job.register, notice.publication_number):
            self.job.counts["unchanged"] += 1
        else:
            self.job.counts[notices.add(self.job.register, notice, raw=raw, at=self.job.now)] += 1
        self.job.counts["received"] += 1
        self.tick()

    def tick(self) -> None:
        """Show how far the crawl is."""
        done = self.job.counts["received"] + len(self.job.set_aside)
        self.job.progress(done, max(self.job.counts["announced"], done))


def from_fields(number: str, hit: Mapping[str, Any]) -> Notice:
    """A notice in short form from the Search API's fields. Raises InputError where title or buyer is missing."""
    title = answers.in_language(hit.get("title-proc")) or answers.in_language(hit.get("notice-title"))
    buyer = answers.in_language(hit.get("buyer-name"))
    for field, value in (("title-proc", title), ("buyer-name", buyer)):
        if not value:
            raise InputError(number, field, "is missing in the Search API's fields")
    codes = hit.get("classification-cpv") or []
    published = answers.in_language(hit.get("publication-date"))[:10]
    return Notice(
        publication_number=number,
        origin="ted",
        form_type=answers.in_language(hit.get("form-type")) or "competition",
        notice_type=answers.in_language(hit.get("notice-type")),
        procedure_id=answers.in_language(hit.get("procedure-identifier")) or None,
        title=title,
        description=answers.in_language(hit.get("description-proc")),
        buyer=Buyer(name=buyer),
        cpv=tuple(dict.fromkeys(str(code) for code in (codes if isinstance(codes, list) else [codes]))),
        published=date.fromisoformat(published) if re.match(r"^\d{4}-\d{2}-\d{2}$", published) else None,
        flags=("search-fields-only",),
        lots=(Lot(id="LOT-0000", title=title, description=answers.in_language(hit.get("description-proc"))),),
    )
