"""A field that a parser loses is told; what chance explains is not."""

import pytest

from crawler.filling import falls, measure, watch
from register import fills, notices, runs
from register.database import Register
from register.fills import Fill
from register.models import Buyer, Money, Run
from tests.conftest import NOW, make_lot, make_notice

STEADY = [Fill(95, 100), Fill(93, 100), Fill(97, 100), Fill(94, 100), Fill(96, 100)]


def test_measure_counts_notices_and_a_lot_is_enough() -> None:
    whole = make_notice("1-2026", lots=(make_lot(), make_lot(id="LOT-0002", value=Money(amount=5))))
    bare = make_notice("2-2026", buyer=Buyer(name="Mora kommun", org_number="2120002213"), procedure_id=None)
    counted = measure([whole, bare])
    assert counted["BT-27 value"] == Fill(1, 2)
    assert counted["BT-501 buyer's number"] == Fill(1, 2)
    assert counted["BT-04 procedure"] == Fill(1, 2)
    assert counted["BT-131 deadline"] == Fill(2, 2)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        # Mean 0.95, sd 0.0158; chance alone gives 100 notices sd 0.0218, so the bound is 0.95 - 0.065 = 0.885.
        (Fill(89, 100), False),
        (Fill(88, 100), True),
        (Fill(0, 100), True),
        (Fill(100, 100), False),
        # Ten notices are too few to tell.
        (Fill(0, 10), False),
        # With 1,000 notices the runs' own spread counts: 0.95 - 0.047 = 0.903.
        (Fill(905, 1000), False),
        (Fill(900, 1000), True),
    ],
)
def test_a_fall_beyond_three_deviations_is_told(now: Fill, told: bool) -> None:
    assert bool(falls({"BT-27 value": now}, {"BT-27 value": STEADY})) is told


def test_a_history_without_any_gap_makes_one_gap_no_alarm_but_a_real_fall_is_one() -> None:
    always = [Fill(100, 100)] * 6
    assert falls({"BT-262 CPV": Fill(99, 100)}, {"BT-262 CPV": always}) == []
    [sentence] = falls({"BT-262 CPV": Fill(90, 100)}, {"BT-262 CPV": always})
    assert sentence.startswith("BT-262 CPV is filled in 90% of 100 notices; in the 6 runs before it was 100%")


def test_four_runs_are_no_history() -> None:
    assert falls({"BT-27 value": Fill(0, 100)}, {"BT-27 value": STEADY[:4]}) == []


def test_each_run_is_stored_and_judged_by_those_before_it(register: Register) -> None:
    def run(number: int, deadline: bool) -> Run:
        key = runs.start(register, "ted", at=NOW)
        for item in range(30):
            name = f"{number * 100 + item}-2026"
            lot = make_lot() if deadline else make_lot(deadline=None)
            notices.add(register, make_notice(name, lots=(lot,)), raw=None, at=NOW)
            runs.note(register, key, {name: "new"})
        return Run(id=key, source="ted", started=NOW, ended=NOW, status="complete")

    for number in range(1, 6):
        assert watch(register, run(number, deadline=True)) == []
    [sentence] = watch(register, run(6, deadline=False))
    assert "BT-131 deadline is filled in 0% of 30 notices" in sentence
    assert fills.history(register, "ted", before=7)["BT-131 deadline"] == [Fill(30, 30)] * 5 + [Fill(0, 30)]
