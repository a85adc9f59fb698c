import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from lxml import html as lxml_html

from config.errors import KnowledgeError
from notifier import weekly, wording
from notifier.rendering import Letter, render
from register.models import Polarity
from tests.notifier import given
from tests.notifier.given import DEADLINE, ZONE
from tests.notifier.reading import flat, generated, lix, shown

CLAUSES = sorted(p.stem for p in (Path(__file__).parents[2] / "config/clauses").glob("[a-z]*.yaml"))


def worded(*candidates: Any, **changes: Any) -> Letter:
    return render(given.digest(*candidates, **changes))


def test_the_letter_reads_as_a_person_would_write_it() -> None:
    text = flat(worded(given.candidate(findings=(given.finding(section="5.3"),))).text)
    for line in (
        "En upphandling kan passa er den här veckan. Ingen stänger inom tio dagar.",
        "Köpare: Mora kommun",
        "Plats: Mora",
        "Sista dag att svara: torsdag 17 december (24 dagar kvar)",
        "Storlek: ungefär 90 000 kronor per år (Köparens egen uppskattning, utan moms.)",
        "Passar er för att: - Ni putsar fönster. - Arbetet är i Mora.",
        "Tänk på: - Ansvarsförsäkring behövs.",
        "I annonsen står det: ”Leverantören ska varje år ta emot en praktikant.” (avsnitt 5.3)",
        "Bara annonsen är läst.",
        "2) Ring er rådgivare senast fredag 27 november.",
        "En dator har valt. Ni avgör, och köparen prövar vilka som får delta.",
        "TED (EU:s annonser): läst måndag 23 november. Allt kom med.",
        "Vi har läst 31 nya annonser.",
        "Svara med ordet STOPP.",
    ):
        assert line in text


def test_nobody_is_told_to_be_eligible() -> None:
    findings = tuple(given.finding(clause) for clause in CLAUSES)
    letter = worded(given.candidate(findings=findings))
    assert "behörig" not in (letter.text + letter.html).casefold()


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 12, 17, 8, tzinfo=ZONE), "torsdag 17 december, i dag"),
        (datetime(2026, 12, 16, 8, tzinfo=ZONE), "torsdag 17 december, i morgon"),
        (datetime(2026, 12, 14, 8, tzinfo=ZONE), "torsdag 17 december (3 dagar kvar)"),
    ],
)
def test_days_left(now: datetime, words: str) -> None:
    text = flat(worded(now=now).text)
    assert words in text
    assert "En stänger snart: torsdag 17 december." in text


def test_a_deadline_next_year_has_its_year_and_time_of_day() -> None:
    own = given.lot(deadline=datetime(2027, 1, 14, 12, 0, tzinfo=ZONE))
    assert "torsdag 14 januari 2027 klockan 12.00 (52 dagar kvar)" in worded(given.candidate(given.notice(own))).text


def test_open_until_further_notice() -> None:
    own = given.lot(open_ended=True, deadline=datetime(2049, 1, 1, tzinfo=ZONE))
    text = worded(given.candidate(given.notice(own))).text
    assert "Öppet tills vidare" in text
    assert "2049" not in text


def test_a_moved_deadline_gives_old_and_new() -> None:
    moved = given.candidate(given.notice(given.lot(deadline=DEADLINE + timedelta(days=8))))
    letter = worded(moved, told=set(given.digest().told))
    assert "Sista dagen är ändrad. Förut: torsdag 17 december. Nu: fredag 25 december." in letter.text
    assert "Ändrat sedan sist" in shown(letter.html)
    assert letter.subject == "Ny sista dag: Fönsterputs på sex förskolor"


def test_a_cancelled_tender_asks_nothing_of_the_reader() -> None:
    gone = given.candidate(given.notice(form_type="change", closed=True, change_reason="cancel"))
    text = worded(gone, told=set(given.digest().told)).text
    assert "Köparen har ställt in upphandlingen." in text
    assert "Ring er rådgivare" not in text


