"""A parser gets better: what it reads otherwise in the archived bytes is told field by field before it is written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler import eforms, reparsing
from crawler.archive import Archive, Record
from crawler.reparsing import FieldChange, Reader, differences
from register import notices
from register.database import Register, ordered_dump
from register.models import Money, Notice, SetAside
from tests.conftest import NOW, ROOT, make_lot, make_notice

EXAMPLES = ROOT / "config" / "examples" / "notices"
LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "raw")


def receive(register: Register, archive: Archive, number: str, read: Reader) -> str:
    """A notice as a crawl brings it: archived, then read by the parser of that day."""
    data = (EXAMPLES / f"{number}.xml").read_bytes()
    url = f"https://ted.europa.eu/en/notice/{number}/xml"
    raw = archive.put(data, url=url, at=NOW, status=200, source="ted", kind="ted-notice")
    for notice in read(data, record(raw, url)):
        assert isinstance(notice, Notice)
        notices.add(register, notice, raw=raw, at=NOW)
    return raw


def record(raw: str, url: str) -> Record:
    return Record(raw, "ted", "ted-notice", url, "GET", 200, NOW, {})


def here(item: str, read: Reader, data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """The reader called in this process: it is a rule of the test, not hostile."""
    return read(data, record)


def old_rule(data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """A parser that took no values and no lot's second CPV code."""
    notice = eforms.read(data)
    lots = tuple(lot.model_copy(update={"value": None, "cpv": lot.cpv[:1]}) for lot in notice.lots)
    return [notice.model_copy(update={"lots": lots})]


def expected(number: str) -> list[tuple[str, object, object]]:
    """What must change, by hand from the notice itself: each lot's value, and its CPV codes where there are several."""
    notice = eforms.read((EXAMPLES / f"{number}.xml").read_bytes())
    changes: list[tuple[str, object, object]] = []
    for lot in notice.lots:
        if len(lot.cpv) > 1:
            changes.append((f"lots[{lot.id}].cpv", [lot.cpv[0]], list(lot.cpv)))
        if lot.value:
            changes.append((f"lots[{lot.id}].value.amount", None, lot.value.amount))
            changes.append((f"lots[{lot.id}].value.currency", None, lot.value.currency))
    return changes


def test_a_dry_run_shows_exactly_the_fields_that_change_and_writes_nothing(
    register: Register, archive: Archive
) -> None:
    for number in ("990001-2026", "990003-2026"):
        receive(register, archive, number, old_rule)
    before = list(ordered_dump(register))
    report = reparsing.reparse(register, archive, at=LATER, write=False)
    assert list(ordered_dump(register)) == before
    assert report.records == 2
    found = {reread.number: [(c.path, c.before, c.after) for c in reread.fields] for reread in report.rereadings}
    assert found == {number: expected(number) for number in ("990001-2026", "990003-2026")}
    assert found["990001-2026"][-2:] == [
        ("lots[LOT-0000].value.amount", None, 180000.0),
        ("lots[LOT-0000].value.currency", None, "SEK"),
    ]


def test_writing_puts_in_exactly_that_and_is_no_change_by_the_buyer(register: Register, archive: Archive) -> None:
    raw = receive(register, archive, "990003-2026", old_rule)
    seen = notices.provenance(register, "990003-2026")
    reparsing.reparse(register, archive, at=LATER, write=True)
    whole = eforms.read((EXAMPLES / "990003-2026.xml").read_bytes())
    assert notices.get(register, "990003-2026") == whole
    assert notices.provenance(register, "990003-2026") == seen
    assert [notice for _, notice in notices.versions(register, "990003-2026")] == [whole]
    assert [lot["value"] for lot in notices.get(register, "990003-2026").model_dump(mode="json")["lots"]] != [None] * 3
    again = reparsing.reparse(register, archive, at=LATER, write=False)
    assert again.rereadings == []
    # The same bytes from the source are nothing new either, whatever the parser of the day reads.
    assert notices.add(register, whole, raw=raw, at=LATER) == "unchanged"


