from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.settings import DigestSettings
from notifier.digest import Candidate, Digest, Quiet, period_of
from register.models import Capacity, DigestChoice
from tests.notifier import given
from tests.notifier.given import DEADLINE, NOW, ZONE


def many(count: int, *, first: int = 700100) -> list[Candidate]:
    """Tenders of one lot each, the first best."""
    return [
        given.candidate(
            given.notice(publication_number=f"{first + n}-2026", procedure_id=f"p{first + n}"), score=0.95 - n / 100
        )
        for n in range(count)
    ]


def test_a_fitting_lot_is_told_with_its_facts() -> None:
    found = given.digest(given.candidate(findings=(given.finding(section="5.3"),)))
    (item,) = found.items
    assert (item.kind, item.title, item.buyer, item.place) == (
        "new",
        "Fönsterputs på sex förskolor",
        "Mora kommun",
        "Mora",
    )
    assert item.days_left == 24  # 23 November to 17 December
    assert item.size is not None
    assert (item.size.amount, item.size.yearly) == (90_000, True)
    assert item.sentences == ("Vi söker den som putsar fönster på sex förskolor.", "Det sker i maj och september.")
    assert item.fits == ("Ni putsar fönster.", "Arbetet är i Mora.")
    assert item.watch == ("Ansvarsförsäkring behövs.",)
    assert [(c.code, c.section) for c in item.clauses] == [("employment_requirement", "5.3")]
    assert item.link == "https://ted.europa.eu/sv/notice/-/detail/700001-2026"
    assert found.lots == (("700001-2026", "LOT-0001"),)
    assert found.told == (("procedure-1", "LOT-0001", "1 2026-12-17T22:59Z"),)


def test_best_first_and_never_more_than_asked() -> None:
    found = given.digest(*reversed(many(9)), settings=DigestSettings(max_lots=3))
    assert [item.number for item in found.items] == ["700100-2026", "700101-2026", "700102-2026"]


def test_a_thin_week_is_not_padded() -> None:
    weak = [given.candidate(score=0.49)]
    assert given.made(*weak) == Quiet(reason="nothing new that fits: 1 below the lowest score 0.5")


def test_no_matches_at_all() -> None:
    assert given.made() == Quiet(reason="no matches in the register")


def test_told_once_is_not_told_again() -> None:
    first = given.digest()
    again = given.made(given.candidate(), told=set(first.told), now=NOW + timedelta(days=7))
    assert again == Quiet(reason="nothing new that fits: 1 told before")


def test_a_moved_deadline_is_told_with_old_and_new() -> None:
    told = set(given.digest().told)
    moved = given.candidate(given.notice(given.lot(deadline=DEADLINE + timedelta(days=8))), score=0.1)
    found = given.digest(moved, told=told)
    (item,) = found.items
    assert item.kind == "changed"
    assert item.before == DEADLINE
    assert item.deadline == DEADLINE + timedelta(days=8)
    assert found.told == (("procedure-1", "LOT-0001", "2 2026-12-25T22:59Z"),)


def test_a_deadline_moved_there_and_back_is_told_each_time() -> None:
    told = set(given.digest().told)
    moved = given.candidate(given.notice(given.lot(deadline=DEADLINE + timedelta(days=8))))
    told |= set(given.digest(moved, told=told).told)
    back = given.digest(given.candidate(), told=told)
    assert back.items[0].kind == "changed"
    assert back.items[0].before == DEADLINE + timedelta(days=8)
    assert isinstance(given.made(given.candidate(), told=told | set(back.told)), Quiet)


def test_a_cancelled_tender_is_told_only_to_those_who_had_it() -> None:
    gone = given.candidate(given.notice(form_type="change", closed=True, change_reason="cancel"), score=0)
    assert isinstance(given.made(gone), Quiet)
    found = given.digest(gone, told=set(given.digest().told))
    assert found.items[0].kind == "cancelled"
    assert isinstance(given.made(gone, told=set(found.told)), Quiet)


def test_an_award_is_no_cancellation() -> None:
    award = given.candidate(given.notice(form_type="result", closed=True))
    assert isinstance(given.made(award, told=set(given.digest().told)), Quiet)


def test_changes_come_before_new_ones_even_when_weaker() -> None:
    told = set(given.digest().told)
    moved = given.candidate(given.notice(given.lot(deadline=DEADLINE + timedelta(days=8))), score=0)
    found = given.digest(*many(9), moved, told=told)
    assert [item.kind for item in found.items] == ["changed", "new", "new", "new", "new"]


def test_closed_lots_are_left_out() -> None:
    late = given.candidate(given.notice(given.lot(deadline=NOW - timedelta(minutes=1))))
    assert given.made(late) == Quiet(reason="nothing new that fits: 1 closed")


