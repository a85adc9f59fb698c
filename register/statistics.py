"""Figures week by week for the funder: notices, letters, answers, bids. Counts only; no enterprise is in them."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from config import places
from config.places import Municipality
from register import bids, purchases
from register.clause_stats import Group, Screened, total
from register.clock import read_stamp, stamp
from register.database import Register

Weekly = dict[str, list[int]]
"""By kind the number in each week."""


@dataclass(frozen=True)
class Figures:
    """weeks: their Mondays, oldest first. notices: by source, as they came in; letters: those that a mail server took,
    and the tenders in them; answers: judgements by yes, maybe, no; bids: sent, won, lost.
    """

    weeks: tuple[date, ...]
    notices: Weekly
    letters: Weekly
    answers: Weekly
    bids: Weekly


def weekly(register: Register, *, now: datetime, count: int) -> Figures:
    """The last `count` weeks, the present one with them. now: in the zone whose weeks are told."""
    monday = now.date() - timedelta(days=now.weekday())
    weeks = tuple(monday - timedelta(weeks=back) for back in reversed(range(count)))
    since = stamp(datetime.combine(weeks[0], datetime.min.time(), now.tzinfo))
    told = _Told(weeks, now)
    return Figures(
        weeks=weeks,
        notices=told.by(
            register,
            "SELECT origin AS kind, first_seen AS at, 1 AS n FROM notices WHERE origin != ? AND first_seen >= ?",
            [purchases.ORIGIN, since],
        ),
        letters=told.letters(register, since),
        answers=told.by(
            register,
            "SELECT answer AS kind, at, 1 AS n FROM judgements WHERE withdrawn IS NULL AND at >= ?",
            [since],
            ("yes", "maybe", "no"),
        ),
        bids=told.of(((one.outcome, one.at, 1) for one in bids.everything(register)), bids.OUTCOMES),
    )


@dataclass(frozen=True)
class _Told:
    """Puts what happened into weeks."""

    weeks: tuple[date, ...]
    now: datetime

    def by(self, register: Register, sql: str, values: list[Any], kinds: tuple[str, ...] = ()) -> Weekly:
        rows = register.db.query(sql, values)
        return self.of(((row["kind"], read_stamp(row["at"]), row["n"]) for row in rows), kinds)

    def of(self, events: Iterable[tuple[str, datetime, int]], kinds: tuple[str, ...] = ()) -> Weekly:
        counts: Counter[tuple[str, date]] = Counter()
        for kind, at, n in events:
            day = at.astimezone(self.now.tzinfo).date()
            counts[kind, day - timedelta(days=day.weekday())] += n
        names = dict.fromkeys([*kinds, *sorted({kind for kind, week in counts if week in self.weeks} - set(kinds))])
        return {name: [counts[name, week] for week in self.weeks] for name in names}

    def letters(self, register: Register, since: str) -> Weekly:
        rows = list(
            register.db.query(
                """
                SELECT changed AS at, lots FROM deliveries
                WHERE kind = 'weekly' AND state = 'accepted' AND changed >= ?
                """,
                [since],
            )
        )
        events = [("letters", read_stamp(row["at"]), 1) for row in rows]
        events += [("tenders", read_stamp(row["at"]), len(json.loads(row["lots"]))) for row in rows]
        return self.of(events, ("letters", "tenders"))


def by_municipality(notices: Iterable[Screened], county: str = "") -> list[tuple[Municipality, Group]]:
    """Clauses by the buyer's municipality (a county's, or all), by name; buyers whose name tells none are left out."""
    own: dict[Municipality, list[Screened]] = {}
    for notice in notices:
        place = places.buyer_place(notice.buyer)
        if isinstance(place, Municipality) and county in ("", place.county):
            own.setdefault(place, []).append(notice)
    return sorted(((place, total(members)) for place, members in own.items()), key=lambda pair: pair[0].name)
