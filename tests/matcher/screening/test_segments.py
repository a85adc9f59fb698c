"""A form's value belongs to its label, wherever the layout puts it; what only looks like a value does not."""

import pytest

from matcher.screening import segments


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("Reserverad upphandling\nNej", "reserverad upphandling: nej"),
        ("Ska uppdraget utföras av socialt företag\nNej", "ska uppdraget utföras av socialt företag: nej"),
        ("Sociala krav i avtalet:\nInga", "sociala krav i avtalet: inga"),
        ("Är kontraktet reserverat?\n[ ] Ja [x] Nej", "är kontraktet reserverat?: [ ] ja [x] nej"),
        ("Får anbud lämnas på en del?\nnej", "får anbud lämnas på en del?: nej"),
        ("Krav på praktik i kontraktet        Nej", "krav på praktik i kontraktet: nej"),
        ("Krav på praktik i kontraktet\t☐ Ja ☒ Nej", "krav på praktik i kontraktet: ☐ ja ☒ nej"),
        ("Reserverad upphandling ......... Nej", "reserverad upphandling: nej"),
        ("Varattu hankinta\nEi", "varattu hankinta: ei"),
    ],
)
def test_a_value_is_read_with_its_label(text: str, flat: str) -> None:
    (segment,) = segments.split(text)
    assert (segment.flat, segment.kind) == (flat, "sentence")
    assert (segment.start, segment.end) == (0, len(text))
    assert len(segment.places) == len(segment.flat)
    assert list(segment.places) == sorted(segment.places)


@pytest.mark.parametrize(
    "text",
    [
        "Kommunens frågor om avtalet\nNej, men anbud kan lämnas på delar.",
        "Vi tar inte emot praktikanter.\nNej",
        "Nej\nNej",
        "Sociala krav\nSe bilaga 3",
    ],
)
def test_what_is_more_than_a_value_or_less_than_a_label_stands_alone(text: str) -> None:
    first, second = segments.split(text)
    assert [text[s.start : s.end] for s in (first, second)] == text.split("\n")


def test_a_bare_answer_to_a_numbered_question_is_an_answer() -> None:
    question, answer = segments.split("Fråga 4: Är upphandlingen reserverad?\nNej.")
    assert (question.kind, answer.kind) == ("question", "answer")
    assert answer.context == "fråga 4: är upphandlingen reserverad?"


def test_a_heading_stays_one_through_hyphens_at_line_ends() -> None:
    for text in ("Lokalvård med krav på sysselsättning", "Lokal-\nvård med krav på sys-\nsel-\nsätt-\nning"):
        (segment,) = segments.split(text)
        assert (segment.kind, segment.flat) == ("heading", "lokalvård med krav på sysselsättning")


@pytest.mark.parametrize(
    ("text", "decides"),
    [
        ("Reserverad upphandling\n☐ Ja, sociala företag\n☐ Nej", False),
        ("Reserverad upphandling\n☐ Ja, sociala företag\n☒ Nej", True),
        ("Är kontraktet reserverat? [ ] Ja [x] Nej", True),
        ("Är kontraktet reserverat? ( ) Ja ( ) Nej", False),
        ("☐ Ta emot praktikanter\n☐ Följ uppförandekoden", True),
    ],
)
def test_a_choice_that_nobody_has_made_decides_nothing(text: str, decides: bool) -> None:
    parts = segments.split(text)
    assert (not segments.unfilled(parts)) is decides
