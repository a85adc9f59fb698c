"""A simulated clock, three schedulers that are started and killed, downtimes: each week of each enterprise has exactly
one letter or a recorded reason.

Few enterprises and five weeks as a test; ANBUDSLOTS_YEAR_ENTERPRISES=400 is the proof: a year and both clock changes.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger

from config.settings import Settings
from notifier import chain, dispatch, outbox, slots, uncertain
from notifier.mail import Outcome
from notifier.schedule import Clock
from register import consents, deliveries, enterprises, letter_weeks, matches, notices, steps
from register.database import Register, memory_register
from register.models import Contact, DigestChoice, Enterprise
from tests.notifier import given

ENTERPRISES = int(os.environ.get("ANBUDSLOTS_YEAR_ENTERPRISES", "5"))
LARGE = ENTERPRISES > 50
ZONE = ZoneInfo("Europe/Stockholm")
FIRST, LAST = (date(2026, 1, 5), date(2027, 1, 11)) if LARGE else (date(2026, 10, 12), date(2026, 11, 16))
"""Mondays. 2026 has 53 ISO weeks; clocks change on 29 March and 25 October."""
TICK = 60
"""Minutes. Letters are due at whole hours, so that rarer ticks make the proof quicker and not weaker."""
LEASE = 80 * TICK
"""Seconds: a lease outlasts a tick, and not two."""
QUIET_WEEKS = (3, 4, 9, 14, 15, 16, 17, 30, 43, 47)
"""ISO weeks without a new tender."""


class KilledError(BaseException):
    """The scheduler's process has died."""


class Post:
    """A mail server and its archive of copies; now and then the sender dies around the end of a letter."""

    def __init__(self, chance: random.Random) -> None:
        self.taken: Counter[str] = Counter()
        self._chance = chance

    def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
        message_id = mime.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
        moment = self._chance.random()
        if moment < 0.01:
            raise KilledError
        hand()
        if moment < 0.02:
            raise KilledError
        if moment < 0.04:
            return Outcome("deferred", "451 later")
        self.taken[message_id] += 1
        if moment < 0.05:
            raise KilledError
        return Outcome("accepted", "250 taken")

    def holds(self, message_ids: Collection[str], *, since: datetime) -> set[str]:
        return set(message_ids).intersection(self.taken)


class World:
    """The register, its time, the schedulers, and when which of them is down."""

    def __init__(self, register: Register, settings: Settings, seed: int) -> None:
        self.register, self.settings = register, settings
        self.chance = random.Random(seed)
        self.post = Post(self.chance)
        self.now = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE)
        self.end = datetime(LAST.year, LAST.month, LAST.day, tzinfo=ZONE)
        self.schedulers = {number: self._scheduler(number) for number in range(3)}
        self.dead_until: dict[int, datetime] = {}
        self.kills = 0
        self.downtimes = list(self._downtimes())

    def _downtimes(self) -> Iterator[tuple[datetime, datetime]]:
        """From an hour to three weeks, when nothing runs at all; some over the hours when clocks change."""
        hours = [1, 200, 3, 504, 8, 24, 30, 50, 100, 6, 2] if LARGE else [1, 200, 30]
        whole = self.end - self.now
        for number, length in enumerate(hours):
            start = self.now + whole * ((number + 0.3 + 0.4 * self.chance.random()) / len(hours))
            yield start, start + timedelta(hours=length)
        yield datetime(2026, 10, 25, 1, 30, tzinfo=ZONE), datetime(2026, 10, 25, 4, 30, tzinfo=ZONE)

    def _scheduler(self, number: int) -> Clock:
        @contextmanager
        def shared() -> Iterator[Register]:
            yield self.register

        class Shared:
            """The one register in memory, which nobody closes."""

            def __init__(self, register: Register) -> None:
                self.db, self.folder, self.atomic = register.db, register.folder, register.atomic

            def close(self) -> None:
                """It goes on."""

        return Clock(
            self.settings,
            name=f"scheduler-{number}",
            open_register=lambda: Shared(self.register),  # type: ignore[arg-type,return-value]
            tick=lambda register: self._tick(f"scheduler-{number}"),
            clock=lambda: self.now,
            told=lambda sentence: None,
        )

    def _tick(self, holder: str) -> None:
        chain.tick(
            self.register,
            holder,
            work={"crawl": lambda: (0, "done"), "match": self._match, "letters": self._letters},
            settings=self.settings,
            clock=lambda: self.now,
        )

    def _match(self) -> tuple[int, str]:
        """A new tender for everyone on the first match of a week."""
        week = slots.period(self.now.astimezone(ZONE).date())
        number = f"7{week[2:4]}{week[6:]}-{week[:4]}"
        if int(week[6:]) in QUIET_WEEKS or list(
            self.register.db.query("SELECT 1 FROM notices WHERE publication_number = ?", [number])
        ):
            return 0, "nothing new"
        tender = given.notice(
            given.lot(deadline=self.now + timedelta(days=24)), publication_number=number, procedure_id=f"p-{number}"
        )
        notices.add(self.register, tender, raw=None, at=self.now)
        match = given.candidate(tender).match
        for enterprise in enterprises.everyone(self.register):
            own = match.model_copy(update={"enterprise": enterprise.id})
            matches.replace(self.register, enterprise.id, [own], scope="open", fingerprint=number, at=self.now)
        return 0, "matched"

    def _letters(self) -> tuple[int, str]:
        outbox.queue_letters(self.register, settings=self.settings, now=self.now, by_clock=True)
        return 0, self._send()

    def _send(self) -> str:
        uncertain.tidy(self.register, settings=self.settings, now=self.now, archive=self.post)
        sent = dispatch.send_due(self.register, self.post, settings=self.settings, clock=lambda: self.now)
        return ", ".join(f"{count} {state}" for state, count in sent.states.items())

    def down(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.downtimes)

    def run(self) -> None:
        trigger = CronTrigger(minute=0, timezone=ZONE)
        while self.now < self.end:
            following = trigger.get_next_fire_time(self.now, self.now + timedelta(seconds=1))
            self.now = following.astimezone(UTC)
            if self.down(self.now):
                continue
            for number, clock in self.schedulers.items():
                if self.dead_until.get(number, self.now) <= self.now:
                    self._one(number, clock)

    def settle(self) -> None:
        """After the last tick no new letter is queued; what was under way then comes to its end, within three days."""
        for _ in range(72):
            if {letter.state for letter in deliveries.listing(self.register)} == {"accepted"}:
                return
            self.now += timedelta(hours=1)
            try:
                self._send()
            except KilledError:
                self.kills += 1

    def _one(self, number: int, clock: Clock) -> None:
        try:
            clock.tick()
        except KilledError:
            self.kills += 1
            self.dead_until[number] = self.now + timedelta(hours=self.chance.uniform(0, 6))
            return
        if self.chance.random() < 0.002:
            self.kills += 1
            self.dead_until[number] = self.now + timedelta(hours=self.chance.uniform(0, 72))


