"""A window is proven complete only when everything announced came, no id twice, and a further page was empty."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crawler import answers
from crawler.walk import Walk

DAY = date(2026, 11, 24)


def page(*numbers: str, total: int, token: str | None = "t") -> dict[str, Any]:
    return {
        "notices": [{"publication-number": n} for n in numbers],
        "totalNoticeCount": total,
        "iterationNextToken": token,
    }


def test_a_short_page_and_a_token_do_not_end_a_walk() -> None:
    walk = Walk(DAY, 0)
    assert walk.take(page("1", "2", total=3, token="a")) == "more"
    assert walk.take(page("3", total=3, token="b")) == "more"
    assert walk.take(page(total=3, token="c")) == "complete"


def test_an_empty_day_is_complete() -> None:
    assert Walk(DAY, 0).take(page(total=0)) == "complete"


def test_a_token_that_ends_too_early_is_no_proof() -> None:
    walk = Walk(DAY, 1)
    assert walk.take(page("1", total=2, token=None)) == "again"
    assert walk.take(page("1", "2", total=2, token=None)) == "complete"


def test_an_odd_answer_is_asked_for_again_before_the_window_is_walked_anew() -> None:
    walk = Walk(DAY, 2)
    walk.take(page("1", total=2))
    assert walk.take(page("2", total=3, token="u")) == "same page"
    assert walk.take(page("1", total=2, token="u")) == "same page"
    assert walk.take(page("2", total=2, token="u")) == "more"
    assert walk.take(page(total=2, token="v")) == "complete"
    assert walk.troubles == ["the announced total went from 2 to 3 while it was read", "a notice came twice"]


def test_what_stays_odd_begins_the_window_again() -> None:
    walk = Walk(DAY, 2)
    walk.take(page("1", total=2))
    steps = [walk.take(page("2", total=3, token="u")) for _ in range(3)]
    assert steps == ["same page", "same page", "again"]
    assert walk.token is None


def test_a_token_that_comes_again_is_odd() -> None:
    walk = Walk(DAY, 0)
    walk.take(page("1", total=3, token="t"))
    assert walk.take(page("2", total=3, token="t")) == "same page"


def test_walks_that_each_miss_something_prove_the_total_together() -> None:
    walk = Walk(DAY, 5)
    walk.take(page("1", "2", total=4, token="a"))
    walk.take(page("3", total=4, token="b"))
    assert walk.take(page(total=4, token="c")) == "again"
    walk.take(page("1", "2", total=4, token="d"))
    walk.take(page("4", total=4, token="e"))
    assert walk.take(page(total=4, token="f")) == "complete"


def test_what_only_an_odd_answer_listed_proves_nothing() -> None:
    walk = Walk(DAY, 5)
    walk.take(page("1", total=2, token="a"))
    walk.take(page("9", total=5, token="b"))
    assert walk.take(page(total=2, token="c")) == "again"


def test_walks_that_end_alike_three_times_are_enough() -> None:
    walk = Walk(DAY, 20)
    steps = []
    for number in range(3):
        walk.take(page("1", total=2, token=f"a{number}"))
        steps.append(walk.take(page(total=2, token=f"b{number}")))
    assert steps == ["again", "again", "partial"]
    assert set(walk.hits) == {"1"}
    assert (walk.announced, walk.troubles[-1]) == (2, "1 of 2 announced notices came")


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcdef"), max_size=4), st.integers(0, 6), st.sampled_from(["t", "u", "v", None])
        ),
        max_size=25,
    )
)
def test_complete_is_never_said_without_as_many_ids_as_announced(
    pages: list[tuple[list[str], int, str | None]],
) -> None:
    walk = Walk(DAY, 3)
    came: set[str] = set()
    for numbers, total, token in pages:
        step = walk.take(page(*numbers, total=total, token=token))
        came |= set(numbers)
        if step == "complete":
            assert total == walk.announced
            assert total in (len(walk.seen), len(walk.listed))
            assert walk.listed <= came
            assert not numbers or token is None
            return
        if step == "partial":
            return


def test_each_fault_has_its_own_name() -> None:
    def kind(status: int, headers: dict[str, str], body: bytes) -> str | None:
        wrong = answers.wrong_status(status, headers, body)
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


def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock() -> None:
    assert answers.retry_after({"retry-after": "7"}) == 7
    date = {"retry-after": "Tue, 24 Nov 2026 06:30:10 GMT", "date": "Tue, 24 Nov 2026 06:30:00 GMT"}
    assert answers.retry_after(date) == 10
    assert answers.retry_after({"retry-after": "Tue, 24 Nov 2026 06:30:10 GMT"}) is None
    assert answers.retry_after({"retry-after": "soon"}) is None
    assert answers.retry_after({}) is None


def test_both_forms_of_a_field_are_read() -> None:
    assert answers.number_of({"publication-number": ["1-2026"]}) == "1-2026"
    assert answers.number_of({"publication-number": "1-2026"}) == "1-2026"
    assert answers.in_language({"swe": ["Städ"]}) == "Städ"
    assert answers.in_language({"eng": "Cleaning"}) == "Cleaning"
