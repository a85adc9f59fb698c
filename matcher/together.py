"""Which enterprises could deliver together what none can alone, and where one could be a subcontractor (pure).

A tender is taken apart into tasks: each lot, each of its places, each trade that its headline names. An enterprise
covers a task whose work it does and whose place it reaches. Two or three that are open to joint bids make a suggestion
if they cover every task, bear the size together, and none of them is superfluous.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from config import trades
from matcher.index import LotIndex, trade_ids
from matcher.profile import Profile
from matcher.signals import place_value

MOST = 3
"""Enterprises in a joint bid: more are hard to lead."""
WORK_LINE = 0.5
"""How surely the work fits, from which on an enterprise covers a lot whose headline names none of its trades."""
PLACE_LINE = 0.7
TRADE_LINE = 0.3
CANDIDATES = 25
TOO_LARGE = 2.5
"""Times the largest contract from which on a lot is out of reach for a bid of one's own."""
PARTNER_CLAUSES = frozenset(
    {"social_subcontracting", "employment_requirement", "employment_bonus", "employment_dialogue"}
)


@dataclass(frozen=True)
class Task:
    """One piece of a tender. trade: id, "" where none is named; municipality: "" where it is not known."""

    lot: str
    trade: str
    municipality: str


@dataclass(frozen=True)
class Part:
    """What one enterprise would do. share: of the yearly value that it bears, 0..1; None where that is not known."""

    enterprise: str
    tasks: tuple[Task, ...]
    share: float | None


@dataclass(frozen=True)
class JointBid:
    """A suggestion: who does what."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Share:
    """A part of a tender for a subcontractor. by: clause (the winner must or may) or trade (a part of the work)."""

    enterprise: str
    lot: str
    by: str
    quote: str
    """The sentence of the clause, or the tender's word for the part."""


@dataclass(frozen=True)
class _Able:
    own: Profile
    covers: frozenset[Task]
    largest: float
    """SEK a year; infinite where the enterprise does not tell."""


def tasks(built: LotIndex, positions: Sequence[int]) -> tuple[Task, ...]:
    """The pieces of some lots of the index."""
    names = trade_ids()
    found: dict[Task, None] = {}
    for at in positions:
        own = [names[n] for n in np.flatnonzero(built.trade_title[at] > TRADE_LINE) if _social(names[n])]
        for trade in own or [""]:
            for municipality in built.places[at].municipalities or ("",):
                found[Task(built.lots[at].id, trade, municipality)] = None
    return tuple(found)


def joint(
    built: LotIndex, positions: Sequence[int], profiles: Sequence[Profile], work: Mapping[str, Sequence[float]],
    most: int = 3,
) -> list[JointBid]:  # fmt: skip
    """Suggestions for the lots at `positions` of one notice, best first; none where one enterprise is enough.

    work: for each enterprise how surely its work fits each lot of the index (matcher/ranking.py).
    """
    wanted = tasks(built, positions)
    value = float(np.sum([built.value_per_year[at] for at in positions]))
    able = [one for own in profiles if (one := _able(own, built, positions, wanted, work[own.enterprise.id])).covers]
    if any(one.covers >= set(wanted) and _bears([one], value) for one in able):
        return []
    open_to = [one for one in able if one.own.enterprise.cooperation.joint_bids]
    open_to.sort(key=lambda one: (-len(one.covers), -min(one.largest, 1e12), one.own.enterprise.id))
    for size in range(2, MOST + 1):
        found = [
            group
            for group in combinations(open_to[:CANDIDATES], size)
            if _complete(group, wanted, value)
            and not any(_complete(rest, wanted, value) for rest in combinations(group, size - 1))
        ]
        if found:
            found.sort(key=lambda group: _order(group, positions, work))
            return [_suggest(group, wanted, value) for group in found[:most]]
    return []