def choices(number: int) -> DigestChoice:
    """Every weekday, hours of the day and of the night when clocks change; some as the settings say."""
    if number % 5 == 0:
        return DigestChoice()
    return DigestChoice(weekday=slots.DAYS[number % 7], hour=(2, 7, 0, 23, 3, 13)[number % 6])


@pytest.fixture
def world() -> Iterator[World]:
    register = memory_register()
    mail: dict[str, Any] = {"uncertain": "verify"}
    own = given.settings(**mail)
    settings = own.model_copy(
        update={
            "digest": own.digest.model_copy(update={"most_a_day": 100_000}),
            "archive": own.archive.model_copy(update={"wait_seconds": 600}),
            "schedule": own.schedule.model_copy(update={"lease_seconds": LEASE}),
        }
    )
    made = World(register, settings, seed=1)
    for number in range(ENTERPRISES):
        address = f"info@asf-{number:03}.example"
        own_choice = choices(number)
        found = given.enterprise(id=f"asf-{number:03}", contact=Contact(email=address), digest=own_choice)
        enterprises.add(register, found, at=made.now)
        consents.confirm(register, found.id, address, how="by post", at=made.now)
    yield made
    register.close()


def periods(enterprise: Enterprise, world: World) -> Iterator[slots.Slot]:
    """The slots that came while the world ran and that a scheduler could still see."""
    slot = slots.following(
        enterprise.digest, world.settings.digest, datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE)
    )
    while slot.due < world.end - timedelta(days=1):
        yield slot
        slot = slots.following(enterprise.digest, world.settings.digest, slot.due)


def test_each_week_of_each_enterprise_has_one_letter_or_a_reason(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.run()
    world.settle()
    register = world.register
    weeks = {(week.enterprise, week.period): week for week in letter_weeks.listing(register)}
    letters = Counter((letter.enterprise, letter.period) for letter in deliveries.listing(register))
    states = Counter(letter.state for letter in deliveries.listing(register))
    outcomes: Counter[str] = Counter()
    late: list[float] = []
    for enterprise in enterprises.everyone(register):
        for slot in periods(enterprise, world):
            week = weeks[enterprise.id, slot.period]
            outcomes[week.outcome] += 1
            assert letters[enterprise.id, slot.period] == (week.outcome == "letter")
            assert week.reason or week.outcome == "letter"
            if world.down(slot.due) or week.outcome == "missed":
                continue
            late.append((week.at - slot.due).total_seconds() / 3600)
    # Every letter arrived once, and is known to have.
    assert set(states) == {"accepted"}
    assert set(world.post.taken.values()) == {1}
    assert len(world.post.taken) == states["accepted"]
    assert world.kills > 0
    assert outcomes["letter"] > outcomes["quiet"] > 0
    assert outcomes["missed"] > 0
    # At its hour, but where a scheduler was killed and another had to wait for its lease, or all three were dead.
    assert sum(hours * 60 <= TICK for hours in late) >= 0.9 * len(late)
    assert max(late) < 3 * 72
    # One chain a day, but for the days on which nothing ran.
    crawls = Counter(
        step.started.astimezone(ZONE).date() for step in steps.listing(register, limit=10_000) if step.name == "crawl"
    )
    assert max(crawls.values()) <= 2
    if LARGE:
        with capsys.disabled():
            sys.stderr.write(
                f"\n{ENTERPRISES} enterprises: {dict(outcomes)}, {world.kills} kills, latest {max(late):.1f} h, "
                f"{sum(hours * 60 > TICK for hours in late)} of {len(late)} later than a tick\n"
            )
