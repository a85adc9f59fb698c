"""Numbers of a clause's sentence: what they count, where they stand, and what is none."""

import time
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config import knowledge
from config.errors import KnowledgeError
from matcher.screening import numbers, segments
from register.models import Finding, Number, NumberKind


def told(text: str) -> list[tuple[str, float | date, float | None, str, str]]:
    return [(n.kind, n.value, n.upto, n.unit, n.quote) for n in numbers.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minst två praktikanter", ("places", 2, None, "personer", "två praktikanter")),
        ("tolv LIA-platser", ("places", 12, None, "platser", "tolv LIA-platser")),
        ("en långtidsarbetslös person", ("places", 1, None, "personer", "en långtidsarbetslös person")),
        ("två unga, arbetslösa personer", ("places", 2, None, "personer", "två unga, arbetslösa personer")),
        ("minst 3 (tre) praktikplatser", ("places", 3, None, "platser", "3 (tre) praktikplatser")),
        ("2–4 platser", ("places", 2, 4, "platser", "2–4 platser")),
        ("mellan två och fyra lärlingar", ("places", 2, 4, "personer", "mellan två och fyra lärlingar")),
        ("minst 30 procent", ("percent", 30, None, "%", "30 procent")),
        ("12,5 % av timmarna", ("percent", 12.5, None, "%", "12,5 %")),
        ("tre av tio", ("percent", 30, None, "%", "tre av tio")),
        ("två tredjedelar", ("percent", 66.6, None, "%", "två tredjedelar")),
        ("hälften av platserna", ("percent", 50, None, "%", "hälften")),
        ("1 200 timmar", ("hours", 1200, None, "timmar", "1 200 timmar")),
        ("hundratjugo betalda timmar", ("hours", 120, None, "timmar", "hundratjugo betalda timmar")),
        ("25 000 kronor", ("money", 25000, None, "SEK", "25 000 kronor")),
        ("25.000 kr", ("money", 25000, None, "SEK", "25.000 kr")),
        ("SEK 25,000 per place", ("money", 25000, None, "SEK", "SEK 25,000")),
        ("1 000:- per vecka", ("money", 1000, None, "SEK", "1 000:-")),
        ("3-5 mnkr per år", ("money", 3_000_000, 5_000_000, "SEK", "3-5 mnkr")),
        ("500 tkr", ("money", 500_000, None, "SEK", "500 tkr")),
        ("två och en halv miljoner kronor", ("money", 2_500_000, None, "SEK", "två och en halv miljoner kronor")),
        ("1,4 miljoner kronor", ("money", 1_400_000, None, "SEK", "1,4 miljoner kronor")),
        ("sex månaders praktik", ("duration", 6, None, "månader", "sex månaders")),
        ("ett och ett halvt år", ("duration", 1.5, None, "år", "ett och ett halvt år")),
        ("i ett halvår", ("duration", 0.5, None, "år", "ett halvår")),
        ("vite om 25 000 kronor", ("fine", 25000, None, "SEK", "25 000 kronor")),
        ("5 000 kr per dag i vite", ("fine", 5000, None, "SEK", "5 000 kr")),
        ("vite med 2 procent av avropet", ("fine", 2, None, "%", "2 procent")),
        ("vite om ett halvt prisbasbelopp", ("fine", 0.5, None, "prisbasbelopp", "ett halvt prisbasbelopp")),
        ("högst 20 poäng", ("points", 20, None, "poäng", "20 poäng")),
        ("socialt mervärde (max 20 p)", ("points", 20, None, "poäng", "20 p")),
        ("senast den 31 december 2026", ("date", date(2026, 12, 31), None, "", "31 december 2026")),
        ("från 2027-01-01", ("date", date(2027, 1, 1), None, "", "2027-01-01")),
        ("ten per cent of the hours", ("percent", 10, None, "%", "ten per cent")),
        ("at least two trainees", ("places", 2, None, "personer", "two trainees")),
        ("ti prosent av timene", ("percent", 10, None, "%", "ti prosent")),
        ("kaksi harjoittelijaa", ("places", 2, None, "personer", "kaksi harjoittelijaa")),
        ("tretusen kro-\nnor", ("money", 3000, None, "SEK", "tretusen kro-\nnor")),
        ("25\n000  kronor", ("money", 25000, None, "SEK", "25\n000  kronor")),
        ("arton månaderna anställa folk", ("duration", 18, None, "månader", "arton månaderna")),
    ],
)
def test_a_number_and_what_it_counts(text: str, expected: tuple[str, float, float | None, str, str]) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "4 kap. 18 § LOU",
        "lagen (2016:1145) och SFS 2022:900",
        "avsnitt 5.3 och bilaga 7",
        "ISO 9001 samt EN 301 549",
        "anställs på hel- eller halvtid",
        "en gång per år",
        "ungdomar mellan 16 och 24 år",
        "den som fyllt 18 år",
        "i 2026 års nivå",
        "punkt 22 talas om praktikplatser",
        "två anbudsområden med platser",
        "2026-02-30",
        "sida 20 p",
        "upphandlas som en tjänst",
        "femmans platser, tvåans och treans",
    ],
)
def test_what_counts_nothing_is_no_number(text: str) -> None:
    assert told(text) == []


def test_all_numbers_of_a_clause_in_its_order() -> None:
    text = (
        "Vid avrop över 3 mnkr ska leverantören ge minst två personer arbete i sex månader. För plats som inte "
        "tillsätts betalas vite med 25 000 kronor, dock högst 100 000 kr. Avtalet är värt 14 mnkr."
    )
    assert [(n.kind, n.value) for n in numbers.find(text)] == [
        ("money", 3_000_000),
        ("places", 2),
        ("duration", 6),
        ("fine", 25_000),
        ("fine", 100_000),
        ("money", 14_000_000),
    ]