def test_the_same_bytes_read_otherwise_at_a_crawl_are_unchanged(register: Register, archive: Archive) -> None:
    raw = receive(register, archive, "990001-2026", old_rule)
    better = eforms.read((EXAMPLES / "990001-2026.xml").read_bytes())
    assert notices.add(register, better, raw=raw, at=LATER) == "unchanged"
    assert notices.add(register, better, raw="f" * 64, at=LATER) == "changed"


def test_of_bytes_that_said_the_same_the_last_are_read_anew(register: Register, archive: Archive) -> None:
    receive(register, archive, "990001-2026", old_rule)
    # The old parser saw no difference: it took no lot's value.
    before, _, after = (EXAMPLES / "990001-2026.xml").read_bytes().rpartition(b">180000<")
    data = before + b">190000<" + after
    url = "https://ted.europa.eu/en/notice/990001-2026/xml"
    raw = archive.put(data, url=url, at=LATER, status=200, source="ted", kind="ted-notice")
    [notice] = old_rule(data, record(raw, url))
    assert isinstance(notice, Notice)
    assert notices.add(register, notice, raw=raw, at=LATER) == "unchanged"
    report = reparsing.reparse(register, archive, at=LATER, write=True)
    [reread] = report.rereadings
    assert reread.raw == raw
    value = notices.get(register, "990001-2026").lots[0].value
    assert value and value.amount == 190000


def test_what_could_not_be_read_before_comes_in(register: Register, archive: Archive) -> None:
    data = (EXAMPLES / "990001-2026.xml").read_bytes()
    url = "https://ted.europa.eu/en/notice/990001-2026/xml"
    archive.put(data, url=url, at=NOW, status=200, source="ted", kind="ted-notice")
    report = reparsing.reparse(register, archive, at=LATER, write=True)
    assert [(reread.number, reread.fields) for reread in report.rereadings] == [("990001-2026", ())]
    assert notices.is_known(register, "990001-2026")


def test_an_earlier_version_is_read_anew_without_becoming_the_current_one(register: Register, archive: Archive) -> None:
    receive(register, archive, "990001-2026", old_rule)
    whole = eforms.read((EXAMPLES / "990001-2026.xml").read_bytes())
    newer = whole.model_copy(update={"title": "En ny rubrik"})
    notices.add(register, newer, raw="e" * 64, at=LATER)
    report = reparsing.reparse(register, archive, at=LATER, write=True)
    assert [reread.current for reread in report.rereadings] == [False]
    assert notices.get(register, "990001-2026") == newer
    assert [notice for _, notice in notices.versions(register, "990001-2026")] == [whole, newer]


def test_source_and_day_choose_records_and_what_a_reader_refuses_is_listed(
    register: Register, archive: Archive
) -> None:
    receive(register, archive, "990001-2026", old_rule)
    assert reparsing.reparse(register, archive, at=LATER, source="mail", write=False).records == 0
    assert reparsing.reparse(register, archive, at=LATER, since=LATER, write=False).records == 0
    archive.put(b"<no/>", url="file:bad.xml", at=NOW, source="files", kind="eforms")
    report = reparsing.reparse(register, archive, at=LATER, readers=reparsing.READERS, write=False, run_in=here)
    assert [item.item for item in report.set_aside] == ["file:bad.xml"]
    assert report.records == 2


def test_differences_name_the_field_by_its_path() -> None:
    before = make_notice(lots=(make_lot(value=Money(amount=1000)), make_lot(id="LOT-0002")))
    after = before.model_copy(update={"lots": (make_lot(value=Money(amount=2000)), make_lot(id="LOT-0003"))})
    paths = [change.path for change in differences(before, after)]
    assert "lots[LOT-0000].value.amount" in paths
    assert {path.split(".")[0] for path in paths} == {"lots[LOT-0000]", "lots[LOT-0002]", "lots[LOT-0003]"}
    assert list(differences(before, before)) == []
    assert FieldChange(path="lots[LOT-0000].value.amount", before=1000, after=2000) in list(differences(before, after))
