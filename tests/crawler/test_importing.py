import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler import packages, reparsing, uhm
from crawler.archive import Archive, Record
from crawler.importing import import_files, import_notices
from register import notices, runs
from register.database import Register
from register.models import Notice, SetAside
from tests.conftest import NOW, ROOT
from tests.crawler.test_uhm import AWARDS, BUYER, CODE, PROCUREMENTS, award

EXAMPLES = ROOT / "config" / "examples" / "notices"
PROCUREMENT = f"2021;{BUYER};Tjänster;{CODE};;Öppet förfarande;Ramavtal;False;False;;KA9901;Fönsterputs;2021-03-02\n"


def test_a_folder_goes_in_once(register: Register, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "raw")
    first = import_notices([EXAMPLES], format="eforms", register=register, archive=archive, at=NOW)
    again = import_notices([EXAMPLES], format="eforms", register=register, archive=archive, at=NOW)
    assert (first.new, first.status) == (18, "complete")
    assert (again.new, again.unchanged) == (0, 18)
    raw = notices.provenance(register, "990001-2026")["raw"]
    assert archive.get(raw) == (EXAMPLES / "990001-2026.xml").read_bytes()


def test_a_daily_package_and_a_zip_are_read_and_bad_members_set_aside(register: Register, tmp_path: Path) -> None:
    good = (EXAMPLES / "990001-2026.xml").read_bytes()
    with tarfile.open(tmp_path / "202600226.tar.gz", "w:gz") as tar:
        for name, data in {"20261124_226/990001-2026.xml": good, "20261124_226/bad.xml": b"<x/>"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with zipfile.ZipFile(tmp_path / "more.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../../escape.xml", good)
        packed.writestr("bomb.xml", b"<a>" + b" " * 5_000_000)
        packed.writestr("fine.xml", (EXAMPLES / "990002-2026.xml").read_bytes())
        packed.writestr("readme.txt", b"no notice")
    run = import_notices(
        [tmp_path / "202600226.tar.gz", tmp_path / "more.zip"],
        format="eforms",
        register=register,
        archive=Archive(tmp_path / "raw"),
        at=NOW,
    )
    assert (run.new, run.status) == (2, "partial")
    reasons = {aside.item.rpartition(":")[2]: aside.reason for aside in run.set_aside}
    assert "leads out" in reasons["../../escape.xml"]
    assert "bombs" in reasons["bomb.xml"]
    assert "root element" in reasons["20261124_226/bad.xml"]
    assert not (tmp_path.parent / "escape.xml").exists()


def test_a_broken_archive_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "broken.tar.gz").write_bytes(b"\x1f\x8b broken")
    found = [item for name in ("broken.zip", "broken.tar.gz") for item in packages.members(tmp_path / name)]
    assert [type(item) for item in found] == [SetAside, SetAside]


HEADER = (
    "År;Namn för köpare;Organisationsnummer för köpare;Upphandlingsslag;Huvudsaklig CPV-kod;Förfarande;Typ av avtal;"
    "Dynamiskt inköpssystem;Socialt hållbar upphandling;Reserverad upphandling;Reserverat genomförande;"
    "Upphandlings-ID;Upphandlingens titel;Publiceringsdatum\n"
)


def test_bytes_are_kept_once_with_where_they_came_from(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    key = archive.put(b"bytes", url="https://a.example/1", at=NOW, status=200)
    assert archive.put(b"bytes", url="https://a.example/1", at=NOW, status=200) == key
    archive.put(b"bytes", url="https://a.example/2", at=NOW, status=200)
    log = tmp_path / key[:2] / "received.jsonl"
    assert len(log.read_text().splitlines()) == 2
    assert archive.get(key) == b"bytes"


def direct(_: str, reader: reparsing.Reader, data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """Instead of the sandbox, so that a test's rules hold in it."""
    return reader(data, record)


def test_a_mixed_folder_is_one_run_a_source_with_what_was_done_with_each_item(
    register: Register, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in ("990001-2026", "990002-2026"):
        shutil.copy(EXAMPLES / f"{number}.xml", folder)
    (folder / "bad.xml").write_bytes(b"<x/>")
    (folder / "procurements.csv").write_text(PROCUREMENTS + PROCUREMENT, encoding="utf-8")
    (folder / "awards.csv.gz").write_bytes(gzip.compress((AWARDS + award("Exempelputs AB")).encode()))
    (folder / "notices.csv").write_text("Titel;Köpare\nStäd;Orsa kommun\n", encoding="cp1252")
    shutil.copy(next((ROOT / "tests" / "examples" / "mails").glob("e-avrop*/mail.eml")), folder / "alert.eml")
    (folder / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    archive = Archive(tmp_path / "raw")
    made = {run.source: run for run in import_files([folder], register=register, archive=archive, at=NOW)}
    assert {source: (run.new, len(run.set_aside), run.status) for source, run in made.items() if source != "mail"} == {
        "files": (2, 1, "partial"),
        "uhm": (2, 0, "complete"),
        "table": (1, 0, "complete"),
    }
    assert made["mail"].new >= 1
    assert [note for run in made.values() for note in run.notes] == ["Left alone, of no known kind: picture.jpg"]
    assert runs.items(register, made["files"].id or 0) == {
        "990001-2026": "new",
        "990002-2026": "new",
        "bad.xml": "set aside",
    }
    again = import_files([folder], register=register, archive=archive, at=NOW)
    assert [(run.new, run.changed) for run in again] == [(0, 0)] * 4
    assert sum(run.unchanged for run in again) == sum(run.new for run in made.values())


def test_what_is_of_no_known_kind_is_set_aside(register: Register, tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    [run] = import_files([tmp_path / "picture.jpg"], register=register, archive=Archive(tmp_path / "raw"), at=NOW)
    assert (run.status, run.announced, run.received) == ("failed", 1, 0)
    assert "of no known kind" in run.set_aside[0].reason


def test_exports_and_tables_are_read_anew_by_todays_rules(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "procurements.csv").write_text(PROCUREMENTS + PROCUREMENT, encoding="utf-8")
    (tmp_path / "notices.csv").write_text("Titel;Köpare;Slag\nStäd;Orsa kommun;tjänster\n", encoding="utf-8")
    archive = Archive(tmp_path / "raw")
    import_files([tmp_path / "procurements.csv", tmp_path / "notices.csv"], register=register, archive=archive, at=NOW)
    assert reparsing.reparse(register, archive, at=NOW, write=False, run_in=direct).rereadings == []
    monkeypatch.setattr(uhm, "NATURES", {"Tjänster": "supplies"})
    found = reparsing.reparse(register, archive, at=NOW, write=False, run_in=direct)
    assert found.records == 2
    assert [(own.number, [change.path for change in own.fields]) for own in found.rereadings] == [
        ("KA9901", ["lots[LOT-0000].nature", "nature"])
    ]
