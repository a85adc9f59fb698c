"""Why not, and what if (pure): what stopped a near miss, and the smallest change of profile that would bring it in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from config import places, trades
from matcher import index, signals
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.ranking import Numbers, Ranker
from matcher.signals import SIGNALS
from register.models import Enterprise

Stop = Literal["place", "size", "work", "never", "refused"]
MENDED: dict[Stop, dict[str, float]] = {
    "place": {"place": 1.0},
    "size": {"size": 1.0},
    "never": {"never": 0.0},
    "refused": {"refused": 0.0},
}
"""What the signals would be without what may have stopped a lot."""
WORTH = 0.45
"""How surely the work has to fit before a lot is a near miss."""


@dataclass(frozen=True)
class NearMiss:
    """A lot below the line. at: its position in the index; stops: what would lift it over, the cheapest first, empty
    where no single thing would; score_if: its score then.
    """

    at: int
    score: float
    stops: tuple[Stop, ...]
    score_if: float


def near_misses(values: np.ndarray, ranker: Ranker, *, line: float, top: int) -> list[NearMiss]:
    """Lots below `line` whose work fits, those first that one change would lift highest.

    values: signals, shape (lots, signals).
    """
    scores, work = ranker.scores(values), ranker.work(values)
    lifted = {stop: ranker.scores(_with(values, changed)) for stop, changed in MENDED.items()}
    bare = ranker.work(_with(values, {"never": 0.0, "refused": 0.0}))
    found = []
    for at in np.flatnonzero((scores < line) & (np.maximum(work, bare) >= WORTH)):
        stops = sorted(
            (stop for stop, then in lifted.items() if then[at] - scores[at] > 0.02), key=lambda stop: -lifted[stop][at]
        )
        enough = tuple(stop for stop in stops if lifted[stop][at] >= line)
        best = max((float(lifted[stop][at]) for stop in stops), default=float(scores[at]))
        found.append(NearMiss(int(at), float(scores[at]), enough or tuple(stops[:2]), best))
    return sorted(found, key=lambda miss: (-miss.score_if, -miss.score, miss.at))[:top]


def _with(values: np.ndarray, changed: dict[str, float]) -> np.ndarray:
    columns = list(SIGNALS)
    new = values.copy()
    for name, value in changed.items():
        new[:, columns.index(name)] = value
    return new


@dataclass(frozen=True)
class Change:
    """A change of profile and the positions of the lots that it would lift over the line, best first."""

    kind: Literal["place", "size", "capability"]
    what: str
    """A municipality, kronor a year, or the name of a trade."""
    gained: tuple[int, ...]


def changes(
    own: Profile,
    built: LotIndex,
    ranker: Ranker,
    rebuild: Callable[[Enterprise], Profile],
    *,
    line: float,
    most: int = 8,
) -> list[Change]:
    """What one change of an enterprise's profile would bring, the one that brings most first.

    rebuild: reads a changed enterprise, as `profile.build` does.
    """
    values = signals.matrix(own, built)
    before = ranker.scores(values)
    found = [*_places(own, built, values, ranker, before, line), *_sizes(own, built, values, ranker, before, line)]
    for trade in trades.trades().values():
        position = index.trade_ids().index(trade.id)
        if not trade.own or own.trades[position] > 0.3 or own.never_trades[position] > 0:
            continue
        if not (built.trade_title[:, position] > 0.3).any():
            continue
        capable = own.enterprise.model_copy(update={"capabilities": (*own.enterprise.capabilities, trade.name)})
        scores = ranker.scores(signals.matrix(rebuild(capable), built))
        found.append(Change("capability", trade.name, _gained(before, scores, line)))
    found = [change for change in found if change.gained]
    return sorted(found, key=lambda change: (-len(change.gained), change.kind, change.what))[:most]


def _places(
    own: Profile, built: LotIndex, values: np.ndarray, ranker: Ranker, before: Numbers, line: float
) -> Iterator[Change]:
    """Each further municipality in which lots would be over the line, were they in reach."""
    if own.enterprise.reach.nationwide:
        return
    lifted = ranker.scores(_with(values, {"place": 1.0}))
    wanted = dict.fromkeys(
        name
        for at in np.flatnonzero((before < line) & (lifted >= line))
        for name in built.places[at].municipalities
        if name not in own.reach and places.by_name(name)
    )
    column = list(SIGNALS).index("place")
    for name in wanted:
        wider = replace(own, reach=(*own.reach, name), lessons=replace(own.lessons, too_far=()))
        new = values.copy()
        for at in np.flatnonzero(lifted >= line):
            new[at, column] = signals.place_value(wider, built.places[at])
        yield Change("place", name, _gained(before, ranker.scores(new), line))


def _sizes(
    own: Profile, built: LotIndex, values: np.ndarray, ranker: Ranker, before: Numbers, line: float
) -> Iterator[Change]:
    """The largest contract at twice and four times of what it is."""
    largest = own.enterprise.capacity.largest_contract_sek_per_year
    if not largest:
        return
    column = list(SIGNALS).index("size")
    for times in (2, 4):
        capacity = own.enterprise.capacity.model_copy(update={"largest_contract_sek_per_year": largest * times})
        larger = replace(own, enterprise=own.enterprise.model_copy(update={"capacity": capacity}),
                         lessons=replace(own.lessons, too_big=None))  # fmt: skip
        new = values.copy()
        new[:, column] = signals.size(larger, built)
        gained = _gained(before, ranker.scores(new), line)
        yield Change("size", f"{largest * times:.0f}", gained)


def _gained(before: Numbers, after: Numbers, line: float) -> tuple[int, ...]:
    over = np.flatnonzero((before < line) & (after >= line))
    return tuple(int(at) for at in over[np.argsort(-after[over], kind="stable")])


def told(positions: Sequence[int], built: LotIndex) -> list[str]:
    """Titles with buyers, for reading."""
    return [f"{built.notices[at].title} ({built.notices[at].buyer.name})" for at in positions]
