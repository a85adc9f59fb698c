from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier import backoff

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def waits(message_id: str = "1@example.org") -> list[timedelta]:
    """All waits of a letter that is put off each time."""
    at, attempts = AT, 0
    found: list[timedelta] = []
    while True:
        attempts += 1
        following = backoff.next_attempt(message_id, attempts, created=AT, at=at)
        if following is None:
            return found
        found.append(following - at)
        at = following


def test_two_minutes_then_twice_as_long_up_to_a_day_for_three_days() -> None:
    found = [wait / timedelta(minutes=1) for wait in waits()]
    plain = [2.0 * 2**number for number in range(10)]
    for wait, middle in zip(found, plain, strict=False):
        assert 0.8 * middle <= wait <= 1.2 * middle
    assert max(found) <= 24 * 60
    assert 2 * 24 * 60 < sum(found) < 3 * 24 * 60


def test_the_same_letter_waits_the_same_and_others_otherwise() -> None:
    assert waits() == waits()
    firsts = {waits(f"{number}@example.org")[0] for number in range(50)}
    assert len(firsts) == 50


@given(attempts=st.integers(1, 10_000), minutes=st.integers(0, 6000))
def test_never_sooner_than_96_seconds_nor_after_three_days(attempts: int, minutes: int) -> None:
    at = AT + timedelta(minutes=minutes)
    found = backoff.next_attempt("1@example.org", attempts, created=AT, at=at)
    if found is not None:
        assert timedelta(seconds=96) <= found - at <= timedelta(hours=24)
        assert not backoff.is_over(AT, found)


def test_when_its_days_are_over() -> None:
    assert not backoff.is_over(AT, AT + timedelta(days=3) - timedelta(seconds=1))
    assert backoff.is_over(AT, AT + timedelta(days=3))
