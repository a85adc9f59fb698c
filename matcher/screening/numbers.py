"""Numbers that a clause's sentence names: how many places, per cent, hours, SEK, months, points, what fine (pure).

Words and units are data: config/clauses/_numbers.yaml. Numbers without a unit (sections, laws, ISO norms) are none.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, get_args

from config import knowledge
from config.errors import KnowledgeError
from matcher.screening import segments
from register.models import Finding, Number, NumberKind

FILE = "clauses/_numbers.yaml"
DIGITS = r"\d{1,3}(?:[ .]\d{3})+(?:,\d{1,4})?(?!\d)|\d{1,3}(?:,\d{3}){2,}(?!\d)|\d{1,12}(?:[,.]\d{1,4})?(?![\d])"
"""Thousands parted by space or point (or commas, from two groups on), decimals after a comma or a point."""
GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+(?=,|$)")
ISO_DATE = re.compile(r"(?<![\d-])(\d{4})-(\d\d)-(\d\d)(?![\d-])")
SENTENCE_END = re.compile(r"[.!?][\"')”]*\s+(?=[A-ZÅÄÖÆØ])")
"""Looser than the end of a segment: a fine never reaches beyond it."""
SINGULAR = {"platser": "plats", "personer": "person", "timmar": "timme", "månader": "månad", "veckor": "vecka",
            "dagar": "dag"}  # fmt: skip
SHOWN = {"SEK": "kr"}


@dataclass(frozen=True)
class Unit:
    """What a number counts. words: matches right behind the number, with the words that may stand between."""

    kind: NumberKind
    name: str
    words: re.Pattern[str]
    times: float
    needs: re.Pattern[str] | None
    """What has to be somewhere in the text too, where the unit's word is a letter."""


@dataclass(frozen=True)
class Grammar:
    """The words of config/clauses/_numbers.yaml, compiled."""

    values: dict[str, int]
    longest_first: re.Pattern[str]
    halves: re.Pattern[str]
    amount: re.Pattern[str]
    share: re.Pattern[str]
    part: re.Pattern[str]
    parts: tuple[tuple[re.Pattern[str], float], ...]
    day: re.Pattern[str]
    months: dict[str, int]
    multiplier: re.Pattern[str]
    multipliers: tuple[tuple[re.Pattern[str], float], ...]
    units: tuple[Unit, ...]
    before: re.Pattern[str]
    age_before: re.Pattern[str]
    age_after: re.Pattern[str]
    fine: re.Pattern[str]
    fine_after: re.Pattern[str]
    fine_share: re.Pattern[str]


