"""A window is proven complete only when everything announced came, no id twice, and a further page was empty."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crawler import answers
from crawler.walk import Walk
from tests.conftest import NOW

DAY = date(2026, 11, 24)


def page(*numbers: str, total: int, token: str | None = "t") -> dict[str, Any]:
    return {
        "notices": [{"publication-number": n} for n in numbers],
        "totalNoticeCount": total,
        "iterationNextToken": token,
    }


def test_a_short_page_and_a_token_do_not_end_a_walk() -> None:
    walk = Walk(DAY, 0)
    assert walk.take(page("1", "2", total=3)) == "more"
    assert walk.take(page("3", total=3)) == "more"
    assert walk.take(page(total=3)) == "complete"


def test_an_empty_day_is_complete() -> None:
    assert Walk(DAY, 0).take(page(total=0)) == "complete"


def test_a_token_that_ends_too_early_is_no_proof() -> None:
    walk = Walk(DAY, 1)
    assert walk.take(page("1", total=2, token=None)) == "again"
    assert walk.take(page("1", "2", total=2, token=None)) == "complete"


def test_a_shifting_total_a_double_and_a_missing_notice_begin_again_and_then_are_partial() -> None:
    walk = Walk(DAY, 2)
    walk.take(page("1", total=2))
    assert walk.take(page("2", total=3)) == "again"
    walk.take(page("1", total=2))
    assert walk.take(page("1", total=2)) == "again"
    walk.take(page("1", total=2))
    assert walk.take(page(total=2)) == "partial"
    assert set(walk.hits) == {"1", "2"}
    assert len(walk.troubles) == 3


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abcdef"), max_size=4), st.integers(0, 6), st.sampled_from(["t", None])),
        max_size=25,
    )
)
def test_complete_is_never_said_without_proof(pages: list[tuple[list[str], int, str | None]]) -> None:
    walk = Walk(DAY, 3)
    since_restart: list[str] = []
    totals: list[int] = []
    for numbers, total, token in pages:
        step = walk.take(page(*numbers, total=total, token=token))
        since_restart += numbers
        totals.append(total)
        if step == "complete":
            assert len(set(since_restart)) == len(since_restart) == total
            assert set(totals) == {total}
            return
        if step == "partial":
            return
        if step == "again":
            since_restart, totals = [], []


def test_each_fault_has_its_own_name() -> None:
    def kind(status: int, headers: dict[str, str], body: bytes) -> str | None:
        wrong = answers.wrong_status(status, headers, body, NOW)
        return wrong.kind if wrong else None

    assert kind(202, {"x-amzn-waf-action": "challenge"}, b"") == "challenge"
    assert kind(429, {}, b"busy") == "too many requests"
    assert kind(503, {}, b"") == "server error"
    assert kind(403, {}, b"") == "refused"
    assert kind(200, {}, b"") == "empty"
    assert kind(200, {}, b"{}") is None
    for body, expected in {
        b"<!DOCTYPE html><html>": "html",
        b'{"notices": [': "truncated",
        b'{"notices": [], "totalNoticeCount": 0, "timedOut": true}': "timed out",
        b"[]": "form",
        b'{"notices": []}': "form",
    }.items():
        found = answers.search_page(body)
        assert isinstance(found, answers.Wrong)
        assert found.kind == expected


def test_retry_after_is_seconds_or_a_date() -> None:
    assert answers.retry_after("7", NOW) == 7
    assert answers.retry_after("Tue, 24 Nov 2026 06:30:10 GMT", NOW) == 10
    assert answers.retry_after("soon", NOW) is None
    assert answers.retry_after(None, NOW) is None


def test_both_forms_of_a_field_are_read() -> None:
    assert answers.number_of({"publication-number": ["1-2026"]}) == "1-2026"
    assert answers.number_of({"publication-number": "1-2026"}) == "1-2026"
    assert answers.in_language({"swe": ["Städ"]}) == "Städ"
    assert answers.in_language({"eng": "Cleaning"}) == "Cleaning"
