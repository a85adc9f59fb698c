"""The examples of every clause file are read, and what the reader promises holds for any text."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import KnowledgeError
from matcher.screening import codes, evaluation, reader, rules, segments
from register.models import Codes, Finding
from tests.conftest import ROOT, make_lot, make_notice

EXAMPLES = [
    (clause.code, kind, text)
    for clause in rules.clauses().values()
    for kind, texts in clause.examples.items()
    for text in texts
]


def labels(text: str) -> dict[str, str]:
    return evaluation.labels(reader.read(text))


@pytest.mark.parametrize(("clause", "kind", "text"), EXAMPLES)
def test_an_example_of_the_clause_files(clause: str, kind: str, text: str) -> None:
    assert labels(text).get(clause, "silent") == kind, reader.explain(text)


def test_there_are_fourteen_clauses_each_with_its_law_and_examples() -> None:
    assert len(rules.clauses()) == 14
    for clause in rules.clauses().values():
        assert clause.legal_basis
        assert clause.examples["affirmed"] and clause.examples["silent"], clause.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kommunen har valt att inte reservera upphandlingen trots önskemål.", {"reserved_participation": "negated"}),
        ("Fråga 3: Är upphandlingen reserverad?\nSvar: Nej.", {"reserved_participation": "negated"}),
        ("2.4 Reserverad upphandling ................ 7", {}),
        ("Enligt LOU får en upphandlande myndighet reservera rätten att delta i en upphandling.", {}),
        ("Beställaren reserverar sig rätten att förkasta samtliga anbud.", {}),
        ("Leverantören ska hålla reservdelar i lager i tio år.", {}),
        ("Reserverat genomförande: nej", {"reserved_execution": "negated"}),
        ("Systemets tillgänglighet ska vara minst 99,8 procent per månad.", {}),
        ("Vi på Städbolaget är ett socialt företag.", {}),
        (
            "☐ Kontraktet är reserverat för skyddade verkstäder\n"
            "☒ Kontraktet genomförs inom ramen för program för skyddad anställning",
            {"reserved_participation": "negated", "reserved_execution": "affirmed"},
        ),
        (
            "[x] Kontraktet är reserverat för skyddade verkstäder\n[ ] Kontraktet genomförs inom ramen för program för "
            "skyddad anställning",
            {"reserved_participation": "affirmed", "reserved_execution": "negated"},
        ),
    ],
)
def test_what_decides_and_what_does_not(text: str, expected: dict[str, str]) -> None:
    assert labels(text) == expected


TRAINEES = "Leverantören ska ta emot två praktikanter som varit långtidsarbetslösa."
OTHER_TRAINEES = "Leverantören ska dessutom ta emot en lärling per lot."
FILLER = "Golven våtmoppas varje vecka.\n"


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        pytest.param(f"2.1 Villkor\n{TRAINEES}\n{TRAINEES}", [TRAINEES], id="repeated"),
        pytest.param(f"2.1 Villkor\n{TRAINEES}\n4.2 Villkor\n{TRAINEES}", [TRAINEES], id="repeated elsewhere"),
        pytest.param(
            f"2.1 Villkor\n{TRAINEES}\n\n{FILLER * 3}\n{OTHER_TRAINEES}", [TRAINEES, OTHER_TRAINEES], id="two places"
        ),
    ],
)
def test_each_place_is_told_once(text: str, quotes: list[str]) -> None:
    assert [f.quote for f in reader.read(text) if f.clause == "employment_requirement"] == quotes


TEXT = st.text(st.sampled_from("aäöeEr IlL01.,:?!-–\n\t§()\u00ad"), max_size=200)
PHRASES = st.lists(st.sampled_from([text for _, _, text in EXAMPLES]) | TEXT, max_size=4).map("\n".join)


@given(PHRASES)
def test_every_quote_stands_at_its_offsets(text: str) -> None:
    for finding in reader.read(text):
        assert text[finding.start : finding.end] == finding.quote
        assert finding.quote


@given(PHRASES)
def test_segments_point_into_the_text(text: str) -> None:
    for segment in segments.split(text):
        assert len(segment.flat) == len(segment.places)
        assert all(0 <= place < len(text) for place in segment.places)
        assert list(segment.places) == sorted(segment.places)


AFFIRMED = [
    (clause, text) for clause, kind, text in EXAMPLES if kind == "affirmed" and len(text) > 50 and "\n" not in text
]


@pytest.mark.parametrize(("clause", "text"), AFFIRMED)
def test_case_line_breaks_and_boilerplate_change_nothing(clause: str, text: str) -> None:
    plain = labels(text)[clause]
    space = text.find(" ", len(text) // 2)
    variants = {
        "line break": f"{text[:space]}\n{text[space + 1 :]}",
        "upper case": text.upper(),
        "boilerplate": f"Fakturan betalas inom 30 dagar.\n\n{text}\n\nAnbudet ska vara kommunen till handa i tid.",
    }
    for name, variant in variants.items():
        assert labels(variant).get(clause) == plain, (name, variant)


def test_a_word_parted_at_the_end_of_a_line_is_one_word() -> None:
    text = "Upphandlingen är reser-\nverad för arbets-\nintegrerande sociala företag enligt 4 kap. 18 § LOU."
    [finding] = reader.read(text)
    assert finding.clause == "reserved_participation"
    assert finding.quote == text


def test_a_long_hostile_text_ends() -> None:
    program = (
        "from matcher.screening import reader\n"
        "for piece in ('reserverad ' * 90000, 'a' * 1000000, 'ska ' * 250000, '.\\n' * 500000, 'inte, ' * 150000):\n"
        "    reader.read(piece)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, timeout=240)


def notice_says(text: str, **own: object) -> list[Finding]:
    lot = make_lot(description=text, codes=Codes(**own))
    return reader.read_notice(make_notice(lots=(lot,)))


def test_code_and_text_are_two_witnesses() -> None:
    reserved = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."
    both = notice_says(reserved, reserved_participation="res-ws")
    conflict = notice_says(reserved, reserved_participation="none")
    code_only = notice_says("Putsning av fönster.", reserved_participation="res-ws")
    text_only = notice_says(reserved)
    for found, witness in ((both, "both"), (conflict, "conflict"), (code_only, "code only"), (text_only, "text only")):
        assert [(f.clause, f.witness) for f in found] == [("reserved_participation", witness)]
    assert code_only[0].quote == "BT-71: res-ws"


def test_a_code_that_denies_is_no_finding() -> None:
    assert notice_says("Putsning av fönster.", reserved_participation="none", reserved_execution="no") == []


def test_the_statistics_flag_is_a_code() -> None:
    found = codes.witness(make_notice(flags=("reserved",)), [])
    assert [(f.clause, f.witness) for f in found] == [("reserved_participation", "code only")]


def test_a_text_that_is_repeated_is_read_once_and_a_lot_keeps_its_own() -> None:
    lots = (
        make_lot(id="LOT-0001", description="Området är reserverat enligt 4 kap. 18 § LOU för sociala företag."),
        make_lot(id="LOT-0002", description="Gräs klipps."),
    )
    [finding] = reader.read_notice(make_notice(lots=lots, description="Gräs klipps."))
    assert (finding.lot, finding.field) == ("LOT-0001", "BT-24-Lot")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("$nowhere", "nowhere"), (".. slut", "begin and end"), ("  ", "begin and end")],
)
def test_a_broken_pattern_is_named(pattern: str, message: str) -> None:
    with pytest.raises((KnowledgeError, ValueError), match=message):
        rules._union([f"{pattern}"], {}, "config/clauses/x.yaml, rule") if pattern.startswith(
            "$"
        ) else rules.expression(pattern)


def test_rows_keep_the_contract(tmp_path: Path, data_with_model: Path) -> None:
    text = "Anbud får endast lämnas av skyddade verkstäder. 💡 Ägg."
    (tmp_path / "in.jsonl").write_text(
        json.dumps({"id": 1, "text": text}) + "\n{broken\n" + json.dumps({"id": "b", "text": "Gräs."}) + "\n"
    )
    command = [sys.executable, "-m", "anbudslots", "--data", str(data_with_model), "screen", "--jsonl"]
    done = subprocess.run(
        [*command, str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "in.jsonl line 2" in done.stderr
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert second == {"id": "b", "findings": []}
    [finding] = first["findings"]
    assert (first["id"], finding["clause"], finding["polarity"]) == (1, "reserved_participation", "affirmed")
    assert text[finding["start"] : finding["end"]] == finding["quote"]
    assert {"legal_basis", "rule", "confidence", "effect"} <= set(finding)
    assert "@" in finding["rule"]


def test_scores_are_as_reckoned_by_hand() -> None:
    passages = [
        evaluation.Passage("a", "x", {"equality": "affirmed"}),
        evaluation.Passage("b", "y", {"equality": "negated"}),
    ]
    report = evaluation.evaluate(passages, lambda text: {"equality": "affirmed", "accessibility": "possible"}, "t")
    # a: equality right, accessibility false; b: both false.
    assert (report.micro.tp, report.micro.fp, report.micro.fn) == (1, 3, 0)
    assert report.micro.f1 == pytest.approx(2 / 5)
    assert (report.clean, report.clean_flagged) == (1, 1)
