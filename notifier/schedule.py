"""The clock that runs the chain: one scheduler at a time, by a lease in the register; another waits and takes over."""

import os
import secrets
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from config.settings import Settings
from register import leases
from register.database import Register

LEASE = "scheduler"
BEATS = 4
"""How often a lease is renewed in the time that it lasts."""
MISFIRE_SECONDS = 6 * 3600
"""A run missed for less than this, since the machine slept, is made up for; the library's own default is 1 s."""


def holder() -> str:
    """A name for this scheduler: machine, process, and something that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Clock:
    """Calls `tick` every few minutes while it holds the lease.

    open_register: a register of one's own for each thread. tick: given the register; the library logs what it raises,
    and the clock goes on. told: takes a sentence.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        name: str,
        open_register: Callable[[], Register],
        tick: Callable[[Register], None],
        clock: Callable[[], datetime],
        told: Callable[[str], None],
    ) -> None:
        self._settings, self._name, self._open, self._clock, self._told = settings, name, open_register, clock, told
        self._tick = tick
        self._holds: bool | None = None

    def beat(self) -> bool:
        """Take or renew the lease; whether it is ours."""
        lasts = timedelta(seconds=self._settings.schedule.lease_seconds)
        with closing(self._open()) as register:
            ours = leases.take(register, LEASE, self._name, at=self._clock(), lasts=lasts)
            if ours != self._holds:
                other = leases.held(register, LEASE)
                self._told(
                    "This scheduler runs." if ours else f"Another scheduler runs ({other and other[0]}); waiting."
                )
        self._holds = ours
        return ours

    def tick(self) -> None:
        """What is due, if the lease is ours."""
        if self.beat():
            with closing(self._open()) as register:
                self._tick(register)

    def scheduler(self) -> BlockingScheduler:
        """The library's scheduler with both jobs: never two ticks at once, those missed in a row made up for once."""
        zone = ZoneInfo(self._settings.digest.timezone)
        made = BlockingScheduler(
            timezone=zone, executors={"default": ThreadPoolExecutor(1), "beat": ThreadPoolExecutor(1)}
        )
        made.add_job(
            self.tick,
            CronTrigger(minute=f"*/{self._settings.schedule.tick_minutes}", timezone=zone),
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=MISFIRE_SECONDS,
            next_run_time=datetime.now(zone),
        )
        made.add_job(
            self.beat,
            IntervalTrigger(seconds=max(1, self._settings.schedule.lease_seconds // BEATS), timezone=zone),
            id="beat",
            executor="beat",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=MISFIRE_SECONDS,
        )
        return made

    def run(self) -> None:
        """Until Ctrl-C or SystemExit. A step that runs is waited for; the lease is let go, so that the next need not
        wait.
        """
        made = self.scheduler()
        try:
            made.start()
        except (KeyboardInterrupt, SystemExit):
            made.shutdown(wait=True)
        finally:
            with closing(self._open()) as register:
                leases.give_up(register, LEASE, self._name)
