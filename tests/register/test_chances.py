from datetime import UTC, datetime

from register import chances, enterprises, notices
from register.chances import Chance
from register.database import memory_register
from register.models import Enterprise
from tests.conftest import make_notice

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_chances_of_a_notice_stand_until_they_are_reckoned_anew() -> None:
    register = memory_register()
    enterprises.add(register, Enterprise(id="a", name="A", municipality="Mora"), at=AT)
    notice = make_notice()
    notices.add(register, notice, raw=None, at=AT)
    own = {"enterprise": "a", "notice": notice.publication_number, "lot": "LOT-0001"}
    share = Chance.model_validate({**own, "way": "subcontract", "quote": "en del av arbetet"})
    chances.replace(register, notice.publication_number, [share])
    assert chances.of(register, "a") == {(notice.publication_number, "LOT-0001"): "subcontract"}
    both = [share, Chance.model_validate({**own, "way": "together"})]
    chances.replace(register, notice.publication_number, both)
    assert chances.of(register, "a") == {(notice.publication_number, "LOT-0001"): "together"}
    chances.replace(register, notice.publication_number, [])
    assert chances.of(register, "a") == {}
