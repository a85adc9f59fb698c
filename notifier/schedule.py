"""The weekly run by the clock: APScheduler with a cron trigger by weekday name, in local time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from config.settings import DigestSettings

GRACE = timedelta(hours=12)
"""A run missed by less (the machine slept) is made up for, once."""


def trigger(settings: DigestSettings) -> CronTrigger:
    """By name of the weekday: crontab numbers mean other days in APScheduler."""
    zone = ZoneInfo(settings.timezone)
    return CronTrigger(day_of_week=settings.weekday, hour=settings.hour, minute=0, second=0, timezone=zone)


def next_runs(settings: DigestSettings, now: datetime, count: int) -> list[datetime]:
    """The next `count` runs after `now`, in local time; the local hour stays through both changes of clock (pure)."""
    found: list[datetime] = []
    own = trigger(settings)
    at = now
    while len(found) < count:
        following = own.get_next_fire_time(found[-1] if found else None, at)
        if following is None:
            break
        found.append(following)
        at = following + timedelta(seconds=1)
    return found


def run(settings: DigestSettings, job: Callable[[], None], *, started: Callable[[], None]) -> None:
    """Run `job` at each of its times until the process is stopped."""
    scheduler = BlockingScheduler(timezone=ZoneInfo(settings.timezone))
    scheduler.add_job(
        job,
        trigger(settings),
        id="weekly",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=int(GRACE.total_seconds()),
    )
    started()
    scheduler.start()
