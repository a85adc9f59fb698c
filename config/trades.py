"""Trades: what work a text is about, in the words of config/trades.yaml; look-alikes stop a mention."""

import re
from dataclasses import dataclass
from functools import lru_cache

from config.errors import KnowledgeError
from config.knowledge import read_yaml
from config.words import any_of, is_word, lowered

STRONG, WEAK = 1.0, 0.4


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
        lists = {field: tuple(dict.fromkeys(row.get(field) or ())) for field in ("words", "weak", "cpv", "not")}
        for field, values in lists.items():
            wrong = [value for value in values if not is_word(value)]
            if wrong:
                raise KnowledgeError(f"config/trades.yaml, {key}, {field}: {wrong[0]!r} is no word")
        found[key] = Trade(
            id=key,
            name=row["name"],
            words=lists["words"],
            weak=lists["weak"],
            cpv=lists["cpv"],
            not_=lists["not"],
            own=bool(row.get("own", True)),
        )
    return found


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[str, re.Pattern[str], float]]:
    compiled = []
    for trade in trades().values():
        for words, strength in ((trade.words, STRONG), (trade.weak, WEAK)):
            if words:
                compiled.append((trade.id, re.compile(any_of(words)), strength))
    return compiled


@lru_cache(maxsize=1)
def _hiding() -> dict[str, re.Pattern[str]]:
    return {trade.id: re.compile(any_of(trade.not_)) for trade in trades().values() if trade.not_}


def find(text: str) -> list[TradeMention]:
    """Trades named in a text, by trade; offsets are those of the text as given."""
    folded = lowered(text)
    found = []
    for trade, expression, strength in _compiled():
        hidden: list[tuple[int, int, str]] | None = None
        for match in expression.finditer(folded):
            if hidden is None:
                hiding = _hiding().get(trade)
                hidden = [(*m.span(), m.group(0)) for m in hiding.finditer(folded)] if hiding else []
            start, end = match.span()
            stopped = next((words for a, b, words in hidden if a < end and start < b), "")
            found.append(TradeMention(trade, start, end, strength, stopped))
    return found
