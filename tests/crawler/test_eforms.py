"""Every field against an independent plain reading, and every sample file without an uncaught error."""

import contextlib
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from crawler import eforms, ubl
from register.models import Notice
from tests.conftest import ROOT

EXAMPLES = ROOT / "config" / "examples" / "notices"
NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def read(number: str) -> Notice:
    return eforms.read((EXAMPLES / f"{number}.xml").read_bytes(), item=number)


def test_a_notice_with_one_lot() -> None:
    notice = read("990001-2026")
    assert notice.publication_number == "990001-2026"
    assert notice.is_example
    assert (notice.form_type, notice.notice_type, notice.subtype) == ("competition", "cn-standard", "16")
    assert notice.buyer.name == "Exempelkommunen Mora (påhittad köpare)"
    [lot] = notice.lots
    assert lot.cpv == ("90911300",)
    assert [place.city for place in lot.places] == ["Mora"]
    assert lot.value and (lot.value.amount, lot.value.currency) == (180000, "SEK")
    assert lot.duration_months == 24
    assert lot.deadline == datetime(2026, 12, 17, 23, 59, tzinfo=ZoneInfo("Europe/Stockholm"))
    assert lot.codes.social_objectives == ("opp",)
    assert lot.codes.sme_suitable is True
    assert lot.performance_terms[0].startswith("Leverantören ska varje avtalsår")


def test_a_number_is_written_as_the_search_writes_it() -> None:
    data = (EXAMPLES / "990001-2026.xml").read_bytes()
    padded = data.replace(b">990001-2026<", b">00123456-2026<")
    assert eforms.read(padded).publication_number == "123456-2026"
    without = data.replace(b"NoticePublicationID", b"NoticeOtherID")
    assert eforms.read(without, number="00123456-2026").publication_number == "123456-2026"
    # Without any number the notice's own id and version stand for it.
    assert eforms.read(without).publication_number.endswith("-01")


def test_lots_keep_their_own_codes() -> None:
    notice = read("990003-2026")
    assert [lot.codes.reserved_participation for lot in notice.lots] == ["none", "none", "res-ws"]
    assert [lot.value.amount if lot.value else None for lot in notice.lots] == [3600000, 2700000, 540000]


def test_a_change_names_what_it_changes_and_a_cancellation_closes() -> None:
    change, cancelled = read("990014-2026"), read("990016-2026")
    assert change.changes_notice and change.changes_notice.endswith("-01")
    assert "18 december" in change.change_description
    assert not change.closed
    assert (cancelled.change_reason, cancelled.closed) == ("cancel", True)


def changed(old: str, new: str, *, number: str = "990001-2026", times: int = 1) -> Notice:
    """An example notice with a piece put in another's place."""
    whole = (EXAMPLES / f"{number}.xml").read_text(encoding="utf-8")
    assert whole.count(old) >= times
    return eforms.read(whole.replace(old, new, times).encode(), item="changed")


OTHER_BUYER = (
    "<efac:Organization><efac:Company><cac:PartyIdentification><cbc:ID>ORG-0002</cbc:ID></cac:PartyIdentification>"
    "<cac:PartyName><cbc:Name>Exempelkommunen Orsa (påhittad köpare)</cbc:Name></cac:PartyName>"
    "<cac:PartyLegalEntity><cbc:CompanyID>990000-0001</cbc:CompanyID></cac:PartyLegalEntity></efac:Company>"
    "<efac:TouchPoint><cac:PartyIdentification><cbc:ID>TPO-0001</cbc:ID></cac:PartyIdentification>"
    "<cac:PartyName><cbc:Name>Inköpsenheten</cbc:Name></cac:PartyName></efac:TouchPoint></efac:Organization>"
)


