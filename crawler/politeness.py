"""A host that asks for a pause gets it, from every request of the crawl."""

import asyncio
from typing import Any, Self

from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

PATIENCE = 120.0
"""Seconds: a host that asks for a longer pause is left alone for the rest of the run."""


class HostClosed(IgnoreRequest):
    """The host asked for a pause that is longer than this run waits."""


class Pauses:
    """Which hosts are to be left alone until when, in the event loop's seconds."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self.closed: dict[str, float] = {}
        """Seconds that a host asked for, where they are beyond PATIENCE."""

    def ask(self, host: str, seconds: float) -> None:
        """Note that `host` asks not to be asked for `seconds`."""
        if seconds > PATIENCE:
            self.closed[host] = seconds
        else:
            until = asyncio.get_running_loop().time() + seconds
            self._until[host] = max(until, self._until.get(host, 0.0))

    async def wait(self, host: str) -> None:
        """Return when `host` may be asked. Raises HostClosed."""
        while True:
            if host in self.closed:
                raise HostClosed(f"{host} asks for a pause of {self.closed[host]:.0f} s")
            left = self._until.get(host, 0.0) - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await asyncio.sleep(left)


class HostPauses:
    """Downloader middleware: lets a request go when its host's pause is over. The spider's job holds the pauses."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        """Called by Scrapy."""
        return cls(crawler.spider.job.pauses)

    async def process_request(self, request: Any) -> None:
        """Called by Scrapy before each request."""
        await self._pauses.wait(urlparse_cached(request).netloc)
