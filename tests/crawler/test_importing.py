import io
import tarfile
import zipfile
from pathlib import Path

from crawler import packages
from crawler.archive import Archive
from crawler.importing import import_notices
from register import notices
from register.database import Register
from register.models import SetAside
from tests.conftest import NOW, ROOT

EXAMPLES = ROOT / "config" / "examples" / "notices"


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
    log = tmp_path / key[:2] / f"{key}.jsonl"
    assert len(log.read_text().splitlines()) == 2
    assert archive.get(key) == b"bytes"
