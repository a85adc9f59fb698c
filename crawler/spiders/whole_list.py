"""A family: portals that show all that is current as a list of pages, and a page of its own for some of the notices."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import scrapy

from config.errors import InputError
from crawler.answers import Wrong
from crawler.intake import ready
from crawler.spiders.one_by_one import OneByOneSpider
from register import absences, fetches
from register.models import Notice, SetAside

WALKS = 5
"""How often a list is walked before two walks in a row must have told the same."""
ENOUGH = 3
"""So many notices' own pages in a row that do not come, each asked for several times: no more are asked for."""


class Row(Protocol):
    """A notice as a list has it."""

    @property
    def id(self) -> str:
        """The list's own."""

    @property
    def number(self) -> str:
        """The notice's in the register."""

    @property
    def is_award(self) -> bool:
        """Whether there is nothing to bid for."""


class Page(Protocol):
    """A page of a list."""

    @property
    def number(self) -> int:
        """Which it is, from 1."""

    @property
    def of(self) -> int:
        """How many there are."""

    @property
    def notices(self) -> Sequence[Row]:
        """What it shows."""


@dataclass(frozen=True)
class Readers:
    """A portal's pure functions. Each raises InputError; `page` and `detail` run in the sandbox.

    detail: what a notice's own page tells, given its bytes and what to call it; notice: of a row of the list and what
    its own page tells, None where there is none.
    """

    page: Callable[[bytes], Page]
    detail: Callable[[bytes, str], Any]
    notice: Callable[[Any, Any], Notice]


Seen = dict[str, tuple[Row, str]]
"""By the list's id: the row of the list, and the SHA-256 of the page it was on."""


class WholeListSpider(OneByOneSpider):
    """The list is proven by two walks in a row that tell the same notices on as many pages.

    To add a portal: set the attributes, and override `servers`, `first`, `following` and `own_page`.
    """

    window: ClassVar[str]
    """What the register calls the list."""
    kinds: ClassVar[tuple[str, str]]
    """What the archive calls a page of the list, and a notice's own page."""
    no_page: ClassVar[Collection[int]] = frozenset()
    """Statuses by which the portal says that a notice has no page of its own."""
    refused: ClassVar[Mapping[int, str]] = {}
    """Statuses after which the list is begun again, and why, in words."""
    readers: ClassVar[Readers]

    @abstractmethod
    def first(self) -> scrapy.Request:
        """Asks for the first page of a new walk."""

    @abstractmethod
    def following(self, number: int, page: Any, response: Any) -> scrapy.Request:
        """Asks for page `number`, after the page before it and the answer it came in."""

    @abstractmethod
    def own_page(self, row: Any) -> str:
        """The address of a notice's own page."""

    async def work(self) -> None:
        """Walk the list, fetch the page of what may be bid for, store the window."""
        seen, problem = await self.proven()
        for row, _ in seen.values():
            if row.is_award:
                self.job.intake.note(row.number, "passed over")
        wanted = {row.number: (row, raw) for row, raw in seen.values() if not row.is_award}
        failed = 0
        for row, raw in wanted.values():
            if row.number in self.job.done:
                continue
            if failed >= ENOUGH:
                self.put(row, None, raw)
                continue
            wrong = await self.fetch(row, raw)
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
        request = self.first()
        found: set[str] = set()
        number = of = 1
        full = 0
        while number <= of:
            response = await self.ask(request, final=self.refused)
            if isinstance(response, Wrong):
                return response
            if response.status in self.refused:
                return Wrong("shifted", self.refused[response.status])
            raw = self.keep(response, self.kinds[0])
            try:
                page = await self.job.sandbox.call("list page", self.readers.page, response.body)
            except InputError as error:
                return Wrong("form", str(error))
            ids = {row.id for row in page.notices}
            if number == 1:
                full, of = len(ids), page.of
            short = len(ids) != full and number < of
            if (page.number, page.of) != (number, of) or short or found & ids or not ids:
                return Wrong("shifted", f"page {page.number} of {page.of} of the list does not fit those before it")
            found |= ids
            seen.update({row.id: (row, raw) for row in page.notices})
            number += 1
            request = self.following(number, page, response)
        return of, frozenset(found)

    async def fetch(self, row: Row, raw: str) -> str:
        """Put a notice in, with its own page where there is one; why that did not come, in words."""
        address = self.own_page(row)
        conditions = fetches.conditions(self.job.register, address)
        response = await self.ask(scrapy.Request(address, headers=conditions), final={*self.no_page, 304})
        if isinstance(response, Wrong):
            self.put(row, None, raw)
            return f"not all pages of notices were received ({response.text})"
        if response.status == 304:
            self.job.intake.note(row.number, "unchanged")
        elif response.status in self.no_page:
            self.put(row, None, raw)
        else:
            own = self.keep(response, self.kinds[1])
            try:
                detail = await self.job.sandbox.call(row.number, self.readers.detail, response.body, row.number)
                self.put(row, detail, own, url=response.url, headers=self.headers_of(response))
            except InputError as error:
                self.job.set_aside.append(SetAside(item=row.number, field=error.field, reason=error.reason))
                self.put(row, None, own)
        return ""

    def put(self, row: Row, detail: Any, raw: str, **origin: Any) -> None:
        """Put a notice in; list it where it can't be used."""
        try:
            self.job.intake.add(row.number, ready(self.readers.notice(row, detail)), raw, **origin)
        except InputError as error:
            self.job.set_aside.append(SetAside.of(error))
            self.job.intake.note(row.number, "set aside")
        self.job.progress(len(self.job.intake.outcomes), self.job.announced)
