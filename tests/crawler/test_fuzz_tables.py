"""CSV and XLSX under mutation: only the project's errors come out, in bounded time and memory."""

import io
import zipfile
from collections.abc import Iterator
from functools import partial

from crawler.tables import reader, template
from tests.mutations import CASES, mutations, survive_apart

CSV = (
    template.csv_bytes(),
    "Köpare;Titel;CPV;Värde;Sista anbudsdag;Plats;Del\r\nÖrebro;Städ;90910000-9;1,2 mkr;17/12 2026;Örebro;1\r\n".encode(
        "cp1252"
    ),
    "Title\tBuyer\tDeadline\tLink\nCleaning\tÖrebro\t2026-12-17T12:00:00Z\thttps://www.example.org/1\n".encode(
        "utf-16"
    ),
    b'sep=,\nTitle,Buyer,Value\n"a ""b""\nc",B,"1,200,000"\n=1+1,@B,EUR 5\n',
)
CSV_TOKENS = (b'"', b";", b"\t", b"\r\n", b"\x00", b"\xff\xfe", b"=", b"999999999999", b"46373", b"1e308", "å".encode())
XML_TOKENS = (
    b"<c r='XFD1048576' t='s'><v>9</v></c>", b"<f>1+1</f>", b"t='d'", b"t='e'", b"<v>1e400</v>", b"<row r='1048576'>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<mergeCell ref='A1:XFD1048576'/>", b"-1", b"s='99999'",
)  # fmt: skip


def test_mutated_csv() -> None:
    assert survive_apart(partial(reader.read, name="fuzz.csv"), partial(mutations, CSV, CSV_TOKENS)) == CASES


def test_mutated_workbooks() -> None:
    assert survive_apart(partial(reader.read, name="fuzz.xlsx"), _workbooks) == CASES


def _workbooks() -> Iterator[bytes]:
    """Half with harmed bytes of the zip, half with one harmed member in a zip that is whole."""
    good = template.xlsx_bytes()
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    names = sorted(members)
    inside = mutations([members[name] for name in names], XML_TOKENS, cases=CASES // 2, seed=2)
    for number, harmed in enumerate(inside):
        yield _zip({**members, names[number % len(names)]: harmed})
    yield from mutations([good], cases=CASES - CASES // 2, seed=3)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()
