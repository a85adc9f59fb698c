"""Screening what is new and all anew: what changes is told, and a person's word is kept."""

import pytest

from config.settings import MatcherSettings
from matcher import judging, matching, screener
from matcher.screener import Rescreened
from matcher.screening import correcting
from register import corrections, documents, enterprises, findings, joins, notices
from register.corrections import Correction
from register.database import Register
from register.models import Document, Finding, Part
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."


@pytest.fixture(autouse=True)
def filled(register: Register) -> None:
    """Two notices: one reserved and open, one plain and closed."""
    lots = (make_lot(description=RESERVED),)
    notices.add(register, make_notice("1-2026", lots=lots), raw=None, at=NOW)
    notices.add(register, make_notice("2-2026", closed=True), raw=None, at=NOW)


def again(register: Register, *, write: bool = True) -> list[Rescreened]:
    return list(screener.again(register, now=NOW, write=write))


def correct(register: Register, finding: Finding, verdict: str, number: str = "1-2026") -> None:
    own = {"notice": number, "sentence": correcting.key(finding.quote), "verdict": verdict, "who": "Asta", "at": NOW}
    corrections.record(register, [Correction.model_validate({**own, "finding": finding})])


def new(register: Register, *, closed: bool = False) -> int:
    return screener.new(register, now=NOW, closed=closed, progress=lambda _done, _all: None)


def test_only_what_is_new_is_screened(register: Register) -> None:
    assert (new(register), new(register)) == (1, 0)
    assert (new(register, closed=True), new(register, closed=True)) == (1, 0)


def test_all_are_read_anew_open_and_closed_and_a_dry_run_stores_nothing(register: Register) -> None:
    for _ in range(2):
        first, second = again(register, write=False)
        assert [(c.kind, c.clause, c.before, c.after, c.quote) for c in first.changes] == [
            ("came", "reserved_participation", "", "affirmed", RESERVED)
        ]
        assert (first.first, second.first, second.changes) == (True, True, ())
    assert findings.of(register, "1-2026") == []
    again(register)
    assert [own.first for own in again(register)] == [False, False]
    assert [f.clause for f in findings.of(register, "1-2026")] == ["reserved_participation"]


def test_what_other_rules_had_found_is_told_as_gone_or_of_another_polarity(register: Register) -> None:
    new(register)
    notice = notices.get(register, "1-2026")
    [real] = findings.of(register, "1-2026")
    old = [
        real.model_copy(update={"polarity": "possible"}),
        real.model_copy(update={"clause": "equality", "rule": "old-rule@1"}),
    ]
    findings.replace(register, notice, old, rules="old", at=NOW)
    [told, _] = again(register, write=False)
    assert [(c.kind, c.clause, c.before, c.after) for c in told.changes] == [
        ("went", "equality", "affirmed", ""),
        ("polarity", "reserved_participation", "possible", "affirmed"),
    ]
    assert told.changes[0].rule == "old-rule@1"


@pytest.mark.parametrize("verdict", ["wrong", "boilerplate", "negated", "right"])
def test_corrections_are_never_overruled(register: Register, verdict: str) -> None:
    new(register)
    correct(register, findings.of(register, "1-2026")[0], verdict)
    again(register)
    kept = findings.of(register, "1-2026")
    expected = {"negated": ["negated"], "right": ["affirmed"]}.get(verdict, [])
    assert [f.polarity for f in kept] == expected
    [told, _] = again(register)
    assert (told.changes, told.corrections, told.lapsed) == ((), 1, ())


def test_a_correction_whose_sentence_has_changed_is_named(register: Register) -> None:
    new(register)
    correct(register, findings.of(register, "1-2026")[0], "wrong")
    lots = (make_lot(description=RESERVED.replace("Upphandlingen", "Hela upphandlingen")),)
    notices.add(register, make_notice("1-2026", lots=lots), raw=None, at=NOW)
    [told, _] = again(register)
    assert ([own.who for own in told.lapsed], told.corrections) == (["Asta"], 0)
    assert [f.polarity for f in findings.of(register, "1-2026")] == ["affirmed"]


