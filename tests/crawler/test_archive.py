"""Raw bytes are kept once, whole or not at all, with how each came; what is damaged is told."""

import gzip
import hashlib
import json
import random
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config.errors import NotFoundError
from crawler.archive import Archive
from tests.conftest import NOW, ROOT

NOTICE = b"<ContractNotice>F\xc3\xb6nsterputs</ContractNotice>"
URL = "https://ted.europa.eu/en/notice/990001-2026/xml"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "raw")


def put(archive: Archive, data: bytes = NOTICE, *, url: str = URL, at: datetime = NOW, kind: str = "ted-notice") -> str:
    return archive.put(data, url=url, at=at, status=200, source="ted", kind=kind, headers={"ETag": '"1"'})


def test_bytes_lie_plain_under_their_hash_with_what_was_asked_and_answered(archive: Archive) -> None:
    key = archive.put(
        NOTICE,
        url="https://api.ted.europa.eu/v3/notices/search",
        at=NOW,
        method="POST",
        status=200,
        source="ted",
        kind="ted-search",
        headers={"Content-Type": "application/json", "Set-Cookie": "session=1"},
        request_headers={"User-Agent": "Anbudslots", "Authorization": "secret", "Cookie": "session=1"},
        request_body='{"query": "å"}'.encode(),
    )
    assert key == hashlib.sha256(NOTICE).hexdigest()
    assert gzip.decompress((archive.folder / key[:2] / f"{key}.gz").read_bytes()) == NOTICE
    [line] = (archive.folder / key[:2] / "received.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "sha256": key,
        "source": "ted",
        "kind": "ted-search",
        "method": "POST",
        "url": "https://api.ted.europa.eu/v3/notices/search",
        "status": 200,
        "headers": {"Content-Type": "application/json"},
        "request_headers": {"User-Agent": "Anbudslots"},
        "request_body": '{"query": "å"}',
        "received": NOW.isoformat(),
    }


def test_the_same_again_writes_nothing_and_another_origin_a_line(archive: Archive) -> None:
    key = put(archive)
    files = {path: path.stat().st_mtime_ns for path in archive.folder.rglob("*.*")}
    assert put(archive, at=NOW + timedelta(days=1)) == key
    assert {path: path.stat().st_mtime_ns for path in archive.folder.rglob("*.*")} == files
    put(archive, url="file:990001-2026.xml", at=NOW + timedelta(days=2), kind="eforms")
    assert [(record.url, record.kind) for record in archive.records()] == [
        (URL, "ted-notice"),
        ("file:990001-2026.xml", "eforms"),
    ]
    assert len(list(archive.folder.rglob("*.gz"))) == 1


def test_records_come_oldest_first_and_can_be_chosen(archive: Archive) -> None:
    later = NOW + timedelta(hours=1)
    put(archive, b"second", url="https://a.example/2", at=later)
    put(archive, b"third", url="https://a.example/3", at=later, kind="ted-search")
    put(archive, b"first", url="https://z.example/1", at=NOW)
    assert [record.url[-1] for record in archive.records()] == ["1", "2", "3"]
    assert [record.url[-1] for record in archive.records(since=later)] == ["2", "3"]
    assert [record.url[-1] for record in archive.records(source="ted", kind="ted-search")] == ["3"]
    assert list(archive.records(source="mail")) == []


@pytest.mark.parametrize("harm", ["cut", "other bytes", "empty", "gone"])
def test_a_damaged_file_is_found_by_its_hash_and_mended_by_the_next_put(archive: Archive, harm: str) -> None:
    key = put(archive)
    path = archive.folder / key[:2] / f"{key}.gz"
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": whole[:-9], "other bytes": gzip.compress(b"other"), "empty": b""}[harm])
    assert not archive.holds(key)
    with pytest.raises(NotFoundError, match=key):
        archive.get(key)
    put(archive)
    assert archive.holds(key)
    assert archive.get(key) == NOTICE


def test_a_damaged_line_is_told_and_the_others_are_read(archive: Archive) -> None:
    put(archive)
    key = put(archive, b"other", url="https://a.example/2")
    log = archive.folder / key[:2] / "received.jsonl"
    log.write_text(log.read_text()[:40])
    with pytest.raises(NotFoundError, match="damaged"):
        list(archive.records())
    problems: list[str] = []
    assert [record.url for record in archive.records(problems=problems)] == [URL]
    assert problems == [f"Line 1 of {log} is damaged: how the bytes were received is not known."]
    put(archive, b"other", url="https://a.example/3")
    assert {record.url for record in archive.records(problems=[])} == {URL, "https://a.example/3"}


def test_names_that_are_no_unicode_and_line_ends_in_addresses_are_kept(archive: Archive) -> None:
    url = "file:f\udce5nster\u2028.xml"
    put(archive, url=url)
    assert [record.url for record in archive.records()] == [url]


PUT_ON_AND_ON = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.archive import Archive

folder, death = sys.argv[1:]
print("begun", flush=True)
for number in range(100_000):
    data = f"{death}/{number}".encode() * 2000
    Archive(Path(folder)).put(data, url=f"https://a.example/{death}/{number}", at=datetime(2026, 11, 24, tzinfo=UTC))
"""


def test_killed_at_any_moment_each_file_is_whole(archive: Archive) -> None:
    chance = random.Random(1)
    deaths = 12
    for death in range(deaths):
        command = [sys.executable, "-c", PUT_ON_AND_ON, str(archive.folder), str(death)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout and child.stdout.readline() == b"begun\n"
            # What is waited for is any moment at all.
            time.sleep(chance.uniform(0.002, 0.05))
            child.kill()
    keys = [path.stem for path in archive.folder.glob("??/*.gz")]
    assert len(keys) > deaths
    assert all(archive.holds(key) for key in keys)
    records = list(archive.records())
    assert all(archive.holds(record.sha256) for record in records)
    # Bytes come before their line: at most the last put of each process has no line.
    assert len(keys) - len(records) <= deaths
