"""Which enterprises could deliver together what none can alone, and where one could be a subcontractor (pure).

A tender is taken apart into tasks: each lot, each of its places, each trade that its title names. An enterprise covers
a task whose work it does and whose place it reaches. Two or three that are open to joint bids make a suggestion if they
cover every task, bear the size together, and none of them is superfluous. Where neither one nor such a group can take
a lot, a share of it may be open to a subcontractor.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from config import trades
from matcher import signals, texts
from matcher.index import LotIndex, trade_ids
from matcher.profile import Profile
from matcher.ranking import Ranker
from register.models import Finding
from register.placing import LotPlace

Work = Mapping[str, Sequence[float]]
"""For each enterprise's id how surely its work fits each lot of an index, 0..1 (`Ranker.work`)."""

MOST = 3
"""Enterprises in a joint bid: more are hard to lead."""
WORK_LINE = 0.5
"""How surely the work fits, from which on an enterprise covers a lot whose title names none of its trades."""
PLACE_LINE = 0.7
TRADE_LINE = 0.3
"""How much a trade is an enterprise's own, from which on it does it; for a share it has to be MAIN_TRADE."""
MAIN_TRADE = 0.5
REFUSED_LINE = 0.5
ASSUMED_LARGEST = 1_000_000
"""SEK a year that an enterprise bears which does not tell its largest contract (those in DOMAIN.md that tell bear 0.3
to 3 million)."""
WORTH_SHARING = 1_000_000
"""SEK a year from which on a tender of other work may have a share to give."""
SAME_COVER = 6
"""Enterprises looked at of those that cover the very same tasks, those first that bear most: a group needs MOST."""
BODY = 4_000
"""Characters of a description that are looked through for parts of the work."""
PARTNER_CLAUSES = frozenset(
    {"social_subcontracting", "employment_requirement", "employment_bonus", "employment_dialogue"}
)
WHERE = re.compile(
    r"\b(?:av|för|från|hos|i|inom|på|till|vid|åt)(?:\s+(?!(?:och|samt|eller)\b)\w+){0,2}\s+$", re.IGNORECASE
)
"""Before words that tell for whom or where the work is done: a hostel is no work in "tvätt åt vandrarhemmet"."""
LEFT_OUT = re.compile(
    r"\b(?:(?:ingår|omfattas|omfattar|avser|gäller) (?:inte|ej)|exklusive|undantag\w*|utom)\b", re.IGNORECASE
)
"""In a sentence that names a part of the work which is not bought."""


@dataclass(frozen=True)
class Task:
    """One piece of a tender. trade: id, "" where none is named; municipality: "" where it is not known."""

    lot: str
    trade: str
    municipality: str


@dataclass(frozen=True)
class Part:
    """What one enterprise would do.

    tasks: what no other of the group covers; shared: what others of it cover as well, to be divided among them.
    share: of the yearly value, 0..1; None where values are not known, or not how one lot's divides among its tasks.
    """

    enterprise: str
    tasks: tuple[Task, ...]
    shared: tuple[Task, ...]
    share: float | None


@dataclass(frozen=True)
class JointBid:
    """A suggestion: who does what."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Share:
    """A part of a tender for a subcontractor. by: clause (the winner must or may buy it) or part (of the work)."""

    enterprise: str
    lot: str
    by: Literal["clause", "part"]
    work: str
    """Name of the trade, or the lot's title where none is named."""
    quote: str
    """The clause's sentence, or the words of the tender that name the part."""


@dataclass(frozen=True)
class _Able:
    own: Profile
    covers: frozenset[Task]
    largest: float
    """SEK a year that it bears."""


@dataclass(frozen=True)
class _Whole:
    """What is to be covered: all tasks, and what each lot is worth a year where that is known."""

    tasks: tuple[Task, ...]
    values: Mapping[str, float]


def sureness(profiles: Iterable[Profile], built: LotIndex, ranker: Ranker) -> Work:
    """How surely the work of each enterprise fits each lot of the index."""
    return {own.enterprise.id: [float(x) for x in ranker.work(signals.matrix(own, built))] for own in profiles}


def tasks(built: LotIndex, positions: Sequence[int]) -> tuple[Task, ...]:
    """The pieces of some lots of the index."""
    return tuple(
        Task(built.lots[at].id, trade, municipality)
        for at in positions
        for trade in works(built, at, own=True) or ("",)
        for municipality in built.places[at].municipalities or ("",)
    )


