"""What another place or size would have brought: the same as matching anew would say."""

from typing import Any

import pytest

from matcher import index, matching, profile, whatif
from matcher.feedback import Lessons
from matcher.whatif import Lot
from register.models import Enterprise, Match, Money, Notice, Place
from register.placing import locate
from tests.conftest import WordEncoder, make_enterprise, make_lot, make_notice
from tests.matcher.test_ranking import ranker

LINE = 0.5
NOTHING = Lessons()


def tender(number: str, title: str, city: str = "Mora", value: float = 3e5, cpv: str = "90911300") -> Notice:
    lot = make_lot(title=title, description="", places=(Place(city=city),), value=Money(amount=value),
                   duration_months=12, cpv=(cpv,))  # fmt: skip
    return make_notice(number, title=title, lots=(lot,))


NOTICES = (
    tender("1-2026", "Fönsterputs", "Mora"),
    tender("2-2026", "Fönsterputs på skolor", "Rättvik"),
    tender("3-2026", "Fönsterputs i kommunhuset", "Rättvik"),
    tender("4-2026", "Fönsterputs", "Malmö"),
    tender("5-2026", "Fönsterputs", "Mora", value=4e6),
    tender("6-2026", "Asfaltering", "Rättvik", cpv="45233200"),
)


def matched(words: WordEncoder, own: Enterprise, lessons: Lessons = NOTHING) -> list[Match]:
    built = index.build(NOTICES, {}, words)
    return matching.rank(profile.build(own, words, built.analyser, lessons=lessons), built, ranker(), keep=100)


def lots(matches: list[Match]) -> list[Lot]:
    by = {notice.publication_number: notice for notice in NOTICES}
    found = []
    for match in matches:
        notice = by[match.notice]
        value = index.value_per_year(notice, notice.lots[0])
        found.append(Lot(match, locate(notice, notice.lots[0]), value))
    return found


def over(matches: list[Match]) -> set[str]:
    return {match.notice for match in matches if match.score >= LINE}


@pytest.mark.parametrize(
    "changes",
    [
        {"reach": {"municipalities": ("Mora", "Rättvik")}},
        {"reach": {"municipalities": ("Rättvik",)}},
        {"reach": {"counties": ("20",)}},
        {"reach": {"nationwide": True}},
        {"capacity": {"largest_contract_sek_per_year": 5e6}},
        {"capacity": {"largest_contract_sek_per_year": 3e4}},
        {"reach": {"nationwide": True}, "capacity": {}},
    ],
)
def test_what_it_says_is_what_matching_anew_brings(words: WordEncoder, changes: dict[str, Any]) -> None:
    before = make_enterprise(reach={"municipalities": ("Mora",)})
    after = Enterprise.model_validate({**before.model_dump(), **changes})
    told = whatif.effect(before, after, lots(matched(words, before)), ranker(), NOTHING, line=LINE)
    then, now = over(matched(words, before)), over(matched(words, after))
    assert {match.notice for match in told.gained} == now - then
    assert {match.notice for match in told.lost} == then - now


def test_what_was_told_as_too_far_is_promised_to_nobody(words: WordEncoder) -> None:
    lessons = Lessons(too_far=("Rättvik",))
    before = make_enterprise(reach={"municipalities": ("Mora",)})
    after = whatif.with_place(before, "Rättvik")
    told = whatif.effect(before, after, lots(matched(words, before, lessons)), ranker(), lessons, line=LINE)
    now = over(matched(words, after, lessons))
    assert {match.notice for match in told.gained} == now - over(matched(words, before, lessons))


def test_the_place_that_brings_most_comes_first(words: WordEncoder) -> None:
    own = make_enterprise(reach={"municipalities": ("Mora",)})
    found = whatif.wider(own, lots(matched(words, own)), ranker(), NOTHING, line=LINE)
    assert [(one.municipality, [m.notice for m in one.gained]) for one in found] == [
        ("Rättvik", ["2-2026", "3-2026"]),
        ("Malmö", ["4-2026"]),
    ]


def test_home_stays_in_reach_when_another_place_is_added() -> None:
    alone = make_enterprise(reach={})
    assert whatif.with_place(alone, "Rättvik").reach.municipalities == ("Mora", "Rättvik")
    assert whatif.with_place(make_enterprise(reach={"counties": ("20",)}), "Gävle").reach.municipalities == ("Gävle",)


def test_only_lots_whose_work_fits_are_looked_at(words: WordEncoder) -> None:
    found = matched(words, make_enterprise(reach={"municipalities": ("Mora",)}))
    assert {match.notice for match in whatif.worth(found, ranker(), line=LINE)} == {f"{n}-2026" for n in range(1, 6)}
    older = [match.model_copy(update={"signals": match.signals[:3]}) for match in found]
    assert whatif.worth(older, ranker(), line=LINE) == []
