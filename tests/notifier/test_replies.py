"""Answers in plain words: what they say, and that what is not plain goes to a person."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import dates
from notifier.replies import Reply, Said, understand
from tests.conftest import ROOT

EXAMPLES = ROOT / "tests" / "examples" / "replies"
TODAY = date(2026, 11, 24)
TENDERS = (
    "Fönsterputs på sex förskolor, Mora kommun, Mora",
    "Städning av två skolor, Orsa kommun, Orsa",
    "Gräsklippning, Rättviks kommun, Rättvik",
)
ANSWERED = [folder.name for folder in sorted(EXAMPLES.iterdir()) if "reply" in (folder / "expected.json").read_text()]


def told(text: str, tenders: int = 1) -> Reply:
    return understand(text, tenders=TENDERS[:tenders], today=TODAY)


@pytest.mark.parametrize("case", ANSWERED)
def test_an_example_says_what_a_person_reads_in_it(case: str) -> None:
    expected: dict[str, Any] = json.loads((EXAMPLES / case / "expected.json").read_text(encoding="utf-8"))
    if "reply" not in expected:
        return
    found = told(expected["incoming"]["text"], expected["tenders"])
    said = [[one.number, one.answer, one.reason, one.talk] for one in found.said]
    own = {"kind": found.kind, "said": said, "until": found.until.isoformat() if found.until else None}
    assert own == expected["reply"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ja", Said(1, "yes")),
        ("ja!!!", Said(1, "yes")),
        ("Intressant, ring oss", Said(1, "yes", talk=True)),
        ("Hör av er", Said(1, "yes", talk=True)),
        ("Kanske", Said(1, "maybe")),
        ("Vi vet inte om det passar", Said(1, "maybe")),
        ("nej för långt", Said(1, "no", "too_far")),
        ("Nej. Det är för långt bort.", Said(1, "no", "too_far")),
        ("Det är 12 mil, för långt", Said(1, "no", "too_far")),
        ("Passar inte, för stort för oss", Said(1, "no", "too_big")),
        ("Vi gör inte sånt", Said(1, "no", "wrong_work")),
        ("hinner inte", Said(1, "no", "no_time")),
        ("Nej, vi saknar tillstånd", Said(1, "no", "missing_permit")),
        ("inte intressant", Said(1, "no")),
        ("Det är inte för långt, ja gärna", Said(1, "yes")),
        ("No thanks", Said(1, "no")),
        ("no time", Said(1, "no", "no_time")),
        ("Not too far, interested", Said(1, "yes")),
    ],
)
def test_an_answer_to_a_letter_with_one_tender(text: str, said: Said) -> None:
    assert told(text) == Reply("answers", (said,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2 nej för långt", "2 no too_far"),
        ("nej 2 för långt", "2 no too_far"),
        ("1 ja, 2 nej för stort, 3 kanske", "1 yes, 2 no too_big, 3 maybe"),
        ("ja 1 nej 2", "1 yes, 2 no"),
        ("1 ja 2 nej", "1 yes, 2 no"),
        ("ja 1 och 3 nej 2 för långt", "1 yes, 2 no too_far, 3 yes"),
        ("ja till 1 och 3, nej till resten", "1 yes, 2 no, 3 yes"),
        ("1 och 3: ja", "1 yes, 3 yes"),
        ("nr 2 ja. 3 nej", "2 yes, 3 no"),
        ("ettan ja, tvåan nej", "1 yes, 2 no"),
        ("1 för långt, 2 för stort", "1 no too_far, 2 no too_big"),
        ("2: nej. Det är för långt.", "2 no too_far"),
        ("nej till alla", "1 no, 2 no, 3 no"),
        ("ingen passar", "1 no, 2 no, 3 no"),
        ("Orsa är för långt", "2 no too_far"),
        ("Mora nej, Orsa ja", "1 no, 2 yes"),
        ("Nej 1 (för långt) och 2 (för stort)", "1 no, 2 no"),
    ],
)
def test_answers_by_the_numbers_of_the_letter(text: str, said: str) -> None:
    found = told(text, 3)
    assert ", ".join(f"{one.number} {one.answer} {one.reason}".strip() for one in found.said) == said


@pytest.mark.parametrize(
    "text",
    [
        "STOPP",
        "Stop!",
        "Stopp\nAnna",
        "stopp tack",
        "Vill avregistrera info@skogsglantan.example",
        "Hej! Jag vill inte ha fler brev från er. Tack",
        "nej tack, inga fler brev",
        "sluta skicka mejl",
        "Please unsubscribe me from this list",
        "Stop sending these e-mails",
        "Jag vill avsluta prenumerationen",
    ],
)
def test_a_stop_is_a_stop(text: str) -> None:
    assert told(text, 3).kind == "stop"


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("paus", None),
        ("Pausa till 1 februari", date(2027, 2, 1)),
        ("kan ni pausa breven till den 15 januari 2027, tack", date(2027, 1, 15)),
        ("Pause until 2027-01-10 please", date(2027, 1, 10)),
    ],
)
def test_a_pause_ends_on_the_day_that_was_named(text: str, until: date | None) -> None:
    assert told(text) == Reply("pause", until=until)


@pytest.mark.parametrize(
    ("text", "tenders"),
    [
        ("nej för långt", 3),  # which of them?
        ("ja", 3),
        ("7 ja", 3),
        ("Ja men för långt", 1),
        ("Ja. Vi har dock inget tillstånd.", 1),
        ("Hur långt är det?", 1),
        ("tack", 1),
        ("ta bort nr 2", 3),
        ("1 ja, 1 nej", 3),
        ("ja " + "vi har alltid velat göra detta " * 20, 1),
    ],
)
def test_what_is_not_plain_is_left_to_a_person(text: str, tenders: int) -> None:
    assert told(text, tenders) == Reply("unclear")


def test_nothing_said_is_empty() -> None:
    assert told(" \n . ") == Reply("empty")


def test_a_stopped_drain_is_no_stop() -> None:
    assert told("Stopp i avloppet kan vi fixa, ja") == Reply("answers", (Said(1, "yes"),))


SAID = ("ja", "nej", "kanske", "för", "långt", "stort", "inte", "resten", "alla", "ring", "oss", "stopp", "paus", "hej")
AROUND = ("1", "2", "3", "9", "12", "km", "till", "och", "men", ",", ".", ";", ":", "\n", "?")
WORDS = st.sampled_from(SAID + AROUND)


@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=25).map(" ".join)), st.integers(1, 3))
def test_any_text_is_understood_in_one_way_or_not_at_all(text: str, tenders: int) -> None:
    found = told(text, tenders)
    numbers = [one.number for one in found.said]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= tenders for number in numbers)
    assert bool(numbers) == (found.kind == "answers")
    assert all(not one.reason or one.answer == "no" for one in found.said)
    assert told(text.upper(), tenders).kind == found.kind or "ß" in text or text.upper().lower() != text.lower()


@given(st.dates(date(2026, 11, 25), date(2027, 11, 23)))
def test_a_day_without_a_year_is_the_next_of_its_kind(day: date) -> None:
    months = ["jan", "februari", "mars", "april", "maj", "juni", "juli", "aug", "september", "okt", "november", "dec"]
    found = dates.find(f"till den {day.day} {months[day.month - 1]} tack", TODAY)
    assert found is not None
    assert found.day == day
