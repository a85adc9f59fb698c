"""TED's daily packages, for earlier days: all notices of an issue of the OJ S in one file, the Swedish ones kept.

Domain: ted.europa.eu, api.ted.europa.eu
Caveats: a package is named by its issue, which the calendar of the year tells; about 3,200 notices and 20 MB. A bot
rule may answer with 202. The Search API's count of the same day proves each window, also where there is no issue.
History: 2026-11 first form; neither a real calendar nor a real package has been seen.
"""

import json
import re
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import scrapy

from config.errors import InputError
from config.settings import Settings
from crawler import answers, eforms, issues, packages, ubl
from crawler.answers import Wrong
from crawler.archive import Archive
from crawler.intake import Ready, ready
from crawler.spiders.one_by_one import OneByOneSpider
from register import windows
from register.models import SetAside

QUERY = "buyer-country = SWE"
"""Of the count; what `is_swedish` finds by itself."""
SWEDISH = re.compile(rb">\s*SWE\s*<")
NUMBER = re.compile(r"(?<!\d)(\d{1,8})[_-](\d{4})(?!\d)")
PATIENCE = 10
"""How many times the usual time-out a package may take."""


class TedPackagesSpider(OneByOneSpider):
    """Day by day: the count, the package of its issue, its Swedish notices; complete only where the figures agree."""

    name = "ted-packages"
    backfill = True

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The Search API, the calendar and the packages."""
        return settings.ted.api_url, settings.ted.calendar_url, settings.ted.package_url

    async def work(self) -> None:
        """Each day of the job, but those that this run had done before it was cut off."""
        done = {own.window: own for own in windows.listing(self.job.register, self.name) if own.run == self.job.run}
        calendars: dict[int, Mapping[date, int] | str] = {}
        for day in self.job.days:
            known = done.get(day.isoformat())
            if known and known.status == "complete":
                self.job.announced += known.announced
                continue
            if day.year not in calendars:
                calendars[day.year] = await self.calendar(day.year)
            await self.walk(day, calendars[day.year])

    async def calendar(self, year: int) -> Mapping[date, int] | str:
        """Issue by day; in words where the calendar did not come or is not understood."""
        response = await self.ask(scrapy.Request(self.job.settings.ted.calendar_url.replace("{year}", str(year))))
        if isinstance(response, Wrong):
            return f"the calendar of {year} did not come ({response.text})"
        self.keep(response, "ted-calendar")
        try:
            return await self.job.sandbox.call(f"calendar of {year}", issues.read_calendar, response.body, year)
        except InputError as error:
            return f"the calendar is not understood ({error}); look at it, it may have a new form"

    async def walk(self, day: date, calendar: Mapping[date, int] | str) -> None:
        """Walk one window and store it."""
        count = await self.count(day)
        found: set[str] = set()
        problem = calendar if isinstance(calendar, str) else ""
        holder = "the calendar names no issue, so no notices"
        if not isinstance(calendar, str) and day in calendar:
            issue = issues.issue_name(day.year, calendar[day])
            holder = f"the package {issue} holds %d Swedish notices"
            problem = await self.package(issue, found)
        if isinstance(count, Wrong):
            problem = problem or f"the Search API did not tell how many notices there are ({count.text})"
        elif not problem and count != len(found):
            holder = holder % len(found) if "%d" in holder else holder
            problem = f"{holder}, the Search API counts {count}"
        self.store(day.isoformat(), len(found) if isinstance(count, Wrong) else count, len(found), problem)

    async def count(self, day: date) -> int | Wrong:
        """How many Swedish notices the Search API counts on a day."""
        query = f"{QUERY} AND publication-date >= {day:%Y%m%d} AND publication-date <= {day:%Y%m%d}"
        body = {
            "query": query,
            "fields": ["publication-number"],
            "limit": 1,
            "page": 1,
            "scope": "ALL",
            "paginationMode": "PAGE_NUMBER",
            "onlyLatestVersions": False,
            "checkQuerySyntax": False,
        }
        request = scrapy.Request(
            self.job.settings.ted.api_url,
            method="POST",
            body=json.dumps(body),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        response = await self.ask(request, no_search_page)
        if isinstance(response, Wrong):
            return response
        page = answers.search_page(response.body)
        return page if isinstance(page, Wrong) else int(page["totalNoticeCount"])

    async def package(self, issue: str, found: set[str]) -> str:
        """Take in the Swedish notices of an issue, their numbers into `found`; what went wrong, in words."""
        address = self.job.settings.ted.package_url.replace("{issue}", issue)
        request = scrapy.Request(
            address, meta={"download_timeout": self.job.settings.crawler.timeout_seconds * PATIENCE}
        )
        response = await self.ask(request, no_package, final=(404,))
        if isinstance(response, Wrong):
            return f"the package {issue} did not come ({response.text})"
        if response.status == 404:
            return f"there is no package {issue} (404)"
        raw = self.keep(response, "ted-package")
        with tempfile.TemporaryDirectory(prefix="anbudslots-") as folder:
            tar = Path(folder) / "package.tar"
            try:
                await self.job.sandbox.call(issue, unpack, self.job.archive.folder, raw, tar, issue)
                start: int | None = 0
                looked = 0
                while start is not None:
                    part = await self.job.sandbox.call(issue, swedish_part, tar, start, issue, looked)
                    self.job.set_aside.extend(part.set_aside)
                    for member in part.members:
                        await self.take_in(member, address, found)
                    start, looked = part.following, part.looked
            except InputError as error:
                return f"the package {issue} {error.reason}"
            finally:
                self.job.intake.flush()
        return ""

    async def take_in(self, member: packages.Member, address: str, found: set[str]) -> None:
        """Put one notice in, if its buyer is Swedish; list it where it can't be used."""
        name = Path(member.name).name[:100]
        origin = {"url": f"{address}#{name}", "at": self.job.now, "source": self.name, "kind": "eforms"}
        try:
            taken = await self.job.sandbox.call(name, take, self.job.archive.folder, member.data, name, origin)
        except InputError as error:
            self.set_aside(name, error)
            return
        if taken is None:
            return
        raw, read = taken
        if isinstance(read, InputError):
            self.set_aside(f"{name} (raw {raw[:12]})", read)
            found.add(name)
            return
        self.job.intake.add(read.number, read, raw)
        found.add(read.number)
        self.job.progress(len(self.job.intake.outcomes), self.job.announced)

    def set_aside(self, name: str, error: InputError) -> None:
        """List what can't be used."""
        self.job.set_aside.append(SetAside(item=name, field=error.field, reason=error.reason))
        self.job.intake.note(name, "set aside")


