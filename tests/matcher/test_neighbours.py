"""Hard neighbours: the better of two tenders comes first though words mislead."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.errors import InputError
from matcher import neighbours
from tests.conftest import WordEncoder
from tests.matcher.test_ranking import ranker

PAIR: dict[str, Any] = {
    "id": "x-1",
    "kind": "same-words",
    "enterprise": {"municipality": "Mora", "capabilities": ["putsar fönster"], "reach": ["Mora"],
                   "largest_contract_sek_per_year": 500000},
    "better": {"title": "Fönsterputs", "description": "", "city": "Mora", "cpv": "90911300", "value_sek": 4e5,
               "duration_months": 24, "buyer": "Mora kommun"},
    "worse": {"title": "Fönsterbyte", "description": "", "city": "Mora", "cpv": "45421132", "value_sek": None,
              "duration_months": None, "buyer": "Mora kommun"},
    "why": "New windows are a builder's work.",
}  # fmt: skip


def test_a_pair_is_read_and_ordered(tmp_path: Path, words: WordEncoder) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(PAIR) + "\n", encoding="utf-8")
    (pair,) = neighbours.read(path)
    assert pair.better.lots[0].cpv == ("90911300",)
    assert pair.worse.lots[0].value is None
    assert neighbours.right_order([pair], words, ranker())["anbudslots"] == {"x-1": True}
    turned = neighbours.Pair(pair.id, pair.kind, pair.enterprise, pair.worse, pair.better, pair.why)
    assert neighbours.right_order([turned], words, ranker())["anbudslots"] == {"x-1": False}


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(PAIR) + "\n" + json.dumps({**PAIR, "better": {}}) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"pairs.jsonl line 2"):
        neighbours.read(path)
