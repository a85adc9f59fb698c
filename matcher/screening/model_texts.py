"""Model clauses as data: config/clauses/_models.yaml, checked and cut into words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from config import knowledge
from config.errors import KnowledgeError
from matcher.lexical import stem, stop_words
from matcher.screening import polarity, segments
from matcher.screening.rules import CODES

FILE = "clauses/_models.yaml"
TOKEN = re.compile(r"\{(\w+)\}|\w+|%")
COMMON = 0.3
"""Weight of a function word, against 1 of any other."""
FIELDS = {"id", "clause", "name", "text", "must"}


@dataclass(frozen=True)
class Model:
    """A model text. words: canonical words and, for a blank, its name in braces; weights: of each word, 0 for a blank;
    must: of each, one word has to be there.
    """

    id: str
    clause: str
    name: str
    text: str
    words: tuple[str, ...]
    weights: tuple[float, ...]
    must: tuple[re.Pattern[str], ...]
    denials: int
    """How many of its own sentences hold a negation."""
    options: int
    """How many of its own sentences leave something open."""


@dataclass(frozen=True)
class Knowledge:
    """The file: models, kinds of blanks, word pairs to the models that have them, words to what stands for them."""

    models: tuple[Model, ...]
    blanks: dict[str, str]
    pairs: dict[tuple[str, str], tuple[int, ...]]
    same: tuple[tuple[re.Pattern[str], str], ...]


@lru_cache(maxsize=1)
def load() -> Knowledge:
    """The model clauses. Raises KnowledgeError naming the model and the field."""
    return build(knowledge.read_yaml(FILE))


def build(data: Any) -> Knowledge:
    """Knowledge of the content of the file. Raises KnowledgeError naming the model and the field."""
    if not isinstance(data, dict) or set(data) != {"blanks", "same", "models"}:
        raise _fault("the file", "has to have blanks, same and models, and only these")
    kinds: tuple[tuple[str, type], ...] = (("blanks", dict), ("same", list), ("models", list))
    for name, kind in kinds:
        if not isinstance(data[name], kind):
            raise _fault(name, f"is no {kind.__name__}")
    blanks = data["blanks"]
    odd = [name for name, kind in blanks.items() if kind not in ("number", "text")]
    if odd:
        raise _fault(f"blanks, {odd[0]}", "is neither number nor text")
    same = tuple((_union(group, f"same, group {n}"), f"={n}") for n, group in enumerate(data["same"], start=1))
    models = tuple(_model(row, number, blanks, same) for number, row in enumerate(data["models"], start=1))
    twice = {model.id for n, model in enumerate(models) if model.id in {other.id for other in models[:n]}}
    if twice:
        raise _fault(f"models, {sorted(twice)[0]}, id", "is there twice")
    pairs: dict[tuple[str, str], list[int]] = {}
    for number, model in enumerate(models):
        for pair in set(pairs_of(model.words)):
            pairs.setdefault(pair, []).append(number)
    return Knowledge(models, blanks, {pair: tuple(found) for pair, found in pairs.items()}, same)


def _fault(where: str, reason: str) -> KnowledgeError:
    return KnowledgeError(f"config/{FILE}, {where}: {reason}")


def _model(row: Any, number: int, blanks: dict[str, str], same: Sequence[tuple[re.Pattern[str], str]]) -> Model:
    where = f"models, {row.get('id', f'number {number}') if isinstance(row, dict) else f'number {number}'}"
    if not isinstance(row, dict) or set(row) != FIELDS:
        raise _fault(where, f"has to have {', '.join(sorted(FIELDS))}, and only these")
    if row["clause"] not in CODES:
        raise _fault(f"{where}, clause", f"{row['clause']!r} is no clause")
    text = row["text"]
    if not isinstance(text, str) or len(text.split()) < 8:
        raise _fault(f"{where}, text", "has to be a text of at least eight words")
    unknown = [name for name in re.findall(r"\{(\w*)\}", text) if name not in blanks]
    if unknown:
        raise _fault(f"{where}, text", f"{{{unknown[0]}}} is not among blanks")
    tokens = list(TOKEN.finditer(text.casefold()))
    words = tuple(f"{{{token[1]}}}" if token[1] else _canonical(token[0], same) for token in tokens)
    if words[0].startswith("{") or words[-1].startswith("{"):
        raise _fault(f"{where}, text", "has to begin and end with a word, not with a blank")
    if not isinstance(row["must"], list) or not row["must"]:
        raise _fault(f"{where}, must", "has to be a list of lists of words")
    must = tuple(_union(group, f"{where}, must") for group in row["must"])
    for group, own in zip(must, row["must"], strict=True):
        if not any(group.fullmatch(token[0]) for token in tokens):
            raise _fault(f"{where}, must", f"none of {own} is in the text itself")
    weights = tuple(0.0 if token[1] else _weight(token[0]) for token in tokens)
    sentences = [part.flat for part in segments.split(text)]
    denials, options = sum(map(polarity.negated, sentences)), sum(map(polarity.is_possible, sentences))
    return Model(row["id"], row["clause"], row["name"], text, words, weights, must, denials, options)


def _union(words: Any, where: str) -> re.Pattern[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip("* ") for word in words):
        raise _fault(where, f"{words!r} is no list of words")
    return re.compile("|".join(re.escape(word.casefold()).replace(r"\*", r"\w*") for word in words))


def _weight(word: str) -> float:
    return COMMON if word in stop_words() else 1.0


def _canonical(word: str, same: Sequence[tuple[re.Pattern[str], str]]) -> str:
    return next((name for pattern, name in same if pattern.fullmatch(word)), None) or stem(word)


@lru_cache(maxsize=50_000)
def canonical(word: str) -> str:
    """What a case-folded word is compared by: its group of the file, else its stem."""
    return _canonical(word, load().same)


def pairs_of(words: Sequence[str]) -> list[tuple[str, str]]:
    """Words that follow each other in a model, blanks left out."""
    return [pair for pair in pairwise(words) if not any(word.startswith("{") for word in pair)]
