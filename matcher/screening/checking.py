"""Checks the clause files: every fault is told with file, rule and field, so that whoever edits them can mend it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any, get_args

from config import knowledge
from config.errors import KnowledgeError
from matcher.screening import combining, evaluation, model_texts, numbers, reader, rules
from matcher.screening.rules import CODES, Clause
from register.models import Effect, Polarity

FOLDER = "config/clauses/"
WORDS = "_words.yaml"
NEEDED = {"name", "about", "legal", "effect", "rules", "examples"}
KNOWN = {*NEEDED, "mentions"}
RULE_KEYS = {"id", "all", "not", "window", "polarity", "confidence", "title", "silent"}
LEGAL_KEYS = {"basis", "twins", "old", "verified", "source"}
EXAMPLES = ("affirmed", "possible", "negated", "silent")
CUES = ("negation", "not_negation", "possible", "silent")
ID = re.compile(r"^[a-z0-9][a-z0-9-]*$")
SHOWN = 80
"""Longest example that is quoted in a fault."""


@dataclass(frozen=True)
class Fault:
    """What is wrong. file: in config/clauses; rule: its id, or its place (number 3); both "" where none is meant."""

    file: str
    rule: str
    field: str
    reason: str


Read = Callable[[str], Any]
"""Gives the content of a file in config/; raises KnowledgeError."""
Families = dict[str, list[str]] | None
"""Shared word families by name; None where their file is wrong: then patterns with `$` are not looked at."""


def check(read: Read = knowledge.read_yaml) -> list[Fault]:
    """All faults of the clause files: of their form and, where that is right, of what their examples do."""
    faults: list[Fault] = list(stray_files())
    words = _load(read, WORDS, faults)
    families: Families = None
    if words is not None:
        wrong = list(word_faults(words))
        faults += wrong
        # Families with a slip would be told again for each rule that names them.
        families = None if any(fault.field.startswith("families") for fault in wrong) else words["families"]
    for code in CODES:
        data = _load(read, f"{code}.yaml", faults)
        if data is not None:
            faults += clause_faults(code, data, families)
    for file, load in LOADERS.items():
        try:
            load()
        except KnowledgeError as error:
            faults.append(Fault(file, "", "", str(error)))
    if not faults:
        for clause in rules.clauses().values():
            faults += example_faults(clause)
    return faults


LOADERS: Mapping[str, Callable[[], object]] = {
    "_numbers.yaml": numbers.grammar,
    "_models.yaml": model_texts.load,
    "_learned.yaml": combining.lines,
}
"""Files that have a reader of their own, which names their faults."""


def unverified() -> list[str]:
    """Clauses whose legal ground nobody has compared with the statute: no fault, but told wherever it is named."""
    return [clause.code for clause in rules.clauses().values() if not clause.verified]


def stray_files() -> Iterator[Fault]:
    """Files in the folder that are no clause's: they would be read by nobody."""
    known = {*(f"{code}.yaml" for code in CODES), WORDS, *LOADERS}
    names = (file.name for file in resources.files("config").joinpath("clauses").iterdir())
    for name in sorted(name for name in names if name.endswith((".yaml", ".yml")) and name not in known):
        yield Fault(name, "", "", f"is no clause's file; they are named by code: {', '.join(CODES)}")


def word_faults(words: Any) -> Iterator[Fault]:
    """Faults of the shared families and cues (pure)."""
    if not isinstance(words, dict) or not isinstance(words.get("families"), dict):
        yield Fault(WORDS, "", "families", "is missing, or is no mapping of names to lists of patterns")
        return
    for name, patterns in words["families"].items():
        yield from _patterns(WORDS, "", f"families, {name}", patterns, {})
    for name in CUES:
        yield from _patterns(WORDS, "", name, words.get(name), words["families"])
    for name in ("form_labels", "form_values"):
        if not _strings(words.get(name)):
            yield Fault(WORDS, "", name, "is no list of texts (yes and no need quotes)")


def clause_faults(code: str, data: Any, families: Families) -> Iterator[Fault]:
    """Faults in the form of one clause's file (pure)."""
    file = f"{code}.yaml"
    if not isinstance(data, dict):
        yield Fault(file, "", "", "is no mapping of fields")
        return
    for name in sorted(NEEDED - set(data)):
        yield Fault(file, "", name, "is missing")
    for name in sorted(map(str, set(data) - KNOWN)):
        yield Fault(file, "", name, f"is no known field; those are {', '.join(sorted(KNOWN))}")
    for name in ("name", "about"):
        if name in data and not _text(data[name]):
            yield Fault(file, "", name, "is no text")
    if "effect" in data and data["effect"] not in get_args(Effect):
        yield Fault(file, "", "effect", f"is {data['effect']!r}, not one of {', '.join(get_args(Effect))}")
    if "mentions" in data:
        yield from _patterns(file, "", "mentions", data["mentions"], families)
    if "legal" in data:
        yield from _legal(file, data["legal"])
    if "rules" in data:
        yield from _rules(file, data["rules"], families)
    if "examples" in data:
        yield from _examples(file, data["examples"])


def example_faults(clause: Clause) -> Iterator[Fault]:
    """Examples of a clause that the rules read otherwise than its file says (pure)."""
    for kind, texts in clause.examples.items():
        for text in texts:
            found = [finding for finding in reader.read(text) if finding.clause == clause.code]
            says = evaluation.labels(found).get(clause.code, "silent")
            if says == kind:
                continue
            shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
            fired = found[0].rule.split("@")[0] if found else ""
            why = f"by {fired}" if fired else _stopped(text, clause.code)
            yield Fault(f"{clause.code}.yaml", fired, f"examples, {kind}", f"{shown!r} is read as {says} ({why})")


