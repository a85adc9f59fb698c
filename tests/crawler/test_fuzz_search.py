"""Harmed answers of the Search API are taken or named wrong, in bounded time and memory (`make fuzz`)."""

import contextlib
import copy
import json
import random
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from config.errors import InputError
from crawler import answers
from crawler.answers import Wrong
from crawler.standin import StandIn
from crawler.ted_notices import from_fields
from crawler.walk import Walk
from tests.conftest import ROOT
from tests.mutations import CASES, mutations, survive_apart

EXAMPLES = [p.read_bytes() for p in sorted((ROOT / "config" / "examples" / "notices").glob("*.xml"))]
TOKENS = (
    b"null", b"true", b"[]", b"{}", b'""', b"1e999", b"-0", b"123456789012345678901234567890", b'"\\ud800"', b"NaN",
    b'"iterationNextToken"', b'"totalNoticeCount"', b'"notices"', b'"timedOut":true,', b'"publication-number"',
    b"[" * 500, b'{"a":' * 300, b'"swe":', b"\x00", b"\xff", b"Infinity",
)  # fmt: skip


def pages() -> list[bytes]:
    """A page with hits, and the empty one after it."""
    stand_in = StandIn(EXAMPLES)
    query = {"query": "publication-date >= 20261116 AND publication-date <= 20261124", "limit": 250}
    page = stand_in.search(query)
    return [json.dumps(page).encode(), json.dumps(stand_in.search({**query, "iterationNextToken": "token-1"})).encode()]


def take(body: bytes) -> None:
    """What the spider does with a page: check, walk, and read hits in short form."""
    page = answers.search_page(body)
    if isinstance(page, Wrong):
        return
    walk = Walk(date(2026, 11, 24), 1)
    step = walk.take(page)
    assert step in ("more", "same page", "again", "complete", "partial")
    for number, hit in walk.hits.items():
        refused(number, hit)


def refused(number: str, hit: Any) -> None:
    with contextlib.suppress(InputError):
        from_fields(number, hit)


WRONG: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"swe": None},
    {"swe": [1]},
    {1.5: "a"},
    10**30,
)


def of_wrong_types() -> Iterator[bytes]:
    """Pages in which one to four values, anywhere, are of another type; some nested deep."""
    examples = [json.loads(page) for page in pages()]
    for number in range(CASES):
        chance = random.Random(number)
        page: Any = copy.deepcopy(examples[number % len(examples)])
        for _ in range(chance.randint(1, 4)):
            at = page
            while True:
                keys = list(at) if isinstance(at, dict) else list(range(len(at)))
                if not keys:
                    break
                key = chance.choice(keys)
                if isinstance(at[key], (dict, list)) and chance.random() < 0.8:
                    at = at[key]
                    continue
                value = copy.deepcopy(chance.choice(WRONG))
                for _ in range(chance.choice((0, 0, 0, 3, 900))):
                    value = [value]
                at[key] = value
                break
        yield json.dumps(page).encode()


def test_harmed_pages_are_taken_or_named_wrong() -> None:
    assert survive_apart(take, partial(mutations, pages(), TOKENS)) == CASES


def test_values_of_wrong_types_are_taken_or_named_wrong() -> None:
    assert survive_apart(take, of_wrong_types) == CASES