def test_per_cent_after_a_fine_is_a_fine_only_where_it_is_its_size() -> None:
    assert [n.kind for n in numbers.find("Vite utgår om inte minst 10 procent av timmarna nås.")] == ["percent"]
    assert [n.kind for n in numbers.find("Ett vite om 10 procent av fakturan.")] == ["fine"]


def test_numbers_of_a_finding_have_the_offsets_of_its_text() -> None:
    text = "Inledning. Minst två lärlingar tas emot."
    quote = "Minst två lärlingar tas emot."
    finding = Finding(
        clause="employment_requirement", polarity="affirmed", start=11, end=11 + len(quote), quote=quote,
        legal_basis="-", rule="r@1", confidence=1, effect="partner",
    )  # fmt: skip
    [number] = numbers.of(finding)
    assert text[number.start : number.end] == number.quote == "två lärlingar"


# Compiled once here: the first of the property tests would be blamed for the time.
numbers.grammar()
PHRASES = ["minst två", "2", "20", "000", "30 %", "procent", "–", "-", "4 platser", "och en halv", "kr", "vite om", ",",
           "(", "miljoner", "år", ")", ".", "§", "2026-12-31", "tusen", "mellan"]  # fmt: skip
TEXT = st.text(max_size=80) | st.lists(st.sampled_from(PHRASES) | st.text(max_size=4), max_size=30).map(" ".join)


@given(TEXT)
def test_any_text_is_read_and_every_quote_stands_at_its_offsets(text: str) -> None:
    found = numbers.find(text)
    for number in found:
        assert text[number.start : number.end] == number.quote != ""
        assert number.upto is None or (isinstance(number.value, float) and number.value < number.upto)
    spans = [(number.start, number.end) for number in found]
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    "piece", ["1 ", "en ", "tusen", "1 000 ", "vite om 2 ", "två unga ", "2-", "2.", "tre av ", "a"]
)
def test_a_hostile_sentence_ends(piece: str) -> None:
    started = time.process_time()
    numbers.find(piece * (segments.LONGEST // len(piece)))
    assert time.process_time() - started < 1


UNITS: list[tuple[NumberKind, str]] = [
    ("places", "platser"), ("places", "personer"), ("percent", "%"), ("hours", "timmar"), ("money", "SEK"),
    ("fine", "SEK"), ("fine", "%"), ("fine", "prisbasbelopp"), ("duration", "månader"), ("duration", "veckor"),
    ("duration", "år"), ("points", "poäng"),
]  # fmt: skip
VALUES = st.integers(0, 90_000_000).map(float) | st.integers(0, 99_999).map(lambda cents: cents / 100)


@given(st.sampled_from(UNITS), VALUES, st.none() | VALUES)
def test_what_is_written_is_read_back(unit: tuple[NumberKind, str], value: float, upto: float | None) -> None:
    if unit[1] == "år" and 1900 <= value <= 2100:
        value = 2.0  # "2 000 år" may be a calendar year
    if upto is not None and upto <= value:
        upto = None
    number = Number(kind=unit[0], value=value, upto=upto, unit=unit[1], start=0, end=1, quote="x")
    text = numbers.written(number)
    [found] = numbers.find(f"Det gäller {text} i avtalet.")
    assert (found.kind, found.value, found.upto, found.unit) == (*unit[:1], value, upto, unit[1]), text


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
def test_a_date_is_read_back(day: date) -> None:
    text = numbers.written(Number(kind="date", value=day, start=0, end=1, quote="x"))
    assert told(text) == [("date", day, None, "", text)]


ONES = ["", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv", "tretton",
        "fjorton", "femton", "sexton", "sjutton", "arton", "nitton"]  # fmt: skip
TENS = ["", "", "tjugo", "trettio", "fyrtio", "femtio", "sextio", "sjuttio", "åttio", "nittio"]


def spelled(number: int) -> str:
    """1 to 999 999 in Swedish, as schoolbooks write it."""
    if number >= 1000:
        return spelled(number // 1000) + "tusen" + spelled(number % 1000)
    if number >= 100:
        return ONES[number // 100] + "hundra" + spelled(number % 100)
    return ONES[number] if number < 20 else TENS[number // 10] + ONES[number % 10]


@given(st.integers(1, 999_999))
def test_number_words_are_read(number: int) -> None:
    assert told(f"{spelled(number)} timmar") == [("hours", number, None, "timmar", f"{spelled(number)} timmar")]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (Number(kind="places", value=1, unit="platser", start=0, end=1, quote="x"), "1 plats"),
        (Number(kind="places", value=2, upto=4, unit="personer", start=0, end=1, quote="x"), "2–4 personer"),
        (Number(kind="fine", value=25000, unit="SEK", start=0, end=1, quote="x"), "vite om 25 000 kr"),
        (Number(kind="percent", value=12.5, unit="%", start=0, end=1, quote="x"), "12,5 %"),
    ],
)
def test_people_are_told_in_swedish(number: Number, words: str) -> None:
    assert numbers.written(number) == words


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": [{"kind": "odd", "unit": "x", "words": ["x"]}]}, "units.*odd"),
        ({"units": [{"kind": "hours", "unit": "x", "wrods": ["x"]}]}, "units.*wrods"),
        ({"halves": None}, "halves"),
        ({"months": {"januari": "en"}}, "months"),
    ],
)
def test_a_slip_in_the_file_is_named(change: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = yaml.safe_load(knowledge.text(numbers.FILE))
    monkeypatch.setattr(knowledge, "read_yaml", lambda _: data | change)
    with pytest.raises(KnowledgeError, match=rf"config/clauses/_numbers\.yaml, .*{message}"):
        numbers.grammar.__wrapped__()