def test_size_not_stated() -> None:
    own = given.lot(value=None)
    assert "Storlek: anges inte" in worded(given.candidate(given.notice(own))).text


def test_a_notice_read_only_in_short_says_so() -> None:
    text = worded(given.candidate(given.notice(reading="short"))).text
    assert "Bara annonsens kortform är läst." in text


def test_a_source_that_did_not_come_in_whole_says_so() -> None:
    text = worded(sources=(given.ted_run(status="partial"),)).text
    assert "TED (EU:s annonser): läst måndag 23 november. Allt kom inte med." in text
    assert "Annonser kan saknas" in text


def test_invented_tenders_are_marked_in_subject_letter_and_item() -> None:
    letter = worded(given.candidate(given.notice(publication_number="990001-2026")))
    assert letter.subject.startswith("EXEMPEL: ")
    assert shown(letter.html).count("EXEMPEL – påhittad upphandling") == 1
    assert "EXEMPEL – det här brevet" in letter.text
    assert "ted.europa.eu" not in letter.html


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_clause_has_words_for_every_polarity(language: str) -> None:
    words = wording.load(language)
    assert len(CLAUSES) == 14
    for clause in CLAUSES:
        for polarity in get_args(Polarity):
            assert words.word(f"clauses.{clause}.{polarity}").endswith(".")