def _stopped(text: str, code: str) -> str:
    stops = [f"{row['rule']}: {row['stopped_by']}" for row in reader.explain(text) if row["clause"] == code]
    return "; ".join(stops) or "no rule fires"


def _load(read: Read, file: str, faults: list[Fault]) -> Any:
    try:
        return read(f"clauses/{file}")
    except KnowledgeError as error:
        faults.append(Fault(file, "", "", " ".join(str(error).split())))
        return None


def _legal(file: str, legal: Any) -> Iterator[Fault]:
    if not isinstance(legal, dict):
        yield Fault(file, "", "legal", "is no mapping with basis, verified and source")
        return
    for name in sorted(map(str, set(legal) - LEGAL_KEYS)):
        yield Fault(file, "", f"legal, {name}", f"is no known field; those are {', '.join(sorted(LEGAL_KEYS))}")
    for name in ("basis", "source"):
        if not _text(legal.get(name)):
            yield Fault(file, "", f"legal, {name}", "is missing, or is no text")
    if "verified" not in legal:
        yield Fault(file, "", "legal, verified", "is missing: the day it was compared with the statute, or null")
    elif legal["verified"] is not None and not _day(legal["verified"]):
        yield Fault(file, "", "legal, verified", f"is {legal['verified']!r}, no day such as 2026-11-24, and not null")
    twins = legal.get("twins", {})
    if not isinstance(twins, dict) or not all(_text(place) for place in twins.values()):
        yield Fault(file, "", "legal, twins", "is no mapping of laws (LUF, LUK, LOV) to paragraphs")


def _rules(file: str, found: Any, families: Families) -> Iterator[Fault]:
    if not isinstance(found, list) or not found:
        yield Fault(file, "", "rules", "is no list of rules")
        return
    seen: set[str] = set()
    for number, rule in enumerate(found, start=1):
        if not isinstance(rule, dict):
            yield Fault(file, f"number {number}", "", "is no mapping with id and all")
            continue
        name = rule.get("id")
        where = str(name) if name else f"number {number}"
        if not isinstance(name, str) or not ID.match(name):
            yield Fault(file, where, "id", "is missing, or is not made of small letters, digits and hyphens")
        elif name in seen:
            yield Fault(file, where, "id", "is there twice")
        seen.add(where)
        yield from _rule(file, where, rule, families)


def _rule(file: str, where: str, rule: dict[str, Any], families: Families) -> Iterator[Fault]:
    for name in sorted(map(str, set(rule) - RULE_KEYS)):
        yield Fault(file, where, name, f"is no known field; those are {', '.join(sorted(RULE_KEYS))}")
    slots = rule.get("all")
    if not isinstance(slots, list) or not slots:
        yield Fault(file, where, "all", "is missing, or is no list of slots")
        slots = []
    for number, slot in enumerate(slots, start=1):
        yield from _patterns(file, where, f"all, slot {number}", slot if isinstance(slot, list) else [slot], families)
    if rule.get("not"):
        yield from _patterns(file, where, "not", rule["not"], families)
    if rule.get("polarity") is not None and rule["polarity"] not in get_args(Polarity):
        yield Fault(file, where, "polarity", f"is {rule['polarity']!r}, not one of {', '.join(get_args(Polarity))}")
    window = rule.get("window", 1)
    if isinstance(window, bool) or not isinstance(window, int) or not 0 <= window <= 20:
        yield Fault(file, where, "window", f"is {window!r}, no number of segments from 0 to 20")
    confidence = rule.get("confidence", 0.8)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        yield Fault(file, where, "confidence", f"is {confidence!r}, no number above 0 and up to 1")
    for name in ("title", "silent"):
        if not isinstance(rule.get(name, True), bool):
            yield Fault(file, where, name, f"is {rule[name]!r}, neither true nor false")


def _examples(file: str, examples: Any) -> Iterator[Fault]:
    if not isinstance(examples, dict):
        yield Fault(file, "", "examples", f"is no mapping of {', '.join(EXAMPLES)} to texts")
        return
    for kind in sorted(map(str, set(examples) - set(EXAMPLES))):
        yield Fault(file, "", f"examples, {kind}", f"is none of {', '.join(EXAMPLES)}")
    for kind in EXAMPLES:
        if examples.get(kind) and not _strings(examples[kind]):
            yield Fault(file, "", f"examples, {kind}", "is no list of texts (one with a colon needs quotes)")
    for kind, what in (("affirmed", "that must fire"), ("silent", "that must not fire")):
        if not examples.get(kind):
            yield Fault(file, "", f"examples, {kind}", f"is missing: give some texts {what}")


def _patterns(file: str, rule: str, field: str, patterns: Any, families: Families) -> Iterator[Fault]:
    if not isinstance(patterns, list) or not patterns:
        yield Fault(file, rule, field, "is missing, or is no list of patterns")
        return
    for pattern in patterns:
        if not isinstance(pattern, str):
            yield Fault(file, rule, field, f"{pattern!r} is no text: put it in quotes")
            continue
        if not re.search(r"[\w§%$|–(\[]", pattern.replace("*", "").replace("_", "")):
            yield Fault(file, rule, field, f"{pattern!r} would match any word")
            continue
        if families is None and "$" in pattern:
            continue
        try:
            rules.compiled(pattern, families or {}, field)
        except (KnowledgeError, re.error, TypeError) as error:
            yield Fault(file, rule, field, str(error).removeprefix(f"{field}: "))


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _strings(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(_text(value) for value in values)


def _day(value: Any) -> bool:
    if isinstance(value, date):
        return True
    try:
        return bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False
