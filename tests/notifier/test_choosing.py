from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.settings import DigestSettings
from notifier.choosing import NEAR
from notifier.digest import Candidate, Care, Digest, Quiet, period_of
from register.approvals import Addition, Approval, Edit
from register.models import Capacity, DigestChoice, Enterprise
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
    assert not found.items
    (item,) = found.changes
    assert item.kind == "changed"
    assert item.before == DEADLINE
    assert item.deadline == DEADLINE + timedelta(days=8)
    assert found.told == (("procedure-1", "LOT-0001", "2 2026-12-25T22:59Z"),)


def test_a_deadline_moved_there_and_back_is_told_each_time() -> None:
    told = set(given.digest().told)
    moved = given.candidate(given.notice(given.lot(deadline=DEADLINE + timedelta(days=8))))
    told |= set(given.digest(moved, told=told).told)
    back = given.digest(given.candidate(), told=told)
    assert back.changes[0].kind == "changed"
    assert back.changes[0].before == DEADLINE + timedelta(days=8)
    assert isinstance(given.made(given.candidate(), told=told | set(back.told)), Quiet)


def test_a_cancelled_tender_is_told_only_to_those_who_had_it() -> None:
    gone = given.candidate(given.notice(form_type="change", closed=True, change_reason="cancel"), score=0)
    assert isinstance(given.made(gone), Quiet)
    found = given.digest(gone, told=set(given.digest().told))
    assert found.changes[0].kind == "cancelled"
    assert isinstance(given.made(gone, told=set(found.told)), Quiet)


def test_an_award_is_no_cancellation() -> None:
    award = given.candidate(given.notice(form_type="result", closed=True))
    assert isinstance(given.made(award, told=set(given.digest().told)), Quiet)


def moved(count: int) -> list[Candidate]:
    """Tenders that `many` told, each with a week more to answer in."""
    later = DEADLINE + timedelta(days=7)
    return [
        replace(
            one,
            lot=given.lot(deadline=later),
            notice=one.notice.model_copy(update={"lots": (given.lot(deadline=later),)}),
        )
        for one in many(count)
    ]


def test_every_change_is_told_and_takes_no_room_of_new_tenders() -> None:
    told = set(given.digest(*many(7), settings=DigestSettings(max_lots=7)).told)
    found = given.digest(*moved(7), *many(9, first=700200), told=told)
    assert len(found.items) == 5
    assert [item.kind for item in found.changes] == ["changed"] * 7
    assert len(found.lots) == len(found.told) == 12


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


def planned(**changes: Any) -> Candidate:
    return given.candidate(given.notice(given.lot(deadline=None), form_type="planning", **changes))


def wants(*kinds: str, **choices: Any) -> Enterprise:
    digest = DigestChoice.model_validate({"include": kinds or ("open", "reserved"), **choices})
    return given.enterprise(digest=digest, capacity=Capacity(largest_contract_sek_per_year=500_000))


def test_plans_have_a_section_of_their_own_and_take_no_room() -> None:
    plans = [planned(publication_number=f"{n}-2026", procedure_id=f"plan-{n}") for n in range(4)]
    found = given.digest(*many(6), *plans, enterprise=wants("open", "planned"))
    assert len(found.items) == 5
    assert [item.planned for item in found.planned] == [True, True]
    # The others are not counted as told: they come next week.
    rest = given.digest(*plans, enterprise=wants("open", "planned"), told=set(found.told))
    assert [item.number for item in rest.planned] == ["2-2026", "3-2026"]


def test_a_plan_that_becomes_a_tender_is_told_anew_though_it_scores_less() -> None:
    told = set(given.digest(planned(), enterprise=wants("planned")).told)
    assert {fingerprint for _, _, fingerprint in told} == {"1 planned"}
    found = given.digest(given.candidate(score=0.3), told=told)
    assert [item.kind for item in found.items] == ["opened"]


def test_a_plan_whose_tender_was_declined_is_not_told_again() -> None:
    told = set(given.digest(planned(), enterprise=wants("planned")).told)
    declined = replace(given.candidate(), declined=True)
    assert given.made(declined, told=told) == Quiet(reason="nothing new that fits: 1 declined")


def test_what_is_declined_is_not_new_but_its_cancellation_is_told() -> None:
    assert isinstance(given.made(replace(given.candidate(), declined=True)), Quiet)
    gone = given.candidate(given.notice(form_type="change", closed=True, change_reason="cancel"))
    found = given.digest(replace(gone, declined=True), told=set(given.digest().told))
    assert [item.kind for item in found.changes] == ["cancelled"]


def test_a_tender_too_large_alone_is_a_chance_and_no_item() -> None:
    large = given.notice(given.lot(value={"amount": 9_000_000}), procedure_id="large", publication_number="3-2026")
    share = given.candidate(large, findings=(given.finding("social_subcontracting"),))
    found = given.digest(share, given.candidate(), enterprise=wants("open", "subcontract"))
    assert [item.number for item in found.items] == ["700001-2026"]
    assert [(item.number, item.chance) for item in found.chances] == [("3-2026", "subcontract")]


