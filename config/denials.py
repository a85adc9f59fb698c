"""Whether a sentence says that something it names is not asked for (pure)."""

import re

NEAR = 60
"""Characters between a thing and the words that deny it, within a sentence."""
BEFORE = re.compile(rf"\b(?:ing(?:en|et|a)|inte|ej|utan)\b[^.;]{{0,{NEAR}}}$")
AFTER = re.compile(
    rf"^[^.;]{{0,{NEAR}}}\b"
    r"(?:(?:krävs|behövs|efterfrågas|begärs|ställs|ingår|förekommer|utförs|omfattas|omfattar) (?:inte|ej)"
    r"|(?:inget|inte (?:ett|något)) krav|undanta\w*)\b"
)


def is_denied(folded: str, start: int, end: int) -> bool:
    """Whether what stands at [start:end] of a text in lower case is said not to be asked for."""
    before, after = folded[max(0, start - NEAR - 10) : start], folded[end : end + NEAR + 30]
    return bool(BEFORE.search(before) or AFTER.search(after))
