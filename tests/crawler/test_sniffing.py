"""What kind of import a file is: by its content first, then by its ending."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from crawler import sniffing
from tests.conftest import ROOT

EFORMS = (ROOT / "config" / "examples" / "notices" / "990001-2026.xml").read_bytes()
MAIL = next((ROOT / "tests" / "examples" / "mails").glob("*/mail.eml")).read_bytes()
PROCUREMENTS = b"Upphandlings-ID;Upphandlingens titel;Namn f\xc3\xb6r k\xc3\xb6pare;Publiceringsdatum\n"
AWARDS = PROCUREMENTS.replace(b"\n", b";Antal kontrakterade anbud*, Summa\n")
TABLE = "Titel;Köpare\nFönsterputs;Exempelstads kommun\n".encode("cp1252")


def packed(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


def workbook() -> bytes:
    file = io.BytesIO()
    Workbook().save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("990001-2026.xml", EFORMS, "eforms"),
        ("no-ending", EFORMS, "eforms"),
        ("broken.xml", b"<x", "eforms"),
        ("202600226.tar.gz", packed("990001-2026.xml", EFORMS), "eforms"),
        ("many.zip", zipped("990001-2026.xml", EFORMS), "eforms"),
        ("procurements.csv", b"\xef\xbb\xbf" + PROCUREMENTS, "uhm"),
        ("awards.csv.gz", gzip.compress(AWARDS), "uhm"),
        ("awards.txt", AWARDS, "uhm"),
        ("alert.eml", MAIL, "mail"),
        ("alert.txt", MAIL, "mail"),
        ("alerts.mbox", b"From a@example.org Tue Nov 24 07:30:00 2026\n" + MAIL, "mail"),
        ("notices.csv", TABLE, "table"),
        ("notices.xlsx", workbook(), "table"),
        ("named-wrongly.zip", workbook(), "table"),
        ("picture.jpg", b"\xff\xd8\xff\xe0", None),
        ("letter.docx", zipped("[Content_Types].xml", b"<Types/>"), None),
        ("broken.zip", b"PK\x03\x04 broken", "eforms"),
        ("broken.xlsx", b"PK\x03\x04 broken", "table"),
        ("empty", b"", None),
    ],
)
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str, data: bytes, kind: str | None) -> None:
    (tmp_path / name).write_bytes(data)
    assert sniffing.sniff(tmp_path / name) == kind


def test_a_mixed_folder_is_sorted_and_nothing_in_it_is_lost(tmp_path: Path) -> None:
    for name, data in {
        "a/990001-2026.xml": EFORMS,
        "a/procurements.csv": PROCUREMENTS,
        "a/notices.csv": TABLE,
        "a/picture.jpg": b"\xff\xd8\xff\xe0",
        "a/.hidden.csv": TABLE,
        "a/box/cur/1:2,S": MAIL,
        "a/box/new/2": MAIL,
        "a/alert.eml": MAIL,
        "b/readme.md": b"# no notice",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "a" / "link.xml").symlink_to("/etc/hostname")
    found = sniffing.sort([tmp_path / "a", tmp_path / "b", tmp_path / "b" / "readme.md"])
    assert {form: [path.name for path in paths] for form, paths in found.by_format.items()} == {
        "eforms": ["990001-2026.xml"],
        "uhm": ["procurements.csv"],
        "mail": ["box", "alert.eml"],
        "table": ["notices.csv"],
    }
    assert found.left == ["picture.jpg", "readme.md"]
    assert [(aside.item, aside.reason[:20]) for aside in found.set_aside] == [
        ("b", "holds no file of a k"),
        ("readme.md", "is of no known kind:"),
    ]