@dataclass(frozen=True)
class Amount:
    """A bare number or range in a flat text, at flat[start:end]."""

    value: float
    upto: float | None
    start: int
    end: int


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """The compiled words. Raises KnowledgeError naming the field."""
    data = knowledge.read_yaml(FILE)
    field = "the file"
    try:
        field = "ones, teens, tens, hundred, thousand"
        values = {word: n for name in ("ones", "teens", "tens") for n, words in data[name].items() for word in words}
        values |= dict.fromkeys(data["hundred"], 100) | dict.fromkeys(data["thousand"], 1000)
        ones, teens, tens = (
            _any(word for words in data[name].values() for word in words) for name in ("ones", "teens", "tens")
        )
        hundred, thousand = _any(data["hundred"]), _any(data["thousand"])
        small = rf"(?:{tens}(?:-?{ones})?|{teens}|{ones})"
        middle = rf"(?:(?:{small}\s?)?{hundred}(?:\s?(?:och\s)?{small})?|{small})"
        spelled = rf"(?:(?:{middle}\s?)?{thousand}(?:\s?{middle})?|{middle})(?!\w)"
        field = "halves, and, between, to, of"
        halves, and_ = _any(data["halves"]), _any(data["and"])
        bare = rf"(?:{halves}(?!\w)|(?:{DIGITS}|{spelled})(?:\s{and_}\s{halves}(?!\w))?)"
        # "två (2)" is one number, told twice; scanners take the 1 for a letter.
        number = rf"{bare}(?:\s?\((?:{bare}|[li])\))?"
        begin = r"(?<![\w§.,:/])"
        amount = (
            rf"{begin}(?:{_any(data['between'])}\s(?P<a>{number})\s{and_}\s(?P<b>{number})"
            rf"|(?P<c>{number})(?:\s?[-–—]\s?|\s{_any(data['to'])}\s)(?P<d>{number})|(?P<e>{number}))"
        )
        field = "parts"
        parts = tuple((re.compile(_word(word)), float(share)) for word, share in data["parts"].items())
        any_part = "|".join(pattern.pattern for pattern, _ in parts)
        field = "multipliers"
        multipliers = tuple((re.compile(_word(word)), float(times)) for word, times in data["multipliers"].items())
        field = "months"
        months = {str(name): int(number) for name, number in data["months"].items()}
        field = "adjectives, no_adjectives"
        may, may_not = ("|".join(_word(word) for word in data[name]) for name in ("adjectives", "no_adjectives"))
        between = rf"(?:(?!(?:{may_not})|{spelled})(?:{may}),?\s)"
        field = "units"
        units = tuple(_unit(row, between) for row in data["units"])
        currencies = {u.name.casefold() for u in units if u.kind == "money"} - {"prisbasbelopp", "kroner"}
        field = "age_before, age_after"
        younger = _any(data["age_before"])
        field = "fine"
        fine = "|".join(_word(word) for word in data["fine"])
        return Grammar(
            values=values,
            longest_first=re.compile(_any(values)),
            halves=re.compile(rf"(?:^|\s{and_}\s){halves}$"),
            amount=re.compile(amount),
            share=re.compile(rf"{begin}(?P<a>{number})\s{_any(data['of'])}\s(?P<b>{number})(?!\w)"),
            part=re.compile(rf"{begin}(?:(?P<n>{number})\s)?(?P<part>(?<!\w)(?:{any_part}))"),
            parts=parts,
            day=re.compile(rf"(?<![\d.])(\d{{1,2}})\.? ({_any(months)}) (\d{{4}})(?!\d)"),
            months=months,
            multiplier=re.compile(r"\s?(" + "|".join(pattern.pattern for pattern, _ in multipliers) + ")"),
            multipliers=multipliers,
            units=units,
            before=re.compile(rf"(?<!\w)({_any(currencies)}|kr|€)\.?\s?$"),
            age_before=re.compile(rf"(?<!\w){younger}\s(?:(?:minst|högst|över|under|mellan|från|om)\s)?$"),
            age_after=re.compile(rf"\s{_any(data['age_after'])}(?!\w)"),
            fine=re.compile(rf"(?<![\w-])(?:{fine})"),
            fine_after=re.compile(rf",?(?:\sper\s\w+)?\s(?:(?:i|som|in|as)\s(?:a\s)?)?(?:{fine})"),
            fine_share=re.compile(
                rf"(?<![\w-])(?:(?:{fine})\s(?:om|på|of)|(?:{fine})[^.]{{0,80}}\s(?:med|motsvarande|till|of))\s(?:\w+\s)?$"
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        raise KnowledgeError(f"config/{FILE}, {field}: {error!r}") from None


def _unit(row: dict[str, Any], between: str) -> Unit:
    unknown = set(row) - {"kind", "unit", "words", "times", "gap", "needs"}
    if unknown:
        raise ValueError(f"{row.get('unit')} has an unknown field {sorted(unknown)[0]}")
    words = "|".join(_word(word) for word in row["words"])
    gap = rf"{between}{{0,{int(row.get('gap', 0))}}}?"
    # A second such word belongs to it: "två långtidsarbetslösa personer".
    pattern = rf"\s?{gap}(?:{words})(?:\s(?:{words}))?"
    if row["kind"] not in get_args(NumberKind):
        raise ValueError(f"{row['unit']}: {row['kind']!r} is no kind of number")
    needs = re.compile(r"(?<!\w)(?:" + "|".join(_word(word) for word in row["needs"]) + ")") if "needs" in row else None
    return Unit(row["kind"], row["unit"], re.compile(pattern), float(row.get("times", 1)), needs)


def _any(words: Iterable[Any]) -> str:
    """One of these words, as they stand, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(map(str, words), key=len, reverse=True)) + ")"


def _word(word: str) -> str:
    """A word of the file: `*` stands for letters; a word ends where letters end."""
    pattern = r"\s".join(re.escape(part).replace(r"\*", r"[\w-]{0,40}") for part in word.casefold().split())
    return pattern + (r"(?!\w)" if re.search(r"[\w*]$", word) else "")


def find(text: str) -> tuple[Number, ...]:
    """The numbers of a sentence or paragraph in its order; offsets count code points of `text`."""
    flat, places = segments.flatten(text, 0, len(text))
    sentences = [bisect_left(places, match.end()) for match in SENTENCE_END.finditer(text)]
    found: list[Number] = []
    for kind, value, upto, unit, start, end in _flat(flat, sentences):
        a, b = places[start], places[end - 1] + 1
        found.append(Number(kind=kind, value=value, upto=upto, unit=unit, start=a, end=b, quote=text[a:b]))
    return tuple(sorted(found, key=lambda number: number.start))


def of(finding: Finding) -> tuple[Number, ...]:
    """The numbers of a finding's quote; offsets are those of the finding's own text."""
    return tuple(
        number.model_copy(update={"start": number.start + finding.start, "end": number.end + finding.start})
        for number in find(finding.quote)
    )


def amounts(flat: str) -> Iterator[Amount]:
    """Bare numbers and ranges of a flat text, whatever they count."""
    for match in grammar().amount.finditer(flat):
        yield _amount(match, money=False)


def written(number: Number) -> str:
    """A number in Swedish words, as people are told it: "2–4 platser", "vite om 25 000 kr"."""
    if isinstance(number.value, date):
        return number.value.isoformat()
    amount = _shown(number.value) + (f"–{_shown(number.upto)}" if number.upto is not None else "")
    one = number.value == 1 and number.upto is None
    unit = SINGULAR.get(number.unit, number.unit) if one else SHOWN.get(number.unit, number.unit)
    return f"{'vite om ' if number.kind == 'fine' else ''}{amount} {unit}"


def _shown(value: float) -> str:
    whole, _, rest = f"{value:,.2f}".partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", " ") + (f",{rest}" if rest else "")


Told = tuple[NumberKind, float | date, float | None, str, int, int]
"""Kind, value, other end of a range, unit, start and end in the flat text."""


def _flat(flat: str, sentences: Sequence[int]) -> Iterator[Told]:
    """All numbers of a flat text; sentences: where in it sentences after the first begin."""
    known = grammar()
    dates = list(_dates(flat))
    yield from dates
    taken = [(told[4], told[5]) for told in dates]
    shares = [told for told in _shares(flat) if not _overlaps(told[4], told[5], taken)]
    taken += [(told[4], told[5]) for told in shares]
    yield from shares
    for match in known.amount.finditer(flat):
        if not _overlaps(*match.span(), taken):
            told = _counted(flat, match, sentences)
            if told is not None:
                yield told


def _overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < b and a < end for a, b in spans)


def _dates(flat: str) -> Iterator[Told]:
    known = grammar()
    for match in ISO_DATE.finditer(flat):
        year, month, day = map(int, match.groups())
        yield from _date(year, month, day, match)
    for match in known.day.finditer(flat):
        yield from _date(int(match[3]), known.months[match[2]], int(match[1]), match)


def _date(year: int, month: int, day: int, match: re.Match[str]) -> Iterator[Told]:
    try:
        yield "date", date(year, month, day), None, "", *match.span()
    except ValueError:
        return


def _shares(flat: str) -> Iterator[Told]:
    """ "tre av tio" and "en tredjedel", as per cent."""
    known = grammar()
    for match in known.share.finditer(flat):
        part, whole = _value(match["a"], money=False), _value(match["b"], money=False)
        if 0 < part <= whole and whole >= 2:
            yield "percent", round(100 * part / whole, 1), None, "%", *match.span()
    for match in known.part.finditer(flat):
        times = _value(match["n"], money=False) if match["n"] else 1.0
        share = next(share for pattern, share in known.parts if pattern.match(match["part"]))
        if times * share <= 100:
            yield "percent", round(times * share, 1), None, "%", *match.span()


def _counted(flat: str, match: re.Match[str], sentences: Sequence[int]) -> Told | None:
    """What a number counts; None where it counts nothing that is looked for."""
    known = grammar()
    start, end = match.span()
    multiplied = known.multiplier.match(flat, end)
    factor, after = 1.0, end
    if multiplied:
        factor = next(times for pattern, times in known.multipliers if pattern.match(multiplied[1]))
        after = multiplied.end()
    for unit in known.units:
        money = unit.kind == "money"
        behind = unit.words.match(flat, after if money else end)
        if behind is None or (unit.needs and not unit.needs.search(flat)):
            continue
        amount = _amount(match, money=money)
        times = unit.times * (factor if money else 1.0)
        value, upto = amount.value * times, amount.upto * times if amount.upto is not None else None
        if unit.name == "år" and _is_no_span(flat, amount, behind.end()):
            return None
        return _kind(unit.kind, flat, start, behind.end(), sentences), value, upto, unit.name, start, behind.end()
    ahead = known.before.search(flat, max(0, start - 8), start)
    if ahead is None:
        return None
    amount = _amount(match, money=True)
    upto = amount.upto * factor if amount.upto is not None else None
    unit_name = {"kr": "SEK", "€": "EUR"}.get(ahead[1], ahead[1].upper())
    return _kind("money", flat, start, after, sentences), amount.value * factor, upto, unit_name, ahead.start(), after


def _is_no_span(flat: str, amount: Amount, end: int) -> bool:
    """Whether so many "år" are a calendar year or an age."""
    known = grammar()
    if amount.upto is None and 1900 <= amount.value <= 2100:
        return True
    before = flat[max(0, amount.start - 40) : amount.start]
    return bool(known.age_before.search(before) or known.age_after.match(flat, end))


def _kind(kind: NumberKind, flat: str, start: int, end: int, sentences: Sequence[int]) -> NumberKind:
    """The kind, which is "fine" for a sum or share that is told as one."""
    if kind not in ("money", "percent"):
        return kind
    known = grammar()
    begin = max((at for at in sentences if at <= start), default=0)
    if known.fine_after.match(flat, end):
        return "fine"
    if kind == "percent":
        return "fine" if known.fine_share.search(flat, begin, start) else kind
    return "fine" if known.fine.search(flat, begin, start) else kind


def _amount(match: re.Match[str], *, money: bool) -> Amount:
    first, second = (match["a"], match["b"]) if match["a"] else (match["c"] or match["e"], match["d"])
    value = _value(first, money=money)
    upto = _value(second, money=money) if second else None
    if upto is not None and upto < value:
        value, upto = upto, value
    return Amount(value, upto if upto != value else None, *match.span())


def _value(words: str, *, money: bool) -> float:
    """The value of a number in digits or words. money: "25,000" is thousands in a sum, decimals elsewhere."""
    known = grammar()
    words = words.split("(")[0].strip()
    half = known.halves.search(words)
    if half:
        words = words[: half.start()].strip()
    if not words:
        return 0.5
    value = _digits(words, money) if words[0].isdigit() else _spelled(words)
    return value + 0.5 if half else value


def _digits(words: str, money: bool) -> float:
    if GROUPED.match(words):
        return float(words.replace(" ", "").replace(".", "").replace(",", "."))
    if words.count(",") > 1 or (money and re.fullmatch(r"[1-9]\d{0,2},\d{3}", words)):
        return float(words.replace(",", ""))
    return float(words.replace(",", "."))


def _spelled(words: str) -> float:
    known = grammar()
    total, current = 0, 0
    for word in known.longest_first.findall(words):
        value = known.values[word]
        if value == 1000:
            total, current = total + max(current, 1) * 1000, 0
        else:
            current = max(current, 1) * 100 if value == 100 else current + value
    return float(total + current)
