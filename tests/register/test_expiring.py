from datetime import UTC, date, datetime
from typing import Any

from config import places
from register import expiring, notices
from register.database import Register, memory_register
from register.models import Buyer, Lot, Notice

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
YEAR = {"first": date(2026, 12, 1), "last": date(2027, 12, 1)}


def put(register: Register, number: str, *, buyer: str = "Mora kommun", form: str = "competition", **lot: Any) -> None:
    own = Lot(id="LOT-0001", title="Parker", **lot)
    notice = Notice(
        publication_number=number,
        origin="ted",
        form_type=form,
        title="Parker",
        buyer=Buyer(name=buyer),
        lots=(own,),
        change_reason="cancel" if form == "change" else None,
    )
    notices.add(register, notice, raw=None, at=AT)


def test_ends_are_told_or_reckoned_and_other_buyers_are_not_asked() -> None:
    register = memory_register()
    bids = datetime(2024, 1, 1, 12, tzinfo=UTC)
    put(register, "1-2024", deadline=bids, duration_months=36)  # 1 January + 90 days + three years
    put(register, "2-2024", end=date(2027, 3, 31))
    put(register, "3-2024", buyer="MORA KOMMUN", start=date(2024, 1, 1), duration_months=36)  # ends with 2026
    put(register, "4-2024", buyer="Orsa kommun", end=date(2027, 3, 31))
    put(register, "5-2024", deadline=bids)  # no duration
    put(register, "6-2024", form="change", end=date(2027, 3, 31))  # called off
    put(register, "7-2024", end=date(2030, 1, 1))
    put(register, "8-2024", form="planning", end=date(2027, 3, 31))
    mora = places.by_name("Mora")
    assert mora is not None
    found = expiring.of(register, mora, **YEAR)
    assert [(one.notice.publication_number, one.ends, one.estimated) for one in found] == [
        ("3-2024", date(2026, 12, 31), True),
        ("1-2024", date(2027, 3, 31), True),
        ("2-2024", date(2027, 3, 31), False),
    ]