def test_what_the_matcher_sees_as_a_joint_bid_is_a_chance() -> None:
    joint = replace(given.candidate(), chance="together")
    found = given.digest(joint, enterprise=wants("subcontract"))
    assert [item.chance for item in found.chances] == ["together"]


def test_marked_days_come_again_and_alone_only_when_near() -> None:
    told = set(given.digest().told)
    marked = replace(given.candidate(), marked=True)
    assert isinstance(given.made(marked, told=told), Quiet)  # 24 days left
    soon = NOW + timedelta(days=17)
    found = given.digest(marked, told=told, now=soon)
    assert [(day.number, day.days_left) for day in found.marked] == [("700001-2026", 7)]
    assert found.told == ()
    together = given.digest(marked, *many(1), told=told)
    assert len(together.items) == len(together.marked) == 1


def test_a_marked_day_is_not_told_twice_in_one_letter() -> None:
    found = given.digest(replace(given.candidate(), marked=True))
    assert (len(found.items), found.marked) == (1, ())


@pytest.mark.parametrize(
    ("choice", "weeks", "silent"),
    [
        ("sign", 3, None),
        ("sign", 4, 3),  # the last letter in week 44; 45, 46 and 47 were silent
        ("sign", None, None),
        ("quiet", 40, None),
        ("always", 1, 0),
        ("always", None, 0),
    ],
)
def test_an_empty_week_is_quiet_by_the_profiles_choice(choice: str, weeks: int | None, silent: int | None) -> None:
    low = given.candidate(score=0.5 - NEAR + 0.01)
    found = given.made(low, enterprise=wants(empty_week=choice), silent_weeks=weeks)
    if silent is None:
        assert found == Quiet(reason="nothing new that fits: 1 below the lowest score 0.5")
    else:
        assert isinstance(found, Digest)
        assert (found.silent_weeks, found.cards, found.told) == (silent, (), ())
        assert [one.number for one in found.near] == ["700001-2026"]


def test_a_sign_of_life_tells_nothing_that_is_far_off_or_not_wanted() -> None:
    far = given.candidate(score=0.5 - NEAR - 0.01)
    found = given.made(far, enterprise=wants(empty_week="always"))
    assert isinstance(found, Digest)
    assert found.near == ()


@pytest.mark.parametrize(("day", "summer"), [((6, 19), False), ((6, 20), True), ((8, 10), True), ((8, 11), False)])
def test_summer_is_said(day: tuple[int, int], summer: bool) -> None:
    assert given.digest(now=datetime(2026, *day, 7, tzinfo=ZONE)).summer is summer


def approval(**changes: Any) -> Approval:
    return Approval(enterprise="dalarna-1", period="2026-W48", **changes)


def test_what_the_adviser_holds_back_is_not_told_and_may_come_next_week() -> None:
    held = approval(held=(("700100-2026", "LOT-0001"),))
    found = given.digest(*many(2), approval=held)
    assert [item.number for item in found.items] == ["700101-2026"]
    later = given.digest(*many(2), told=set(found.told))
    assert [item.number for item in later.items] == ["700100-2026"]


def test_what_the_adviser_adds_comes_whatever_its_score_with_the_note() -> None:
    added = approval(added=(Addition(notice="700001-2026", lot="LOT-0001", note="Ring mig om den här."),))
    found = given.digest(given.candidate(score=0.01), enterprise=wants("reserved"), approval=added)
    assert [(item.number, item.note) for item in found.items] == [("700001-2026", "Ring mig om den här.")]


def test_the_adviser_words_a_tender_anew() -> None:
    def edit(part: str, text: str) -> Edit:
        return Edit.model_validate({"notice": "700001-2026", "lot": "LOT-0001", "part": part, "text": text})

    edits = (edit("title", "Putsa fönster"), edit("about", "Två gånger om året."), edit("watch", ""))
    found = given.digest(approval=approval(edits=edits), care=Care(name="Asta"))
    (item,) = found.items
    assert (item.title, item.sentences, item.watch) == ("Putsa fönster", ("Två gånger om året.",), ())
    assert item.fits == ("Ni putsar fönster.", "Arbetet är i Mora.")
    assert item.reworded == ("title", "about", "watch")


def test_a_notice_of_another_portal_has_that_portals_page() -> None:
    def own(link: str) -> str:
        about = given.notice(origin="kommers", publication_number="kommers-4711", link=link)
        return given.digest(given.candidate(about)).items[0].link

    assert (
        own("https://www.kommersannons.se/elite/notice/4711?a=1")
        == "https://www.kommersannons.se/elite/notice/4711?a=1"
    )
    for evil in ("http://a.example/1", "javascript:alert(1)", "https://a@evil.example/", 'https://a.example/"><b>', ""):
        assert own(evil) == ""


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
