"""What another place or size would have brought, out of matches that are reckoned already (pure, without a model).

Of the signals of a match only those for place and size change with where an enterprise works and how much it takes on;
the others are kept with the match. So the answer comes at once, on a page, where `counterfactual.changes` reads all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from config import places
from matcher import profile, signals
from matcher.feedback import Lessons
from matcher.ranking import Matrix, Numbers, Ranker
from matcher.signals import SIGNALS
from register.models import Enterprise, Match, Reach
from register.placing import LotPlace

TRIED = 20
PLACE, SIZE = list(SIGNALS).index("place"), list(SIGNALS).index("size")


@dataclass(frozen=True)
class Lot:
    """A matched lot. value_per_year: SEK, NaN where unknown."""

    match: Match
    place: LotPlace
    value_per_year: float


@dataclass(frozen=True)
class Effect:
    """Lots that come over the line, the best first, and those that fall below it."""

    gained: tuple[Match, ...] = ()
    lost: tuple[Match, ...] = ()


@dataclass(frozen=True)
class Wider:
    """A municipality outside the reach, and what it would bring."""

    municipality: str
    gained: tuple[Match, ...]


def worth(matches: Iterable[Match], ranker: Ranker, *, line: float) -> list[Match]:
    """Matches that would be over the line if place and size were no matter: the others no such change can lift."""
    whole = [match for match in matches if len(match.signals) == len(SIGNALS)]
    if not whole:
        return []
    values = _matrix(whole)
    values[:, [PLACE, SIZE]] = 1.0
    return [match for match, score in zip(whole, ranker.scores(values), strict=True) if score >= line]


def effect(
    before: Enterprise, after: Enterprise, lots: Sequence[Lot], ranker: Ranker, lessons: Lessons, *, line: float
) -> Effect:
    """What changes for the letter if the enterprise's reach and capacity change."""
    if not lots:
        return Effect()
    then, now = (_scores(one, lots, ranker, lessons) for one in (before, after))
    order = sorted(range(len(lots)), key=lambda at: (-now[at], lots[at].match.notice, lots[at].match.lot))
    return Effect(
        gained=tuple(lots[at].match for at in order if then[at] < line <= now[at]),
        lost=tuple(lots[at].match for at in order if now[at] < line <= then[at]),
    )


def wider(
    own: Enterprise, lots: Sequence[Lot], ranker: Ranker, lessons: Lessons, *, line: float, most: int = 6
) -> list[Wider]:
    """Single further municipalities that would bring something, the one that brings most first, ties by name.

    Only the TRIED municipalities that most of the lots are in are looked at: somebody waits for the page.
    """
    if own.reach.nationwide:
        return []
    reached = set(profile.placed(own).reach)
    counted = Counter(name for lot in lots for name in lot.place.municipalities if name not in reached)
    wanted = sorted(counted, key=lambda name: (-counted[name], name))[:TRIED]
    found = [
        Wider(name, effect(own, with_place(own, name), lots, ranker, lessons, line=line).gained)
        for name in wanted
        if places.by_name(name)
    ]
    return sorted((one for one in found if one.gained), key=lambda one: (-len(one.gained), one.municipality))[:most]


def with_place(own: Enterprise, name: str) -> Enterprise:
    """The enterprise with one more municipality in its reach; its home stays, which was the whole reach if none was."""
    reached = own.reach.municipalities or (() if own.reach.counties else (own.municipality,))
    reach = Reach(
        municipalities=tuple(dict.fromkeys((*reached, name))),
        counties=own.reach.counties,
        nationwide=own.reach.nationwide,
    )
    return own.model_copy(update={"reach": reach})


def _scores(own: Enterprise, lots: Sequence[Lot], ranker: Ranker, lessons: Lessons) -> Numbers:
    values = _matrix([lot.match for lot in lots])
    placed = profile.placed(own, lessons)
    values[:, PLACE] = [signals.place_value(placed, lot.place) for lot in lots]
    values[:, SIZE] = [signals.size_value(placed, lot.value_per_year) for lot in lots]
    return ranker.scores(values)


def _matrix(matches: Sequence[Match]) -> Matrix:
    """Shape (matches, signals), as `signals.matrix`; what was kept is rounded to four decimals."""
    rows = []
    for match in matches:
        by = {signal.name: signal.value for signal in match.signals}
        rows.append([by.get(name, 0.0) for name in SIGNALS])
    return np.asarray(rows, dtype=np.float32).reshape(len(rows), len(SIGNALS))