def works(built: LotIndex, at: int, *, own: bool) -> tuple[str, ...]:
    """Ids of the trades (social enterprises' own, or the others) that the lot's title names surely; of the notice's
    title where the lot's names none, and of the code's label where neither does.
    """
    notice, lot = built.notices[at], built.lots[at]
    for text in (lot.title, notice.title, texts.headline(notice, lot)):
        found = named(text)
        if found:
            return tuple(dict.fromkeys(name for name in found if trades.trades()[name].own == own))
    return ()


def beside(built: LotIndex, positions: Sequence[int]) -> tuple[str, ...]:
    """Names of trades that the titles name too and that no social enterprise works in: nobody covers these."""
    found = (name for at in positions for name in works(built, at, own=False))
    return tuple(dict.fromkeys(trades.trades()[name].name for name in found))


def joint(
    built: LotIndex, positions: Sequence[int], profiles: Sequence[Profile], work: Work, most: int = 3
) -> list[JointBid]:
    """Suggestions for the lots at `positions` of one notice, all of them together, best first, at most `most`; none
    where one enterprise is enough.
    """
    if alone(built, positions, profiles, work):
        return []
    whole = _whole(built, positions)
    willing = [own for own in profiles if own.enterprise.cooperation.joint_bids]
    able = _candidates([one for own in willing if (one := _able(own, built, positions, whole, work)).covers])
    for size in range(2, MOST + 1):
        # None is superfluous in the smallest groups that are enough.
        found = [group for group in combinations(able, size) if _complete(group, whole)]
        if found:
            found.sort(key=lambda group: _order(group, positions, work))
            return [_suggest(group, whole) for group in found[:most]]
    return []


def alone(built: LotIndex, positions: Sequence[int], profiles: Sequence[Profile], work: Work) -> list[Profile]:
    """Those that cover every task of some lots and bear their size by themselves."""
    whole = _whole(built, positions)
    return [own for own in profiles if _complete([_able(own, built, positions, whole, work)], whole)]


def subcontracts(built: LotIndex, positions: Sequence[int], profiles: Sequence[Profile], work: Work) -> list[Share]:
    """Shares of the lots that neither one enterprise nor a group of at most MOST can take."""
    found = []
    for at in positions:
        if alone(built, [at], profiles, work) or joint(built, [at], profiles, work, most=1):
            continue
        lot, value = built.lots[at], float(built.value_per_year[at])
        clause = _partner_clause(built.findings[at])
        parts = list(_parts(built, at))
        other_work = bool(works(built, at, own=False)) and not works(built, at, own=True)
        for own in profiles:
            if not own.enterprise.cooperation.subcontract or not _reaches(own, built.places[at]):
                continue
            if _has_refused(own, built, at):
                continue
            part = next(((name, words) for name, words in parts if _does(own, name, MAIN_TRADE)), None)
            fits = work[own.enterprise.id][at] >= WORK_LINE and not other_work
            if part and (fits or clause or not value < WORTH_SHARING):
                name, words = part
            elif fits:
                name, words = "", lot.title
            else:
                continue
            told = trades.trades()[name].name if name else lot.title
            by: Literal["clause", "part"] = "clause" if clause else "part"
            found.append(Share(own.enterprise.id, lot.id, by, told, clause.quote if clause else words))
    return found


def named(title: str) -> list[str]:
    """Ids of the trades that a title names as work: of those that share words the one with the longer words, and after
    the first none that tells for whom or where.
    """
    mentions = [m for m in trades.find(title) if m.strength >= trades.STRONG and not m.stopped_by]
    kept: list[trades.TradeMention] = []
    for mention in sorted(mentions, key=lambda m: m.start - m.end):
        if not any(mention.start < other.end and other.start < mention.end for other in kept):
            kept.append(mention)
    kept.sort(key=lambda m: m.start)
    return [m.trade for m in kept if m is kept[0] or not WHERE.search(title[: m.start])]


def _parts(built: LotIndex, at: int) -> Iterator[tuple[str, str]]:
    """(trade, words) of the works of social enterprises that a lot's titles or text name, those of the titles first."""
    notice, lot = built.notices[at], built.lots[at]
    for words in (lot.title, notice.title, *texts.sentences(texts.body(notice, lot)[:BODY])):
        if LEFT_OUT.search(words):
            continue
        for mention in trades.find(words):
            if mention.strength >= trades.STRONG and not mention.stopped_by and trades.trades()[mention.trade].own:
                yield mention.trade, words


def _partner_clause(findings: Sequence[Finding]) -> Finding | None:
    """The surest clause that makes or lets the winner work with a social enterprise."""
    clauses = [f for f in findings if f.flags and f.clause in PARTNER_CLAUSES]
    return min(clauses, key=lambda f: (f.polarity != "affirmed", f.clause != "social_subcontracting"), default=None)


