"""Faults of clause files are told with file, rule and field; the files that come with the project have none."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from config import knowledge
from config.errors import KnowledgeError
from matcher.screening import checking, rules
from matcher.screening.checking import Fault

GOOD: dict[str, Any] = {
    "name": "Jämställdhet",
    "about": "Bars discrimination.",
    "legal": {"basis": "LOU 17 kap. 1 §", "verified": None, "source": "none yet"},
    "effect": "duty",
    "rules": [{"id": "no-discrimination", "all": [["diskriminer*", "$sex"]], "not": ["om oss"]}],
    "examples": {"affirmed": ["Ingen diskrimineras."], "silent": ["Om oss."]},
}
FAMILIES = {"sex": ["jämställd*", "lika villkor"]}
RULE = ("rules", 0)


def faults(path: tuple[Any, ...], value: Any, *, drop: bool = False) -> list[Fault]:
    """Faults of a good file in which the value at a path is another, or is missing."""
    data = copy.deepcopy(GOOD)
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return list(checking.clause_faults("equality", data, FAMILIES))


def test_the_files_of_the_project_have_no_faults() -> None:
    assert checking.check() == []


def test_a_good_file_has_no_faults() -> None:
    assert faults(("effect",), "info") == []
    assert faults(("legal", "verified"), "2026-11-24") == []
    assert faults((*RULE, "not"), []) == []


@pytest.mark.parametrize(
    ("path", "value", "rule", "field", "reason"),
    [
        (("effect",), "hinders", "", "effect", "not one of opens"),
        (("name",), 7, "", "name", "no text"),
        (("colour",), "red", "", "colour", "no known field"),
        (("legal", "verified"), "soon", "", "legal, verified", "no day such as"),
        (("legal", "basis"), "", "", "legal, basis", "missing"),
        (("legal", "twins"), ["LUF"], "", "legal, twins", "no mapping"),
        (("rules",), [], "", "rules", "no list of rules"),
        (("rules", 0), "text", "number 1", "", "no mapping"),
        ((*RULE, "id"), "Two Words", "Two Words", "id", "small letters"),
        ((*RULE, "al"), ["x"], "no-discrimination", "al", "no known field"),
        ((*RULE, "all"), [], "no-discrimination", "all", "no list of slots"),
        ((*RULE, "all"), [["$age"]], "no-discrimination", "all, slot 1", "no family 'age'"),
        (
            (*RULE, "all"),
            [["diskriminer*"], ["om .."]],
            "no-discrimination",
            "all, slot 2",
            "begin and end with a word",
        ),
        ((*RULE, "all"), [["*"]], "no-discrimination", "all, slot 1", "would match any word"),
        ((*RULE, "all"), [[False]], "no-discrimination", "all, slot 1", "put it in quotes"),
        ((*RULE, "not"), "om oss", "no-discrimination", "not", "no list of patterns"),
        ((*RULE, "polarity"), "maybe", "no-discrimination", "polarity", "not one of affirmed"),
        ((*RULE, "window"), -1, "no-discrimination", "window", "from 0 to 20"),
        ((*RULE, "confidence"), 90, "no-discrimination", "confidence", "up to 1"),
        ((*RULE, "title"), "ja", "no-discrimination", "title", "neither true nor false"),
        (("examples", "affirmed"), ["x", {"Fråga": "text"}], "", "examples, affirmed", "needs quotes"),
        (("examples", "silent"), [], "", "examples, silent", "must not fire"),
        (("examples", "quiet"), ["x"], "", "examples, quiet", "is none of"),
    ],
)
def test_a_slip_is_told_with_its_place(path: tuple[Any, ...], value: Any, rule: str, field: str, reason: str) -> None:
    [fault] = faults(path, value)
    assert (fault.file, fault.rule, fault.field) == ("equality.yaml", rule, field)
    assert reason in fault.reason


@pytest.mark.parametrize("name", sorted(checking.NEEDED))
def test_a_field_that_is_missing_is_told(name: str) -> None:
    assert faults((name,), None, drop=True) == [Fault("equality.yaml", "", name, "is missing")]


def test_verified_is_told_as_null_rather_than_left_out() -> None:
    [fault] = faults(("legal", "verified"), None, drop=True)
    assert fault.field == "legal, verified"


def test_an_id_that_is_there_twice_is_told() -> None:
    assert [fault.field for fault in faults(("rules",), GOOD["rules"] * 2)] == ["id"]


def test_all_faults_of_all_files_are_told_at_once() -> None:
    def read(name: str) -> Any:
        if name == "clauses/small_lots.yaml":
            raise KnowledgeError("config/clauses/small_lots.yaml is no YAML: line 3")
        if name == "clauses/equality.yaml":
            return {**GOOD, "effect": "x", "name": ""}
        return knowledge.read_yaml(name)

    assert [(fault.file, fault.field) for fault in checking.check(read)] == [
        ("equality.yaml", "name"),
        ("equality.yaml", "effect"),
        ("equality.yaml", "all, slot 1"),
        ("small_lots.yaml", ""),
    ]


def test_a_slip_in_the_families_is_told_once() -> None:
    def read(name: str) -> Any:
        content = knowledge.read_yaml(name)
        return {**content, "families": {"asf": ["*"]}} if name == "clauses/_words.yaml" else content

    [fault] = checking.check(read)
    assert (fault.file, fault.field) == ("_words.yaml", "families, asf")


@pytest.mark.parametrize("words", [None, {}, {"families": []}])
def test_shared_words_without_families_are_told(words: Any) -> None:
    assert [fault.field for fault in checking.word_faults(words)] == ["families"]


def test_an_example_that_is_read_otherwise_is_told_with_the_rule() -> None:
    clause = replace(
        rules.clauses()["reserved_participation"],
        examples={
            "affirmed": ("Avtalet gäller i två år.",),
            "silent": ("Upphandlingen är reserverad enligt 4 kap. 18 § LOU.",),
        },
    )
    missed, flagged = checking.example_faults(clause)
    assert (missed.field, missed.rule) == ("examples, affirmed", "")
    assert "read as silent (no rule fires)" in missed.reason
    assert (flagged.field, flagged.rule != "") == ("examples, silent", True)
    assert "read as affirmed" in flagged.reason


def test_an_example_that_an_exclusion_stopped_tells_which() -> None:
    clause = replace(
        rules.clauses()["reserved_participation"],
        examples={
            "affirmed": (
                "Enligt LOU får en upphandlande myndighet reservera rätten att delta för skyddade verkstäder.",
            )
        },
    )
    [fault] = checking.example_faults(clause)
    assert "allmän information" in fault.reason
