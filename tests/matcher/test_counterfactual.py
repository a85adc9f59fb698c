"""Why not, and what if."""

from typing import Any

import pytest

from matcher import counterfactual, index, profile, signals
from register.models import Enterprise, Money, Notice, Place
from tests.conftest import WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker

LINE = 0.5


def tender(number: str, title: str, city: str = "Mora", value: float = 3e5, **lot: Any) -> Notice:
    lots = (make_lot(title=title, description="", places=(Place(city=city),), value=Money(amount=value),
                     duration_months=12, **lot),)  # fmt: skip
    return make_notice(number, title=title, lots=lots)


def given(words: WordEncoder, enterprise: Enterprise, *notices: Notice) -> tuple[Any, Any]:
    built = index.build(notices, {}, words)
    return profile.build(enterprise, words, built.analyser), built


@pytest.mark.parametrize(
    ("notice", "stops"),
    [
        (tender("1-2026", "Fönsterputs", "Malmö"), ("place",)),
        (tender("1-2026", "Fönsterputs", value=4e6), ("size",)),
        (tender("1-2026", "Fönsterputs", "Malmö", value=4e6), ("place", "size")),
    ],
)
def test_what_stopped_a_near_miss(words: WordEncoder, notice: Notice, stops: tuple[str, ...]) -> None:
    own, built = given(words, make_enterprise(), notice)
    (miss,) = counterfactual.near_misses(signals.matrix(own, built), ranker(), line=LINE, top=5)
    assert set(miss.stops) <= set(stops)
    if len(stops) == 1:
        assert miss.stops == stops
        assert miss.score < LINE <= miss.score_if
    else:
        assert miss.score_if < LINE


def test_other_work_is_no_near_miss(words: WordEncoder) -> None:
    own, built = given(words, make_enterprise(), tender("1-2026", "Asfaltering av vägar"))
    assert counterfactual.near_misses(signals.matrix(own, built), ranker(), line=LINE, top=5) == []


def test_what_is_over_the_line_is_no_miss(words: WordEncoder) -> None:
    own, built = given(words, make_enterprise(), tender("1-2026", "Fönsterputs"))
    assert counterfactual.near_misses(signals.matrix(own, built), ranker(), line=LINE, top=5) == []


def test_what_single_changes_would_bring(words: WordEncoder) -> None:
    enterprise = make_enterprise(reach={"municipalities": ("Mora",)})
    notices = (
        tender("1-2026", "Fönsterputs i Leksand", "Leksand"),
        tender("2-2026", "Fönsterputs på skolor i Leksand", "Leksand"),
        tender("3-2026", "Fönsterputs", value=1.6e6),
        tender("4-2026", "Fruktkorgar", cpv=("15300000",)),
        tender("5-2026", "Asfaltering", cpv=("45233200",)),
    )
    own, built = given(words, enterprise, *notices)
    found = counterfactual.changes(
        own, built, ranker(), lambda changed: profile.build(changed, words, built.analyser), line=LINE
    )
    numbers = [notice.publication_number for notice in built.notices]
    told = {(change.kind, change.what): [numbers[at] for at in change.gained] for change in found}
    assert sorted(told["place", "Leksand"]) == ["1-2026", "2-2026"]
    assert told["size", "1000000"] == ["3-2026"]
    assert told["capability", "Fruktkorgar"] == ["4-2026"]
    assert not any("5-2026" in gained for gained in told.values())
    assert found[0].what == "Leksand"
