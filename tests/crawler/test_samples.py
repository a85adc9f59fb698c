"""Every valid sample of the eForms SDK, field by field, against a reading by plain XPath that shares no code with ours.

The paths are those of the eForms SDK's fields.json (BT numbers beside them).
"""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from crawler import eforms
from register.models import Lot, Notice
from tests.conftest import SHARED

FOLDER = SHARED / "eforms-samples"
NAMES = [
    path.name for path in sorted(FOLDER.glob("*.xml")) if not path.name.startswith(("INVALID_", "X0"))
]  # X01 and X02 are registrations of companies, no notices for tenders
NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
EXTENSION = "/*/ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"

pytestmark = pytest.mark.skipif(not NAMES, reason="the folder ../shared with outside data is not here")


class Plain:
    """One file as plain XPath tells it."""

    def __init__(self, path: Path) -> None:
        self.tree = etree.parse(str(path))
        self.language = self.one("/*/cbc:NoticeLanguageCode/text()")
        lots = self.all(
            "/*/cac:ProcurementProjectLot[cbc:ID/@schemeName='Lot' or cbc:ID/@schemeName='Part']/cbc:ID/text()"
        )
        self.lots = [f"/*/cac:ProcurementProjectLot[cbc:ID='{lot}'][cbc:ID/@schemeName!='LotsGroup']" for lot in lots]

    def all(self, path: str) -> list[Any]:
        found: Any = self.tree.xpath(path, namespaces=NS)
        return [value.strip() if isinstance(value, str) else value for value in found]

    def one(self, path: str) -> str:
        found = [value for value in self.all(path) if value]
        return str(found[0]) if found else ""

    def spoken(self, path: str) -> str:
        """A multilingual text in the notice's language, else in Swedish, in English, or whichever comes first."""
        wanted = [f"[@languageID='{language}']" for language in (self.language, "SWE", "ENG")]
        return next((text for choice in (*wanted, "") if (text := self.one(f"{path}{choice}/text()"))), "")


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest) -> tuple[Plain, Notice]:
    path = FOLDER / request.param
    return Plain(path), eforms.read(path.read_bytes(), item=path.name)


def each(pair: tuple[Plain, Notice]) -> list[tuple[str, Lot]]:
    plain, notice = pair
    return list(zip(plain.lots, notice.lots, strict=False))


def test_lots(pair: tuple[Plain, Notice]) -> None:
    plain, notice = pair
    ids = [plain.one(f"{lot}/cbc:ID/text()") for lot in plain.lots]
    # A notice without lots stands for one.
    assert [lot.id for lot in notice.lots] == (ids or ["LOT-0000"])


def test_title_bt_21(pair: tuple[Plain, Notice]) -> None:
    plain, notice = pair
    own = plain.spoken("/*/cac:ProcurementProject/cbc:Name")
    titles = [plain.spoken(f"{lot}/cac:ProcurementProject/cbc:Name") for lot in plain.lots]
    assert notice.title == (own or titles[0])
    for (_, lot), title in zip(each(pair), titles, strict=True) if titles else ():
        assert lot.title == (title or own)


def test_buyer_bt_500(pair: tuple[Plain, Notice]) -> None:
    plain, notice = pair
    technical = plain.all("/*/cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID/text()")
    assert technical
    buyers = [notice.buyer, *notice.joint_buyers]
    for one, buyer in zip(technical, buyers, strict=True):
        company = (
            f"{EXTENSION}/efac:Organizations/efac:Organization/efac:Company[cac:PartyIdentification/cbc:ID='{one}']"
        )
        assert buyer.name == plain.spoken(f"{company}/cac:PartyName/cbc:Name")
        number = plain.one(f"{company}/cac:PartyLegalEntity/cbc:CompanyID/text()")
        assert (buyer.org_number or "") == number.replace("-", "")


def test_cpv_bt_262_263(pair: tuple[Plain, Notice]) -> None:
    plain, notice = pair

    def codes(at: str) -> list[str]:
        project = f"{at}/cac:ProcurementProject"
        main = plain.all(f"{project}/cac:MainCommodityClassification/cbc:ItemClassificationCode/text()")
        more = plain.all(f"{project}/cac:AdditionalCommodityClassification/cbc:ItemClassificationCode/text()")
        return list(dict.fromkeys(main + more))

    own = codes("/*")
    assert list(notice.cpv) == own
    for at, lot in each(pair):
        assert list(lot.cpv) == (codes(at) or own)


