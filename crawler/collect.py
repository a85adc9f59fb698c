"""One crawl of one source: dossier first, then the spider, then a run that says what came and what is missing."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import CrawlerProcess

from config import sources
from config.errors import SettingsError, SourceRefusedError
from config.hosts import is_loopback
from config.settings import Settings
from crawler import filling, health, merging
from crawler.archive import Archive
from crawler.intake import Intake
from crawler.sandbox import Sandbox
from crawler.spiders.base import BaseSpider, Job, times
from crawler.spiders.kommersannons import KommersannonsSpider
from crawler.spiders.ted import TedSpider
from crawler.spiders.ted_packages import TedPackagesSpider
from register import absences, permissions, runs, windows
from register.database import Register
from register.models import Run

SPIDERS: dict[str, type[BaseSpider]] = {
    spider.name: spider for spider in (TedSpider, TedPackagesSpider, KommersannonsSpider)
}
VERSION = "0.1"
UNUSED_EXTENSIONS = (
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.memdebug.MemoryDebugger",
    "scrapy.extensions.feedexport.FeedExporter",
    "scrapy.extensions.logstats.LogStats",
    "scrapy.extensions.spiderstate.SpiderState",
    "scrapy.extensions.throttle.AutoThrottle",
)
"""Of Scrapy's own; not even loaded."""
DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
"""Windows that are days; some sources have others, such as a whole list."""


def check(source: str, register: Register, settings: Settings, now: datetime) -> None:
    """Raises SourceRefusedError where neither dossier nor permission allows it, SettingsError without a contact."""
    dossier = sources.load()[source]
    if dossier.status != "enabled":
        held = permissions.listing(register, source) if dossier.status == "needs_permission" else []
        if not any(permission.in_force(now) for permission in held):
            last = f"The last permission, of {held[-1].by}, {held[-1].ended(now)}. " if held else ""
            raise SourceRefusedError(
                f"The dossier of {source} in config/sources.yaml says {dossier.status!r}, so its spider does not "
                f"start. {last}{dossier.next_step}"
            )
    contact = settings.crawler.contact.strip()
    if not contact or any(sign in contact for sign in "\r\n()"):
        raise SettingsError(
            "A crawl must say who runs it: set ANBUDSLOTS_CRAWLER__CONTACT to a web address or e-mail address."
        )


def user_agent(contact: str) -> str:
    """Who we are, in the form of an honest crawler."""
    return f"Mozilla/5.0 (compatible; Anbudslots/{VERSION}; +{contact.strip()})"


def is_own(source: str, settings: Settings) -> bool:
    """Whether all servers that a source's spider asks are on this machine's loopback."""
    return all(is_loopback(urlsplit(address).hostname or "") for address in SPIDERS[source].servers(settings))


def pace(source: str, settings: Settings) -> tuple[float, int]:
    """(seconds between requests, requests at once) of a source: its dossier's, or the operator's where gentler."""
    delay, concurrency = settings.crawler.delay_seconds, settings.crawler.concurrency
    own = sources.load()[source].politeness
    return (max(delay, own.delay_seconds), min(concurrency, own.concurrency)) if own else (delay, concurrency)


