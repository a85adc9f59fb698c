"""Harmed eForms XML is read or refused, in bounded time and memory (`make fuzz`: 20,000 inputs)."""

from functools import partial

from crawler import eforms
from tests.conftest import ROOT, SHARED
from tests.mutations import CASES, mutations, survive_apart

EXAMPLES = [p.read_bytes() for p in sorted((ROOT / "config" / "examples" / "notices").glob("*.xml"))]
# The largest sample would make every harm small beside it.
SAMPLES = [p.read_bytes() for p in sorted((SHARED / "eforms-samples").glob("*.xml")) if p.stat().st_size < 100_000]
TOKENS = (
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"&x;", b"&#0;", b"&#x110000;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml ",
    b"<cbc:ID>", b"</cbc:ID>", b"<cac:ProcurementProjectLot>", b"</cac:ProcurementProjectLot>", b' languageID="SWE"',
    b"9999-99-99", b"2049-02-30Z", b"25:61:61", b"-1", b"1e999", b"NaN", b"99:99", b"+99:99", b"\xef\xbb\xbf", b"\x00",
    b"\xff\xfe", b'encoding="utf-16"', b"urn:oasis", b"xmlns:cbc=''", b"LOT-0001", b"<a>" * 300,
)  # fmt: skip


def test_harmed_xml_is_read_or_refused() -> None:
    assert survive_apart(eforms.read, partial(mutations, [*EXAMPLES, *SAMPLES], TOKENS)) == CASES
