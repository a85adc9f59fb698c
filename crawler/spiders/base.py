"""What every spider shares: its job, honest waiting, counting, and bounded tries."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import scrapy
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet import task

from config.settings import Settings
from crawler.archive import Archive
from register.database import Register
from register.models import SetAside

FIRST_WAIT = 0.25
LONGEST_WAIT = 120.0


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
    counts: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    """How often each fault was met and overcome."""
    problems: list[str] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    finished: bool = False


class BaseSpider(scrapy.Spider):
    """A family: one source, one job, tries bounded by settings, waits as the server asks."""

    job: Job

    async def wait(self, seconds: float) -> None:
        """Let `seconds` pass without blocking other requests."""
        from twisted.internet import reactor

        await maybe_deferred_to_future(task.deferLater(reactor, min(seconds, LONGEST_WAIT), lambda: None))

    def backoff(self, tries: int, asked: float | None, kind: str) -> float:
        """Seconds before try number `tries` + 1: as the server asked, else doubling."""
        if asked is not None:
            return asked
        if kind == "too many requests":
            return self.job.settings.crawler.retry_after_seconds
        return float(min(FIRST_WAIT * 2**tries, 30.0))

    @staticmethod
    def headers_of(response: Any) -> Mapping[str, str]:
        """Headers by lower-case name."""
        return {
            key.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for key, values in response.headers.items()
        }
