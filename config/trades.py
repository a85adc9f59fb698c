"""Trades: what work a text is about, in the words of config/trades.yaml; look-alikes stop a mention."""

from dataclasses import dataclass
from functools import lru_cache

from config.errors import KnowledgeError
from config.knowledge import read_yaml
from config.words import Finder, lists, lowered

STRONG, WEAK, HIDING = 1.0, 0.4, 0.0


@dataclass(frozen=True)
class Trade:
    """A trade. own: whether social enterprises do it; cpv: codes that buyers use for it."""

    id: str
    name: str
    words: tuple[str, ...]
    weak: tuple[str, ...]
    cpv: tuple[str, ...]
    not_: tuple[str, ...]
    own: bool


@dataclass(frozen=True)
class TradeMention:
    """A trade named in a text; `stopped_by` is the look-alike that hides it, "" where none does."""

    trade: str
    start: int
    end: int
    strength: float
    stopped_by: str = ""


@lru_cache(maxsize=1)
def trades() -> dict[str, Trade]:
    """All trades by id, in the order of the file. Raises KnowledgeError naming the trade and the field."""
    found: dict[str, Trade] = {}
    allowed = {"name", "words", "weak", "cpv", "not", "own"}
    for key, row in read_yaml("trades.yaml").items():
        if not isinstance(row, dict) or not {"name", "words", "cpv"} <= set(row) <= allowed:
            raise KnowledgeError(
                f"config/trades.yaml, {key}: has to have name, words and cpv, and only {sorted(allowed)}"
            )
        own = lists(f"config/trades.yaml, {key}", row, ("words", "weak", "cpv", "not"))
        found[key] = Trade(
            id=key,
            name=row["name"],
            words=own["words"],
            weak=own["weak"],
            cpv=own["cpv"],
            not_=own["not"],
            own=bool(row.get("own", True)),
        )
    return found


@lru_cache(maxsize=1)
def _finder() -> tuple[Finder, tuple[tuple[str, float], ...]]:
    """(what finds all lists of all trades, trade and strength of each list; strength 0 for look-alikes)."""
    named = [
        (trade.id, strength, words)
        for trade in trades().values()
        for strength, words in ((STRONG, trade.words), (WEAK, trade.weak), (HIDING, trade.not_))
        if words
    ]
    return Finder([words for _, _, words in named]), tuple((trade, strength) for trade, strength, _ in named)


def find(text: str) -> list[TradeMention]:
    """Trades named in a text, by trade; offsets are those of the text as given."""
    finder, meant = _finder()
    folded = lowered(text)
    named: list[tuple[str, float, int, int]] = []
    hidden: dict[str, list[tuple[int, int]]] = {}
    for number, start, end in finder.find(folded):
        trade, strength = meant[number]
        if strength == HIDING:
            hidden.setdefault(trade, []).append((start, end))
        else:
            named.append((trade, strength, start, end))
    return [
        TradeMention(
            trade,
            start,
            end,
            strength,
            next((folded[a:b] for a, b in hidden.get(trade, ()) if a < end and start < b), ""),
        )
        for trade, strength, start, end in named
    ]
