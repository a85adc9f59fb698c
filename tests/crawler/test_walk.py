"""A window is proven complete only when everything announced came, no id twice, and a further page was empty."""

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import answers
from crawler.walk import LOOP, NOTHING, SHIFTED, TWICE, Walk

DAY = date(2026, 11, 24)


def page(*numbers: str, total: int, token: str | None = "t") -> dict[str, Any]:
    return {
        "notices": [{"publication-number": n} for n in numbers],
        "totalNoticeCount": total,
        "iterationNextToken": token,
    }


def stuck(walk: Walk, answer: dict[str, Any]) -> str:
    """What a walk comes to when a server says the same for ever."""
    step = walk.take(answer)
    while step in ("same page", "more"):
        step = walk.take(answer)
    return step


def test_a_short_page_and_a_token_do_not_end_a_walk() -> None:
    walk = Walk(DAY, 0)
    assert walk.take(page("1", "2", total=3, token="a")) == "more"
    assert walk.take(page("3", total=3, token="b")) == "more"
    assert walk.take(page(total=3, token="c")) == "complete"


def test_an_empty_day_is_believed_when_it_is_told_three_times() -> None:
    walk = Walk(DAY, 0)
    assert [walk.take(page(total=0)) for _ in range(3)] == ["same page", "same page", "complete"]


def test_a_day_that_one_answer_calls_empty_is_not_lost() -> None:
    walk = Walk(DAY, 0)
    assert walk.take(page(total=0)) == "same page"
    assert walk.take(page("1", total=1, token="a")) == "more"
    assert walk.take(page(total=1, token="b")) == "complete"
    assert walk.troubles == [NOTHING]


def test_pages_that_end_too_early_are_no_proof() -> None:
    walk = Walk(DAY, 1)
    assert walk.take(page("1", total=2, token=None)) == "same page"
    assert walk.take(page(total=2, token="a")) == "same page"
    assert walk.take(page("1", "2", total=2, token=None)) == "complete"


def test_an_odd_answer_is_asked_for_again_before_the_window_is_walked_anew() -> None:
    walk = Walk(DAY, 2)
    walk.take(page("1", total=2))
    assert walk.take(page("2", total=3, token="u")) == "same page"
    assert walk.take(page("1", total=2, token="u")) == "same page"
    assert walk.take(page("2", total=2, token="u")) == "more"
    assert walk.take(page(total=2, token="v")) == "complete"
    assert walk.troubles == [SHIFTED, TWICE]


def test_what_stays_odd_begins_the_window_again() -> None:
    walk = Walk(DAY, 2)
    walk.take(page("1", total=2))
    assert stuck(walk, page("2", total=3, token="u")) == "again"
    assert walk.token is None


def test_a_page_that_does_not_come_begins_the_window_again_a_few_times() -> None:
    walk = Walk(DAY, 10)
    steps = []
    for _ in range(4):
        walk.take(page("1", total=2))
        steps.append(walk.broken("the server answered with status 400, 3 times in a row"))
    assert steps == ["again", "again", "again", "partial"]
    assert walk.problem == "the server answered with status 400, 3 times in a row"
    assert Walk(DAY, 10).broken("refused") == "partial"


def test_a_token_that_leads_back_to_the_start_after_all_has_come_is_an_end() -> None:
    walk = Walk(DAY, 0)
    walk.take(page("1", total=2, token="a"))
    walk.take(page("2", total=2, token="b"))
    assert stuck(walk, page("1", total=2, token="a")) == "complete"
    assert walk.troubles[-1] == LOOP


def test_an_empty_page_in_the_midst_is_stepped_over() -> None:
    walk = Walk(DAY, 0)
    walk.take(page("1", total=2, token="a"))
    assert [walk.take(page(total=2, token="b")) for _ in range(5)] == ["same page"] * 4 + ["more"]
    assert walk.token == "b"
    assert walk.take(page("2", total=2, token="c")) == "more"
    assert walk.take(page(total=2, token="d")) == "complete"


def test_numbers_are_told_apart_however_they_are_padded() -> None:
    walk = Walk(DAY, 0)
    walk.take(page("00012345-2026", total=2, token="a"))
    assert walk.take(page("12345-2026", total=2, token="b")) == "same page"
    assert set(walk.hits) == {"12345-2026"}


def test_a_token_that_comes_again_is_odd() -> None:
    walk = Walk(DAY, 0)
    walk.take(page("1", total=3, token="t"))
    assert walk.take(page("2", total=3, token="t")) == "same page"


