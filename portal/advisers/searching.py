"""What is searched for, and how many lots each choice would leave (pure).

Choices of one kind are alternatives, choices of different kinds all have to hold. How many a choice would leave is
counted without the other choices of its own kind, so that it is seen what one more would add.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt

from portal.advisers import indexing
from register.search import HEAD, UNKNOWN, Held

Kind = Literal["county", "municipality", "cpv", "clause", "polarity", "reserved", "source"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Sort = Literal["best", "deadline", "newest"]
SORTS: tuple[Sort, ...] = get_args(Sort)
Time = Literal["open", "week", "fortnight", "month", "closed", "all"]
TIMES: tuple[Time, ...] = get_args(Time)
WITHIN: Mapping[Time, timedelta] = {
    "week": timedelta(days=7),
    "fortnight": timedelta(days=14),
    "month": timedelta(days=30),
}
LONGEST = 200
"""Characters of what is asked."""
MOST_IN_TITLES = 6
"""Words that are looked for in titles, to put these first."""
MOST_CHOSEN = 30
"""Choices of one kind."""

Marks = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Query:
    """words: as typed; chosen: values by kind; page: from 1."""

    words: str = ""
    chosen: Mapping[Kind, tuple[str, ...]] = ()  # type: ignore[assignment]
    time: Time = "open"
    sort: Sort = "best"
    page: int = 1

    def address(self, **changes: object) -> str:
        """The query of an address, `page` and what is usual left out; changes: of fields."""
        own = {"words": self.words, "time": self.time, "sort": self.sort, "page": self.page, **changes}
        pairs: list[tuple[str, object]] = [("q", own["words"])] if own["words"] else []
        pairs += [(kind, value) for kind in KINDS for value in dict(self.chosen).get(kind, ())]
        usual: dict[str, object] = {"time": "open", "sort": "best", "page": 1}
        return urlencode(pairs + [(name, own[name]) for name in usual if own[name] != usual[name]])


def read(several: Mapping[str, Sequence[str]]) -> Query:
    """What an address asks for; what it can't mean is left out."""

    def one(name: str) -> str:
        return (several.get(name) or [""])[0]

    chosen = {
        kind: tuple(dict.fromkeys(value[:80] for value in several[kind] if value))[:MOST_CHOSEN]
        for kind in KINDS
        if any(several.get(kind, ()))
    }
    time, sort, page = one("time"), one("sort"), one("page")
    return Query(
        words=" ".join(one("q").split())[:LONGEST],
        chosen=chosen,
        time=next((known for known in TIMES if known == time), "open"),
        sort=next((known for known in SORTS if known == sort), "best"),
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 6 and int(page) else 1,
    )


@dataclass(frozen=True)
class Asked:
    """FTS5 expressions. whole: of what is to be found, "" for everything; titles: one for each word in the titles."""

    whole: str = ""
    titles: tuple[str, ...] = ()


