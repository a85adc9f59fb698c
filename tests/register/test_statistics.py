"""Figures week by week."""

from datetime import date, timedelta

import pytest

from config.errors import NotFoundError
from register import bids, clause_stats, enterprises, judgements, notices, statistics
from register.database import Register
from register.models import Judgement
from tests.conftest import NOW, make_enterprise, make_notice


@pytest.fixture
def filled(register: Register) -> Register:
    """Two notices a fortnight apart, three answers of which one is taken back, one bid that was won."""
    notices.add(register, make_notice("1-2026"), raw=None, at=NOW)
    notices.add(register, make_notice("2-2026", origin="mercell"), raw=None, at=NOW - timedelta(weeks=2))
    notices.add(register, make_notice("U1", origin="uhm"), raw=None, at=NOW)
    enterprises.add(register, make_enterprise(), at=NOW)
    for who, answer in (("a", "yes"), ("b", "no"), ("c", "no")):
        said = Judgement(enterprise="asf-1", notice="1-2026", lot="LOT-0000", answer=answer, who=who, at=NOW)
        last = judgements.add(register, said)
    judgements.withdraw(register, last, who="c", at=NOW)
    bids.put(register, "asf-1", "1-2026", "sent", who="a", at=NOW - timedelta(weeks=1))
    bids.put(register, "asf-1", "1-2026", "won", who="b", at=NOW)
    return register


def test_what_happened_stands_in_its_week(filled: Register) -> None:
    found = statistics.weekly(filled, now=NOW, count=3)
    assert found.weeks == (date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23))
    assert found.notices == {"mercell": [1, 0, 0], "ted": [0, 0, 1]}
    assert found.answers == {"yes": [0, 0, 1], "maybe": [0, 0, 0], "no": [0, 0, 1]}
    assert found.bids == {"sent": [0, 0, 0], "won": [0, 0, 1], "lost": [0, 0, 0]}


def test_a_bid_keeps_its_first_day_and_can_be_taken_back(filled: Register) -> None:
    (one,) = bids.everything(filled)
    assert (one.outcome, one.who, one.sent, one.at) == ("won", "b", NOW - timedelta(weeks=1), NOW)
    bids.remove(filled, "asf-1", "1-2026")
    assert bids.everything(filled) == []
    with pytest.raises(NotFoundError):
        bids.remove(filled, "asf-1", "1-2026")
    with pytest.raises(NotFoundError):
        bids.put(filled, "asf-1", "9-2026", "sent", who="a", at=NOW)


def test_clauses_are_counted_by_municipality_and_a_region_is_none() -> None:
    rows = [("1", "Mora kommun", {"equality": "affirmed"}), ("2", "Morastrand AB", {}), ("3", "Region Dalarna", {})]
    own = [clause_stats.Screened(n, buyer, "", "", "2026-01-01", "full", clauses) for n, buyer, clauses in rows]
    found = statistics.by_municipality(own, "20")
    assert [(place.name, group.notices) for place, group in found] == [("Mora", 2)]
    assert found[0][1].clauses["equality"]["affirmed"] == 1
