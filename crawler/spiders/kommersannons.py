"""KommersAnnons.se: the whole list of current notices, then the page of each that has one.

Domain: www.kommersannons.se
Caveats: starts only with a recorded permission (config/sources.yaml). The list tells neither buyer nor exact deadline;
national notices have no page of their own but redirect to an error page. Award notices are passed over.
History: 2026-11 first form, by others' facts; no page has been seen.
"""

from typing import Any

import scrapy

from config.errors import InputError
from config.settings import Settings
from crawler import kommers
from crawler.answers import Wrong
from crawler.kommers import Listed, ListPage
from crawler.spiders.one_by_one import OneByOneSpider
from register import absences, fetches
from register.models import SetAside

WALKS = 5
"""How often the list is walked before two walks in a row must have told the same."""
ENOUGH = 3
"""So many pages of notices in a row that do not come, each asked for several times: no more are asked for."""
NO_PAGE = frozenset({301, 302, 303, 307})
"""How the portal answers for a notice without a page of its own."""
REFUSED = 400
"""How it answers a form whose token it does not know."""


Seen = dict[str, tuple[Listed, str]]
"""By the list's id: the row of the list, and the SHA-256 of the page it was on."""


class KommersannonsSpider(OneByOneSpider):
    """The list is proven by two walks in a row that tell the same notices on as many pages."""

    name = "kommersannons"
    window = "TenderNotices"

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The portal."""
        return (settings.kommersannons.url,)

    async def work(self) -> None:
        """Walk the list, fetch the page of what may be bid for, store the window."""
        seen, problem = await self.proven()
        for listed, _ in seen.values():
            if listed.is_award:
                self.job.intake.note(listed.number, "passed over")
        wanted = {listed.number: (listed, raw) for listed, raw in seen.values() if not listed.is_award}
        failed = 0
        for listed, raw in wanted.values():
            if listed.number in self.job.done:
                continue
            if failed >= ENOUGH:
                self.put(listed, None, raw)
                continue
            wrong = await self.fetch(listed, raw)
            failed = failed + 1 if wrong else 0
            problem = problem or wrong
        self.job.intake.flush()
        self.store(self.window, len(wanted), len(wanted), problem)
        if not problem:
            absences.observe(self.job.register, self.name, self.window, self.job.run, wanted)

    async def proven(self) -> tuple[Seen, str]:
        """All notices on the list by id, and why they may not be all, in words."""
        seen: Seen = {}
        last: tuple[int, frozenset[str]] | None = None
        problem = ""
        for _ in range(WALKS):
            walk = await self.walk(seen)
            if isinstance(walk, Wrong):
                problem = walk.text
                if walk.kind not in ("shifted", "form"):
                    return seen, problem
                self.job.troubles[problem] += 1
                last = None
            elif walk == last:
                return {key: seen[key] for key in sorted(walk[1])}, ""
            else:
                last, problem = walk, "the list told other notices each time it was walked"
        return seen, problem

    async def walk(self, seen: Seen) -> tuple[int, frozenset[str]] | Wrong:
        """Walk all pages once: (how many pages, which notices); what is on them is put into `seen`."""
        address = f"{self.job.settings.kommersannons.url}/Notices/TenderNotices"
        request = scrapy.Request(address)
        cookies: dict[str, str] = {}
        found: set[str] = set()
        number = of = 1
        full = 0
        while number <= of:
            page = await self.page(request, cookies)
            if isinstance(page, Wrong):
                return page
            read, raw = page
            ids = {own.id for own in read.notices}
            if number == 1:
                full, of = len(ids), read.of
            short = len(ids) != full and number < of
            if (read.number, read.of) != (number, of) or short or found & ids or not ids:
                return Wrong("shifted", f"page {read.number} of {read.of} of the list does not fit those before it")
            found |= ids
            seen.update({own.id: (own, raw) for own in read.notices})
            number += 1
            form = {"SearchString": "", "SelectedCpvCode": "", "SearchOldNotices": "false", "PageIndex": str(number)}
            form["__RequestVerificationToken"] = read.token
            session = "; ".join(f"{name}={value}" for name, value in cookies.items())
            request = scrapy.FormRequest(address, formdata=form, headers={"Cookie": session})
        return of, frozenset(found)

    async def page(self, request: scrapy.Request, cookies: dict[str, str]) -> tuple[ListPage, str] | Wrong:
        """A page of the list, archived and read, and its SHA-256; its cookies, to which tokens are bound, are kept.

        Scrapy's own cookies would fetch a list of domains from elsewhere.
        """
        response = await self.ask(request, final=(REFUSED,))
        if isinstance(response, Wrong):
            return response
        if response.status == REFUSED:
            return Wrong("shifted", "the portal did not know the form's token any more (400)")
        for line in response.headers.getlist("Set-Cookie"):
            name, _, value = line.decode("latin-1").split(";")[0].partition("=")
            cookies[name.strip()] = value.strip()
        raw = self.keep(response, "kommers-list")
        try:
            return await self.job.sandbox.call("list page", kommers.read_list, response.body), raw
        except InputError as error:
            return Wrong("form", str(error))

    async def fetch(self, listed: Listed, raw: str) -> str:
        """Put a notice in, with its own page where there is one; why that did not come, in words."""
        address = f"{self.job.settings.kommersannons.url}/Notice/TenderNotice/{listed.id}"
        conditions = fetches.conditions(self.job.register, address)
        response = await self.ask(scrapy.Request(address, headers=conditions), final=NO_PAGE | {304})
        if isinstance(response, Wrong):
            self.put(listed, None, raw)
            return f"not all pages of notices were received ({response.text})"
        if response.status == 304:
            self.job.intake.note(listed.number, "unchanged")
        elif response.status in NO_PAGE:
            self.put(listed, None, raw)
        else:
            own = self.keep(response, "kommers-notice")
            try:
                detail = await self.job.sandbox.call(listed.number, kommers.read_detail, response.body, listed.number)
                self.put(listed, detail, own, url=response.url, headers=self.headers_of(response))
            except InputError as error:
                self.job.set_aside.append(SetAside(item=listed.number, field=error.field, reason=error.reason))
                self.put(listed, None, own)
        return ""

    def put(self, listed: Listed, detail: Any, raw: str, **origin: Any) -> None:
        """Put a notice in; list it where it can't be used."""
        try:
            self.job.intake.add(listed.number, kommers.notice(listed, detail), raw, **origin)
        except InputError as error:
            self.job.set_aside.append(SetAside(item=error.item, field=error.field, reason=error.reason))
            self.job.intake.note(listed.number, "set aside")
        self.job.progress(len(self.job.intake.outcomes), self.job.announced)
