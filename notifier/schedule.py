"""The weekly run by the clock of the wall: the same local hour on both sides of a change of clock."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from config.settings import DigestSettings

MISFIRE_SECONDS = 6 * 3600
"""A run missed for less than this, since the machine slept, is made up for; the library's own default is 1 s."""


def next_runs(settings: DigestSettings, now: datetime, count: int) -> list[datetime]:
    """The next `count` weekly runs after `now`, in local time."""
    runs: list[datetime] = []
    clock = trigger(settings)
    after = now
    while len(runs) < count:
        run: datetime = clock.get_next_fire_time(runs[-1] if runs else None, after)
        runs.append(run)
        after = run
    return runs


def trigger(settings: DigestSettings) -> CronTrigger:
    """Once a week by the name of the day: cron's numbers mean other days in APScheduler."""
    return CronTrigger(day_of_week=settings.weekday, hour=settings.hour, minute=0, timezone=ZoneInfo(settings.timezone))


def scheduler(settings: DigestSettings, job: Callable[[], None]) -> BlockingScheduler:
    """A scheduler with the one job: never two at once, runs missed in a row made up for once."""
    made = BlockingScheduler(timezone=ZoneInfo(settings.timezone))
    made.add_job(
        job,
        trigger(settings),
        id="weekly-letters",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=MISFIRE_SECONDS,
    )
    return made


def run(settings: DigestSettings, job: Callable[[], None], *, started: Callable[[], None]) -> None:
    """Run `job` weekly until Ctrl-C; `started` is called once the clock runs. A running job is waited for."""
    made = scheduler(settings, job)
    made.add_listener(lambda _: started(), EVENT_SCHEDULER_STARTED)
    try:
        made.start()
    except (KeyboardInterrupt, SystemExit):
        made.shutdown(wait=True)