def asked(words: str) -> Asked:
    """All words in any form; -word: without it; word*: all words that begin so.

    A compound is asked for as a whole: whoever asks for its parts finds it too, as it is kept with them.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for word in words.casefold().split():
        bare = word.strip("-*\"'.,;:()")
        stems = indexing.analyser().terms(bare)
        if not stems:
            continue
        star = "*" if word.endswith("*") else ""
        # Of one word the first term is its whole; of "1-2026" or "a/b" each is a word.
        parts = stems[:1] if bare.isalpha() else [term for one in _apart(bare) for term in one[:1]]
        terms = [f'"{part}"{star}' for part in parts]
        (unwanted if word.startswith("-") else wanted).extend(terms)
    if not wanted:
        return Asked()
    whole = " AND ".join(wanted)
    if unwanted:
        whole = f"({whole}) NOT ({' OR '.join(unwanted)})"
    return Asked(whole, tuple(f"title : {term}" for term in wanted[:MOST_IN_TITLES]))


def _apart(text: str) -> list[list[str]]:
    return [indexing.analyser().terms(word) for word in text.replace("/", " ").replace("-", " ").split()]


@dataclass(frozen=True)
class Lots:
    """Lots as columns, by ascending id. parts: of each kind the numbers of its values, and the position of the lot to
    which each belongs; names: what the numbers stand for.
    """

    ids: npt.NDArray[np.int64]
    published: Numbers
    deadline: Numbers
    closed: Marks
    parts: Mapping[str, tuple[Numbers, npt.NDArray[np.intp]]]
    names: Mapping[int, tuple[str, str]]

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, ids: Sequence[int]) -> npt.NDArray[np.intp]:
        """Positions of lots; those that are not here are left out."""
        wanted = np.asarray(ids, dtype=np.int64)
        places = np.searchsorted(self.ids, wanted)
        places = np.minimum(places, max(len(self) - 1, 0))
        return places[self.ids[places] == wanted] if len(self) else np.zeros(0, dtype=np.intp)


def columns(held: Sequence[Held], names: Mapping[int, tuple[str, str]]) -> Lots:
    """Lots, by ascending id, as columns."""
    lengths = np.fromiter((len(one.packed) // 4 for one in held), dtype=np.intp, count=len(held))
    flat = np.frombuffer(b"".join([one.packed for one in held]), dtype=np.int32)
    starts = np.cumsum(lengths) - lengths
    rest = np.ones(len(flat), dtype=bool)
    for head in range(HEAD):
        rest[starts + head] = False
    values, owner = flat[rest], np.repeat(np.arange(len(held)), lengths - HEAD)
    groups = list(dict.fromkeys(kind for kind, _ in names.values()))
    group_of = np.full(max(names, default=0) + 1, -1, dtype=np.int8)
    for number, (kind, _) in names.items():
        group_of[number] = groups.index(kind)
    group = group_of[values]
    return Lots(
        ids=np.fromiter((one.id for one in held), dtype=np.int64, count=len(held)),
        published=flat[starts],
        deadline=flat[starts + 1],
        closed=flat[starts + 2].astype(bool),
        parts={kind: (values[group == at], owner[group == at]) for at, kind in enumerate(groups)},
        names=names,
    )


@dataclass(frozen=True)
class Found:
    """What a search leaves. ids: in the order that was asked for; counts: by kind and value, of the choices that some
    lot would be left by, or that are chosen; times: how many each time would leave.
    """

    ids: tuple[int, ...]
    counts: Mapping[Kind, Mapping[str, int]]
    times: Mapping[Time, int]


def choose(lots: Lots, query: Query, now: datetime, found: Marks, rank: Numbers) -> Found:
    """Lots that all choices hold for, and what each other choice would leave. found: which lots have the words;
    rank: how well, the lower the better.
    """
    numbers = {value: number for number, value in lots.names.items()}
    chosen = dict(query.chosen)
    holds = {kind: _any(lots, [(group, numbers.get((group, value), 0)) for group, value in _wanted(kind, chosen)])
             for kind in chosen}  # fmt: skip
    timely = {time: found & _in_time(lots, time, now) for time in TIMES}
    counts: dict[Kind, dict[str, int]] = {}
    for kind in KINDS:
        others = _all([timely[query.time], *(mark for other, mark in holds.items() if other != kind)])
        counts[kind] = _counted(lots, kind, others)
        counts[kind] |= {value: 0 for value in chosen.get(kind, ()) if value not in counts[kind]}
    left = _all([found, *holds.values()])
    times: dict[Time, int] = {time: int((left & mark).sum()) for time, mark in timely.items()}
    return Found(_ordered(lots, np.flatnonzero(left & timely[query.time]), query, rank), counts, times)


def _counted(lots: Lots, kind: Kind, among: Marks) -> dict[str, int]:
    """How many of some lots have each value of a kind; those that none has are left out."""
    if kind not in lots.parts:
        return {}
    values, owner = lots.parts[kind]
    counted = np.bincount(values[among[owner]])
    return {lots.names[int(number)][1]: int(counted[number]) for number in np.flatnonzero(counted)}


def _wanted(kind: Kind, chosen: Mapping[Kind, Sequence[str]]) -> list[tuple[str, str]]:
    """The values that are looked for: with a clause and what is said of it chosen, both in the same finding."""
    if kind in ("clause", "polarity") and chosen.get("clause") and chosen.get("polarity"):
        return [("finding", f"{clause}:{says}") for clause in chosen["clause"] for says in chosen["polarity"]]
    return [(kind, value) for value in chosen[kind]]


def _any(lots: Lots, wanted: Sequence[tuple[str, int]]) -> Marks:
    """Which lots have any of the values, each with its kind."""
    marks = np.zeros(len(lots), dtype=bool)
    for kind in {kind for kind, _ in wanted if kind in lots.parts}:
        values, owner = lots.parts[kind]
        marks[owner[np.isin(values, [number for group, number in wanted if group == kind])]] = True
    return marks


def _all(marks: Iterable[Marks]) -> Marks:
    return np.asarray(np.logical_and.reduce(list(marks)), dtype=bool)


def _in_time(lots: Lots, time: Time, now: datetime) -> Marks:
    """Which lots are open, close soon, are over. A lot without a last day is open until its notice is closed."""
    if time == "all":
        return np.ones(len(lots), dtype=bool)
    at = indexing.minutes(now)
    dated = lots.deadline != UNKNOWN
    still: Marks = ~(lots.closed | (dated & (lots.deadline <= at)))
    if time in ("open", "closed"):
        return still if time == "open" else ~still
    until = indexing.minutes(now + WITHIN[time])
    return _all([dated, still, lots.deadline <= until])


def _ordered(lots: Lots, kept: npt.NDArray[np.intp], query: Query, rank: Numbers) -> tuple[int, ...]:
    deadline = np.where(lots.deadline == UNKNOWN, np.iinfo(np.int32).max, lots.deadline)[kept]
    newest, best, ids = -lots.published[kept], rank[kept], lots.ids[kept]
    # The last key counts most.
    keys: dict[Sort, tuple[npt.NDArray[Any], ...]] = {
        "best": (ids, newest, best),
        "deadline": (ids, best, deadline),
        "newest": (ids, best, newest),
    }
    return tuple(ids[np.lexsort(keys[query.sort])].tolist())
