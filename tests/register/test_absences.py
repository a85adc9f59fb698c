from datetime import UTC, datetime, timedelta

import pytest

from config.errors import InputError, NotFoundError
from register import absences, findings, notices, runs, windows
from register.absences import Vanished
from register.database import Register
from register.models import Window
from tests.conftest import make_lot, make_notice

AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
DAY = "2026-11-20"


def put(register: Register, count: int, **changes: object) -> list[str]:
    """So many open notices; their numbers."""
    numbers = [f"{place}-2026" for place in range(1, count + 1)]
    for number in numbers:
        notices.add(register, make_notice(number, **changes), raw=None, at=AT)
    return numbers


def crawl(
    register: Register, *listed: str, window: str = DAY, complete: bool = True, again: int | None = None
) -> Vanished:
    """One run over one window that lists these notices; again: the same run taken up anew."""
    run = again or runs.start(register, "ted", at=AT)
    status = "complete" if complete else "partial"
    windows.put(
        register,
        Window.model_validate(
            {
                "source": "ted", "window": window, "announced": len(listed), "received": len(listed), "status": status,
                "problem": "", "run": run, "at": AT,
            }
        ),
    )  # fmt: skip
    if not complete:
        return Vanished()
    absences.observe(register, "ted", window, run, listed)
    return absences.conclude(register, "ted", run, AT)


def gone(register: Register) -> list[str]:
    rows = register.db.query("SELECT publication_number AS n FROM notices WHERE gone IS NOT NULL ORDER BY n")
    return [row["n"] for row in rows]


def test_two_complete_runs_without_it_mark_a_notice(register: Register) -> None:
    first, second = put(register, 2)
    crawl(register, first, second)
    assert crawl(register, first) == Vanished()
    assert crawl(register, first) == Vanished(marked=(second,))
    assert gone(register) == [second]
    assert [n.publication_number for n in notices.current(register, closed=False)] == [first]
    assert [n.publication_number for n in notices.current(register, closed=True)] == [second]
    assert findings.pending(register, "rules", closed=False) == [first]
    assert crawl(register, first) == Vanished()


def test_reappearing_clears_it_and_the_count_begins_anew(register: Register) -> None:
    first, second = put(register, 2)
    for listed in ([first, second], [first], [first], [first, second], [first]):
        crawl(register, *listed)
    assert gone(register) == []
    crawl(register, first)
    assert gone(register) == [second]


def test_partial_windows_and_windows_of_other_days_tell_nothing(register: Register) -> None:
    first, second = put(register, 2)
    crawl(register, first, second)
    for _ in range(3):
        crawl(register, complete=False)
        crawl(register, first, window="2026-11-21")
    assert gone(register) == []


def test_a_run_taken_up_again_counts_once(register: Register) -> None:
    first, second = put(register, 2)
    crawl(register, first, second)
    crawl(register, first)
    run = runs.latest(register, "ted")
    assert run
    crawl(register, first, again=run.id)
    assert gone(register) == []


def test_a_notice_that_moved_to_another_window_of_the_run_is_there(register: Register) -> None:
    first, second = put(register, 2)
    crawl(register, first, second)
    for _ in range(2):
        run = runs.start(register, "ted", at=AT)
        absences.observe(register, "ted", "2026-11-21", run, [second])
        crawl(register, first, again=run)
    assert gone(register) == []


def test_what_has_closed_by_itself_is_not_marked(register: Register) -> None:
    over = make_lot(deadline=AT - timedelta(days=1))
    first, second = put(register, 2, lots=(over,))
    for listed in ([first, second], [first], [first]):
        crawl(register, *listed)
    assert gone(register) == []


def test_the_brake_holds_a_run_that_would_mark_too_many(register: Register) -> None:
    numbers = put(register, 40)
    crawl(register, *numbers)
    crawl(register, *numbers[4:])
    held = crawl(register, *numbers[4:])
    run = runs.latest(register, "ted")
    assert held.brake and run
    assert (held.marked, held.brake.run, held.brake.open) == ((), run.id, 40)
    assert set(held.brake.would_close) == set(numbers[:4])
    assert gone(register) == []
    # It waits under the run that told of it, whatever comes later.
    later = crawl(register, *numbers[1:])
    assert later.brake and (later.brake.run, later.brake.would_close) == (run.id, (numbers[0],))
    assert gone(register) == []


@pytest.mark.parametrize(("vanished", "known"), [(3, 10), (4, 80)])
def test_a_few_or_a_small_share_pass_without_a_brake(register: Register, vanished: int, known: int) -> None:
    numbers = put(register, known)
    for listed in (numbers, numbers[vanished:], numbers[vanished:]):
        crawl(register, *listed)
    assert gone(register) == sorted(numbers[:vanished])


def braked(register: Register) -> tuple[int, list[str]]:
    numbers = put(register, 20)
    for listed in (numbers, numbers[5:], numbers[5:]):
        crawl(register, *listed)
    (brake,) = absences.undecided(register)
    return brake.run, numbers


def test_a_person_closes(register: Register) -> None:
    run, numbers = braked(register)
    assert sorted(absences.decide(register, run, "close", by="Asta", at=AT)) == sorted(numbers[:5])
    assert gone(register) == sorted(numbers[:5])
    assert absences.undecided(register) == []
    (row,) = register.db.query("SELECT decision, decided_by FROM brakes")
    assert row == {"decision": "close", "decided_by": "Asta"}


def test_a_person_keeps_and_the_count_begins_anew(register: Register) -> None:
    run, numbers = braked(register)
    absences.decide(register, run, "keep", by="Asta", at=AT)
    assert crawl(register, *numbers[5:]) == Vanished()
    assert gone(register) == []
    assert crawl(register, *numbers[5:]).brake


def test_what_has_come_back_since_is_not_closed(register: Register) -> None:
    run, numbers = braked(register)
    crawl(register, *numbers[1:])
    assert absences.decide(register, run, "close", by="Asta", at=AT) == (numbers[0],)


def test_the_brake_goes_by_itself_when_all_are_back(register: Register) -> None:
    _, numbers = braked(register)
    crawl(register, *numbers)
    assert absences.undecided(register) == []


def test_a_decision_needs_a_waiting_run_and_a_name(register: Register) -> None:
    run, _ = braked(register)
    with pytest.raises(NotFoundError, match=f"waiting: {run}"):
        absences.decide(register, run + 7, "keep", by="Asta", at=AT)
    with pytest.raises(InputError, match="who decides"):
        absences.decide(register, run, "keep", by="", at=AT)
    absences.decide(register, run, "keep", by="Asta", at=AT)
    with pytest.raises(NotFoundError, match="waiting: none"):
        absences.decide(register, run, "keep", by="Asta", at=AT)
