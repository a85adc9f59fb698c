"""The reader that comes with the project, on texts of its own."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from config.errors import KnowledgeError
from matcher.screening import learned, reader, segments
from matcher.screening.learned import POLARITIES, LearnedReader
from matcher.screening.rules import CODES
from matcher.screening.windows import Window, windows

HELD = [
    ("Utföraren bereder minst tre personer som gått länge utan arbete en plats i laget.", "employment_requirement"),
    ("Chaufförerna ska ha lön, semester och arbetstid på kollektivavtalets nivå.", "labour_conditions"),
    ("Du väljer själv vilka av de nio rundorna du lämnar pris på.", "small_lots"),
    ("The supplier shall follow the ILO core conventions in its factories.", "supply_chain_rights"),
]
NOT_HELD = [
    "Fakturan betalas inom trettio dagar från mottagandet.",
    "Systemets tillgänglighet ska vara minst 99,8 procent per månad.",
    "Bonus utgår om arbetet blir klart före den 1 juni.",
]


@pytest.fixture(scope="module")
def judge(model_folder: Path) -> LearnedReader:
    found = learned.shipped(model_folder)
    assert found is not None
    return found


def cut(*texts: str) -> list[Window]:
    return [window for text in texts for window in windows(segments.split(text))]


@pytest.mark.parametrize(("text", "clause"), HELD)
def test_what_no_rule_knows_is_found_in_its_sentence(judge: LearnedReader, text: str, clause: str) -> None:
    whole = f"Golvet städas varje dag. {text} Nycklar kvitteras ut."
    [finding] = reader.read(whole, judge)
    assert (finding.clause, finding.polarity, finding.quote) == (clause, "affirmed", text)


@pytest.mark.parametrize("title", ["Enstaka platser i särskilt boende för äldre", "Entreprenöriella sommarjobb"])
def test_a_bare_title_is_judged_by_rules_alone(judge: LearnedReader, title: str) -> None:
    assert reader.read(title, judge) == []


@pytest.mark.parametrize("text", NOT_HELD)
def test_ordinary_text_is_left_alone(judge: LearnedReader, text: str) -> None:
    assert reader.read(text, judge) == []


def test_each_segment_has_its_probabilities_whatever_is_read_with_it(judge: LearnedReader) -> None:
    one, other = cut(HELD[0][0], " ".join(text for text, _ in HELD))
    alone, together = judge.judge([one])[0], judge.judge([other, one])
    assert alone.shape == (1, len(CODES), len(POLARITIES))
    assert together[0].shape == (4, len(CODES), len(POLARITIES))
    np.testing.assert_allclose(alone, together[1], atol=1e-4)
    np.testing.assert_allclose(together[0].sum(axis=-1), 1.0, atol=1e-5)


PLAIN = [
    "Dörrarna ska ha trycken i rostfritt stål och gångjärn med säkerhetstappar.",
    "Laboratoriet lämnar svar inom fyra dygn, med mätosäkerhet och metod.",
    "Kanoterna hyrs ut mellan maj och september och vårdas enligt tillverkarens råd.",
    "Brunnslock i gjutjärn levereras på pall, högst femhundra kilo var.",
    "Rapporten lämnas som PDF, med bilagor i ett kalkylblad.",
    "Kopplingarna ska klara tio bar och vara försedda med packning av EPDM.",
]


def test_the_gate_passes_clauses_and_stops_most_of_plain_work(judge: LearnedReader) -> None:
    assert all(judge.candidates([text.casefold() for text, _ in HELD]))
    assert sum(judge.candidates([text.casefold() for text in PLAIN])) <= len(PLAIN) / 2


def test_case_and_line_ends_change_nothing(judge: LearnedReader) -> None:
    text = HELD[1][0]
    broken = text.replace("kollektivavtalets", "kollektiv-\navtalets").replace(" semester ", "\nsemester ")
    assert [f.clause for f in reader.read(broken, judge)] == [f.clause for f in reader.read(text.upper(), judge)]


def test_an_adapter_for_other_clauses_is_refused(model_folder: Path, tmp_path: Path) -> None:
    tensors = load_file(str(learned.weights()[0]))
    tensors["head.weight"], tensors["head.bias"] = tensors["head.weight"][:8], tensors["head.bias"][:8]
    save_file(tensors, str(tmp_path / "other.safetensors"))
    with pytest.raises(KnowledgeError, match="other clauses"):
        LearnedReader(model_folder / "multilingual-e5-small", [tmp_path / "other.safetensors"])


def test_what_counts_is_the_mean_of_both_adapters_and_of_the_reserved_classes_the_later(
    judge: LearnedReader, model_folder: Path
) -> None:
    window = cut(" ".join(text for text, _ in HELD))
    base = model_folder / "multilingual-e5-small"
    one, other = (LearnedReader(base, [path]).judge(window)[0] for path in learned.weights())
    assert np.abs(one - other).max() > 0.01
    wanted = (one + other) / 2
    wanted[:, learned.LATER_ALONE] = one[:, learned.LATER_ALONE]
    np.testing.assert_allclose(judge.judge(window)[0], wanted, atol=1e-4)


def test_an_explanation_names_what_was_learned_and_what_it_doubts(judge: LearnedReader) -> None:
    rows = reader.explain(HELD[0][0], judge)
    assert [row["clause"] for row in rows if row["rule"] == "learned"] == ["employment_requirement"]
