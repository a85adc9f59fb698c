"""Notices a second: crawler.eforms beside lxml reading the same main fields by XPath."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from benchmarks.figure import Figure, seconds
from crawler import eforms, ubl

EXAMPLES = Path(__file__).parent.parent / "config" / "examples" / "notices"
PATHS = (
    "//cac:ProcurementProject/cbc:Name",
    "//cac:ProcurementProject/cbc:Description",
    "//cbc:ItemClassificationCode",
    "//cac:RealizedLocation/cac:Address/cbc:CityName",
    "//cac:TenderSubmissionDeadlinePeriod/cbc:EndDate",
    "//cbc:EstimatedOverallContractAmount",
    "//cbc:TendererRequirementTypeCode",
    "//cbc:ExecutionRequirementCode",
)


def run() -> Iterator[Figure]:
    """Notices a second."""
    documents = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.xml"))] * 10
    compiled = [etree.XPath(path, namespaces=ubl.NAMESPACES) for path in PATHS]

    def bare() -> None:
        for data in documents:
            root = etree.fromstring(data)
            for path in compiled:
                found = path(root)
                assert isinstance(found, list)

    ours = len(documents) / seconds(lambda: [eforms.read(data) for data in documents])
    yield Figure("eForms notices read", ours, len(documents) / seconds(bare), "notices a second")
