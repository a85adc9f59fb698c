"""Notices a second from a server on loopback: `anbudslots crawl ted` beside a bare Scrapy spider that saves bodies."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from tests.crawler import many

ROOT = Path(__file__).parent.parent
COUNT = 2000
BARE = """
import sys, hashlib, json
from pathlib import Path
import scrapy
from scrapy.crawler import CrawlerProcess

address, folder, concurrency, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])

class Bare(scrapy.Spider):
    name = "bare"

    async def start(self):
        for number in range(count):
            yield scrapy.Request(f"{address}/en/notice/{991000 + number}-2026/xml", self.save)

    def save(self, response):
        (folder / hashlib.sha256(response.body).hexdigest()).write_bytes(response.body)

process = CrawlerProcess({
    "USER_AGENT": "Mozilla/5.0 (compatible; Anbudslots/0.1; +https://example.org/us)", "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": concurrency, "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency, "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False, "REDIRECT_ENABLED": False, "RETRY_ENABLED": False, "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR", "LOGSTATS_INTERVAL": 0,
})
process.crawl(Bare)
process.start()
"""
SERVER = """
import sys
from crawler.standin import StandIn
from tests.crawler import many

with StandIn(many.notices(int(sys.argv[1]))) as ted:
    print(ted.address, flush=True)
    sys.stdin.read()
"""
CONCURRENCY = 4


def run() -> Iterator[Figure]:
    """2,000 notices, each way in a process of its own, in turn, the best of three."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(COUNT)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    try:
        ours, bare = [], []
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                bare.append(_seconds([sys.executable, "-c", BARE, address, folder, str(CONCURRENCY), str(COUNT)], {}))
                assert len(list(Path(folder).iterdir())) == COUNT
            with tempfile.TemporaryDirectory() as folder:
                ours.append(_seconds(_command(folder), _settings(address)))
    finally:
        server.communicate("")
    yield Figure("notices crawled", COUNT / min(ours), COUNT / min(bare), "notices a second")


def _command(folder: str) -> list[str]:
    days = ["--since", many.DAYS[0], "--until", many.DAYS[-1]]
    return [sys.executable, "-m", "anbudslots", "--data", folder, "--now", "2026-11-24T08:00", "crawl", "ted", *days]


def _settings(address: str) -> dict[str, str]:
    return {
        "ANBUDSLOTS_TED__API_URL": f"{address}/v3/notices/search",
        "ANBUDSLOTS_TED__NOTICE_URL": address + "/en/notice/{number}/xml",
        "ANBUDSLOTS_CRAWLER__CONTACT": "https://example.org/us",
        "ANBUDSLOTS_CRAWLER__CONCURRENCY": str(CONCURRENCY),
    }


def _seconds(command: list[str], settings: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