@pytest.mark.parametrize("technical", ["ORG-0002", "TPO-0001"])
def test_several_buyers_are_kept_also_those_named_by_their_contact_point(technical: str) -> None:
    whole = (EXAMPLES / "990001-2026.xml").read_text(encoding="utf-8")
    whole = whole.replace("</efac:Organizations>", f"{OTHER_BUYER}</efac:Organizations>").replace(
        "</cac:ContractingParty>",
        "</cac:ContractingParty><cac:ContractingParty><cac:Party><cac:PartyIdentification>"
        f"<cbc:ID>{technical}</cbc:ID></cac:PartyIdentification></cac:Party></cac:ContractingParty>",
    )
    notice = eforms.read(whole.encode())
    assert notice.buyer.name == "Exempelkommunen Mora (påhittad köpare)"
    [other] = notice.joint_buyers
    assert (other.name, other.org_number) == ("Exempelkommunen Orsa (påhittad köpare)", "9900000001")


def test_a_buyer_of_no_known_organisation_is_refused() -> None:
    with pytest.raises(InputError, match="BT-500"):
        changed('schemeName="organization">ORG-0001', 'schemeName="organization">ORG-0009', times=1)


def test_a_group_of_lots_is_no_lot() -> None:
    notice = changed('<cbc:ID schemeName="Lot">', '<cbc:ID schemeName="LotsGroup">', number="990003-2026")
    assert len(notice.lots) == len(read("990003-2026").lots) - 1


def test_parts_of_a_planning_notice_stand_as_lots() -> None:
    notice = changed('<cbc:ID schemeName="Lot">LOT-0000', '<cbc:ID schemeName="Part">PAR-0001')
    assert [lot.id for lot in notice.lots] == ["PAR-0001"]


@pytest.mark.parametrize("withheld", ["-1", "0"])
def test_a_withheld_value_is_unknown_and_the_lots_own_stands_over_the_procedures(withheld: str) -> None:
    amount = '<cbc:EstimatedOverallContractAmount currencyID="SEK">180000</cbc:EstimatedOverallContractAmount>'
    procedure = changed(amount, amount.replace("180000", withheld))
    assert procedure.value is None
    assert procedure.lots[0].value and procedure.lots[0].value.amount == 180000
    both = changed(amount, amount.replace("180000", withheld), times=2)
    assert both.lots[0].value is None


def test_a_text_in_several_languages_is_read_in_the_notices_own() -> None:
    name = '<cbc:Name languageID="SWE">Fönsterputs på sex förskolor</cbc:Name>'
    english = '<cbc:Name languageID="ENG">Window cleaning</cbc:Name>'
    assert changed(name, english + name, times=2).title == "Fönsterputs på sex förskolor"
    assert changed(name, english, times=2).lots[0].title == "Window cleaning"


def test_a_place_may_be_a_country_alone_or_several_areas() -> None:
    area = '<cbc:CityName>Mora</cbc:CityName><cbc:CountrySubentityCode listName="nuts">SE312</cbc:CountrySubentityCode>'
    [place] = changed(area, "", times=3).lots[0].places
    assert (place.country, place.nuts, place.city) == ("SWE", None, None)
    project = "</cac:RealizedLocation>"
    more = (
        "<cac:RealizedLocation><cac:Address><cbc:CountrySubentityCode>SE313</cbc:CountrySubentityCode></cac:Address>"
        "</cac:RealizedLocation>"
    )
    places = changed(project, project + more, times=2).lots[0].places
    assert [place.nuts for place in places] == ["SE312", "SE313"]


def test_a_dynamic_purchasing_system_without_a_day_is_open_ended() -> None:
    period = (
        "<cac:TenderSubmissionDeadlinePeriod><cbc:EndDate>2026-12-17+01:00</cbc:EndDate>"
        "<cbc:EndTime>23:59:00+01:00</cbc:EndTime></cac:TenderSubmissionDeadlinePeriod>"
    )
    system = (
        '<cac:ContractingSystem><cbc:ContractingSystemTypeCode listName="dps-usage">dps-list'
        "</cbc:ContractingSystemTypeCode></cac:ContractingSystem>"
    )
    assert changed(period, system).lots[0].open_ended
    assert not changed(period, period + system).lots[0].open_ended
    assert not changed(period, "").lots[0].open_ended


