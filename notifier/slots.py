"""Each enterprise's own moment of the week, by the clock of the wall (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.settings import DigestSettings
from register.models import DigestChoice

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Slot:
    """When the letter of an ISO week (2026-W48) is due; in local time."""

    period: str
    due: datetime


def latest(choice: DigestChoice, settings: DigestSettings, now: datetime) -> Slot:
    """The last slot that has come by `now`, this week's or the one before."""
    monday = _monday(now, settings)
    own = _slot(choice, settings, monday)
    return own if own.due <= now else _slot(choice, settings, monday - timedelta(days=7))


def following(choice: DigestChoice, settings: DigestSettings, now: datetime) -> Slot:
    """The first slot after `now`."""
    monday = _monday(now, settings)
    own = _slot(choice, settings, monday)
    return own if own.due > now else _slot(choice, settings, monday + timedelta(days=7))


def between(first: str, last: str) -> Iterator[str]:
    """The ISO weeks after `first` and before `last`."""
    week = date.fromisoformat(f"{first}-1") + timedelta(days=7)
    end = date.fromisoformat(f"{last}-1")
    while week < end:
        yield period(week)
        week += timedelta(days=7)


def period(day: date) -> str:
    """The ISO week of a day: 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _monday(now: datetime, settings: DigestSettings) -> date:
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    return today - timedelta(days=today.weekday())


def _slot(choice: DigestChoice, settings: DigestSettings, monday: date) -> Slot:
    day = monday + timedelta(days=DAYS.index(choice.weekday or settings.weekday))
    hour = settings.hour if choice.hour is None else choice.hour
    zone = ZoneInfo(settings.timezone)
    # By way of UTC: an hour that the change of clock leaves out becomes the next, one that comes twice is the first.
    due = datetime.combine(day, time(hour), zone).astimezone(UTC).astimezone(zone)
    return Slot(period(monday), due)