def test_place_bt_5071_5131(pair: tuple[Plain, Notice]) -> None:
    plain, notice = pair

    def places(at: str) -> list[tuple[str, str]]:
        location = f"{at}/cac:ProcurementProject/cac:RealizedLocation"
        found = []
        for number in range(1, len(plain.all(location)) + 1):
            address = f"({location})[{number}]/cac:Address"
            nuts = plain.one(f"{address}/cbc:CountrySubentityCode/text()")
            found.append((nuts, plain.one(f"{address}/cbc:CityName/text()")))
        return sorted({place for place in found if any(place)})

    def ours(lot: Lot | Notice) -> list[tuple[str, str]]:
        return sorted({(p.nuts or "", p.city or "") for p in lot.places if p.nuts or p.city})

    assert ours(notice) == places("/*")
    for at, lot in each(pair):
        has_own = bool(plain.all(f"{at}/cac:ProcurementProject/cac:RealizedLocation"))
        assert ours(lot) == (places(at) if has_own else places("/*"))


def test_deadline_bt_131(pair: tuple[Plain, Notice]) -> None:
    plain, _ = pair
    for at, lot in each(pair):
        period = f"{at}/cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod"
        if not plain.one(f"{period}/cbc:EndDate/text()"):
            period = f"{at}/cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod"
        day, hour = plain.one(f"{period}/cbc:EndDate/text()"), plain.one(f"{period}/cbc:EndTime/text()")
        if not day:
            assert lot.deadline is None
            continue
        assert lot.deadline is not None
        if hour:
            expected = datetime.fromisoformat(f"{day[:10]}T{hour}")
        else:
            expected = datetime.combine(date.fromisoformat(day[:10]), time(23, 59), ZoneInfo("Europe/Stockholm"))
        assert lot.deadline.astimezone(UTC) == expected.astimezone(UTC)


def test_value_bt_27(pair: tuple[Plain, Notice]) -> None:
    plain, notice = pair

    def value(at: str) -> tuple[float, str] | None:
        amount = f"{at}/cac:ProcurementProject/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount"
        text = plain.one(f"{amount}/text()")
        return (float(text), plain.one(f"{amount}/@currencyID")) if text and float(text) > 0 else None

    own = value("/*")
    assert (notice.value and (notice.value.amount, notice.value.currency)) == own
    for at, lot in each(pair):
        # The value of a single lot may stand at the procedure.
        expected = value(at) or (own if len(notice.lots) == 1 else None)
        assert (lot.value and (lot.value.amount, lot.value.currency)) == expected


def test_reserved_participation_bt_71(pair: tuple[Plain, Notice]) -> None:
    plain, _ = pair
    path = (
        "cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement/"
        "cbc:TendererRequirementTypeCode[@listName='reserved-procurement']"
    )
    for at, lot in each(pair):
        assert (lot.codes.reserved_participation or "") == plain.one(f"{at}/{path}/text()")


def test_reserved_execution_bt_736(pair: tuple[Plain, Notice]) -> None:
    plain, _ = pair
    path = (
        "cac:TenderingTerms/cac:ContractExecutionRequirement/"
        "cbc:ExecutionRequirementCode[@listName='reserved-execution']"
    )
    for at, lot in each(pair):
        assert (lot.codes.reserved_execution or "") == plain.one(f"{at}/{path}/text()")


def test_social_objectives_bt_775(pair: tuple[Plain, Notice]) -> None:
    plain, _ = pair
    path = "cac:ProcurementProject/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='social-objective']"
    for at, lot in each(pair):
        assert list(lot.codes.social_objectives) == list(dict.fromkeys(plain.all(f"{at}/{path}/text()")))


def test_performance_terms_bt_70(pair: tuple[Plain, Notice]) -> None:
    plain, _ = pair
    path = "cac:TenderingTerms/cac:ContractExecutionRequirement[cbc:ExecutionRequirementCode/@listName='conditions']"
    for at, lot in each(pair):
        count = len(plain.all(f"{at}/{path}"))
        terms = [plain.spoken(f"({at}/{path})[{number}]/cbc:Description") for number in range(1, count + 1)]
        assert list(lot.performance_terms) == list(dict.fromkeys(term for term in terms if term))
