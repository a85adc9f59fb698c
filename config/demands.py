"""Demands on whoever bids, in the words of config/demands.yaml; a sentence that says there is none counts nothing."""

import re
from dataclasses import dataclass
from functools import lru_cache

from config.denials import is_denied
from config.errors import KnowledgeError
from config.knowledge import read_yaml
from config.words import any_of, is_word, lowered

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
        wrong = [word for word in row["words"] if not is_word(word)]
        if wrong:
            raise KnowledgeError(f"config/demands.yaml, {key}, words: {wrong[0]!r} is no word")
        found[key] = Kind(key, str(row["name"]), bool(row["closes"]), tuple(row["words"]))
    return found


@lru_cache(maxsize=1)
def _compiled() -> tuple[re.Pattern[str], dict[str, Kind]]:
    """One expression with a group for each kind."""
    return re.compile("|".join(f"(?P<{kind.id}>{any_of(kind.words)})" for kind in kinds().values())), kinds()


def find(text: str) -> list[Demand]:
    """Demands named in a text, in its order; offsets are those of the text as given."""
    folded = lowered(text)
    expression, by_id = _compiled()
    found = []
    for match in expression.finditer(folded):
        start, end = match.span()
        if is_denied(folded, start, end):
            continue
        kind = by_id[str(match.lastgroup)]
        found.append(Demand(kind.id, kind.closes, start, end, text[start:end]))
    return found
