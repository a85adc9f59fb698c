"""From received bytes to the register: archived and parsed in the sandbox, put in by batches.

A batch is one transaction: its notices and what the run did with them. What a crash loses is fetched again, and what
was done is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from register import fetches, joins, notices, runs
from register.database import Register
from register.models import Notice

BATCH = 50
"""Notices a transaction."""


class Taken(NamedTuple):
    """A notice on its way in. item: what the run calls it; raw: SHA-256 of its bytes in the archive; url and headers:
    where it came from, for conditional requests.
    """

    item: str
    notice: Notice
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

    def add(
        self, item: str, notice: Notice, raw: str | None, *, url: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Take a notice in; it is written with its batch."""
        self._waiting.append(Taken(item, notice, raw, url, headers or {}))
        if len(self._waiting) >= BATCH:
            self.flush()

    def note(self, item: str, outcome: str) -> None:
        """Note what was done with an item that brought no notice."""
        runs.note(self.register, self.run, item, outcome)
        self.outcomes[item] = outcome

    def flush(self) -> None:
        """Write what waits, in one transaction."""
        if not self._waiting:
            return
        with self.register.atomic():
            for item, notice, raw, url, headers in self._waiting:
                outcome: str = notices.add(self.register, notice, raw=raw, at=self.at, regroup=False)
                runs.note(self.register, self.run, item, outcome)
                self.outcomes.setdefault(item, outcome)
                if url:
                    fetches.note(self.register, url, headers)
            joins.regroup(self.register, [taken.notice.publication_number for taken in self._waiting])
        self._waiting.clear()
