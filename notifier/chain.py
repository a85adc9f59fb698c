"""The daily chain crawl -> match -> letters: which step is due, and what each did. All it knows is in the register, so
that a scheduler that takes over, or comes back after a week, goes on where the last one stopped.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from config.errors import AnbudslotsError
from config.settings import Settings
from register import steps
from register.database import Register
from register.steps import Step

StepName = Literal["crawl", "match", "answers", "letters"]
Result = tuple[int, str]
"""(exit status, what was done in a line); an empty line: there was nothing to do, and nothing is noted."""

TRIES = 3
"""How often a step that was not done is tried in a day."""
PAUSE = timedelta(hours=1)
"""Between two tries; what was cut off is tried at once."""


def tick(
    register: Register,
    holder: str,
    *,
    work: Mapping[StepName, Callable[[], Result]],
    settings: Settings,
    clock: Callable[[], datetime],
) -> None:
    """Do what is due now: the day's crawl and match once their hour has come, then what came back
    to letters (where `work` has that step), then the letters whose time has come.

    Call it every few minutes, from one scheduler at a time. A step that fails is noted and stops no later one: letters
    have their own brakes.
    """
    began = day(settings, clock())
    if _is_due(steps.since(register, "crawl", began), clock()):
        _do(register, holder, "crawl", work["crawl"], clock)
    crawls = steps.since(register, "crawl", began)
    if crawls and _is_due(steps.since(register, "match", crawls[-1].started), clock()):
        _do(register, holder, "match", work["match"], clock)
    failed = any(step.status for step in steps.since(register, "answers", clock() - PAUSE))
    if "answers" in work and not failed:
        # Before the letters, so that whoever has said stop gets none.
        _do(register, holder, "answers", work["answers"], clock)
    _do(register, holder, "letters", work["letters"], clock)


def day(settings: Settings, now: datetime) -> datetime:
    """When the chain of the day that `now` is in began: the last time the clock stood at schedule.crawl_hour."""
    return max(at for at in _chains(settings, now) if at <= now)


def next_day(settings: Settings, now: datetime) -> datetime:
    """When the next chain begins; in local time."""
    return min(at for at in _chains(settings, now) if at > now)


def _chains(settings: Settings, now: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(settings.digest.timezone)
    today = now.astimezone(zone).date()
    for days in (-1, 0, 1):
        local = datetime.combine(today + timedelta(days=days), time(settings.schedule.crawl_hour), zone)
        yield local.astimezone(UTC).astimezone(zone)


def _is_due(done: list[Step], now: datetime) -> bool:
    if any(step.status == 0 for step in done) or len(done) >= TRIES:
        return False
    return not done or done[-1].ended is None or now - done[-1].ended >= PAUSE


def _do(
    register: Register, holder: str, name: StepName, work: Callable[[], Result], clock: Callable[[], datetime]
) -> None:
    step = steps.start(register, name, holder, at=clock())
    try:
        status, detail = work()
    except AnbudslotsError as error:
        status, detail = error.exit_status, str(error)
    if detail:
        steps.finish(register, step, status=status, detail=detail, at=clock())
    else:
        steps.forget(register, step)
