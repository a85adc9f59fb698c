"""Rules as data: config/clauses/CODE.yaml compiled to patterns over a segment's flat text.

The pattern language: `*` stands for letters within a word, a space for white space, `..` for at most eight words,
`$name` for a family of config/clauses/_words.yaml. A rule fires where each of its slots has a pattern that matches.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from config import knowledge
from config.errors import KnowledgeError
from register.models import Effect, Polarity

CODES = (
    "reserved_participation",
    "reserved_public_service",
    "reserved_execution",
    "employment_requirement",
    "employment_dialogue",
    "employment_bonus",
    "labour_conditions",
    "supply_chain_rights",
    "accessibility",
    "equality",
    "social_award_criterion",
    "social_subcontracting",
    "small_lots",
    "idea_partnership",
)
ENGINE = "1"
"""Version of the code that applies rules; raised when its behaviour changes."""
GAP = r"(?:[^\w.!?]+\w+){0,8}?[^\w.!?]+"


@dataclass(frozen=True)
class Rule:
    """One rule of a clause. slots: all must match, the first marks the place; not_: none may match.

    window: how many segments after the first one may serve the later slots; title: also fires on a bare title.
    """

    id: str
    clause: str
    slots: tuple[re.Pattern[str], ...]
    not_: re.Pattern[str] | None
    window: int
    polarity: Polarity | None
    confidence: float
    title: bool
    silent: bool
    """Whether the shared cues that decide nothing (law summaries, policies) stop it."""


@dataclass(frozen=True)
class Clause:
    """A clause: its law, its effect for a social enterprise, its rules."""

    code: str
    name: str
    legal_basis: str
    verified: str | None
    effect: Effect
    rules: tuple[Rule, ...]
    gate: re.Pattern[str]
    """Any first slot: a segment without a match needs no further look."""
    examples: dict[str, tuple[str, ...]]
    mentions: re.Pattern[str] | None = None
    """What names the matter at all: without it, or a rule that fires, a reserved class is never found."""


@dataclass(frozen=True)
class Cues:
    """Shared cues, compiled."""

    negation: re.Pattern[str]
    not_negation: re.Pattern[str]
    possible: re.Pattern[str]
    silent: re.Pattern[str]


def expression(pattern: str) -> str:
    """A pattern of the language as a regular expression. Raises ValueError for one that means nothing."""
    words = pattern.casefold().split()
    if not words or words[0] == ".." or words[-1] == "..":
        raise ValueError(f"{pattern!r} must begin and end with a word")
    parts: list[str] = []
    for word in words:
        if word == "..":
            parts.append("..")
        else:
            parts.append(re.escape(word).replace(r"\*", r"[\w-]{0,40}"))
    joined = ""
    for part in parts:
        if part == "..":
            joined += GAP
        elif joined and not joined.endswith(GAP):
            joined += r"[\s,]+" + part
        else:
            joined += part
    start = r"(?<![\w-])" if re.match(r"[\w*]", words[0]) else ""
    end = r"(?![\w])" if re.search(r"[\w*]$", words[-1]) else ""
    return start + joined + end


def _union(patterns: list[str], families: dict[str, list[str]], where: str) -> re.Pattern[str]:
    alternatives: list[str] = []
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise KnowledgeError(f"{where}: {pattern!r} is no pattern")
        if pattern.startswith("$"):
            name = pattern[1:]
            if name not in families:
                raise KnowledgeError(f"{where}: there is no family {name!r} in config/clauses/_words.yaml")
            alternatives += [expression(word) for word in families[name]]
            continue
        variants = [pattern]
        for name in re.findall(r"\$(\w+)", pattern):
            if name not in families:
                raise KnowledgeError(f"{where}: there is no family {name!r} in config/clauses/_words.yaml")
            variants = [v.replace(f"${name}", word, 1) for v in variants for word in families[name]]
        try:
            alternatives += [expression(variant) for variant in variants]
        except ValueError as error:
            raise KnowledgeError(f"{where}: {error}") from None
    return re.compile("|".join(dict.fromkeys(alternatives)))


def compiled(pattern: str, families: dict[str, list[str]], where: str) -> re.Pattern[str]:
    """One pattern of the language, with its families put in. Raises KnowledgeError, which begins with `where`."""
    return _union([pattern], families, where)


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The shared families and cues."""
    found: dict[str, Any] = knowledge.read_yaml("clauses/_words.yaml")
    return found


@lru_cache(maxsize=1)
def cues() -> Cues:
    """The shared cues, compiled."""
    families, data = words()["families"], words()
    return Cues(
        *(
            _union(data[name], families, f"_words.yaml, {name}")
            for name in ("negation", "not_negation", "possible", "silent")
        )
    )


@lru_cache(maxsize=1)
def clauses() -> dict[str, Clause]:
    """All clauses by code, in the order of CODES. Raises KnowledgeError naming file, rule and field."""
    return {code: _clause(code, knowledge.read_yaml(f"clauses/{code}.yaml")) for code in CODES}


def _clause(code: str, data: dict[str, Any]) -> Clause:
    where = f"config/clauses/{code}.yaml"
    absent = {"name", "about", "legal", "effect", "rules", "examples"} - set(data)
    if absent:
        raise KnowledgeError(f"{where}: {sorted(absent)[0]} is missing")
    rules = tuple(_rule(code, rule, where) for rule in data["rules"])
    if len({rule.id for rule in rules}) != len(rules):
        raise KnowledgeError(f"{where}: two rules bear the same id")
    examples = {kind: tuple(data["examples"].get(kind, ())) for kind in ("affirmed", "possible", "negated", "silent")}
    return Clause(
        code=code,
        name=data["name"],
        legal_basis=data["legal"]["basis"],
        verified=data["legal"].get("verified"),
        effect=data["effect"],
        rules=rules,
        gate=re.compile("|".join(dict.fromkeys(rule.slots[0].pattern for rule in rules))),
        examples=examples,
        mentions=_union(data["mentions"], words()["families"], f"{where}, mentions") if data.get("mentions") else None,
    )


def _rule(code: str, data: dict[str, Any], where: str) -> Rule:
    name = data.get("id")
    known = {"id", "all", "not", "window", "polarity", "confidence", "title", "silent"}
    if not name or not data.get("all") or set(data) - known:
        raise KnowledgeError(f"{where}: a rule needs id and all, and knows only {sorted(known)}; has {sorted(data)}")
    families = words()["families"]
    place = f"{where}, {name}"
    slots = tuple(_union(slot if isinstance(slot, list) else [slot], families, place) for slot in data["all"])
    excluded = data.get("not")
    return Rule(
        id=name,
        clause=code,
        slots=slots,
        not_=_union(excluded, families, place) if excluded else None,
        window=int(data.get("window", 1)),
        polarity=data.get("polarity"),
        confidence=float(data.get("confidence", 0.8)),
        title=bool(data.get("title", False)),
        silent=bool(data.get("silent", True)),
    )


@lru_cache(maxsize=1)
def version() -> str:
    """Changes when a rule, a cue or the engine does."""
    folder = resources.files("config").joinpath("clauses")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    content = b"".join(f.name.encode() + f.read_bytes() for f in files)
    return hashlib.sha256(ENGINE.encode() + content).hexdigest()[:10]
