"""What a county's buyers have bought: notices and statistics together, a tender once."""

from datetime import UTC, date, datetime

from register import bought, notices
from register.database import Register
from register.models import Buyer, Money
from tests.conftest import NOW, make_lot, make_notice


def names(register: Register, *, examples: bool = False) -> list[tuple[str, float | None, bool]]:
    return [
        (one.title, one.sek_per_year, one.from_statistics)
        for one in bought.of_county(register, "20", examples=examples)
    ]


def test_notices_and_statistics_of_the_county_stand_by_day(register: Register) -> None:
    lot = make_lot(value=Money(amount=400_000), deadline=datetime(2025, 1, 1, tzinfo=UTC))  # two years
    for notice in (
        make_notice("1-2026", lots=(lot,)),
        make_notice("2-2026", buyer=Buyer(name="Gävle kommun")),
        make_notice("990001-2026"),
        make_notice("3-2026", form_type="planning"),
        make_notice(
            "U1", origin="uhm", form_type="competition", title="Städning", buyer=Buyer(name="Falu kommun"), closed=True,
            published=date(2021, 3, 1), procedure_id=None,
        ),
    ):  # fmt: skip
        notices.add(register, notice, raw=None, at=NOW)
    assert names(register) == [("Städning", None, True), ("Fönsterputs på sex förskolor", 200_000.0, False)]
    assert bought.of_county(register, "20", examples=False)[1].ends == date(2027, 3, 31)  # 90 days and two years
    assert names(register, examples=True) == [("Fönsterputs på sex förskolor", None, False)]
