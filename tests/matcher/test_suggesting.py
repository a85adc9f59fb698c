"""CPV codes from an enterprise's own words."""

import pytest

from config import cpv
from matcher import profile, suggesting
from matcher.encoder import SentenceEncoder
from matcher.lexical import Analyser
from tests.conftest import make_enterprise


@pytest.fixture(autouse=True)
def few_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning and food alone: to encode the labels of all codes takes minutes."""
    few = {code: label for code, label in cpv.labels().items() if code.startswith(("909", "153"))}
    monkeypatch.setattr(cpv, "labels", lambda: few)


def test_codes_come_with_the_words_they_are_from(model: SentenceEncoder) -> None:
    enterprise = make_enterprise(
        capabilities=("putsar fönster åt skolor", "fruktkorgar till kontor"), cpv=("90911300",), about=""
    )
    found = suggesting.codes(profile.build(enterprise, model, Analyser()), model)
    by = {one.code: one for one in found}
    assert by["90911300"].given
    assert by["90911300"].line == "putsar fönster åt skolor"
    assert any(code.startswith("15") for code in by)
    assert all(one.line in enterprise.capabilities and 0.5 <= one.confidence <= 1 for one in found)
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)


def test_nothing_is_suggested_for_nothing(model: SentenceEncoder) -> None:
    empty = make_enterprise(capabilities=(), about="", cpv=())
    assert suggesting.codes(profile.build(empty, model, Analyser()), model) == []