def subcontracts(
    built: LotIndex, positions: Sequence[int], profiles: Sequence[Profile], work: Mapping[str, Sequence[float]]
) -> list[Share]:
    """Parts for a subcontractor in lots that are too large for each able enterprise, or mostly other work."""
    names = trade_ids()
    found = []
    for at in positions:
        for own in profiles:
            if not own.enterprise.cooperation.subcontract or place_value(own, built.places[at]) < PLACE_LINE:
                continue
            fits = float(work[own.enterprise.id][at]) >= WORK_LINE
            largest = own.enterprise.capacity.largest_contract_sek_per_year or float("inf")
            if fits and not built.value_per_year[at] > TOO_LARGE * largest:
                continue
            clause = next((f for f in built.findings[at] if f.flags and f.clause in PARTNER_CLAUSES), None)
            part = next((names[n] for n in np.flatnonzero((built.trade_body[at] > 0.9) & (own.trades > 0.5))), None)
            if clause:
                found.append(Share(own.enterprise.id, built.lots[at].id, "clause", clause.quote))
            elif fits or part:
                name = trades.trades()[part].name if part else built.lots[at].title
                found.append(Share(own.enterprise.id, built.lots[at].id, "trade", name))
    return found


def _able(
    own: Profile, built: LotIndex, positions: Sequence[int], wanted: Sequence[Task], work: Sequence[float]
) -> _Able:
    column = {name: number for number, name in enumerate(trade_ids())}
    at = {built.lots[position].id: position for position in positions}
    covers = set()
    for task in wanted:
        position = at[task.lot]
        does = own.trades[column[task.trade]] > TRADE_LINE if task.trade else work[position] >= WORK_LINE
        reaches = own.enterprise.reach.nationwide or (
            task.municipality in own.reach
            if task.municipality
            else place_value(own, built.places[position]) >= PLACE_LINE
        )
        if does and reaches:
            covers.add(task)
    return _Able(own, frozenset(covers), own.enterprise.capacity.largest_contract_sek_per_year or float("inf"))


def _complete(group: Sequence[_Able], wanted: Sequence[Task], value: float) -> bool:
    return frozenset().union(*(one.covers for one in group)) >= set(wanted) and _bears(group, value)


def _bears(group: Sequence[_Able], value: float) -> bool:
    """Whether the group bears the size; an unknown value is no obstacle."""
    return np.isnan(value) or sum(one.largest for one in group) >= value


def _order(
    group: Sequence[_Able], positions: Sequence[int], work: Mapping[str, Sequence[float]]
) -> tuple[float, list[str]]:
    """The group whose work fits best comes first."""
    fit = [max(float(work[one.own.enterprise.id][at]) for at in positions) for one in group]
    return (-sum(fit) / len(fit), [one.own.enterprise.id for one in group])


def _suggest(group: Sequence[_Able], wanted: Sequence[Task], value: float) -> JointBid:
    """Each task goes to the member that can take it and has fewest of those that could be given to others."""
    mine: dict[str, list[Task]] = {one.own.enterprise.id: [] for one in group}
    for task in sorted(wanted, key=lambda task: sum(task in one.covers for one in group)):
        takers = [one for one in group if task in one.covers]
        taker = min(takers, key=lambda one: (len(mine[one.own.enterprise.id]) / one.largest, one.own.enterprise.id))
        mine[taker.own.enterprise.id].append(task)
    largest = sum(min(one.largest, value) for one in group) if not np.isnan(value) else 0.0
    return JointBid(
        tuple(
            Part(one.own.enterprise.id, tuple(mine[one.own.enterprise.id]),
                 round(min(one.largest, value) / largest, 2) if largest else None)
            for one in group
        )
    )  # fmt: skip


def _social(trade: str) -> bool:
    return trades.trades()[trade].own


def each(bids: Sequence[JointBid]) -> Iterator[tuple[int, Part]]:
    """All parts with the number of their suggestion, 1 the best."""
    for number, bid in enumerate(bids, start=1):
        for part in bid.parts:
            yield number, part
