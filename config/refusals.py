"""What an enterprise never takes on and a tender may ask for, though their words differ: nights, heights, alcohol
(config/refusals.yaml). A sentence that says that it is not asked for counts nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from config.denials import is_denied
from config.errors import KnowledgeError
from config.knowledge import read_yaml
from config.words import Finder, lists, lowered

NEEDED, ALLOWED = {"name", "said", "asked"}, {"name", "said", "asked", "not", "from"}
HOURS = re.compile(
    r"(?<![\d.:,])([01]?\d|2[0-4])(?:[.:][0-5]\d)?\s?(?:-|–|till)\s?([01]?\d|2[0-4])(?:[.:][0-5]\d)?(?!\d|[.:,]\d|\s?%)"
)
"""Working hours: "kl. 21.30-04.00", "18-02"."""
CLOCK = re.compile(r"(?:\bkl\.?|\bklockan|\bmellan|\boch|\bdag|\bdagar?|\bvardag\w*)\s*$")
"""What stands before hours that are no prices or numbers of pieces, unless they are written with minutes."""
MINUTES = re.compile(r"\d[.:]\d")
MORNING = 6


@dataclass(frozen=True)
class Refusal:
    """A condition or task. said, asked, not_: words; hour: from which on working hours are such, or None."""

    id: str
    name: str
    said: tuple[str, ...]
    asked: tuple[str, ...]
    not_: tuple[str, ...]
    hour: int | None


@dataclass(frozen=True)
class Asked:
    """A place at which a text asks for it: text[start:end] is `quote`."""

    refusal: str
    start: int
    end: int
    quote: str


@lru_cache(maxsize=1)
def refusals() -> dict[str, Refusal]:
    """All by id, in the order of the file. Raises KnowledgeError naming the entry and the field."""
    found = {}
    for key, row in read_yaml("refusals.yaml").items():
        if not isinstance(row, dict) or not NEEDED <= set(row) <= ALLOWED:
            raise KnowledgeError(
                f"config/refusals.yaml, {key}: has to have {sorted(NEEDED)}, and only {sorted(ALLOWED)}"
            )
        own = lists(f"config/refusals.yaml, {key}", row, ("said", "asked", "not"))
        found[key] = Refusal(key, str(row["name"]), own["said"], own["asked"], own["not"], row.get("from"))
    return found


@lru_cache(maxsize=1)
def _finders() -> tuple[Finder, Finder, Finder]:
    """What finds `said`, `asked` and `not_`; list n is that of entry n."""
    rows = list(refusals().values())
    return Finder([r.said for r in rows]), Finder([r.asked for r in rows]), Finder([r.not_ for r in rows])


def said(line: str) -> frozenset[str]:
    """Ids of what a "never" line of an enterprise names."""
    ids = list(refusals())
    return frozenset(ids[number] for number, _, _ in _finders()[0].find(lowered(line)))


def asked(text: str) -> list[Asked]:
    """What a tender's text asks for, in the order of the file; offsets are those of the text as given."""
    ids = list(refusals())
    folded = lowered(text)
    _, asking, hiding = _finders()
    hidden: dict[int, list[tuple[int, int]]] = {}
    for number, start, end in hiding.find(folded):
        hidden.setdefault(number, []).append((start, end))
    places = [*asking.find(folded), *_hours(folded)]
    return [
        Asked(ids[number], start, end, text[start:end])
        for number, start, end in sorted(places)
        if not any(a < end and start < b for a, b in hidden.get(number, ())) and not is_denied(folded, start, end)
    ]


def _hours(folded: str) -> Iterator[tuple[int, int, int]]:
    """(number of the entry, start, end) of working hours that reach into those of an entry."""
    for match in HOURS.finditer(folded):
        if not CLOCK.search(folded[: match.start()][-12:]) and not MINUTES.search(match[0]):
            continue
        begins, ends = int(match[1]), int(match[2])
        last = ends + 24 if ends <= MORNING and ends < begins else ends
        for number, entry in enumerate(refusals().values()):
            if entry.hour is not None and (last > entry.hour or begins < MORNING - 1):
                yield number, match.start(), match.end()
