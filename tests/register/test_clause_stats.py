"""Figures on clauses: tenders counted once, each with how much of it was read."""

from datetime import date
from typing import Any

import pytest

from register import clause_stats, findings, notices
from register.clause_stats import Group
from register.database import Register
from register.models import Buyer, Finding
from tests.conftest import NOW, make_lot, make_notice


def add(register: Register, number: str, *found: tuple[str, str], **changes: Any) -> None:
    """A screened notice with findings (clause, polarity)."""
    notice = make_notice(number, **changes)
    notices.add(register, notice, raw=None, at=NOW)
    own = [
        Finding(clause=clause, polarity=polarity, start=0, end=1, quote="x", legal_basis="-", rule="r@1",
                confidence=1, effect="info", lot=f"LOT-{n}")
        for n, (clause, polarity) in enumerate(found)
    ]  # fmt: skip
    findings.replace(register, notice, own, rules="1", at=NOW)


@pytest.fixture(autouse=True)
def filled(register: Register) -> None:
    add(register, "1-2026", ("equality", "affirmed"))
    add(register, "2-2026", ("equality", "negated"), ("equality", "possible"), reading="alert")
    add(register, "3-2025", ("small_lots", "affirmed"), buyer=Buyer(name="Lunds kommun", org_number="2120001132"),
        published=date(2025, 3, 1), lots=(make_lot(cpv=("45000000",)),), reading="short")  # fmt: skip
    add(register, "4-2026", buyer=Buyer(name="Trafikverket"), published=None, cpv=("90911300",))
    add(register, "990001-2026", ("equality", "affirmed"))
    notices.add(register, make_notice("5-2026"), raw=None, at=NOW)


def figures(register: Register, by: clause_stats.By) -> list[tuple[str, str, int, int, int, int]]:
    made = clause_stats.groups(clause_stats.screened(register), by)
    return [(own.key, own.label, own.notices, own.full, own.short, own.alert) for own in made]


def test_by_county_of_the_buyer_with_how_much_was_read(register: Register) -> None:
    assert figures(register, "county") == [
        ("12", "12 Skåne län", 1, 0, 1, 0),
        ("20", "20 Dalarnas län", 2, 1, 0, 1),
        ("", "not known", 1, 1, 0, 0),
    ]


def test_by_buyer_the_one_with_most_first(register: Register) -> None:
    assert [(key, label, count) for key, label, count, *_ in figures(register, "buyer")] == [
        ("mora kommun", "Mora kommun", 2),
        ("2120001132", "Lunds kommun (2120001132)", 1),
        ("trafikverket", "Trafikverket", 1),
    ]


def test_by_cpv_division_of_the_notice_or_its_first_lot(register: Register) -> None:
    assert [(key, count) for key, _, count, *_ in figures(register, "cpv")] == [("45", 1), ("90", 3)]


def test_by_year(register: Register) -> None:
    assert [(key, label, count) for key, label, count, *_ in figures(register, "year")] == [
        ("2025", "2025", 1), ("2026", "2026", 2), ("", "not known", 1),
    ]  # fmt: skip


def test_a_clause_counts_once_a_tender_by_its_strongest_polarity(register: Register) -> None:
    whole = clause_stats.total(clause_stats.screened(register))
    assert whole.clauses == {"equality": {"affirmed": 1, "possible": 1}, "small_lots": {"affirmed": 1}}
    assert (whole.notices, clause_stats.unscreened(register)) == (4, 1)


def test_what_another_notice_supersedes_is_not_counted_again(register: Register) -> None:
    for number, version in (("7-2026", "01"), ("8-2026", "02")):
        add(register, number, ("accessibility", "affirmed"), procedure_id="one", notice_id="n", version=version)
    assert clause_stats.total(clause_stats.screened(register)).clauses["accessibility"] == {"affirmed": 1}


def test_invented_notices_count_only_where_nothing_else_is_there() -> None:
    from register.database import memory_register

    register = memory_register()
    add(register, "990001-2026", ("equality", "affirmed"))
    whole: Group = clause_stats.total(clause_stats.screened(register))
    assert whole.notices == 1
    register.close()


def test_of_a_row_of_statistics_only_the_title_was_read(register: Register) -> None:
    add(register, "KA9901", origin="uhm")
    whole = clause_stats.total(clause_stats.screened(register))
    assert (whole.full, whole.title) == (2, 1)
