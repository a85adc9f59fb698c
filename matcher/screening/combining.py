"""Rules and the learned reader as one: the learned one proposes what rules miss, and doubts what they find (pure).

Where to draw the lines was measured (docs/screening.md) and stands in config/clauses/_learned.yaml. A reserved class
never comes from the learned reader alone: a rule must have fired in the same window, or name the matter (`mentions`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from config import knowledge
from config.errors import KnowledgeError
from matcher.screening import rules
from matcher.screening.learned import POLARITIES, Judged
from matcher.screening.rules import CODES
from matcher.screening.windows import Window
from register.models import Polarity

RESERVED = frozenset({"reserved_participation", "reserved_public_service", "reserved_execution"})
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
    """The clauses of a window. judged: shape (segments, clauses, polarities); said: by clause, what rules say there."""
    known = lines()
    for column, clause in enumerate(CODES):
        own = judged[:, column]
        flags = own[:, AFFIRMED] + own[:, POSSIBLE]
        at = int(flags.argmax())
        chance = float(flags[at])
        rule = max(said.get(clause, ()), key=lambda one: (one.polarity != "negated", one.confidence), default=None)
        seconded = rule is not None and rule.polarity != "negated"
        if rule is not None and rule.confidence >= known.sure:
            yield Verdict(clause, rule.number, rule.polarity, rule.rule, rule.confidence)
            continue
        if clause in RESERVED:
            alone = known.reserved if rule or _mentioned(clause, window.text) else 2.0
            doubted = known.seconded_reserved
        else:
            alone, doubted = known.alone, known.seconded
        # "Kravet på två lärlingar utgår": one sentence asks for them, the next takes it back.
        undone = chance < known.firm and chance < float(own[:, NEGATED].max())
        if not undone and (chance >= alone or (seconded and chance >= doubted)):
            number = window.numbers[at] if chance >= known.alone or rule is None else rule.number
            polarity: Polarity = "affirmed" if own[at, AFFIRMED] >= own[at, POSSIBLE] else "possible"
            yield Verdict(clause, number, polarity, rule.rule if rule and seconded else LEARNED, chance)
            continue
        at = int(own[:, NEGATED].argmax())
        chance = float(own[at, NEGATED])
        denied = rule is not None and rule.polarity == "negated"
        if chance >= known.negated or (denied and chance >= known.negated_seconded):
            yield Verdict(clause, window.numbers[at], "negated", rule.rule if rule and denied else LEARNED, chance)


def _mentioned(clause: str, text: str) -> bool:
    mentions = rules.clauses()[clause].mentions
    return mentions is not None and bool(mentions.search(text))
