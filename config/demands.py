"""Demands on whoever bids, in the words of config/demands.yaml; a sentence that says there is none counts nothing."""

from dataclasses import dataclass
from functools import lru_cache

from config.denials import is_denied
from config.errors import KnowledgeError
from config.knowledge import read_yaml
from config.words import Finder, lists, lowered

FIELDS = {"name", "closes", "words"}


@dataclass(frozen=True)
class Kind:
    """A kind of demand. closes: whether it often shuts small enterprises out."""

    id: str
    name: str
    closes: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class Demand:
    """A demand that a text names: text[start:end] is `quote`."""

    kind: str
    closes: bool
    start: int
    end: int
    quote: str


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """All kinds by id. Raises KnowledgeError naming the kind and the field."""
    found = {}
    for key, row in read_yaml("demands.yaml").items():
        if not isinstance(row, dict) or set(row) != FIELDS:
            raise KnowledgeError(f"config/demands.yaml, {key}: has to have {sorted(FIELDS)}, and nothing else")
        own = lists(f"config/demands.yaml, {key}", row, ("words",))
        found[key] = Kind(key, str(row["name"]), bool(row["closes"]), own["words"])
    return found


@lru_cache(maxsize=1)
def _finder() -> Finder:
    """What finds the words of all kinds; list n is that of kind n."""
    return Finder([kind.words for kind in kinds().values()])


def find(text: str) -> list[Demand]:
    """Demands named in a text, in its order; offsets are those of the text as given."""
    folded = lowered(text)
    by_number = list(kinds().values())
    return [
        Demand(by_number[number].id, by_number[number].closes, start, end, text[start:end])
        for start, end, number in sorted((start, end, number) for number, start, end in _finder().find(folded))
        if not is_denied(folded, start, end)
    ]
