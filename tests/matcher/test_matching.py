from datetime import timedelta

import pytest

from config.settings import MatcherSettings
from matcher import evaluation, matching
from matcher.encoder import SentenceEncoder
from register import enterprises, findings, matches, notices
from register.database import Register
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice

SETTINGS = MatcherSettings(keep=100)


def run(register: Register, words: WordEncoder, **more: bool) -> matching.Summary:
    return matching.run(register, words, SETTINGS, now=NOW, include_closed=more.get("closed", False))


def test_only_what_is_new_is_reckoned(register: Register, words: WordEncoder) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    notices.add(register, make_notice("1-2026"), raw=None, at=NOW)
    first = run(register, words)
    assert (first.screened, first.kept, first.up_to_date) == (1, 1, 0)
    second = run(register, words)
    assert (second.screened, second.kept, second.up_to_date) == (0, 0, 1)
    notices.add(register, make_notice("2-2026", title="Städning"), raw=None, at=NOW)
    third = run(register, words)
    assert (third.screened, third.kept) == (1, 2)


def test_closed_notices_come_only_if_asked(register: Register, words: WordEncoder) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    notices.add(register, make_notice("1-2026"), raw=None, at=NOW)
    over = make_lot(deadline=NOW - timedelta(days=1))
    notices.add(register, make_notice("2-2026", lots=(over,)), raw=None, at=NOW)
    notices.add(register, make_notice("3-2026", closed=True), raw=None, at=NOW)
    run(register, words)
    assert [m.notice for m in matches.of(register, "asf-1", closed=True)] == ["1-2026"]
    run(register, words, closed=True)
    assert {m.notice for m in matches.of(register, "asf-1", closed=True)} == {"1-2026", "2-2026", "3-2026"}
    assert [m.notice for m in matches.of(register, "asf-1")] == ["1-2026"]


def test_lots_that_have_closed_are_left_out_of_an_open_notice(register: Register, words: WordEncoder) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    lots = (make_lot(id="LOT-0001"), make_lot(id="LOT-0002", deadline=NOW - timedelta(days=1)))
    notices.add(register, make_notice("1-2026", lots=lots), raw=None, at=NOW)
    run(register, words)
    assert [m.lot for m in matches.of(register, "asf-1")] == ["LOT-0001"]


def test_examples_never_meet_real_notices(register: Register, words: WordEncoder) -> None:
    enterprises.add(register, make_enterprise("asf-1"), at=NOW)
    enterprises.add(register, make_enterprise("99-01"), at=NOW)
    notices.add(register, make_notice("990001-2026"), raw=None, at=NOW)
    run(register, words)
    assert [m.notice for m in matches.of(register, "asf-1")] == ["990001-2026"]
    notices.add(register, make_notice("123456-2026"), raw=None, at=NOW)
    run(register, words)
    assert [m.notice for m in matches.of(register, "asf-1")] == ["123456-2026"]
    assert [m.notice for m in matches.of(register, "99-01")] == ["990001-2026"]


def test_clauses_are_found_on_the_way(register: Register, words: WordEncoder) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    lot = make_lot(description="Upphandlingen är reserverad enligt 4 kap. 18 § LOU.")
    notices.add(register, make_notice("1-2026", lots=(lot,)), raw=None, at=NOW)
    run(register, words)
    [finding] = findings.of(register, "1-2026")
    assert (finding.clause, finding.polarity, finding.witness) == ("reserved_participation", "affirmed", "text only")


def test_ndcg_is_as_reckoned_by_hand() -> None:
    qrels = {"q": {"a": 3, "b": 1}}
    # Ideal: 3 + 1 / log2(3) = 3.6309; found a at rank 2, b at 3: 3 / 1.58496 + 1 / 2 = 2.3928.
    figures = evaluation.measure("x", {"q": {"z": 3.0, "a": 2.0, "b": 1.0}}, qrels)
    assert figures.overall["nDCG@10"] == pytest.approx(2.3928 / 3.6309, abs=1e-3)
    assert figures.overall["RR"] == 0.5
    assert evaluation.measure("none", {}, qrels).overall["nDCG@10"] == 0
    assert evaluation.bootstrap([0.2, 0.8]) == evaluation.bootstrap([0.2, 0.8])


def test_ids_with_white_space_are_one_column() -> None:
    assert evaluation.trec_id("asf  1\t2") == "asf_1_2"


@pytest.mark.model
def test_the_right_tender_comes_first_on_the_examples(register: Register, model: SentenceEncoder) -> None:
    from crawler import eforms
    from register import enterprise_files
    from tests.conftest import ROOT

    for path in sorted((ROOT / "config" / "examples" / "notices").glob("*.xml")):
        notices.add(register, eforms.read(path.read_bytes(), item=path.name), raw=None, at=NOW)
    for row in enterprise_files.read(ROOT / "config" / "examples" / "enterprises.jsonl"):
        assert isinstance(row, enterprise_files.ReadRow)
        enterprises.add(register, row.enterprise, at=NOW)
    matching.run(register, model, SETTINGS, now=NOW)
    best = {e.id: matches.of(register, e.id, top=1)[0].notice for e in enterprises.everyone(register)}
    assert best["99-03"] == "990002-2026"
    assert best["99-04"] == "990006-2026"
    assert best["99-05"] == "990010-2026"
    assert best["99-06"] == "990009-2026"
    assert best["99-01"] in {"990004-2026", "990018-2026"}
