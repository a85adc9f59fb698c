"""The search's choices, held in memory: 100,000 lots are some ten megabytes. Only what changed is read again."""

import threading
from datetime import datetime
from pathlib import Path

import numpy as np

from portal.advisers import searching
from portal.advisers.searching import Found, Lots, Query
from register import search
from register.database import Register
from register.search import Held

_lock = threading.Lock()
_held: dict[Path, tuple[int, dict[int, Held], Lots]] = {}


def find(register: Register, query: Query, now: datetime) -> Found:
    """Lots by a query, in its order: those first that have most of the words in their titles."""
    known = lots(register)
    asked = searching.asked(query.words)
    marks = np.full(len(known), not asked.whole)
    rank = np.zeros(len(known), dtype=np.int32)
    if asked.whole:
        marks[known.at(search.found(register, asked.whole))] = True
        for title in asked.titles:
            rank[known.at(search.found(register, title))] -= 1
    return searching.choose(known, query, now, marks, rank)


def lots(register: Register) -> Lots:
    """All lots of the index as they are now."""
    if register.folder is None:
        return read(register, 0, {})[2]
    with _lock:
        known = _held.get(register.folder)
        if known is None or known[0] != search.last(register):
            known = read(register, *(known[:2] if known else (0, {})))
            _held[register.folder] = known
        return known[2]


def read(register: Register, before: int, held: dict[int, Held]) -> tuple[int, dict[int, Held], Lots]:
    """What is held, brought up to now."""
    now = search.last(register)
    came, gone = search.since(register, before)
    if now < before:
        # Another register lies in the folder now.
        came, held = search.since(register, 0)[0], {}
    held |= {one.id: one for one in came}
    # No id is given twice, so what is gone stays gone, also where it went between the two questions.
    for identity in gone:
        held.pop(identity, None)
    return now, held, searching.columns([held[identity] for identity in sorted(held)], search.values(register))
