import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from lxml import html as lxml_html

from config.errors import KnowledgeError
from notifier import wording
from notifier.digest import Digest
from notifier.rendering import Letter, render
from register.models import Polarity
from tests.notifier import given
from tests.notifier.given import DEADLINE, NOW, ZONE

CLAUSES = sorted(p.stem for p in (Path(__file__).parents[2] / "config/clauses").glob("[a-z]*.yaml"))


def flat(text: str) -> str:
    return " ".join(text.split())


def shown(letter: Letter) -> str:
    """The words that a reader of the HTML sees."""
    tree: Any = lxml_html.fromstring(letter.html)
    for hidden in tree.xpath("//head"):
        hidden.drop_tree()
    return flat(" ".join(tree.itertext()))


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
        "Vi har läst 31 annonser.",
        "Svara med ordet STOPP.",
    ):
        assert line in text


def test_nobody_is_told_to_be_eligible() -> None:
    findings = tuple(given.finding(clause) for clause in CLAUSES)
    letter = worded(given.candidate(findings=findings))
    assert "behörig" not in (letter.text + letter.html).casefold()


def test_both_parts_hold_the_same_facts() -> None:
    lots = tuple(given.lot(id=f"LOT-000{n}", title=f"Område {n}") for n in range(1, 5))
    whole = given.notice(*lots, title="Parkskötsel")
    letter = worded(*(given.candidate(whole, number=n, findings=(given.finding(),)) for n in range(4)))
    seen = re.sub(r"\s+([.,:)])", r"\1", shown(letter))
    for line in letter.text.splitlines():
        plain = flat(re.sub(r"^(?:- |\d\) |\* )|(?: \*|:)$", "", line))
        plain = re.sub(r" https://\S+$", "", plain)
        if plain and not set(plain) <= {"-"}:
            assert plain in seen, line


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
    assert "Ändrat sedan sist" in shown(letter)
    assert letter.subject == "Nytt om en upphandling: Fönsterputs på sex förskolor"


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
    assert "Allt kom inte med. Annonser kan saknas." in text


def test_invented_tenders_are_marked_in_subject_letter_and_item() -> None:
    letter = worded(given.candidate(given.notice(publication_number="990001-2026")))
    assert letter.subject.startswith("EXEMPEL: ")
    assert shown(letter).count("EXEMPEL – påhittad upphandling") == 1
    assert "EXEMPEL – det här brevet" in letter.text
    assert "ted.europa.eu" not in letter.html


HOSTILE = (
    '<script>alert(1)</script><img src="https://evil.example/x.png"> {{ 7*7 }}\r\nBcc: offer@evil.example \u202egnp.exe'
)


def test_hostile_text_stays_text() -> None:
    own = given.lot(title=HOSTILE, description=HOSTILE * 400)
    hostile = given.candidate(given.notice(own, title=HOSTILE), findings=(given.finding(quote=HOSTILE * 5),))
    letter = worded(hostile, enterprise=given.enterprise(name=HOSTILE))
    tree: Any = lxml_html.fromstring(letter.html)
    assert not tree.xpath("//script|//img|//iframe|//object|//form|//@onclick")
    assert [a.get("href") for a in tree.xpath("//a")] == ["https://ted.europa.eu/sv/notice/-/detail/700001-2026"]
    assert "{{ 7*7 }}" in letter.text
    assert "\u202e" not in letter.html + letter.text + letter.subject
    assert "\n" not in letter.subject
    assert "\nBcc:" not in letter.text
    assert len(letter.html) < 30_000


def test_a_full_letter_is_small_and_needs_nothing_from_outside() -> None:
    long = "Ord " * 2000
    candidates = [
        given.candidate(
            given.notice(
                given.lot(description=long), publication_number=f"{700100 + n}-2026", procedure_id=f"p{n}", title=long
            ),
            findings=tuple(given.finding(clause, quote=long) for clause in CLAUSES),
        )
        for n in range(5)
    ]
    letter = worded(*candidates)
    assert len(letter.html.encode()) < 100_000
    tree: Any = lxml_html.fromstring(letter.html)
    assert tree.get("lang") == "sv"
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//h2")) == 6  # five tenders and the foot
    assert not tree.xpath("//img|//link|//script")
    assert "prefers-color-scheme: dark" in letter.html
    assert "url(" not in letter.html


def test_a_notice_in_another_language_is_marked_for_readers_aloud() -> None:
    own = given.candidate(given.notice(language="en", title="Window cleaning"))
    assert lxml_html.fromstring(worded(own).html).xpath("//h2[@lang='en']")


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("front", "back"),
    [
        *[("#1d1d1b", b) for b in ("#f4f2ee", "#ffffff")],
        *[("#4f4b45", b) for b in ("#f4f2ee", "#ffffff")],
        *[("#0b5394", b) for b in ("#f4f2ee", "#ffffff")],
        ("#3d2f00", "#fdf0c4"),
        *[(f, b) for f in ("#f1efea", "#cbc6bc", "#9cc9f5") for b in ("#1b1b1a", "#272725")],
        ("#fff0bd", "#4a3c0c"),
    ],
)
def test_contrast_is_at_least_aa(front: str, back: str) -> None:
    template = (Path(wording.__file__).parent / "templates/letter.html.j2").read_text(encoding="utf-8")
    assert front in template
    assert back in template
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def lix(text: str) -> float:
    """Words a sentence and percent of words over six letters (Björnsson 1968)."""
    words = re.findall(r"[\w-]+", text)
    sentences = len(re.findall(r"[.:!?](?:\s|$)", text)) or 1
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)


def test_lix_by_hand() -> None:
    assert lix("Vi ser en upphandling. Den är bra.") == pytest.approx(7 / 2 + 100 / 7)


@pytest.mark.parametrize("findings", [(), tuple(given.finding(c, quote="") for c in CLAUSES[:3])])
def test_what_we_write_ourselves_is_easy_to_read(findings: tuple[Any, ...]) -> None:
    text = worded(given.candidate(findings=findings)).text
    own = [line.strip("-*) ") for line in text.splitlines() if "Fönsterputs" not in line and "https" not in line]
    assert lix("\n".join(line if re.search(r"[.:!?]$", line) else line + "." for line in own if line)) < 40


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


def test_same_digest_same_letter() -> None:
    found: Digest = given.digest()
    assert render(found) == render(found.model_copy())
    assert found.at == NOW


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