def test_a_change_notice_that_repeats_the_sentence_is_corrected_too(register: Register) -> None:
    for number, version in (("3-2026", "01"), ("4-2026", "02")):
        lots = (make_lot(description=f"Text nummer {version} här. {RESERVED}"),)
        own = make_notice(number, procedure_id="one", notice_id="n", version=version, lots=lots)
        notices.add(register, own, raw=None, at=NOW)
        if version == "01":
            new(register)
            correct(register, findings.of(register, "3-2026")[0], "wrong", "3-2026")
    assert joins.tender(register, "3-2026") == "4-2026"
    new(register)
    assert findings.of(register, "4-2026") == []


def test_matches_are_reckoned_again_after_a_correction(register: Register, words: WordEncoder) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    settings = MatcherSettings(keep=100)
    matching.run(register, words, settings, now=NOW)
    assert matching.run(register, words, settings, now=NOW).up_to_date == 1
    correct(register, findings.of(register, "1-2026")[0], "wrong")
    assert matching.run(register, words, settings, now=NOW).up_to_date == 0


DUTY = "Leverantören ska ta emot två praktikanter från Arbetsförmedlingen under avtalstiden."


def add_document(register: Register, text: str, number: str = "1-2026", sha256: str = "ab" * 32) -> None:
    document = Document(
        publication_number=number,
        sha256=sha256,
        name="underlag.pdf",
        media_type="application/pdf",
        bytes=9,
        pages=2,
        status="read",
        reader="1",
        added=NOW,
    )
    parts = [
        Part(page=1, paragraph=1, kind="paragraph", text="Golv moppas."),
        Part(page=2, paragraph=1, kind="paragraph", text=text),
    ]
    documents.add(register, document, parts)


def test_what_a_document_says_is_found_with_its_name_and_page(register: Register) -> None:
    assert new(register) == 1
    add_document(register, DUTY)
    assert new(register) == 1
    found = {f.clause: f for f in findings.of(register, "1-2026")}
    assert found.keys() == {"reserved_participation", "employment_requirement"}
    duty = found["employment_requirement"]
    assert (duty.quote, duty.document, duty.page) == (DUTY, "underlag.pdf", 2)
    [paper] = documents.papers(register, "1-2026")
    assert paper.text[duty.start : duty.end] == DUTY
    assert (found["reserved_participation"].document, found["reserved_participation"].page) == ("", None)
    assert new(register) == 0


def test_a_document_of_another_notice_of_the_tender_is_read_with_the_one_that_stands(register: Register) -> None:
    notices.add(register, make_notice("3-2026"), raw=None, at=NOW)
    joins.decide(register, "1-2026", "3-2026", same=True, by="Asta", why="", at=NOW)
    new(register)
    standing = joins.tender(register, "1-2026")
    [other] = {"1-2026", "3-2026"} - {standing}
    add_document(register, DUTY, other)
    new(register)
    assert "employment_requirement" in {f.clause for f in findings.of(register, standing)}


def test_a_correction_of_a_documents_sentence_holds_and_lapses_with_it(register: Register) -> None:
    add_document(register, DUTY)
    new(register)
    judging.correct(register, "1-2026", "employment_requirement", "negated", who="Asta", now=NOW)
    [own] = [f for f in findings.of(register, "1-2026") if f.clause == "employment_requirement"]
    assert (own.polarity, own.rule, own.document, own.page) == ("negated", "person@Asta", "underlag.pdf", 2)
    first, _ = again(register)
    assert (first.changes, first.corrections) == ((), 1)
    add_document(register, "Leverantören ska ta emot tre praktikanter.")
    first, _ = again(register)
    assert [one.clause for one in first.lapsed] == ["employment_requirement"]