def test_one_tender_is_one_item_with_two_lots_and_a_count_of_the_rest() -> None:
    lots = tuple(given.lot(id=f"LOT-000{n}", title=f"Område {n}") for n in range(1, 6))
    whole = given.notice(*lots)
    found = given.digest(*(given.candidate(whole, number=n, score=0.9 - n / 100) for n in range(5)), *many(4))
    assert found.items[0].number == "700100-2026"
    (item,) = [item for item in found.items if item.number == "700001-2026"]
    assert [other.lot for other in item.also] == ["LOT-0002"] or item.further_lots == 4
    assert item.further_lots + len(item.also) == 4
    assert len(found.lots) == 5
    assert len([row for row in found.told if row[0] == "procedure-1"]) == 5  # the rest is told as a number


def test_of_two_notices_of_one_procedure_the_later_holds() -> None:
    later = given.notice(given.lot(deadline=DEADLINE + timedelta(days=1)), publication_number="700002-2026")
    found = given.digest(given.candidate(), given.candidate(later, score=0.7))
    assert found.lots == (("700002-2026", "LOT-0001"),)
    assert isinstance(given.made(given.candidate(), given.candidate(later, score=0.2)), Quiet)


@pytest.mark.parametrize(
    ("include", "told"),
    [
        (("open",), ["large", "open"]),
        (("reserved",), ["reserved"]),
        (("subcontract",), ["large"]),
        (("planned",), ["planned"]),
        (("open", "reserved"), ["large", "open", "reserved"]),
    ],
)
def test_only_the_kinds_that_the_enterprise_has_chosen(include: tuple[str, ...], told: list[str]) -> None:
    reserved = given.finding("reserved_participation", effect="opens")
    candidates = [
        given.candidate(given.notice(procedure_id="open")),
        given.candidate(given.notice(procedure_id="reserved", publication_number="2-2026"), findings=(reserved,)),
        given.candidate(
            given.notice(given.lot(value={"amount": 9_000_000}), procedure_id="large", publication_number="3-2026"),
            findings=(given.finding("social_subcontracting"),),
        ),
        given.candidate(
            given.notice(
                given.lot(deadline=None), procedure_id="planned", publication_number="4-2026", form_type="planning"
            )
        ),
    ]
    own = given.enterprise(
        digest=DigestChoice.model_validate({"include": include}),
        capacity=Capacity(largest_contract_sek_per_year=500_000),
    )
    found = given.digest(*candidates, enterprise=own)
    assert sorted(tender for tender, _, _ in found.told) == told


def test_a_mere_chance_of_reservation_is_no_reservation() -> None:
    possible = given.finding("reserved_participation", polarity="possible")
    own = given.enterprise(digest=DigestChoice(include=("reserved",)))
    assert isinstance(given.made(given.candidate(findings=(possible,)), enterprise=own), Quiet)


def test_no_link_where_none_can_be_known() -> None:
    cases = [
        given.notice(publication_number="990001-2026"),
        given.notice(origin="uhm"),
        given.notice(publication_number="1-2026/../../evil"),
    ]
    for number, case in enumerate(cases):
        own = case.model_copy(update={"procedure_id": str(number)})
        assert given.digest(given.candidate(own)).items[0].link == ""


def test_an_invented_tender_marks_item_and_letter() -> None:
    found = given.digest(given.candidate(given.notice(publication_number="990001-2026")))
    assert found.example
    assert found.items[0].example


def test_week_at_the_turn_of_the_year_is_local_and_iso() -> None:
    assert period_of(datetime(2027, 1, 1, 12, tzinfo=UTC), ZONE) == "2026-W53"
    assert period_of(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), ZONE) == "2026-W48"  # Monday 00:30 in Stockholm


@hypothesis_settings(max_examples=60, deadline=None)
@hypothesis_given(
    scores=st.lists(st.floats(0, 1), max_size=12),
    days=st.lists(st.integers(-3, 40), min_size=12, max_size=12),
    most=st.integers(1, 6),
)
def test_whatever_comes_in_what_goes_out_is_open_good_enough_and_new(
    scores: list[float], days: list[int], most: int
) -> None:
    candidates = [
        given.candidate(
            given.notice(
                given.lot(id=f"LOT-{n}", deadline=NOW + timedelta(days=days[n], minutes=1)),
                publication_number=f"{n}-2026",
                procedure_id=f"p{n // 3}",
            ),
            score=score,
        )
        for n, score in enumerate(scores)
    ]
    found = given.made(*candidates, settings=DigestSettings(max_lots=most))
    if isinstance(found, Quiet):
        assert not any(c.match.score >= 0.5 and c.notice.is_open(NOW) for c in candidates)
        return
    assert 1 <= len(found.lots) <= most
    by_number = {c.notice.publication_number: c for c in candidates}
    for item in found.items:
        own = by_number[item.number]
        assert own.match.score >= 0.5
        assert own.notice.is_open(NOW)
    assert isinstance(found, Digest)
    rest = given.made(*candidates, settings=DigestSettings(max_lots=20), told=set(found.told))
    if isinstance(rest, Digest):
        told = {(tender, lot) for tender, lot, _ in found.told}
        assert not told & {(tender, lot) for tender, lot, _ in rest.told}