def test_a_deadline_in_2049_is_open_ended() -> None:
    assert read("990017-2026").lots[0].open_ended


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<ContractNotice/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b"<a>" * 5000,
        # In another encoding, and after a long comment, where no look at the first bytes finds it.
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x y="&a;"/>'.encode("utf-16"),
        b"<!--" + b"-x" * 40_000 + b"--><!DOCTYPE x [<!ELEMENT x ANY>]><x/>",
    ],
)
def test_hostile_and_broken_input_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(InputError, match="bad"):
        eforms.read(data, item="bad")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_notice_is_read_or_refused(data: st.DataObject) -> None:
    whole = (EXAMPLES / "990003-2026.xml").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(0, 60))
    put = data.draw(st.binary(max_size=30))
    with contextlib.suppress(InputError):
        eforms.read(whole[:at] + put + whole[at + length :], item="mutated")


def test_every_sample_is_read_or_set_aside(shared: Path) -> None:
    aside = set()
    for path in sorted((shared / "eforms-samples").glob("*.xml")):
        try:
            eforms.read(path.read_bytes(), item=path.name)
        except InputError:
            aside.add(path.name)
    # Only files that are invalid on purpose, or no notices for tenders at all (X01, X02), are set aside.
    assert {name for name in aside if not name.startswith(("INVALID_", "X0"))} == set()
    assert len(aside) >= 10


def plain(root: ElementTree.Element, path: str) -> list[str]:
    return [(element.text or "").strip() for element in root.iterfind(path, NS)]


@pytest.mark.parametrize("folder", ["gold/dev/notices", "eforms-samples"])
def test_fields_agree_with_a_plain_reading(shared: Path, folder: str) -> None:
    compared = 0
    for path in sorted((shared / folder).glob("*.xml")):
        if path.name.startswith(("INVALID_", "X0")):
            continue
        notice = eforms.read(path.read_bytes(), item=path.name)
        root = ElementTree.parse(path).getroot()
        elements = [
            e
            for e in root.iterfind("cac:ProcurementProjectLot", NS)
            if any(i.get("schemeName") in ("Lot", "Part") for i in e.iterfind("cbc:ID", NS))
        ]
        if not elements:
            continue
        assert len(notice.lots) == len(elements), path.name
        for lot, element in zip(notice.lots, elements, strict=True):
            cpv = plain(element, "cac:ProcurementProject/cac:MainCommodityClassification/cbc:ItemClassificationCode")
            if cpv:
                assert lot.cpv[0] == cpv[0], path.name
            requirement = (
                "cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement/"
                "cbc:TendererRequirementTypeCode[@listName='reserved-procurement']"
            )
            reserved = plain(element, requirement)
            assert lot.codes.reserved_participation == (reserved[0] if reserved else None), path.name
            execution = plain(
                element,
                "cac:TenderingTerms/cac:ContractExecutionRequirement/"
                "cbc:ExecutionRequirementCode[@listName='reserved-execution']",
            )
            assert lot.codes.reserved_execution == (execution[0] if execution else None), path.name
            objectives = plain(
                element,
                "cac:ProcurementProject/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='social-objective']",
            )
            assert list(lot.codes.social_objectives) == list(dict.fromkeys(objectives)), path.name
            ends = plain(element, "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod/cbc:EndDate")
            if ends:
                assert lot.deadline and lot.deadline.date().isoformat() == ends[0][:10], path.name
            compared += 1
    assert compared > 50


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        ("2026-12-17+01:00", "23:59:00+01:00", "2026-12-17T23:59:00+01:00"),
        ("2026-12-17Z", "12:00:00Z", "2026-12-17T12:00:00+00:00"),
        ("2026-07-01", None, "2026-07-01T23:59:00+02:00"),
        ("2026-07-01", "10:30", "2026-07-01T10:30:00+02:00"),
    ],
)
def test_deadlines_have_an_offset(day: str, time: str | None, expected: str) -> None:
    found = ubl.instant(day, time)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(("value", "expected"), [("-1", None), ("0", None), ("180000", 180000.0), ("x", None)])
def test_withheld_values_are_unknown(value: str, expected: float | None) -> None:
    assert ubl.decimal(value) == expected
