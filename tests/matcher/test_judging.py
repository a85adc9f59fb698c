"""Correcting a finding: which one is meant, what becomes of it, how it is taken back, and the gold data of it all."""

from typing import Any

import pytest

from config.errors import NotFoundError, SettingsError
from matcher import judging, screener
from matcher.screening import evaluation
from register import corrections, findings, notices
from register.database import Register
from register.models import Codes, Finding
from tests.conftest import NOW, make_lot, make_notice

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."
ONLY = "Anbud får endast lämnas av skyddade verkstäder och av företag vars huvudsakliga syfte är social integration."
CLAUSE = "reserved_participation"


def add(register: Register, *descriptions: str, number: str = "1-2026", **changes: Any) -> None:
    lots = tuple(
        make_lot(id=f"LOT-{n:04}", description=text, **changes) for n, text in enumerate(descriptions, start=1)
    )
    notices.add(register, make_notice(number, lots=lots), raw=None, at=NOW)
    screener.new(register, now=NOW, closed=False, progress=lambda _done, _all: None)


def correct(register: Register, verdict: Any, clause: str = CLAUSE, **more: Any) -> list[Finding]:
    return judging.correct(register, "1-2026", clause, verdict, **{"who": "Asta", "now": NOW, **more})


def test_a_correction_is_stored_and_seen_at_once(register: Register) -> None:
    add(register, RESERVED)
    found = correct(register, "negated", note="bara i förra avtalet")
    assert [(f.polarity, f.rule) for f in found] == [("negated", "person@Asta")]
    assert findings.of(register, "1-2026") == found
    [made] = corrections.of(register, "1-2026")
    assert (made.verdict, made.who, made.note, made.at) == ("negated", "Asta", "bara i förra avtalet", NOW)


@pytest.mark.parametrize("first", [("wrong", ""), ("boilerplate", ""), ("negated", ""), ("wrong", "equality")])
def test_right_takes_an_earlier_word_back(register: Register, first: tuple[str, str]) -> None:
    add(register, RESERVED)
    before = findings.of(register, "1-2026")
    verdict, right_clause = first
    assert correct(register, verdict, right_clause=right_clause) != before
    assert correct(register, "right") == before


def test_what_was_made_of_a_finding_is_corrected_at_its_source(register: Register) -> None:
    add(register, RESERVED)
    correct(register, "wrong", right_clause="reserved_public_service")
    with pytest.raises(SettingsError, match=f"correct {CLAUSE} instead"):
        correct(register, "wrong", "reserved_public_service")
    [found] = correct(register, "wrong", right_clause="reserved_execution")
    assert found.clause == "reserved_execution"


def test_a_sentence_that_title_and_description_share_is_judged_in_both(register: Register) -> None:
    add(register, f"Mora. {RESERVED}", title=RESERVED)
    assert correct(register, "wrong") == []
    assert {made.field for made in corrections.of(register, "1-2026")} == {"BT-21-Lot", "BT-24-Lot"}


def test_of_several_one_has_to_be_named(register: Register) -> None:
    add(register, RESERVED, ONLY)
    with pytest.raises(SettingsError, match=r"LOT-0001.*LOT-0002"):
        correct(register, "wrong")
    assert [f.lot for f in correct(register, "wrong", lot="LOT-0001")] == ["LOT-0002"]
    assert correct(register, "wrong", words="skyddade\nverkstäder") == []


def test_the_code_that_is_left_is_corrected_next(register: Register) -> None:
    add(register, RESERVED, codes=Codes(reserved_participation="res-ws"))
    assert [f.witness for f in correct(register, "wrong")] == ["code only"]
    assert correct(register, "wrong") == []


def test_what_is_not_there_is_said(register: Register) -> None:
    add(register, RESERVED)
    with pytest.raises(NotFoundError, match=f"What is found there: {CLAUSE}"):
        correct(register, "wrong", "equality")
    with pytest.raises(NotFoundError):
        judging.correct(register, "7-2026", CLAUSE, "wrong", who="Asta", now=NOW)


@pytest.mark.parametrize(
    ("verdict", "more"),
    [
        ("wrong", {"right_clause": "no_such_code"}),
        ("wrong", {"right_clause": CLAUSE}),
        ("negated", {"right_clause": "equality"}),
        ("wrong", {"who": " "}),
    ],
)
def test_wrong_use_is_refused_and_nothing_kept(register: Register, verdict: str, more: dict[str, str]) -> None:
    add(register, RESERVED)
    with pytest.raises(SettingsError):
        correct(register, verdict, **more)
    assert corrections.listing(register) == []


def test_gold_data_has_each_passage_once_and_can_be_evaluated(register: Register, tmp_path: Any) -> None:
    import json

    add(register, f"Mora. {RESERVED}", title=f"Mora. {RESERVED}")
    correct(register, "right")
    notices.add(register, make_notice("2-2026", language="en"), raw=None, at=NOW)
    rows = list(judging.export(register))
    assert [(row["kind"], row["labels"], row["lang"]) for row in rows] == [("affirmed", {CLAUSE: "affirmed"}, "sv")]
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps(rows[0]), encoding="utf-8")
    [passage] = evaluation.load(file)
    assert RESERVED in passage.text