def keys(table: dict[str, Any], above: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table.items():
        found |= keys(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}"}
    return found


def test_both_languages_have_the_same_texts() -> None:
    sv, en = (yaml.safe_load((wording.FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("sv", "en"))
    assert keys(sv) == keys(en)


def test_a_missing_text_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(KnowledgeError, match="no text nonsense"):
        wording.load("sv").word("nonsense")
    with pytest.raises(KnowledgeError, match=r"heading: KeyError\('name'\)"):
        wording.load("sv").word("heading")


def test_an_english_letter() -> None:
    own = given.enterprise(contact={"email": "a@b.example", "language": "en"})
    letter = worded(enterprise=own)
    assert "Last day to answer: Thursday 17 December (24 days left)" in letter.text
    assert lxml_html.fromstring(letter.html).get("lang") == "en"


def test_amounts() -> None:
    words = wording.load("sv")
    assert [flat(words.amount(a, "SEK")) for a in (500, 89_600, 123_456, 999_700, 1_240_000)] == [
        "500 kronor",
        "90 000 kronor",
        "120 000 kronor",
        "1 miljon kronor",
        "1,2 miljoner kronor",
    ]


def test_evidence_in_a_document_names_file_page_and_section() -> None:
    finding = given.finding(section="5.3", document="underlag.pdf", page=12)
    text = flat(worded(replace(given.candidate(findings=(finding,)), documents="whole")).text)
    quote = "”Leverantören ska varje år ta emot en praktikant.”"
    assert f"I underlaget står det: {quote} (underlag.pdf, sidan 12, avsnitt 5.3)" in text
    assert "Bara annonsen är läst." not in text
    assert "Annonsen och underlaget är lästa av en dator." in text


def test_a_document_that_was_read_in_part_is_said_so() -> None:
    text = flat(worded(replace(given.candidate(), documents="part")).text)
    assert "Vi hittade inget socialt krav i annonsen eller underlaget." in text
    assert "Underlaget är bara delvis läst." in text


def test_lix_by_hand() -> None:
    assert lix(["Vi ser en upphandling.", "Den är bra."]) == pytest.approx(7 / 2 + 100 / 7)


@pytest.mark.parametrize(
    ("count", "days", "subject"),
    [
        (1, 24, "En upphandling för Fönsterlaget: Fönsterputs på sex förskolor"),
        (1, 4, "En upphandling för Fönsterlaget – stänger fredag"),
        (3, 0, "3 upphandlingar för Fönsterlaget – en stänger i dag"),
        (3, 9, "3 upphandlingar för Fönsterlaget – en stänger 2 december"),
        (3, 11, "3 upphandlingar för Fönsterlaget"),
    ],
)
def test_the_subject_says_what_matters(count: int, days: int, subject: str) -> None:
    due = [datetime(2026, 11, 23, 23, 59, tzinfo=ZONE) + timedelta(days=days), *[DEADLINE] * 2]
    candidates = [
        given.candidate(given.notice(given.lot(deadline=due[n]), publication_number=f"{n}-2026", procedure_id=f"p{n}"))
        for n in range(count)
    ]
    assert worded(*candidates).subject == subject


def test_lots_are_numbered_as_replies_name_them() -> None:
    lots = tuple(given.lot(id=f"LOT-000{n}", title=f"Område {n}") for n in (1, 2))
    digest = given.digest(
        *(given.candidate(given.notice(*lots), number=n) for n in (0, 1)),
        given.candidate(given.notice(publication_number="2-2026", procedure_id="p2"), score=0.7),
    )
    text = render(digest).text
    assert digest.lots == (("700001-2026", "LOT-0001"), ("700001-2026", "LOT-0002"), ("2-2026", "LOT-0001"))
    for number, title in ((1, "Område 1 (Fönsterputs på sex förskolor)"), (2, "Område 2"), (3, "Fönsterputs")):
        assert re.search(rf"(?m)^(?:- )?{number}\. {re.escape(title)}", text)


def test_answers_stop_pause_and_profile_by_link_carry_no_address() -> None:
    asked: list[tuple[str, str, dict[str, str]]] = []

    def link(purpose: str, subject: str, **facts: str) -> str:
        asked.append((purpose, subject, facts))
        return f"https://example.org/{purpose}/{len(asked)}"

    text = render(given.digest().model_copy(update={"reader": "hash"}), link).text
    lot = {"notice": "700001-2026", "lot": "LOT-0001"}
    assert asked == [
        *(("answer", "dalarna-1", {**lot, "answer": answer}) for answer in ("yes", "no", "talk")),
        ("profile", "dalarna-1", {}),
        ("pause", "hash", {"enterprise": "dalarna-1"}),
        ("stop", "hash", {"enterprise": "dalarna-1"}),
    ]
    assert "- Ja, nummer 1 är intressant https://example.org/answer/1" in text
    assert "sluta få brevet https://example.org/stop/6" in text


@pytest.mark.parametrize("language", ["sv"])
def test_the_easy_level_words_only_what_there_is(language: str) -> None:
    plain, easy = (
        yaml.safe_load((wording.FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in (language, f"{language}.easy")
    )
    assert keys(easy) - keys(plain) == {"explained"}


def test_each_text_of_the_easy_level_has_the_values_of_the_plain_one() -> None:
    plain, easy = wording.load("sv"), wording.load("sv", "easy")
    texts = yaml.safe_load((wording.FOLDER / "sv.easy.yaml").read_text(encoding="utf-8"))
    for key in keys(texts) - {"explained"}:
        names = [set(re.findall(r"{(\w+)}", words._found(key))) for words in (plain, easy)]
        assert names[1] <= names[0], key


def texts(table: dict[str, Any]) -> Iterator[str]:
    for value in table.values():
        yield from texts(value) if isinstance(value, dict) else [value]


@pytest.mark.parametrize(("level", "most"), [("plain", 40), ("easy", 30)])
def test_all_sentences_of_ours_together_are_easy_to_read(level: str, most: float) -> None:
    sentences = [text for text in texts(wording.load("sv", level)._texts) if re.search(r"[.!?]$", text)]
    assert len(sentences) > 80
    assert lix(re.sub(r"{\w+}", "", text) for text in sentences) < most


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize(("level", "most"), [("plain", 40), ("easy", 30)])
def test_every_letter_of_ours_is_easy_to_read(level: str, most: float, clause: str) -> None:
    own = given.enterprise(digest={"level": level})
    digest = given.digest(given.candidate(findings=(given.finding(clause, quote=""),)), enterprise=own)
    assert lix(generated(weekly.compose(digest))) < most