def scrapy_settings(source: str, settings: Settings) -> dict[str, Any]:
    """Scrapy's settings: robots obeyed, no cookies, no redirects to other hosts, retries by the spider itself."""
    delay, concurrency = pace(source, settings)
    if is_own(source, settings):
        # A server of one's own needs no pause.
        delay, concurrency = 0.0, settings.crawler.concurrency
    return {
        "USER_AGENT": user_agent(settings.crawler.contact),
        "ROBOTSTXT_OBEY": True,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            # Each costs time with every request, and nothing here uses it.
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "crawler.robots.RobotsForAll": 100,
            # After robots.txt, so that waiting for it does not use up a pause that is asked for meanwhile.
            "crawler.politeness.HostPauses": 110,
        },
        # No spider yields items; Scrapy starts so many workers for each answer all the same.
        "CONCURRENT_ITEMS": 1,
        "DOWNLOADER_STATS": False,
        "COOKIES_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "RETRY_ENABLED": False,
        # Both let another program of this machine run code within the crawl.
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "EXTENSIONS": dict.fromkeys(UNUSED_EXTENSIONS),
        "HTTPERROR_ALLOW_ALL": True,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": delay,
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
    sandbox: Sandbox,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Run:
    """Crawl the days since..until of a source, and the days that earlier runs left partial.

    May be called once in a process (Scrapy's reactor does not restart). A run of these days that was cut off is taken
    up again: it ends as if it had not been.
    """
    check(source, register, settings, now)
    begun = runs.take_up(register, source, since=since, until=until, at=now)
    run_id = begun.id or 0
    job = Job(
        source,
        register,
        archive,
        settings,
        since,
        until,
        now,
        progress,
        run_id,
        Intake(register, run_id, now),
        sandbox,
        # What a loss of power took from the archive is fetched again.
        frozenset(item for item, raw in runs.whole(register, run_id).items() if raw and archive.holds(raw)),
        days(
            since,
            until,
            [w.window for w in windows.listing(register, source) if w.status == "partial" or w.run == run_id],
        ),
    )
    process = CrawlerProcess(scrapy_settings(source, settings))
    crawler = process.create_crawler(SPIDERS[source])
    process.crawl(crawler, job=job, own=is_own(source, settings))
    process.start()
    job.intake.finish()
    stats = crawler.stats
    reason = str(stats.get_value("finish_reason") or "stopped") if stats else "stopped"
    faults = int(stats.get_value("spider_exceptions/count", 0)) if stats else 0
    archive.sync()
    run = conclude(job, begun.started, Counter(runs.items(register, run_id).values()), reason, faults)
    if reason == "finished":
        merging.settle(register, now)
        run = with_vanished(register, run)
        run = run.model_copy(update={"problems": (*run.problems, *filling.watch(register, run))})
        runs.finish(register, run)
    return run


def with_vanished(register: Register, run: Run) -> Run:
    """The run, after a complete one with what its source no longer lists, or why nothing was marked."""
    if not run.complete or run.id is None or run.ended is None:
        return run
    vanished = absences.conclude(register, run.source, run.id, run.ended)
    if vanished.brake:
        held = vanished.brake
        problem = (
            f"{len(held.would_close)} of {held.open} open notices are no longer listed, more than is likely at once: "
            "none was marked. Look at the source, then run "
            f"`anbudslots sources confirm {held.run} close --by NAME`, or `keep` if they are still published."
        )
        return run.model_copy(update={"problems": (*run.problems, problem)})
    if vanished.marked:
        note = f"No longer published, by two complete runs: {', '.join(vanished.marked)}."
        return run.model_copy(update={"notes": (*run.notes, note)})
    return run


def days(since: date, until: date, again: Sequence[str]) -> tuple[date, ...]:
    """The days of a crawl: each of since..until, and those of windows that are to be walked again, oldest first."""
    wanted = {since + timedelta(days=number) for number in range((until - since).days + 1)}
    return tuple(sorted(wanted | {date.fromisoformat(name) for name in again if DAY.match(name)}))


def conclude(job: Job, started: datetime, outcomes: Counter[str], reason: str, faults: int) -> Run:
    """The run's verdict (pure): complete only when every window was proven and every announced notice is in.

    outcomes: how many items were new, changed, unchanged, set aside.
    """
    problems = list(dict.fromkeys(job.problems))
    for why, names in job.partial.items():
        problems.append(
            f"{named(names)} partial: {why}. {'They are' if names[1:] else 'It is'} tried again at the next crawl."
        )
    if reason != "finished":
        problems.append(f"The crawl was stopped ({reason}). Run the same command again: it goes on where it was.")
    if faults:
        problems.append(f"The spider met {faults} faults of its own; see the messages above and report them.")
    notes = [f"Met and overcome: {text}, {times(count)}." for text, count in sorted(job.troubles.items())]
    received = outcomes["new"] + outcomes["changed"] + outcomes["unchanged"]
    if not problems:
        status = "complete"
    elif received:
        status = "partial"
    else:
        status = "failed"
    return Run.model_validate(
        {
            "id": job.run,
            "source": job.source,
            "started": started,
            "ended": job.now,
            "status": status,
            "since": job.since,
            "until": job.until,
            "announced": job.announced,
            "received": received,
            "new": outcomes["new"],
            "changed": outcomes["changed"],
            "unchanged": outcomes["unchanged"],
            "set_aside": sorted(job.set_aside, key=lambda item: item.item),
            "problems": problems,
            "notes": notes,
        }
    )


def named(windows: Sequence[str]) -> str:
    """The subject of a sentence on windows: "The window 2026-11-17 is", "The windows 2026-11-17, 2026-11-18 are"."""
    shown = sorted(windows)
    if len(shown) == 1:
        return f"The window {shown[0]} is"
    return f"The windows {health.listed(shown)} are"
