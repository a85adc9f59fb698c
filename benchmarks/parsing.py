"""Notices a second: crawler.eforms beside lxml alone, which parses the same bytes and reads the same fields."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.figure import Figure, seconds
from crawler import eforms, ubl

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT.parent / "shared" / "eforms-samples"
EXAMPLES = ROOT / "config" / "examples" / "notices"
MANY_LOTS = "cn_24_maximal_100_lots.xml"

X = "/*/ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"
LOT = "/*/cac:ProcurementProjectLot[cbc:ID/@schemeName='Lot' or cbc:ID/@schemeName='Part']"
PROJECT_FIELDS = (
    "cbc:Name",
    "cbc:Description",
    "cbc:ProcurementTypeCode",
    "cac:MainCommodityClassification/cbc:ItemClassificationCode",
    "cac:AdditionalCommodityClassification/cbc:ItemClassificationCode",
    "cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount",
    "cac:RealizedLocation/cac:Address/cbc:CountrySubentityCode",
    "cac:RealizedLocation/cac:Address/cbc:CityName",
    "cac:RealizedLocation/cac:Address/cac:Country/cbc:IdentificationCode",
    "cac:RealizedLocation/cbc:Description",
)
LOT_FIELDS = (
    "cbc:ID",
    *(f"cac:ProcurementProject/{field}" for field in PROJECT_FIELDS),
    "cac:ProcurementProject/cac:PlannedPeriod/cbc:DurationMeasure",
    "cac:ProcurementProject/cac:PlannedPeriod/cbc:StartDate",
    "cac:ProcurementProject/cac:PlannedPeriod/cbc:EndDate",
    "cac:ProcurementProject/cbc:SMESuitableIndicator",
    "cac:ProcurementProject/cbc:Note",
    "cac:ProcurementProject/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='strategic-procurement']",
    "cac:ProcurementProject/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='social-objective']",
    "cac:ProcurementProject/cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='accessibility']",
    "cac:ProcurementProject/cac:ProcurementAdditionalType/cbc:ProcurementType",
    "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod/cbc:EndDate",
    "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod/cbc:EndTime",
    "cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod/cbc:EndDate",
    "cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod/cbc:EndTime",
    "cac:TenderingProcess/cac:AdditionalInformationRequestPeriod/cbc:EndDate",
    "cac:TenderingProcess/cac:ContractingSystem/cbc:ContractingSystemTypeCode",
    "cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement/cbc:TendererRequirementTypeCode[@listName='reserved-procurement']",
    "cac:TenderingTerms/cac:ContractExecutionRequirement/cbc:ExecutionRequirementCode[@listName='reserved-execution']",
    "cac:TenderingTerms/cac:ContractExecutionRequirement[cbc:ExecutionRequirementCode/@listName='conditions']/cbc:Description",
    "cac:TenderingTerms/ext:UBLExtensions//efac:SelectionCriteria/cbc:Description",
    "cac:TenderingTerms/cac:AwardingTerms/cac:AwardingCriterion/cac:SubordinateAwardingCriterion/cbc:AwardingCriterionTypeCode",
    "cac:TenderingTerms/cac:AwardingTerms/cac:AwardingCriterion/cac:SubordinateAwardingCriterion/cbc:Name",
    "cac:TenderingTerms/cac:AwardingTerms/cac:AwardingCriterion/cac:SubordinateAwardingCriterion/cbc:Description",
    "cac:TenderingTerms/cac:CallForTendersDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI",
    "cac:TenderingTerms/cbc:VariantConstraintCode",
)
NOTICE_FIELDS = (
    "/*/cbc:NoticeLanguageCode",
    "/*/cbc:NoticeTypeCode",
    "/*/cbc:ID",
    "/*/cbc:VersionID",
    "/*/cbc:ContractFolderID",
    "/*/cbc:RegulatoryDomain",
    "/*/cbc:IssueDate",
    "/*/cac:TenderingProcess/cbc:ProcedureCode",
    "/*/cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID",
    f"{X}/efac:NoticeSubType/cbc:SubTypeCode",
    f"{X}/efac:Publication/efbc:NoticePublicationID",
    f"{X}/efac:Publication/efbc:PublicationDate",
    f"{X}/efac:Changes/efbc:ChangedNoticeIdentifier",
    f"{X}/efac:Changes/efac:ChangeReason/cbc:ReasonCode",
    f"{X}/efac:Organizations/efac:Organization/efac:Company/cac:PartyIdentification/cbc:ID",
    f"{X}/efac:Organizations/efac:Organization/efac:Company/cac:PartyName/cbc:Name",
    f"{X}/efac:Organizations/efac:Organization/efac:Company/cac:PartyLegalEntity/cbc:CompanyID",
    f"{X}/efac:Organizations/efac:Organization/efac:Company/cac:PostalAddress/cbc:CityName",
    f"{X}/efac:Organizations/efac:Organization/efac:Company/cac:PostalAddress/cbc:CountrySubentityCode",
    *(f"/*/cac:ProcurementProject/{field}" for field in PROJECT_FIELDS),
)


def bare(data: bytes) -> list[list[str]]:
    """The fields of a notice as lxml alone reads them: each by one absolute XPath, for all lots at once."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(data, parser)
    return [_texts(path(root)) for path in COMPILED]


def _texts(nodes: Any) -> list[str]:
    return [node.text or "" for node in nodes]


COMPILED = [
    etree.XPath(path, namespaces=ubl.NAMESPACES)
    for path in (*NOTICE_FIELDS, *(f"{LOT}/{field}" for field in LOT_FIELDS))
]


def run() -> Iterator[Figure]:
    """Notices a second, on the samples of the eForms SDK where they are, else on our examples."""
    folder, name = (SAMPLES, "eForms samples read") if SAMPLES.is_dir() else (EXAMPLES, "eForms examples read")
    paths = [path for path in sorted(folder.glob("*.xml")) if not path.name.startswith(("INVALID", "X0"))]
    yield _figure(name, [path.read_bytes() for path in paths])
    if (folder / MANY_LOTS).exists():
        yield _figure("eForms with 100 lots read", [(folder / MANY_LOTS).read_bytes()])


def _figure(name: str, documents: list[bytes]) -> Figure:
    # In turn, so that what else the machine does falls on both.
    ours, plain = float("inf"), float("inf")
    for _ in range(15):
        ours = min(ours, seconds(lambda: [eforms.read(data) for data in documents], times=1))
        plain = min(plain, seconds(lambda: [bare(data) for data in documents], times=1))
    return Figure(name, len(documents) / ours, len(documents) / plain, "notices a second")