def test_walks_that_each_miss_something_prove_the_total_together() -> None:
    walk = Walk(DAY, 5)
    walk.take(page("1", "2", total=4, token="a"))
    walk.take(page("3", total=4, token="b"))
    assert stuck(walk, page(total=4, token="c")) == "again"
    walk.take(page("1", "2", total=4, token="d"))
    walk.take(page("4", total=4, token="e"))
    assert walk.take(page(total=4, token="f")) == "complete"


def test_what_only_an_odd_answer_listed_proves_nothing() -> None:
    walk = Walk(DAY, 5)
    walk.take(page("1", total=2, token="a"))
    walk.take(page("9", total=5, token="b"))
    assert walk.take(page(total=2, token="c")) == "same page"


def test_walks_that_list_nothing_new_are_enough() -> None:
    walk = Walk(DAY, 40)
    steps = []
    for number in range(4):
        walk.take(page("1", total=2, token=f"a{number}"))
        steps.append(stuck(walk, page(total=2, token="b")))
    assert steps == ["again", "again", "again", "partial"]
    assert set(walk.hits) == {"1"}
    assert (walk.announced, walk.problem) == (2, "1 of 2 announced notices came")


def test_a_total_that_one_answer_inflates_is_not_announced() -> None:
    walk = Walk(DAY, 40)
    step = "again"
    while step == "again":
        walk.take(page("1", total=2, token="a"))
        walk.take(page(total=52, token="b"))
        step = stuck(walk, page(total=2, token="b"))
        if step == "again":
            walk.take(page("1", total=2, token="a"))
            step = stuck(walk, page(total=2, token="b"))
    assert (step, walk.announced) == ("partial", 2)


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
            # Only a server that has nothing further but the same again ends a walk with a page that lists something.
            assert not numbers or token is None or walk.troubles[-1] == LOOP
            return
        if step == "partial":
            return


def faulty(chance: random.Random, whole: list[str], cap: int, token: str | None) -> dict[str, Any]:
    """An answer of a server that gives `whole` in pages of `cap` and is bad 17 % of the time."""
    at, shift = map(int, token.split("-")[:2]) if token else (0, 0)
    given, fault = whole[at : at + cap], ""
    if chance.random() < 0.17:
        fault = chance.choice(
            [
                "shift",
                "stays shifted",
                "twice",
                "from before",
                "short",
                "skips",
                "empty",
                "loop",
                "same token",
                "no token",
            ]
        )
    following = at + len(given)
    total = len(whole) + shift
    if fault == "shift":
        total += chance.choice([-3, 7])
    elif fault == "stays shifted":
        shift += 1
    elif fault == "twice" and given:
        given = [*given, given[0]]
    elif fault == "from before":
        given = [whole[0], *given[1:]]
    elif fault == "short":
        given = given[: len(given) // 2]
        following = at + len(given)
    elif fault == "skips":
        given = given[: len(given) // 2]
    elif fault == "empty":
        given = []
    elif fault == "loop":
        given = whole[:cap]
    answer = page(*given, total=total, token=f"{following}-{shift}-{chance.random()}")
    if fault == "same token":
        answer["iterationNextToken"] = token
    elif fault == "no token":
        answer["iterationNextToken"] = None
    return answer


@pytest.mark.parametrize("cap", [10, 37, 250, 1000])
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_notices_of_one_day_are_proven_through_pages_that_are_bad(cap: int, seed: int) -> None:
    chance = random.Random(seed)
    whole = [f"{991000 + number}-2026" for number in range(1000)]
    walk, step = Walk(DAY, 40), "more"
    while step not in ("complete", "partial"):
        step = walk.take(faulty(chance, whole, cap, walk.token))
    assert (step, walk.announced) == ("complete", 1000)
    assert walk.listed == set(whole)


@pytest.mark.parametrize("cap", [10, 250])
@pytest.mark.parametrize("seed", range(5))
def test_ten_that_are_withheld_are_never_proven(cap: int, seed: int) -> None:
    chance = random.Random(seed)
    whole = [f"{991000 + number}-2026" for number in range(1000)]
    walk, step = Walk(DAY, 40), "more"
    while step not in ("complete", "partial"):
        answer = faulty(chance, whole, cap, walk.token)
        answer["notices"] = [h for h in answer["notices"] if not whole[500] <= h["publication-number"] < whole[510]]
        step = walk.take(answer)
    assert step == "partial"
    assert walk.announced == 1000
    assert len(walk.hits) == 990


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
