from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from config.settings import DigestSettings
from notifier import schedule

ZONE = ZoneInfo("Europe/Stockholm")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


def test_monday_at_seven() -> None:
    runs = schedule.next_runs(DigestSettings(), local(2026, 11, 24, 8), 3)
    assert runs == [local(2026, 11, 30, 7), local(2026, 12, 7, 7), local(2026, 12, 14, 7)]
    assert {run.strftime("%A") for run in runs} == {"Monday"}


def test_the_day_itself_before_and_after_the_hour() -> None:
    assert schedule.next_runs(DigestSettings(), local(2026, 11, 30, 6, 59), 1) == [local(2026, 11, 30, 7)]
    assert schedule.next_runs(DigestSettings(), local(2026, 11, 30, 7, 1), 1) == [local(2026, 12, 7, 7)]


def test_the_hour_stays_when_clocks_go_back_and_forward() -> None:
    autumn = schedule.next_runs(DigestSettings(), local(2026, 10, 18), 2)  # clocks go back on 25 October
    spring = schedule.next_runs(DigestSettings(), local(2027, 3, 21), 2)  # and forward on 28 March
    for first, second in (autumn, spring):
        assert (first.hour, second.hour) == (7, 7)
        assert first.utcoffset() != second.utcoffset()


def test_an_hour_that_comes_twice_or_never_runs_once_a_week() -> None:
    own = DigestSettings(weekday="sun", hour=2)
    autumn = schedule.next_runs(own, local(2026, 10, 24), 3)
    assert [run.date().isoformat() for run in autumn] == ["2026-10-25", "2026-11-01", "2026-11-08"]
    spring = schedule.next_runs(own, local(2027, 3, 27), 2)
    assert len({run.date() for run in spring}) == 2


def test_one_run_at_a_time_and_missed_ones_made_up_once() -> None:
    (job,) = schedule.scheduler(DigestSettings(), lambda: None).get_jobs()
    assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, 6 * 3600)


def test_it_says_when_it_runs_and_ends_when_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    made = schedule.scheduler(DigestSettings(), lambda: told.append("job"))
    monkeypatch.setattr(schedule, "scheduler", lambda settings, job: made)

    def started() -> None:
        told.append("started")
        made.shutdown(wait=False)

    schedule.run(DigestSettings(), lambda: None, started=started)
    assert told == ["started"]


def test_ctrl_c_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    made = schedule.scheduler(DigestSettings(), lambda: None)
    monkeypatch.setattr(schedule, "scheduler", lambda settings, job: made)

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(made, "_main_loop", interrupted)
    schedule.run(DigestSettings(), lambda: None, started=lambda: None)
    assert not made.running
