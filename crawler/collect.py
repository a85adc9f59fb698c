"""One crawl of one source: dossier first, then the spider, then a run that says what came and what is missing."""

from collections.abc import Callable
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import CrawlerProcess

from config import sources
from config.errors import SettingsError, SourceRefusedError
from config.settings import Settings
from crawler.archive import Archive
from crawler.spiders.base import BaseSpider, Job
from crawler.spiders.ted import TedSpider
from register import runs
from register.database import Register
from register.models import Run

SPIDERS: dict[str, type[BaseSpider]] = {"ted": TedSpider}
VERSION = "0.1"


def check(source: str, settings: Settings) -> None:
    """Raises SourceRefusedError where the dossier does not allow a crawl, SettingsError without a contact."""
    dossier = sources.load()[source]
    if dossier.status != "enabled":
        raise SourceRefusedError(
            f"The dossier of {source} in config/sources.yaml says {dossier.status!r}, so its spider does not start. "
            f"{dossier.next_step}"
        )
    contact = settings.crawler.contact.strip()
    if not contact or any(sign in contact for sign in "\r\n()"):
        raise SettingsError(
            "A crawl must say who runs it: set ANBUDSLOTS_CRAWLER__CONTACT to a web address or e-mail address."
        )


def user_agent(contact: str) -> str:
    """Who we are, in the form of an honest crawler."""
    return f"Mozilla/5.0 (compatible; Anbudslots/{VERSION}; +{contact.strip()})"


def is_own(address: str) -> bool:
    """Whether an address is on this machine's loopback."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def scrapy_settings(settings: Settings) -> dict[str, Any]:
    """Scrapy's settings: robots obeyed, no cookies, no redirects to other hosts, retries by the spider itself."""
    return {
        "USER_AGENT": user_agent(settings.crawler.contact),
        "ROBOTSTXT_OBEY": True,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.robots.RobotsForAll": 100,
        },
        "COOKIES_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "RETRY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "CONCURRENT_REQUESTS": settings.crawler.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": settings.crawler.concurrency,
        # A server of one's own needs no pause.
        "DOWNLOAD_DELAY": 0 if is_own(settings.ted.api_url) else settings.crawler.delay_seconds,
        "RANDOMIZE_DOWNLOAD_DELAY": True,
        "DOWNLOAD_TIMEOUT": settings.crawler.timeout_seconds,
        "DOWNLOAD_MAXSIZE": settings.crawler.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOG_LEVEL": "ERROR",
        "LOGSTATS_INTERVAL": 0,
    }


def crawl(
    source: str,
    *,
    register: Register,
    archive: Archive,
    settings: Settings,
    since: date,
    until: date,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Run:
    """Crawl the days since..until of a source; may be called once in a process (Scrapy's reactor does not restart)."""
    check(source, settings)
    run_id = runs.start(register, source, since=since, until=until, at=now)
    job = Job(source, register, archive, settings, since, until, now, progress)
    process = CrawlerProcess(scrapy_settings(settings))
    crawler = process.create_crawler(SPIDERS[source])
    process.crawl(crawler, job=job)
    process.start()
    reason = crawler.stats.get_value("finish_reason") if crawler.stats else None
    run = conclude(job, run_id, str(reason or "stopped"), crawler.stats.get_value("spider_exceptions/count", 0))
    runs.finish(register, run)
    return run


def conclude(job: Job, run_id: int, reason: str, exceptions: int) -> Run:
    """The run's verdict (pure): complete only when every window was proven and every announced notice is in."""
    problems = list(dict.fromkeys(job.problems))
    short = job.counts["short form"]
    if short:
        problems.append(
            f"{short} notices came only in short form, because the server's bot rule answered with a challenge (202). "
            "Their full text is asked for again at the next crawl."
        )
    if job.missing:
        problems.append(
            f"{len(job.missing)} announced notices were not received; they are asked for at the next crawl."
        )
    if reason != "finished":
        problems.append(f"The crawl was stopped ({reason}); run it again to go on.")
    if exceptions:
        problems.append(f"The spider met {exceptions} faults of its own; see the messages above and report them.")
    notes = [f"Overcome: {text} ({count} times)." for text, count in sorted(job.troubles.items())]
    received = job.counts["received"]
    if not problems:
        status = "complete"
    elif received:
        status = "partial"
    else:
        status = "failed"
    return Run.model_validate(
        {
            "id": run_id,
            "source": job.source,
            "started": job.now,
            "ended": job.now,
            "status": status,
            "since": job.since,
            "until": job.until,
            "announced": job.counts["announced"],
            "received": received,
            "new": job.counts["new"],
            "changed": job.counts["changed"],
            "unchanged": job.counts["unchanged"],
            "set_aside": job.set_aside,
            "problems": [*problems, *notes],
        }
    )
