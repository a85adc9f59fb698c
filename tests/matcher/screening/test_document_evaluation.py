"""Findings in whole documents against labelled spans."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from matcher.screening import document_evaluation as whole
from matcher.screening.document_evaluation import Haystack, Labelled, Span
from matcher.screening.scores import Score
from register.models import Finding, Polarity

TEXT = "Praktikanter tas emot. Kravet på lön gäller. Upphandlingen är inte reserverad. Slut."


def span(code: str, polarity: str, quote: str) -> Span:
    return Span(code, polarity, quote, tuple(Haystack(TEXT).places(quote)))


def finding(clause: str, polarity: Polarity, quote: str, **changes: object) -> Finding:
    start = TEXT.index(quote)
    return Finding.model_validate(
        {
            "clause": clause, "polarity": polarity, "start": start, "end": start + len(quote), "quote": quote,
            "legal_basis": "-", "rule": "r@1", "confidence": 1, "effect": "info", **changes,
        }
    )  # fmt: skip


def report(*findings: Finding) -> whole.Report:
    document = Labelled(
        "d",
        "",
        TEXT,
        (
            span("employment_requirement", "affirmed", "Praktikanter tas emot."),
            span("labour_conditions", "possible", "Kravet på lön"),
            span("reserved_participation", "negated", "inte reserverad"),
        ),
    )
    return whole.evaluate([document], lambda _: findings, "by hand")


def test_flags_and_denials_are_counted_apart() -> None:
    made = report(
        finding("employment_requirement", "affirmed", "tas emot"),
        finding("labour_conditions", "affirmed", "Slut."),
        finding("reserved_participation", "negated", "Upphandlingen är inte"),
    )
    assert made.per_clause["employment_requirement"] == Score(tp=1)
    assert made.per_clause["labour_conditions"] == Score(fp=1, fn=1)
    assert made.micro == Score(tp=1, fp=1, fn=1)
    assert made.denied == Score(tp=1)
    assert [(row.kind, row.clause) for row in made.wrong] == [
        ("missed", "labour_conditions"),
        ("false", "labour_conditions"),
    ]


def test_possible_meets_affirmed_since_both_flag() -> None:
    assert report(finding("labour_conditions", "affirmed", "lön gäller")).per_clause["labour_conditions"] == Score(tp=1)


def test_a_flag_where_the_gold_denies_is_false_and_the_denial_is_missed() -> None:
    made = report(finding("reserved_participation", "affirmed", "inte reserverad"))
    assert made.per_clause["reserved_participation"] == Score(fp=1)
    assert made.denials["reserved_participation"] == Score(fn=1)
    assert made.wrong[-1].where == "reserved_participation negated"


def test_two_findings_on_one_span_count_once() -> None:
    made = report(
        finding("employment_requirement", "affirmed", "Praktikanter"),
        finding("employment_requirement", "affirmed", "tas emot"),
    )
    assert made.per_clause["employment_requirement"] == Score(tp=1)


def test_findings_that_only_touch_a_span_do_not_meet_it() -> None:
    after = TEXT.index(" Upphandlingen")
    made = report(finding("labour_conditions", "affirmed", " gäller. ", start=after - 8, end=after + 1))
    assert made.per_clause["labour_conditions"] == Score(fp=1, fn=1)


def test_a_quote_that_is_not_the_text_there_is_counted() -> None:
    right = finding("labour_conditions", "affirmed", "lön")
    assert report(right, right.model_copy(update={"start": 0, "end": 3})).quotes == (1, 2)


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("De ska ta emot två.", "ska ta emot", "ska ta emot"),
        ("arbets-\nintegrerande\n  företag finns", "arbetsintegrerande företag", "arbets-\nintegrerande\n  företag"),
        ("bereda plats", "be-\nreda  PLATS", "bereda plats"),
        ("reser\u00advation", "reservation", "reser\u00advation"),
        ("en ﬁn plats", "fin plats", "ﬁn plats"),
    ],
)
def test_quotes_are_found_by_their_letters(text: str, quote: str, expected: str) -> None:
    [(start, end)] = Haystack(text).places(quote)
    assert text[start:end] == expected


def test_a_quote_across_a_turn_of_the_page_is_found() -> None:
    first = "Leverantören ska under hela avtalstiden erbjuda minst två personer"
    second = "arbete i sex månader och utse en handledare för dem på varje objekt."
    text = f"Inledning.\n\n{first}\n\nExempelstad   Dnr 1/2026   Sida 3 (9)\n\n{second}\n\nSlut."
    [(start, end)] = Haystack(text).places(f"{first} {second}")
    assert text[start:end].startswith("Leverantören") and text[start:end].endswith("objekt")
    assert Haystack(text.replace("erbjuda", "ge")).places(f"{first} {second}")
    assert not Haystack(text.replace("Sida 3 (9)", "lång text " * 60)).places(f"{first} {second}")


def test_every_place_of_a_quote_counts() -> None:
    assert len(Haystack("Ja, ja. JA!").places("ja")) == 3
    assert Haystack("Ja").places(" - ") == []


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_what_stands_in_a_text_is_found_there(before: str, quote: str, after: str) -> None:
    places = Haystack(before + quote + after).places(quote)
    letters = [at for at, char in enumerate(quote) if char.isalnum()]
    if not letters:
        assert places == []
    else:
        assert (len(before) + letters[0], len(before) + letters[-1] + 1) in places


def no_file(path: Path) -> str:
    raise AssertionError(path)


def test_documents_with_text_or_file_are_loaded(tmp_path: Path) -> None:
    own = {"code": "equality", "polarity": "affirmed", "quote": "ingen diskrimineras"}
    rows = [
        {"id": "a", "title": "A", "text": "Här ska ingen\ndiskrimineras.", "spans": [own]},
        {"id": "b", "file": "b.pdf", "spans": [own, {**own, "quote": "annat"}]},
    ]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(map(json.dumps, rows)) + "\n")
    asked: list[Path] = []

    def read(path: Path) -> str:
        asked.append(path)
        return "Ingen diskrimineras."

    first, second = whole.load(gold, read)
    assert (first.title, first.spans[0].places) == ("A", ((8, 27),))
    assert asked == [tmp_path / "b.pdf"]
    assert [s.places for s in second.spans] == [((0, 19),), ()]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "a", "text": "x"}, "spans"),
        ({"id": "a", "spans": []}, "file"),
        ({"id": "a", "text": 7, "spans": []}, "text is no string"),
        ({"id": "a", "text": "x", "spans": [{"code": "odd", "polarity": "affirmed", "quote": "x"}]}, "odd"),
        ({"id": "a", "text": "x", "spans": [{"code": "equality", "polarity": "odd", "quote": "x"}]}, "odd"),
    ],
)
def test_a_wrong_row_is_named(row: object, reason: str, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps(row))
    with pytest.raises(InputError, match=rf"gold\.jsonl line 1.*{reason}"):
        whole.load(gold, no_file)


def test_ways_are_measured_side_by_side() -> None:
    document = Labelled("d", "", TEXT, ())
    ways: dict[str, Callable[[str], list[Finding]]] = {
        "loud": lambda _: [finding("equality", "affirmed", "Slut.")],
        "silent": lambda _: [],
    }
    loud, silent = whole.compare([document], ways)
    assert (loud.micro, silent.micro) == (Score(fp=1), Score())
