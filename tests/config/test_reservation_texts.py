"""Template texts: whole in both languages, each with a source, and never called checked without a day."""

import re
from typing import Any

import pytest

from config import reservation_texts
from config.errors import KnowledgeError

ROW = {
    "basis": "", "verified": None, "source": "x",
    "sv": {"title": "a", "use": "b", "text": "c"}, "en": {"title": "a", "use": "b", "text": "c"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> None:
    reservation_texts.templates.cache_clear()


def test_both_languages_have_the_same_texts_with_as_many_places_to_fill_in() -> None:
    swedish, english = (reservation_texts.templates(language) for language in reservation_texts.LANGUAGES)
    assert [one.key for one in swedish] == ["notice", "aim", "share", "contract", "follow_up", "dialogue"]
    for one, other in zip(swedish, english, strict=True):
        assert (one.key, one.basis, one.verified, one.source) == (other.key, other.basis, other.verified, other.source)
        assert len(re.findall(r"\[", one.text)) == len(re.findall(r"\[", other.text)), one.key


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"source": ""}, "source"),
        ({"verified": "yesterday"}, "verified"),
        ({"sv": {"title": "a", "use": "b", "text": ""}}, "sv"),
        ({"more": 1}, "no more"),
    ],
)
def test_a_text_that_does_not_hold_together_is_named(
    change: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservation_texts, "read_yaml", lambda _: {"own": {**ROW, **change}})
    with pytest.raises(KnowledgeError, match=f"own.*{told}"):
        reservation_texts.templates("sv")
    reservation_texts.templates.cache_clear()
