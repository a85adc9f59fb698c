"""Which lots a sentence speaks of, where a text is of the whole procurement: "Anbudsområde 1 är reserverat" (pure)."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from config import knowledge
from matcher.screening import segments
from register.models import Finding, Lot, Notice

WHOLE = frozenset({"small_lots"})
"""Clauses that speak of all lots whichever they name."""
SHORTEST_TITLE = 8
"""Letters of a lot's title that a sentence may be known by."""
DESIGNATOR = r"(?:\d{1,3}|[A-Z])(?![\w§])"
APART = r"\s*(?:,|&|/|\b(?:och|samt|eller|and|or|og|ja|tai)\b)\s*"
RANGE = re.compile(r"(\d{1,3})\s*(?:-|–|—|till|to|til)\s*(\d{1,3})")


def scoped(notice: Notice, found: Iterable[Finding]) -> list[Finding]:
    """Findings; one of the whole procurement whose sentence names some of its lots becomes one for each of these."""
    return [own for finding in found for own in _scoped(notice, finding)]


def _scoped(notice: Notice, finding: Finding) -> Iterator[Finding]:
    named = [] if finding.lot or finding.clause in WHOLE or len(notice.lots) < 2 else named_lots(notice, finding.quote)
    if not named or len(named) == len(notice.lots):
        yield finding
        return
    for lot in named:
        yield finding.model_copy(update={"lot": lot})


def named_lots(notice: Notice, sentence: str) -> list[str]:
    """Ids of the lots that a sentence names, by number or letter or by title; none where one of them is not known.

    "alla delar utom 3" names all but the third. What another sentence, or "övriga", says of the rest does not matter.
    """
    names, others, but = _words()
    # The first part of the sentence that names lots is the one that the clause is said of.
    match = names.search(sentence)
    if match is None:
        return _by_title(notice, sentence)
    designators = list(_expanded(match["which"]))
    by_name = {_name_of(lot, number): lot.id for number, lot in enumerate(notice.lots, start=1)}
    ids = [by_name.get(designator) for designator in designators]
    if None in ids:
        return []
    if but.search(sentence[: match.start()]) or but.search(match["between"] or ""):
        return [lot.id for lot in notice.lots if lot.id not in ids]
    return [lot.id for lot in notice.lots if lot.id in ids] if not others.search(sentence[: match.start()]) else []


def _by_title(notice: Notice, sentence: str) -> list[str]:
    flat = segments.flatten(sentence, 0, len(sentence))[0]
    titles = {lot.id: segments.flatten(lot.title, 0, len(lot.title))[0] for lot in notice.lots}
    return [lot for lot, title in titles.items() if len(title) >= SHORTEST_TITLE and title in flat]


def _name_of(lot: Lot, number: int) -> str:
    """The number or letter by which texts call a lot: in its title, else its place."""
    names, _, _ = _words()
    in_title = names.search(lot.title)
    return in_title["which"].strip() if in_title else str(number)


def _expanded(which: str) -> Iterator[str]:
    """Each number or letter of a list such as "1, 3 och 5" or "1-3"."""
    span = RANGE.fullmatch(which.strip())
    if span:
        yield from (str(number) for number in range(int(span[1]), int(span[2]) + 1))
        return
    for part in re.split(APART, which.strip()):
        yield from _expanded(part) if RANGE.fullmatch(part.strip()) else (part.strip(),)


@lru_cache(maxsize=1)
def _words() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What names lots, what stands for the others, and what leaves some out (config/clauses/_words.yaml)."""
    words = knowledge.read_yaml("clauses/_words.yaml")
    nouns, others, but = ("|".join(map(re.escape, words[key])) for key in ("lot_names", "other_lots", "all_but"))
    item = rf"(?:{RANGE.pattern}(?![\w§])|{DESIGNATOR})"
    listed = rf"{item}(?:{APART}{item})*"
    of = r"\s+(?:i|av|of|to|in)\s+(?:the\s+)?"
    papers = rf"(?!{of}(?i:upphandlingsdok|förfrågningsund|underlag|dokument|handling|spec|docum))"
    pattern = rf"\b(?i:{nouns})\s*(?P<between>(?i:{but})\s*)?(?i:nr\.?|nummer|no\.?)?\s*(?P<which>{listed}){papers}"
    return re.compile(pattern), re.compile(rf"\b(?i:{others})\b"), re.compile(rf"\b(?i:{but})\b")
