"""Rules and the learned reader as one: the learned one proposes what rules miss, and doubts what they find (pure).

Where to draw the lines was measured (docs/screening.md) and stands in config/clauses/_learned.yaml. A reserved class
never comes from the learned reader alone: a rule must have fired in the same window, or name the matter (`mentions`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from config import knowledge
from config.errors import KnowledgeError
from matcher.screening import rules
from matcher.screening.learned import POLARITIES, RESERVED, Judged
from matcher.screening.rules import CODES
from matcher.screening.windows import Window
from register.models import Polarity

NONE, AFFIRMED, POSSIBLE, NEGATED = range(len(POLARITIES))
LEARNED = "learned"


@dataclass(frozen=True)
class Lines:
    """Probabilities from which on a flag is set, or a clause is told as negated. seconded: a rule says the same."""

    alone: float
    reserved: float
    seconded: float
    seconded_reserved: float
    firm: float
    """From which on a flag stands though another sentence denies the clause, as for another lot."""
    sure: float
    """Not a probability: the confidence of a rule from which on it is never doubted, such as one that reads a code."""
    negated: float
    negated_seconded: float
    further: float
    """From which on the learned reader is believed that a clause is said, or denied, at one more place of a window."""


@dataclass(frozen=True)
class Verdict:
    """That a segment says a clause. number: of the segment; rule: who found it; confidence: the finder's own."""

    clause: str
    number: int
    polarity: Polarity
    rule: str
    confidence: float


@lru_cache(maxsize=1)
def lines() -> Lines:
    """The lines of config/clauses/_learned.yaml. Raises KnowledgeError."""
    try:
        return Lines(**{name: float(value) for name, value in knowledge.read_yaml("clauses/_learned.yaml").items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise KnowledgeError(f"config/clauses/_learned.yaml: {error}") from None


def combine(window: Window, judged: Judged, said: Mapping[str, Sequence[Verdict]]) -> Iterator[Verdict]:
    """The clauses of a window: first where each is said most surely, then further places that say it or deny it.

    judged: shape (segments, clauses, polarities); said: by clause, what rules say there.
    """
    known = lines()
    for column, clause in enumerate(CODES):
        verdict = _surest(window, clause, judged[:, column], said.get(clause, ()), known)
        if verdict is not None:
            yield verdict
            yield from _further(window, verdict, judged[:, column], known)


def _surest(window: Window, clause: str, own: Judged, said: Sequence[Verdict], known: Lines) -> Verdict | None:
    """What a window says of a clause. own: shape (segments, polarities)."""
    flags = own[:, AFFIRMED] + own[:, POSSIBLE]
    at = int(flags.argmax())
    chance = float(flags[at])
    rule = max(said, key=lambda one: (one.polarity != "negated", one.confidence), default=None)
    seconded = rule is not None and rule.polarity != "negated"
    if rule is not None and rule.confidence >= known.sure:
        return Verdict(clause, rule.number, rule.polarity, rule.rule, rule.confidence)
    if clause in RESERVED:
        alone = known.reserved if rule or _mentioned(clause, window.text) else 2.0
        doubted = known.seconded_reserved
    else:
        alone, doubted = known.alone, known.seconded
    # "Kravet på två lärlingar utgår": one sentence asks for them, the next takes it back.
    undone = chance < known.firm and chance < float(own[:, NEGATED].max())
    if not undone and (chance >= alone or (seconded and chance >= doubted)):
        number = window.numbers[at] if chance >= known.alone or rule is None else rule.number
        return Verdict(clause, number, _open(own[at]), rule.rule if rule and seconded else LEARNED, chance)
    at = int(own[:, NEGATED].argmax())
    chance = float(own[at, NEGATED])
    denied = rule is not None and rule.polarity == "negated"
    if chance >= known.negated or (denied and chance >= known.negated_seconded):
        return Verdict(clause, window.numbers[at], "negated", rule.rule if rule and denied else LEARNED, chance)
    return None


def _further(window: Window, verdict: Verdict, own: Judged, known: Lines) -> Iterator[Verdict]:
    """Other places of a window that say the clause too, or deny it, as for another lot. A clause that is denied as a
    whole is not said elsewhere in the window.
    """
    flags, denials = own[:, AFFIRMED] + own[:, POSSIBLE], own[:, NEGATED]
    surest = np.maximum(flags, denials)
    for at in np.argsort(-surest, kind="stable"):
        number, chance = window.numbers[at], float(surest[at])
        if chance < known.further:
            return
        kind = "flag" if flags[at] >= denials[at] else "denial"
        if number == verdict.number or (kind == "flag" and verdict.polarity == "negated"):
            continue
        yield Verdict(verdict.clause, number, _open(own[at]) if kind == "flag" else "negated", LEARNED, chance)


def _open(row: Judged) -> Polarity:
    """Which of the two polarities of a flag. row: shape (polarities,)."""
    return "affirmed" if row[AFFIRMED] >= row[POSSIBLE] else "possible"


def _mentioned(clause: str, text: str) -> bool:
    mentions = rules.clauses()[clause].mentions
    return mentions is not None and bool(mentions.search(text))
