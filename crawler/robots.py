"""robots.txt for every request, also those that wait for it; what RFC 9309 says where it can't be had."""

import asyncio
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.answers import retry_after

TRIES = 8
ODD_TRIES = 3
FIRST_WAIT = 0.25
REDIRECTS = 5
NONE = b"# There is no robots.txt, so nothing is forbidden."
ASKS = ("retry-after", "date")


class RobotsUnknown(IgnoreRequest):
    """robots.txt did not come, so its host must not be asked anything (RFC 9309, 2.3.1.4)."""


class RobotsForAll(RobotsTxtMiddleware):
    """Scrapy's middleware, with rules for every request and for every answer.

    In Scrapy 2.19 only the first of several requests that wait for the same robots.txt gets its rules; the others get
    none and pass (seen 2026-11-24, tests/crawler/test_ted_crawl.py). It also takes the body of any answer, and a failed
    request, for a robots.txt. RFC 9309 has it so: 2xx is the file, redirects are followed; another 4xx than 429 means
    that there is none; 429, 5xx, a bot rule's challenge (202) and no answer mean that all is forbidden, here after some
    tries. An empty file or a web page allows all, but only when it comes each time.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}
        self._known: dict[str, Any] = {}

    async def robot_parser(self, request: Any) -> Any:
        """The rules of the request's host. Raises RobotsUnknown."""
        address = urlparse_cached(request)
        async with self._locks.setdefault(address.netloc, asyncio.Lock()):
            if address.netloc not in self._known:
                body = await self._fetch(f"{address.scheme}://{address.netloc}/robots.txt")
                self._known[address.netloc] = (
                    None if body is None else self._parserimpl.from_crawler(self.crawler, body)
                )
        rules = self._known[address.netloc]
        if rules is None:
            raise RobotsUnknown(f"robots.txt of {address.netloc} did not come")
        return rules

    async def _fetch(self, address: str) -> bytes | None:
        """The file, empty where there is none; None where it did not come. Raises HostClosed."""
        odd = 0
        for number in range(TRIES):
            body = await self._ask(address)
            if body is not None:
                odd += _is_odd(body)
                # What is served again and again as robots.txt is the host's robots.txt, whatever it looks like.
                if not _is_odd(body) or odd == ODD_TRIES:
                    return body
            await asyncio.sleep(FIRST_WAIT * 2**number if number < TRIES - 1 else 0)
        return None

    async def _ask(self, address: str) -> bytes | None:
        """One try, with redirects as far as RFC 9309, 2.3.1.2, has them followed."""
        for hop in range(REDIRECTS + 1):
            request = Request(
                address, priority=self.DOWNLOAD_PRIORITY, meta={"dont_obey_robotstxt": True}, callback=NO_CALLBACK
            )
            try:
                response = await self.crawler.engine.download_async(request)
            except IgnoreRequest:
                raise
            except Exception:
                # Whatever kept the file from coming, the host counts as closed until it comes.
                self._stats.inc_value("robotstxt/exception_count")
                return None
            if 300 <= response.status < 400 and response.headers.get("Location"):
                address = response.urljoin(response.headers["Location"].decode("latin-1"))
                continue
            if response.status in (202, 429) or response.status >= 500:
                wait = retry_after({name: response.headers.get(name, b"").decode("latin-1") for name in ASKS})
                if wait is not None:
                    self.crawler.spider.job.pauses.ask(urlparse_cached(request).netloc, wait)
                return None
            if 200 <= response.status < 300:
                return bytes(response.body)
            return b"" if hop else NONE
        return None


def _is_odd(body: bytes) -> bool:
    """Whether an answer may be a fault in place of the file: nothing at all, or a web page."""
    return not body.strip() or body[:300].lstrip().lower().startswith((b"<!doctype", b"<html"))