def _whole(built: LotIndex, positions: Sequence[int]) -> _Whole:
    values = {built.lots[at].id: float(built.value_per_year[at]) for at in positions}
    return _Whole(tasks(built, positions), {lot: value for lot, value in values.items() if not np.isnan(value)})


def _able(own: Profile, built: LotIndex, positions: Sequence[int], whole: _Whole, work: Work) -> _Able:
    at = {built.lots[position].id: position for position in positions}
    refused = {lot for lot, position in at.items() if _has_refused(own, built, position)}
    covers = {
        task
        for task in whole.tasks
        if task.lot not in refused
        and (_does(own, task.trade) if task.trade else work[own.enterprise.id][at[task.lot]] >= WORK_LINE)
        and _reaches(
            own, LotPlace(municipalities=(task.municipality,)) if task.municipality else built.places[at[task.lot]]
        )
    }
    largest = own.enterprise.capacity.largest_contract_sek_per_year or ASSUMED_LARGEST
    return _Able(own, frozenset(covers), min(largest, own.lessons.too_big or largest))


def _does(own: Profile, trade: str, line: float = TRADE_LINE) -> bool:
    return bool(own.trades[trade_ids().index(trade)] > line)


def _reaches(own: Profile, place: LotPlace) -> bool:
    return signals.place_value(own, place) >= PLACE_LINE


def _has_refused(own: Profile, built: LotIndex, at: int) -> bool:
    return bool(signals.refused(own, built)[at] > REFUSED_LINE)


def _candidates(able: Sequence[_Able]) -> list[_Able]:
    """Of each set of tasks the SAME_COVER that bear most: if a group exists at all, then one of these."""
    kept: dict[frozenset[Task], list[_Able]] = {}
    for one in sorted(able, key=lambda one: (-one.largest, one.own.enterprise.id)):
        kept.setdefault(one.covers, []).append(one)
    found = [one for same in kept.values() for one in same[:SAME_COVER]]
    return sorted(found, key=lambda one: one.own.enterprise.id)


def _complete(group: Sequence[_Able], whole: _Whole) -> bool:
    return frozenset[Task]().union(*(one.covers for one in group)) >= set(whole.tasks) and _bears(group, whole)


def _bears(group: Sequence[_Able], whole: _Whole) -> bool:
    """Whether the lots can be divided so that each bears what falls to it (by Hall's theorem: no members are the only
    takers of more than they bear). An unknown value is no obstacle.
    """
    takers = {lot: _takers(group, lot) for lot in whole.values}
    return all(
        sum(value for lot, value in whole.values.items() if takers[lot] <= set(some))
        <= sum(group[number].largest for number in some)
        for size in range(1, len(group) + 1)
        for some in combinations(range(len(group)), size)
    )


def _takers(group: Sequence[_Able], lot: str) -> set[int]:
    """Numbers of the members that cover any task of a lot."""
    return {number for number, one in enumerate(group) if any(task.lot == lot for task in one.covers)}


def _order(group: Sequence[_Able], positions: Sequence[int], work: Work) -> tuple[float, list[str]]:
    """The group whose work fits best comes first."""
    fit = [max(float(work[one.own.enterprise.id][at]) for at in positions) for one in group]
    return (-sum(fit) / len(fit), [one.own.enterprise.id for one in group])


def _suggest(group: Sequence[_Able], whole: _Whole) -> JointBid:
    parts = []
    for one, share in zip(group, _shares(group, whole), strict=True):
        others = frozenset[Task]().union(*(other.covers for other in group if other is not one))
        mine = [task for task in whole.tasks if task in one.covers]
        parts.append(
            Part(
                one.own.enterprise.id,
                tuple(task for task in mine if task not in others),
                tuple(task for task in mine if task in others),
                share,
            )
        )
    return JointBid(tuple(parts))


def _shares(group: Sequence[_Able], whole: _Whole) -> list[float | None]:
    """Of the yearly value: each one's own lots, and of lots that all cover wholly a part by what each still bears."""
    unknown: list[float | None] = [None] * len(group)
    if {task.lot for task in whole.tasks} != set(whole.values):
        return unknown
    own, common = [0.0] * len(group), 0.0
    for lot, value in whole.values.items():
        takers = _takers(group, lot)
        if len(takers) == 1:
            own[min(takers)] += value
        elif all(task in one.covers for one in group for task in whole.tasks if task.lot == lot):
            common += value
        else:
            return unknown
    left = [one.largest - mine for one, mine in zip(group, own, strict=True)]
    total = sum(whole.values.values())
    return [
        round((mine + (common * more / sum(left) if common else 0.0)) / total, 2)
        for mine, more in zip(own, left, strict=True)
    ]
