"""Reparsing on the command line: told first, then written, and no change by the buyer."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler import eforms
from crawler.archive import Archive
from register import notices
from register.database import open_register
from tests.anbudslots.test_cli import Program
from tests.conftest import ROOT

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
EXAMPLES = ROOT / "config" / "examples" / "notices"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A register that an older parser filled: it took no values and read a last day as UTC."""
    data = (EXAMPLES / "990001-2026.xml").read_bytes()
    raw = Archive(tmp_path / "data" / "raw").put(
        data, url="https://ted.europa.eu/en/notice/990001-2026/xml", at=AT, status=200, source="ted", kind="ted-notice"
    )
    notice = eforms.read(data)
    (lot,) = notice.lots
    assert lot.deadline
    lots = (lot.model_copy(update={"value": None, "deadline": lot.deadline.replace(tzinfo=UTC)}),)
    register = open_register(tmp_path / "data")
    notices.add(register, notice.model_copy(update={"lots": lots}), raw=raw, at=AT)
    register.close()
    return Program(tmp_path)


FIELDS = [
    ("lots[LOT-0000].deadline", "2026-12-17T23:59:00Z", "2026-12-17T23:59:00+01:00"),
    ("lots[LOT-0000].value.amount", None, 180000.0),
    ("lots[LOT-0000].value.currency", None, "SEK"),
]


def test_what_is_read_otherwise_is_told_then_written_and_is_no_change(program: Program) -> None:
    dry = program("reparse", "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    (told,) = json.loads(dry.stdout)
    assert (told["number"], told["current"]) == ("990001-2026", True)
    assert [(change["path"], change["before"], change["after"]) for change in told["fields"]] == FIELDS

    written = program("reparse", "--source", "ted")
    assert written.stdout.splitlines() == [
        "990001-2026",
        '  lots[LOT-0000].deadline: "2026-12-17T23:59:00Z" -> "2026-12-17T23:59:00+01:00"',
        "  lots[LOT-0000].value.amount: nothing -> 180000.0",
        '  lots[LOT-0000].value.currency: nothing -> "SEK"',
        "1 records read; 1 notices, 3 fields changed",
    ]
    assert program("notices", "changes", "990001-2026").stdout.splitlines() == ["No changes."]
    assert program("reparse").stdout == "1 records read; 0 notices, 0 fields changed\n"


def test_a_damaged_file_is_set_aside(program: Program) -> None:
    (file,) = (program.folder / "data" / "raw").glob("*/*.gz")
    file.write_bytes(b"no gzip")
    done = program("reparse")
    assert done.returncode == 1
    assert "damaged" in done.stdout + done.stderr
