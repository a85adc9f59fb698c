"""What a segment says of a clause that it names: affirmed, possible, negated, or nothing (pure)."""

import re

from matcher.screening.rules import cues
from matcher.screening.segments import Segment
from register.models import Polarity

TURN = re.compile(
    r"[;:]|,? (?:men|däremot|dock|however|but|medan|while)\b"
    r"(?! (?:används|gäller|tillämpas|ska inte|har inte|är inte|avst\w+|bedöm\w+|befunn\w+|valt bort|decided))"
    r"|, utan\b"
)
"""Where a sentence turns: a negation on one side says nothing of the other."""
YES = re.compile(r"^(?:svar|answer)?[^a-zåäö]{0,12}(?:ja|yes|kyllä|stämmer|korrekt)\b")
NO = re.compile(r"^(?:svar|answer)?[^a-zåäö]{0,12}(?:nej|no|ei|nei|inte)\b")
FORCE = (
    ("poäng", re.compile(r"\b(?:poäng|prisavdrag|mervärde|viktas|points|score)\w*")),
    ("planeras", re.compile(r"\b(?:planera|överväg|förhandsannons|utred)\w*")),
    ("kan", re.compile(r"\b(?:kan komma att|option\w*|kan välja|kan besluta|har rätt att|may)\b")),
    ("ska", re.compile(r"\b(?:ska|skall|måste|förbinder sig|åtar sig|skyldig\w*|shall|must|endast|enbart|skal)\b")),
    ("bör", re.compile(r"\b(?:bör|gärna|uppmuntras|uppmanas|should|encouraged)\b")),
)


def of(segment: Segment, start: int, end: int, before: Segment | None, after: Segment | None) -> Polarity | None:
    """Polarity of what stands at flat[start:end] of a segment; None where the segment decides nothing."""
    part = _clause(segment.flat, start, end)
    if negated(part) or (segment.kind == "answer" and NO.match(segment.flat)):
        return "negated"
    if _dropped(after):
        return "negated"
    if is_possible(segment.flat) or _opens_option(before):
        return "possible"
    return "affirmed"


def negated(flat: str) -> bool:
    """Whether a negation cue governs this stretch of text; cues inside a harmless expression do not count."""
    harmless = [match.span() for match in cues().not_negation.finditer(flat)]
    found = [m for m in cues().negation.finditer(flat) if not any(a <= m.start() and m.end() <= b for a, b in harmless)]
    plain = [
        m for m in found if not (m.group(0) in ("nej", "no", "ei", "inga", "ingen") and _is_tail_of_table(flat, m))
    ]
    return bool(plain)


def _is_tail_of_table(flat: str, match: re.Match[str]) -> bool:
    return "[ ] nej" in flat[max(0, match.start() - 5) : match.end()]


def is_possible(flat: str) -> bool:
    """Whether the text leaves it open."""
    return bool(cues().possible.search(flat))


def is_silent(flat: str) -> bool:
    """Whether the text is a law summary, a policy, template help, another contract, or another party."""
    return bool(cues().silent.search(flat))


def answer(segment: Segment) -> Polarity | None:
    """What an answer that begins with yes or no says of its question."""
    if NO.match(segment.flat):
        return "negated"
    return "affirmed" if YES.match(segment.flat) else None


def force(flat: str) -> str:
    """How strongly it binds, by the first cue in the order of FORCE; empty where none is there."""
    return next((name for name, cue in FORCE if cue.search(flat)), "")


def _clause(flat: str, start: int, end: int) -> str:
    """The part of the sentence around flat[start:end], cut at turns."""
    left = max((m.end() for m in TURN.finditer(flat, 0, start)), default=0)
    right = next((m.start() for m in TURN.finditer(flat, end)), len(flat))
    # "Label: Nej" is one statement, whatever stands between.
    if re.search(r":\s*(?:ja|nej|yes|no|inte|ej|ännu)\b", flat[end : end + 80]):
        right = len(flat)
    return flat[left:right]


DROP = re.compile(
    r"^(?:detta|det|kravet|villkoret|punkten|klausulen|den|denna|bestämmelsen)\b.{0,60}\b(?:utgår|utgått|strukits"
    r"|(?:gäller inte|tillämpas inte|ska inte gälla)(?! (?:vid|för|under|om|när|på|hos|där|de som|den som)\b"
    r"(?! (?:denna|detta|den här|det här|aktuell\w*) (?:upphandling|avtal|kontrakt|avrop)))"
    r"|har tagits bort|är överstruk\w+|borttag\w+|hänger kvar)"
)
"""The next sentence takes it back; one that only leaves a case out ("gäller inte vid avrop under ...") does not."""


def _dropped(after: Segment | None) -> bool:
    return after is not None and bool(DROP.match(after.flat))


def _opens_option(before: Segment | None) -> bool:
    return (
        before is not None
        and bool(re.match(r"^(?:\d[\d.]* )?(?:option|tilläggstjänst)\b", before.flat))
        and len(before.flat) < 40
    )
