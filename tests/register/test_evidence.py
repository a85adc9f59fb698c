"""When one is reminded of a paper."""

from datetime import date, timedelta

import pytest

from register.evidence import Evidence, EvidenceKind
from tests.conftest import NOW

TODAY = date(2026, 11, 24)


def paper(kind: EvidenceKind, dated: date, until: date | None = None) -> Evidence:
    return Evidence(enterprise="asf-1", kind=kind, dated=dated, until=until, by="Asta A", at=NOW)


@pytest.mark.parametrize(
    ("one", "standing"),
    [
        (paper("statutes", date(2012, 3, 1)), "good"),
        (paper("certificate", date(2026, 1, 1), TODAY + timedelta(days=61)), "good"),
        (paper("certificate", date(2026, 1, 1), TODAY + timedelta(days=60)), "soon"),
        (paper("certificate", date(2026, 1, 1), TODAY), "soon"),
        (paper("certificate", date(2026, 1, 1), TODAY - timedelta(days=1)), "over"),
        (paper("share", TODAY - timedelta(days=366)), "over"),
        (paper("share", TODAY - timedelta(days=305)), "soon"),
        (paper("share", TODAY - timedelta(days=304)), "good"),
    ],
)
def test_when_one_is_reminded(one: Evidence, standing: str) -> None:
    assert one.standing(TODAY) == standing
