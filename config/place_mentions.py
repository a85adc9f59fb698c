"""Places named in running text: municipalities in all their forms, localities, counties; and what only looks like one.

A name is looked up by its first word, so that the cost follows the text and not the number of names. What a name needs
to count as a place is told in config/place_names.yaml: most names need a capital only, those that are ordinary words or
persons' names a sign beside them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from config import places
from config.knowledge import read_yaml
from config.places import Municipality

CAPITAL = re.compile(r"(?<!\w)[A-ZÅÄÖ][^\W\d_]*")
NEXT_WORD = re.compile(r"(?:[ \t\n\xa0]{1,3}|[ \xa0]?[-‐‑–/][ \xa0]?)([^\W\d_]+)")
LIST_GAP = re.compile(
    r"\s*(?:kommun(?:er|s)?\s*)?(?:\s?[,;/&+‐‑–-]|\s?\b(?:och|samt|respektive|eller|and)\b){1,3}\s*(?:i\s+)?",
    re.IGNORECASE,
)
"""What stands between the places of a list: "Mora, Orsa och Älvdalen", "Avesta-Hedemora", "Falu kommun och Säter"."""
AND = re.compile(r"\b(?:och|samt|respektive|and)\b|[/&]", re.IGNORECASE)
HYPHENS = "-‐‑–"
AREA = re.compile(r"[-‐‑](?:området|regionen|trakten|bygden|kontoret|delen|enheten)\b", re.IGNORECASE)
SURNAME = re.compile(r"[ \xa0][A-ZÅÄÖ]\w*(?:sson|qvist|kvist)\b")
LETTERS = re.compile(r"(?<!\w)([A-Z]{1,2})[- ]län\b")
UPPER, LOWER = re.compile(r"[A-ZÅÄÖ]"), re.compile(r"[a-zåäö]")
MAX_FIND = 100_000
"""Characters of a text that are looked through."""


@dataclass(frozen=True)
class PlaceMention:
    """A place named in a text: exactly one of municipality and county (two-digit code) is set."""

    start: int
    end: int
    municipality: Municipality | None = None
    county: str | None = None
    locality: bool = False
    """Named by a town or village in the municipality: such names are estates' and quarters' elsewhere too."""


@dataclass(frozen=True)
class _Rules:
    """config/place_names.yaml, ready to be asked."""

    index: dict[str, list[tuple[tuple[str, ...], Municipality | str]]]
    """By the first word of a form: its words, and what it names; longest forms first."""
    words: frozenset[str]
    names: frozenset[str]
    first_names: frozenset[str]
    before: re.Pattern[str]
    excepted: re.Pattern[str]
    after: re.Pattern[str]
    kommun: re.Pattern[str]
    thing: re.Pattern[str]
    brand_before: re.Pattern[str]
    brand_after: re.Pattern[str]
    friends: re.Pattern[str]
    letters: dict[str, str]
    anywhere: re.Pattern[str]


@dataclass
class _Candidate:
    """A form of a name in a text, before it is told whether it is the place."""

    start: int
    end: int
    key: str
    place: Municipality | str
    verdict: bool | None = None
    """None: only if its neighbours in a list are places."""
    excepted: bool = False


def find(text: str) -> list[PlaceMention]:
    """Municipalities and counties named in running text, in its order, with offsets; "utom Mora" names no place.

    At most MAX_FIND characters are read.
    """
    text = text[:MAX_FIND]
    rules = _rules()
    candidates = list(_candidates(text, rules))
    if candidates:
        shouted = _is_shouted(text)
        for candidate in candidates:
            candidate.verdict = _verdict(text, candidate, rules, shouted)
        _settle_lists(text, candidates, rules)
        _read_as_counties(text, candidates)
    found = [_mention(c) for c in candidates if c.verdict and not c.excepted]
    for match in LETTERS.finditer(text) if "län" in text else ():
        if county := rules.letters.get(match[1]):
            found.append(PlaceMention(*match.span(), county=county))
    return sorted(found, key=lambda mention: mention.start)


def anywhere(text: str) -> str:
    """The words of a text by which it does not matter where in the country; empty where there are none."""
    found = _rules().anywhere.search(text[:MAX_FIND])
    return found[0] if found else ""


def _mention(found: _Candidate) -> PlaceMention:
    if isinstance(found.place, str):
        return PlaceMention(found.start, found.end, county=found.place)
    locality = found.key not in places.own_forms()
    return PlaceMention(found.start, found.end, municipality=found.place, locality=locality)


def _candidates(text: str, rules: _Rules) -> Iterator[_Candidate]:
    """The longest form that begins at each capital, none within another."""
    done = 0
    for match in CAPITAL.finditer(text):
        if match.start() < done:
            continue
        for words, place in rules.index.get(match[0].casefold(), ()):
            end = _follow(text, match.end(), words[1:])
            if end is not None:
                done = end
                yield _Candidate(match.start(), end, " ".join(words), place)
                break


def _follow(text: str, at: int, words: Sequence[str]) -> int | None:
    """Where the further words of a form end if they stand at `at`."""
    for word in words:
        match = NEXT_WORD.match(text, at)
        if match is None or match[1].casefold() != word:
            return None
        at = match.end()
    return None if at < len(text) and (text[at].isalnum() or text[at] == "_") else at


def _verdict(text: str, candidate: _Candidate, rules: _Rules, shouted: bool) -> bool | None:
    """True: the place; False: something else; None: the place if its neighbours in a list are places."""
    start, end = candidate.start, candidate.end
    left, right = text[max(0, start - 30) : start], text[end : end + 40]
    candidate.excepted = bool(rules.excepted.search(left))
    if rules.kommun.match(right):
        return True
    friends = rules.friends.finditer(text, max(0, start - 30), end + 40)
    if any(match.start() <= start < match.end() for match in friends) or rules.thing.match(right):
        return False
    if rules.brand_before.search(left) or rules.brand_after.match(right):
        return False
    if isinstance(candidate.place, str):
        return True
    if _is_person(left, right, rules):
        return False
    common = candidate.key in rules.words
    weak = common or candidate.key in rules.names
    # A short word in capitals amid ordinary text is an acronym (EDA).
    acronym = not shouted and end - start <= 4 and text[start:end].isupper()
    joined = _is_joined(text, start, end)
    if joined:
        # "Kil-Munkfors" is two places, "Haparanda-Tornio" one, "Berg-" and "Kalmar-modell" none.
        proper = AREA.match(right) or (not weak and (CAPITAL.match(right, 1) or left[-2:-1].isalpha()))
        return True if proper and not common else None
    if not weak:
        return True
    if rules.before.search(left):
        return None if (shouted and common) or acronym else True
    if acronym or (shouted and common):
        return None
    if rules.after.match(right):
        return True
    if not common and candidate.key.endswith("s") and candidate.key[:-1] in rules.names:
        return True
    ends = bool(re.fullmatch(r"[\s\d.)]*", right))
    if common:
        # "Förskola Marieberg, Nora", but not "Konsulter Mark" nor "sand, Berg".
        return True if ends and re.search(r"[-–:(/][ \xa0]?$|\w[,][ \xa0]$", left) and "," not in left[:-2] else None
    dashed = bool(re.search(r"[ \xa0][-–][ \xa0]?$", left))
    opens = not left.strip() or left.rstrip()[-1] in ",:–-(/"
    closes = bool(re.match(r"\s*[,:;)–-]", right))
    return True if ends or dashed or (opens and closes) else None


def _is_person(left: str, right: str, rules: _Rules) -> bool:
    """Whether a first name stands before ("Eva Lund"), or a surname after ("Mora Andersson")."""
    before = re.search(r"([^\W\d_]+)[ \xa0]$", left)
    return bool(before and before[1] in rules.first_names) or bool(SURNAME.match(right))


def _is_joined(text: str, start: int, end: int) -> bool:
    """Whether a hyphen ties the word to another: "Kil-Munkfors", "Mark- och"; not "Luleå - kaj", "Piteå-2021"."""
    before = start > 1 and text[start - 1] in HYPHENS and text[start - 2].isalpha()
    after = end < len(text) and text[end] in HYPHENS
    tied = after and end + 1 < len(text) and (text[end + 1].isalpha() or text[end + 1 : end + 5] in (" och", " elle"))
    return before or tied


def _settle_lists(text: str, candidates: Sequence[_Candidate], rules: _Rules) -> None:
    """Let places vouch for the undecided names beside them in a list, and take all of "utom Mora och Orsa" away."""
    gaps: list[str | None] = []
    for one, other in pairwise(candidates):
        gap = text[one.end : other.start]
        gaps.append(gap if len(gap) <= 30 and LIST_GAP.fullmatch(gap) else None)
        if gaps[-1] is None:
            continue
        if gap in HYPHENS and False not in (one.verdict, other.verdict):
            one.verdict = other.verdict = True
        other.excepted = other.excepted or one.excepted
    # Once from each end, so that a vouched one can vouch for the next.
    for numbers in (range(len(candidates)), reversed(range(len(candidates)))):
        for number in numbers:
            candidate = candidates[number]
            if candidate.verdict is None:
                beside = [
                    gap
                    for gap, place in (
                        (gaps[number - 1] if number else None, candidates[number - 1]),
                        (gaps[number], candidates[number + 1]) if number < len(gaps) else (None, candidate),
                    )
                    if gap is not None and place.verdict
                ]
                # Ordinary words stand in lists of things too: "Uppsala, Mark, Bygg".
                enough = len(beside) == 2 or any(AND.search(gap) for gap in beside)
                candidate.verdict = True if beside and (enough or candidate.key not in rules.words) else None


def _read_as_counties(text: str, candidates: Sequence[_Candidate]) -> None:
    """Take towns' names for the counties' that they are in "Jönköpings och Kalmar län" and "länen Uppsala, Örebro"."""
    links = [bool(LIST_GAP.fullmatch(text[a.end : b.start])) for a, b in pairwise(candidates)]
    follows = False
    for candidate, linked in zip(candidates, [False, *links], strict=True):
        follows = text[max(0, candidate.start - 6) : candidate.start].casefold() == "länen " or (follows and linked)
        if follows:
            _as_county(candidate)
    for number in reversed(range(len(links))):
        if links[number] and candidates[number + 1].key.endswith(" län"):
            _as_county(candidates[number])


def _as_county(candidate: _Candidate) -> None:
    county = places.county_towns().get(candidate.key)
    if county or isinstance(candidate.place, str):
        candidate.place = county or candidate.place
        candidate.key, candidate.verdict = f"{candidate.key} län", True


def _is_shouted(text: str) -> bool:
    """Whether most of a text is in capitals, which then tell nothing."""
    head = text[:400]
    return len(UPPER.findall(head)) > 2 * len(LOWER.findall(head))


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    names: dict[str, Any] = read_yaml("place_names.yaml")
    index: dict[str, list[tuple[tuple[str, ...], Municipality | str]]] = {}
    forms: dict[str, Municipality | str] = {**places.county_forms(), **places.forms()}
    for form, place in forms.items():
        words = tuple(form.split())
        index.setdefault(words[0], []).append((words, place))
    for entries in index.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return _Rules(
        index=index,
        words=places.ambiguous("words"),
        names=places.ambiguous("names"),
        first_names=frozenset(names["first_names"]),
        before=re.compile(rf"(?<!\w)(?:{_any(names['before'])})[ \xa0\n]+$", re.IGNORECASE),
        excepted=re.compile(rf"(?<!\w)(?:{_any(names['except'])})[ \xa0\n]+(?:i[ \xa0])?$", re.IGNORECASE),
        after=re.compile(rf"[ \xa0\n](?:{_any(names['after'])}|\w+skol)", re.IGNORECASE),
        kommun=re.compile(r"[ \xa0\n](?:kommun(?:s|ens?|ers?|ernas?)?\b|kn\b|k:n\b|stads?\b)", re.IGNORECASE),
        thing=re.compile(rf"[ \xa0](?:{_any(names['things'])})\b", re.IGNORECASE),
        brand_before=re.compile(rf"\b(?:{_any(names['brand_before'])}):?[ \xa0]+$", re.IGNORECASE),
        brand_after=re.compile(rf"(?:[ \xa0]\w+)?,?[ \xa0](?:{_any(names['brand_after'])})", re.IGNORECASE),
        friends=re.compile(rf"(?<!\w)(?:{_any(names['false_friends'])})(?!\w)", re.IGNORECASE),
        letters=names["county_letters"],
        anywhere=re.compile(rf"\b(?:{'|'.join(names['anywhere'])})\b".replace(" ", r"\s+"), re.IGNORECASE),
    )


def _any(phrases: Sequence[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
