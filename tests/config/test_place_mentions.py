"""Places in running text, by example."""

import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config import place_mentions, places
from tests.conftest import ROOT

TEXTS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (ROOT / "tests" / "examples" / "places" / "texts.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("example", [*TEXTS["named"], *TEXTS["elsewhere"]], ids=lambda example: str(example["text"]))
def test_what_a_reader_finds(example: dict[str, Any]) -> None:
    found = place_mentions.find(example["text"])
    assert {m.municipality.name for m in found if m.municipality} == set(example.get("municipalities", ()))
    assert {m.county for m in found if m.county} == set(example.get("counties", ()))


def test_a_third_of_the_examples_name_no_place() -> None:
    assert len(TEXTS["elsewhere"]) >= (len(TEXTS["named"]) + len(TEXTS["elsewhere"])) / 3


@pytest.mark.parametrize("municipality", places.municipalities(), ids=lambda municipality: str(municipality.name))
def test_every_municipality_is_found_after_a_preposition_and_before_kommun(municipality: places.Municipality) -> None:
    genitive = municipality.name if municipality.name[-1] in "sxz" else f"{municipality.name}s"
    for text in (f"Snöröjning i {municipality.name}", f"{genitive} kommun, städ", f"STÄD, {genitive.upper()} KOMMUN"):
        assert [m.municipality for m in place_mentions.find(text)] == [municipality], text


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["Mora", "Orsa", "Mark", "och", ",", "-", "i", "utom", "Eva", "W-län"])).map(" ".join)
)
def test_mentions_stand_in_order_where_they_say(text: str) -> None:
    found = place_mentions.find(text)
    assert [mention.start for mention in found] == sorted(mention.start for mention in found)
    for mention in found:
        assert 0 <= mention.start < mention.end <= len(text)
        assert (mention.municipality is None) != (mention.county is None)


def test_ten_thousand_titles_take_no_time() -> None:
    titles = [example["text"] for example in TEXTS["named"]] * 90
    began = time.perf_counter()
    for title in titles:
        place_mentions.find(title)
    # About half a second; ten leave room for a busy machine.
    assert time.perf_counter() - began < 10
