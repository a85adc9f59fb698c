"""The weekly run by the clock of the wall: the same local hour on both sides of a change of clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
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
        run = clock.get_next_fire_time(runs[-1] if runs else None, after)
        if run is None:
            break
        runs.append(run)
        after = run
    return runs


class OnceTrigger(CronTrigger):  # type: ignore[misc]  # the library has no types
    """A cron trigger that passes over the second of two equal hours on the night when clocks go back."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next local time after `now`, its first occurrence where it comes twice."""
        found: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        if found is None or not found.fold:
            return found
        return self.get_next_fire_time(None, found + timedelta(hours=1))


def trigger(settings: DigestSettings) -> OnceTrigger:
    """Once a week by the name of the day: cron's numbers mean other days in APScheduler."""
    return OnceTrigger(day_of_week=settings.weekday, hour=settings.hour, minute=0, timezone=ZoneInfo(settings.timezone))


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