def no_search_page(response: Any) -> Wrong | None:
    """What is wrong with an answer of the Search API."""
    page = answers.search_page(response.body)
    return page if isinstance(page, Wrong) else None


def no_package(response: Any) -> Wrong | None:
    """What is wrong with an answer that should be a tar.gz, by its first bytes."""
    return None if response.body.startswith(b"\x1f\x8b") else Wrong("form", "something else than a tar.gz came")


def unpack(folder: Path, raw: str, target: Path, item: str) -> None:
    """Write the tar of an archived package to `target`. Runs in the sandbox."""
    packages.unzip(Archive(folder).get(raw), target, item)


def swedish_part(path: Path, start: int, item: str, looked: int) -> packages.Part:
    """Members that name Sweden as a country, whoever's it is. Runs in the sandbox."""
    return packages.tar_part(path, start, lambda data: SWEDISH.search(data) is not None, item, looked)


def take(folder: Path, data: bytes, name: str, origin: dict[str, Any]) -> tuple[str, Ready | InputError] | None:
    """Archive a notice of a Swedish buyer and read it: (SHA-256, the notice or why it can't be used); None for others.

    Raises InputError where not even the buyer can be read. Runs in the sandbox.
    """
    if not is_swedish(data, name):
        return None
    raw = Archive(folder).put(data, **origin)
    number = NUMBER.search(name)
    try:
        return raw, ready(eforms.read(data, item=name, number=f"{int(number[1])}-{number[2]}" if number else None))
    except InputError as error:
        return raw, error


def is_swedish(data: bytes, item: str) -> bool:
    """Whether a buyer's address is in Sweden: BT-514, or where that is missing BT-507, of the organisations that buy.

    Raises InputError.
    """
    for organisation in eforms.buying_organisations(eforms.NOTICE.read(ubl.parse(data, item))):
        country = organisation.text("country")
        area = organisation.text("nuts") or ""
        if country == "SWE" or (country is None and area.startswith("SE")):
            return True
    return False
