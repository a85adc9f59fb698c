"""From notices that were read to the register, put in by batches.

A batch is one transaction: its notices and what the run did with them. What a crash loses is fetched again, and what
was done is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from crawler import merging
from crawler.likeness import card
from register import fetches, joins, notices, runs
from register.database import Register
from register.models import Notice

BATCH = 50
"""Notices a transaction."""
KEYS = 500
"""Notices whose keys are put in at once."""


class Ready(NamedTuple):
    """A notice with all that follows from it alone, reckoned where it was read."""

    entry: notices.Entry
    keys: joins.Keys

    @property
    def number(self) -> str:
        """Its publication number."""
        return self.entry.number


def ready(notice: Notice) -> Ready:
    """Reckon all that follows from a notice alone (pure)."""
    return Ready(notices.entry(notice), merging.keys(card(notice)))


class Taken(NamedTuple):
    """A notice on its way in. item: what the run calls it; raw: SHA-256 of its bytes in the archive; url and headers:
    where it came from, for conditional requests.
    """

    item: str
    ready: Ready
    raw: str | None
    url: str
    headers: Mapping[str, str]


@dataclass
class Intake:
    """Notices of one run, put into the register batch by batch. outcomes: what the run did with each item."""

    register: Register
    run: int
    at: datetime
    outcomes: dict[str, str] = field(default_factory=dict)
    _waiting: list[Taken] = field(default_factory=list)
    _keyless: list[tuple[str, str, joins.Keys]] = field(default_factory=list)

    def add(
        self, item: str, notice: Ready, raw: str | None, *, url: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Take a notice in; it is written with its batch."""
        self._waiting.append(Taken(item, notice, raw, url, headers or {}))
        if len(self._waiting) >= BATCH:
            self.flush()

    def note(self, item: str, outcome: str) -> None:
        """Note what was done with an item that brought no notice."""
        runs.note(self.register, self.run, {item: outcome})
        self.outcomes[item] = outcome

    def flush(self) -> None:
        """Write what waits, in one transaction."""
        if not self._waiting:
            return
        taken, self._waiting = self._waiting, []
        with self.register.atomic():
            found = notices.put(self.register, [(own.ready.entry, own.raw) for own in taken], at=self.at)
            outcomes: dict[str, str] = {}
            for own, outcome in zip(taken, found, strict=True):
                if outcome != "unchanged" or own.item not in outcomes:
                    outcomes[own.item] = outcome
            runs.note(self.register, self.run, outcomes)
            for own in taken:
                if own.url:
                    fetches.note(self.register, own.url, own.headers)
            self._keyless += [
                (own.ready.number, own.ready.entry.fingerprint, own.ready.keys)
                for own, outcome in zip(taken, found, strict=True)
                if outcome == "new"
            ]
            joins.regroup(self.register, [own.ready.number for own in taken])
        for item, said in outcomes.items():
            self.outcomes.setdefault(item, said)
        if len(self._keyless) >= KEYS:
            self._put_keys()

    def finish(self) -> None:
        """Write all that waits."""
        self.flush()
        self._put_keys()

    def _put_keys(self) -> None:
        """Keys of new notices lie all over their index, so they are put in by the hundred. What a crash loses, is
        reckoned anew where notices are joined.
        """
        with self.register.atomic():
            joins.put_keys(self.register, self._keyless, rules=merging.RULES)
        self._keyless.clear()
