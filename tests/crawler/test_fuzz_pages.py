"""KommersAnnons' pages, TED's calendar and its packages under mutation: only the project's errors come out."""

import gzip
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from crawler import issues, kommers, packages
from crawler.kommers import Listed
from tests.crawler.test_kommers import DETAILS, LISTS, case
from tests.crawler.test_ted_packages import tar_of
from tests.mutations import CASES, mutations, survive_apart

PAGE_TOKENS = (
    b"<a href='/Notice/TenderNotice/9900000999'>x</a>", b"2 / 17", b"<tr><td>", b"</table>", b"<script>", b"<!--",
    b"\x00", b"Ansvarig organisation:", b"CPV:", b"<dt>", b"2049-12-31 23:59:50", b"0001-01-01", b"-1 SEK", b"&#0;",
    b"\xff\xfe",
)  # fmt: skip
CALENDARS = [
    b"OJ S;Publication date\n1/2026;02/01/2026\n10/2026;15/01/2026\n",
    b"Week\tOJ S\tPublication date\n1\t1\t02.01.2026\n2\t\t06.01.2026\n3\t10\t15.01.2026\n",
    'Number|Release date\n"2026/S 001"|1/2/2026\n'.encode("utf-16"),
]
CALENDAR_TOKENS = (
    b";",
    b'"',
    b"\n",
    b"2026",
    b"31/02/2026",
    b"S 999",
    b"\xff\xfe",
    b"\x00",
    "²".encode(),
    "٣".encode(),
)


def read_list(data: bytes) -> None:
    for row in kommers.read_list(data).notices:
        kommers.notice(row, None)


def read_detail(data: bytes) -> Any:
    row = Listed("9900000401", "Titel", {"kind": ("Meddelande om upphandling",)})
    detail: Mapping[str, tuple[str, ...]] = kommers.read_detail(data, "notice")
    return kommers.notice(row, detail)


def read_calendar(data: bytes) -> object:
    return issues.read_calendar(data, 2026)


def unzip(path: Path, data: bytes) -> None:
    packages.unzip(data, path, "package")
    read_tar(path, path.read_bytes())


def read_tar(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    start: int | None = 0
    while start is not None:
        start = packages.tar_part(path, start, of_sweden, "package").following


def of_sweden(member: bytes) -> bool:
    return b"SWE" in member


def test_mutated_pages_of_the_list() -> None:
    assert survive_apart(read_list, partial(mutations, [case(name)[0] for name in LISTS], PAGE_TOKENS)) == CASES


def test_mutated_pages_of_notices() -> None:
    assert survive_apart(read_detail, partial(mutations, [case(name)[0] for name in DETAILS], PAGE_TOKENS)) == CASES


def test_mutated_calendars() -> None:
    assert survive_apart(read_calendar, partial(mutations, CALENDARS, CALENDAR_TOKENS)) == CASES


def test_mutated_packages(tmp_path: Path) -> None:
    tar = tar_of({f"20261117_222/{number:08d}_2026.xml": b"<a>SWE</a>" * 90 for number in range(5)})
    path = tmp_path / "package.tar"
    half = CASES // 2
    assert survive_apart(partial(unzip, path), partial(mutations, [gzip.compress(tar)], cases=half, seed=2)) == half
    rest = CASES - half
    assert survive_apart(partial(read_tar, path), partial(mutations, [tar], cases=rest, seed=3)) == rest
