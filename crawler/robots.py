"""robots.txt for every request, also those that wait while it is fetched."""

import asyncio
from typing import Any

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.utils.httpobj import urlparse_cached


class RobotsForAll(RobotsTxtMiddleware):
    """Scrapy's middleware, one request of a host at a time until its robots.txt is known.

    In Scrapy 2.19 only the first of several requests that wait for the same robots.txt gets its rules; the others get
    none and pass (seen 2026-11-24, tests/crawler/test_ted_crawl.py).
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}

    async def robot_parser(self, request: Any) -> Any:
        """The rules of the request's host."""
        async with self._locks.setdefault(urlparse_cached(request).netloc, asyncio.Lock()):
            return await super().robot_parser(request)
