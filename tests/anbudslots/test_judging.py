"""`matches judge`, `judgements`, `why-not` and `what-if`, as an adviser calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anbudslots.main import cli
from config.settings import MatcherSettings
from matcher import encoder, evaluation, matching, ranking
from register import enterprises, matches, notices
from register.database import Register, open_register
from register.models import Money, Place
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: WordEncoder) -> Path:
    """A register with one enterprise and three tenders, matched, and the small encoder for the large one."""
    monkeypatch.setattr(encoder, "load", lambda *_: words)
    monkeypatch.setattr(ranking, "shipped", lambda: ranker())
    register = open_register(tmp_path)
    enterprises.add(register, make_enterprise(), at=NOW)
    far = (make_lot(places=(Place(city="Malmö"),)),)
    large = (make_lot(value=Money(amount=4e6)),)
    for number, lots in (("1-2026", (make_lot(),)), ("2-2026", far), ("3-2026", large)):
        notices.add(register, make_notice(number, lots=lots), raw=None, at=NOW)
    match(register, words)
    register.close()
    return tmp_path


def match(register: Register, words: WordEncoder) -> None:
    matching.run(register, words, MatcherSettings(), now=NOW)


def call(data: Path, *arguments: str) -> Result:
    start = ["--data", str(data), "--now", NOW.isoformat()]
    return CliRunner().invoke(cli, [*start, "matches", *arguments], standalone_mode=False, catch_exceptions=False)


def test_a_no_for_its_place_is_kept_and_lowers_that_place_from_the_next_match_on(
    data: Path, words: WordEncoder
) -> None:
    register = open_register(data)
    before = {match.notice: match.score for match in matches.of(register, "asf-1")}
    done = call(data, "judge", "asf-1", "1-2026", "no", "--reason", "too_far", "--by", "Asta")
    assert done.exit_code == 0
    assert "no (too_far), by Asta" in done.output
    (said,) = json.loads(call(data, "judgements", "--json").output)
    assert (said["place"], said["lot"], said["disagreed"]) == (1, "LOT-0000", False)
    match(register, words)
    after = {match.notice: match.score for match in matches.of(register, "asf-1")}
    assert after["1-2026"] < before["1-2026"]
    register.close()


def test_judgements_for_training_have_their_signals(data: Path) -> None:
    call(data, "judge", "asf-1", "1-2026", "yes", "--by", "Asta")
    call(data, "judge", "asf-1", "1-2026", "no", "--by", "Bo")
    rows = [json.loads(line) for line in call(data, "judgements", "--jsonl").output.splitlines()]
    assert [row["answer"] for row in rows] == ["yes", "no"]
    assert rows[0]["signals"]["place"] == 1
    assert all(row["disagreed"] for row in json.loads(call(data, "judgements", "--json").output))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("asf-1", "1-2026", "yes", "--reason", "too_far", "--by", "A"), "goes with the answer no"),
        (("asf-9", "1-2026", "yes", "--by", "A"), "asf-9"),
        (("asf-1", "1-2026", "yes", "--by", "A", "--lot", "LOT-0009"), "has no lot"),
    ],
)
def test_what_can_not_be_judged_is_refused_with_its_reason(data: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(Exception, match=told):
        call(data, "judge", *arguments)
    assert json.loads(call(data, "judgements", "--json").output) == []


def test_why_not_and_what_if_tell_places_and_sizes(data: Path) -> None:
    missed = {
        row["publication_number"]: row["stopped_by"]
        for row in json.loads(call(data, "why-not", "asf-1", "--json").output)
    }
    assert missed["2-2026"] == "platsen är utanför ert område"
    assert missed["3-2026"] == "uppdraget är större än ert största avtal"
    changes = {row["if"]: row["tenders"] for row in json.loads(call(data, "what-if", "asf-1", "--json").output)}
    assert changes["om ni levererar till Malmö"] == 1
    assert any(change.startswith("om ni klarar 2 miljoner kronor") for change in changes)


def test_a_pool_is_judged_blind_and_can_be_gone_on_with(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "qrels"
    start = ["--data", str(data), "--now", NOW.isoformat(), "evaluate", "judge", "asf-1", "--qrels", str(file)]

    def judge(answers: str) -> str:
        return CliRunner().invoke(cli, start, input=answers, standalone_mode=False, catch_exceptions=False).output

    first = judge("3\nq\n")
    assert "3 to judge" in first
    assert "score" not in first
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1
    assert "2 to judge" in judge("0\n2\n")
    graded = evaluation.read_qrels(file)["asf-1"]
    assert sorted(graded.values()) == [0, 2, 3]
    assert "0 to judge" in judge("")
