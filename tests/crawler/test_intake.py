"""Whether notices come in one by one or by batches, the register is the same."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler import merging
from crawler.intake import BATCH, Intake, ready
from register import joins, notices, runs
from register.database import Register, memory_register, ordered_dump
from register.models import Notice
from tests.conftest import make_lot, make_notice

AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)


def begin(register: Register) -> Intake:
    return Intake(register, runs.start(register, "ted", since=DAY, until=DAY, at=AT), AT)


def bought(number: str, title: str = "Städtjänster", reading: str = "full", procedure: str | None = None) -> Notice:
    own = {"title": title, "reading": reading, "procedure_id": procedure}
    return make_notice(number, **own, lots=(make_lot(title=title),))


NOTICES = st.builds(
    bought,
    st.sampled_from(["1-2026", "2-2026", "3-2026", "4-2026"]),
    st.sampled_from(["Städtjänster", "Snöröjning", "Snöröjning i Falun"]),
    st.sampled_from(["full", "short", "alert"]),
    st.sampled_from([None, "p", "q"]),
)


@given(came=st.lists(NOTICES, max_size=12), cuts=st.sets(st.integers(0, 12)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_batches_end_as_one_by_one_does(came: list[Notice], cuts: set[int]) -> None:
    alone, batches = memory_register(), memory_register()
    begin(alone)
    for notice in came:
        notices.add(alone, notice, raw=None, at=AT)
    taken = begin(batches)
    for position, notice in enumerate(came):
        if position in cuts:
            taken.flush()
        taken.add(notice.publication_number, ready(notice), None)
    taken.finish()
    merging.settle(alone, AT)
    merging.settle(batches, AT)
    kept = [[line for line in ordered_dump(register) if "run_items" not in line] for register in (alone, batches)]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_what_was_done_with_a_notice_is_not_forgotten_where_it_comes_again(register: Register, cut: int) -> None:
    taken = begin(register)
    for position, title in enumerate(("Städtjänster", "Snöröjning", "Snöröjning")):
        if position == cut:
            taken.flush()
        taken.add("1-2026", ready(bought("1-2026", title)), None)
    taken.finish()
    assert runs.items(register, taken.run) == {"1-2026": "changed"}
    assert notices.get(register, "1-2026").title == "Snöröjning"


def test_a_full_batch_is_written_at_once_and_keys_at_the_end(register: Register) -> None:
    taken = begin(register)
    for number in range(BATCH + 1):
        taken.add(f"{number}-2026", ready(bought(f"{number}-2026")), None)
    assert notices.count(register) == BATCH
    assert len(joins.without_keys(register, merging.RULES)) == BATCH
    taken.finish()
    assert notices.count(register) == BATCH + 1
    assert not joins.without_keys(register, merging.RULES)
    assert len(joins.unsettled(register, merging.RULES)) == BATCH + 1


def test_keys_that_a_crash_took_are_reckoned_where_notices_are_joined(register: Register) -> None:
    taken = begin(register)
    for number in ("1-2026", "2-2026"):
        taken.add(number, ready(bought(number)), None)
    taken.flush()
    assert merging.settle(register, AT) == 2
    assert not joins.without_keys(register, merging.RULES)
    assert joins.tender(register, "1-2026") == joins.tender(register, "2-2026")
