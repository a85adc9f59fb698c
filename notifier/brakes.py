"""Brakes: what pauses the sending of letters until a person has looked, or until the reason is gone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median

from config import sources
from config.settings import Settings
from notifier import operator
from register import pauses, runs, sending, windows
from register.database import Register
from register.models import Run
from register.pauses import Pause, PauseKind

DAY, WEEK, MONTHS = timedelta(hours=24), timedelta(days=7), timedelta(weeks=8)
TOO_LARGE = 3
"""Times the usual size of a letter."""
HARD_SHARE = 0.05
FEWEST = 20
"""Letters below which neither a usual size nor a share of bounces says anything."""
EXCUSED: dict[PauseKind, timedelta] = {
    "volume": DAY,
    "size": DAY,
    "bounces": timedelta(0),
    "crawl": timedelta(days=6),
    "canary": timedelta(0),
    "refused": timedelta(0),
}
"""How long the same reason does not pause again once a pause was lifted. A crawl that stays partial is told once for
each week's letters; of bounces only later ones count.
"""
RUNS_LOOKED_AT = 100
CUT_OFF = timedelta(hours=6)
"""After which a crawl that has not ended is held to be cut off."""


def check(register: Register, *, settings: Settings, now: datetime) -> list[Pause]:
    """The pauses in force at `now`: new reasons are put down and told to the operator, those that went away are lifted.

    Raises SettingsError for a wrong sender, InputError for a wrong operator's address.
    """
    crawl = next(_crawl(register, now), None)
    _end_of_crawl_pause(register, crawl is not None, settings, now)
    found: list[tuple[PauseKind, Mapping[str, str]]] = [("crawl", crawl)] if crawl else []
    found += _letters(register, settings, now)
    for kind, facts in found:
        lifted = pauses.last_lifted(register, kind)
        if lifted is None or lifted.lifted is None or now - lifted.lifted >= EXCUSED[kind]:
            pauses.put(register, kind, facts, at=now)
    return told(register, settings=settings, now=now)


def stop(
    register: Register, kind: PauseKind, facts: Mapping[str, str], *, settings: Settings, now: datetime
) -> list[Pause]:
    """Pause for a reason that was met while sending; returns the pauses in force."""
    pauses.put(register, kind, facts, at=now)
    return told(register, settings=settings, now=now)


def told(register: Register, *, settings: Settings, now: datetime) -> list[Pause]:
    """The pauses in force, each with a letter to the operator in the outbox."""
    found = pauses.in_force(register)
    for pause in found:
        operator.tell(register, pause, settings=settings, now=now)
    return found


def _letters(register: Register, settings: Settings, now: datetime) -> Iterator[tuple[PauseKind, Mapping[str, str]]]:
    """What the outbox itself says against sending."""
    lifted = pauses.last_lifted(register, "bounces")
    since = max(now - WEEK, lifted.lifted) if lifted and lifted.lifted else now - WEEK
    seen = sending.figures(register, day=now - DAY, week=since, months=now - MONTHS)
    total, most = seen["handed"] + seen["waiting"], settings.digest.most_a_day
    if seen["waiting"] and total > most:
        yield "volume", {"waiting": str(seen["waiting"]), "total": str(total), "most": str(most)}
    if seen["largest"] and len(seen["sizes"]) >= FEWEST:
        size, message_id = seen["largest"]
        usual = median(seen["sizes"])
        if size > TOO_LARGE * usual:
            yield "size", {"bytes": str(size), "usual": f"{usual:.0f}", "message_id": message_id}
    if seen["answered"] >= FEWEST and seen["hard"] > HARD_SHARE * seen["answered"]:
        yield "bounces", {"hard": str(seen["hard"]), "answered": str(seen["answered"])}


def _crawl(register: Register, now: datetime) -> Iterator[Mapping[str, str]]:
    """Sources whose last crawl failed, was cut off, was empty or not whole. One that imports filled has no crawl."""
    partial = {window.source for window in windows.partial(register)}
    for run in _last_crawls(register, now):
        if run.status in ("failed", "running"):
            yield {"source": run.source, "state": "failed"}
        elif run.received == 0:
            yield {"source": run.source, "state": "empty"}
        elif run.status == "partial" or run.source in partial:
            yield {"source": run.source, "state": "partial"}


def _last_crawls(register: Register, now: datetime) -> list[Run]:
    """The last crawl of each web source; a mailbox may be empty for weeks, and an import is no crawl.

    One that has begun not long ago is under way: the one before it counts.
    """
    known = sources.load()
    found: dict[str, Run] = {}
    for run in runs.listing(register, limit=RUNS_LOOKED_AT):
        under_way = run.status == "running" and now - run.started < CUT_OFF
        if run.source in known and run.since is not None and not under_way:
            found.setdefault(run.source, run)
    return [found[source] for source in sorted(found)]


def _end_of_crawl_pause(register: Register, wrong: bool, settings: Settings, now: datetime) -> None:
    hours = settings.digest.partial_crawl_hours
    for pause in pauses.in_force(register):
        if pause.kind == "crawl" and not wrong:
            pauses.lift(register, by="a whole crawl", at=now, kind="crawl")
        elif pause.kind == "crawl" and hours and now - pause.at >= timedelta(hours=hours):
            pauses.lift(register, by=f"{hours:g} hours", at=now, kind="crawl")
