"""Daily packages: the calendar, the tar, and the real spider as a process of its own against a stand-in."""

import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from crawler import issues, packages
from crawler.archive import Archive
from crawler.spiders.ted_packages import is_swedish
from register import notices, runs, windows
from register.database import Register, open_register
from register.models import Window
from tests.conftest import NOW, ROOT, guarded_environment
from tests.crawler import many
from tests.crawler.loopback import Answer, Loopback, Request

TWO = {date(2026, 1, 2): 1, date(2026, 1, 15): 10}


@pytest.mark.parametrize(
    "text",
    [
        "OJ S;Publication date\n1/2026;02/01/2026\n10/2026;15/01/2026\n",
        "Publication date,OJ S issue number\n2026-01-02,1\n2026-01-15,10\n",
        "Date\tIssue\n20260102\t202600001\n20260115\t202600010\n",
        "Issue;Date\nOJ S 001;Fri 2 January 2026\nOJ S 010;Thursday, 15 Jan 2026\n",
        # Americans write the month first: the 15th can be no month.
        'Number|Release date\n"2026/S 001"|1/2/2026\n"2026/S 010"|1/15/2026\n',
        # Other columns of numbers and days, a holiday without an issue, and no head.
        "Week;OJ S;Publication date;Deadline\n1;1;02.01.2026;20.12.2025\n2;;06.01.2026;\n3;10;15.01.2026;05.01.2026\n",
        "S 1;2/1/2026\nS 10;15/1/2026\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_calendars_in_many_forms_tell_the_same(text: str, encoding: str) -> None:
    assert issues.read_calendar(text.encode(encoding), 2026) == TWO
    assert issues.read_calendar(text.replace("\n", "\r\n").encode(encoding), 2026) == TWO


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no table of issues"),
        ("<!DOCTYPE html><html><body>a; b</body></html>\n", "is no table of issues"),
        ("Publication date\n2026-01-02\n", "is no table of issues"),
        ("Publication date;OJ S\n", "is no table of issues"),
        ("Publication date;Comment\n2026-01-02;a\n", "no column could be it: Publication date, Comment"),
        ("A;B;Day\n1;1;2026-01-02\n2;2;2026-01-05\n", "more than one column could be it: A, B, Day"),
        ("OJ S;Day\n1;2026-01-02\n2;2026-01-02\n", "a second time"),
        ("OJ S;Day\n1;2026-01-02\n1;2026-01-05\n", "a second time"),
        ("OJ S;Day\n2;2026-01-02\n1;2026-01-05\n", "do not rise"),
        ("OJ S;Day\n1;2025-01-02\n", "is not understood"),
        ("OJ S;Day\n1/2025;2026-01-02\n", "no column could be it"),
        ("OJ S;Day\n1;2026-01-02\n2;\n", "is not understood"),
        ("OJ S;Day\n" + "1;2026-01-02\n" * 3000, "more than 2000 rows"),
    ],
)
def test_a_calendar_that_does_not_add_up_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        issues.read_calendar(text.encode(), 2026)


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=300) | st.text(alphabet="SOJ0126/-;,.\n 9", max_size=200)
)
def test_any_text_is_a_calendar_or_refused(text: str) -> None:
    try:
        found = issues.read_calendar(text.encode(), 2026)
    except InputError:
        return
    assert found and all(day.year == 2026 and 0 < number < 1000 for day, number in found.items())


def test_packages_are_named_by_year_and_issue() -> None:
    assert issues.issue_name(2026, 7) == "202600007"


def tar_of(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def test_a_tar_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PART_MEMBERS", 3)
    path = tmp_path / "package.tar"
    path.write_bytes(tar_of({f"20261117_222/{n}.xml": f"<a>{n}</a>".encode() for n in range(8)} | {"read.me": b"no"}))
    found: list[str] = []
    start: int | None = 0
    parts = looked = 0
    while start is not None:
        part = packages.tar_part(path, start, lambda data: data != b"<a>4</a>", "package", looked)
        found += [member.name for member in part.members]
        start, looked, parts = part.following, part.looked, parts + 1
    assert found == [f"20261117_222/{n}.xml" for n in (0, 1, 2, 3, 5, 6, 7)]
    assert (parts, looked) == (4, 9)


def test_a_tar_with_members_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PART_MEMBERS", 3)
    monkeypatch.setattr(packages, "MAX_MEMBERS", 6)
    path = tmp_path / "package.tar"
    path.write_bytes(tar_of({f"../{n}.xml": b"<a/>" for n in range(20)}))
    first = packages.tar_part(path, 0, lambda _data: True, "package")
    second = packages.tar_part(path, first.following or 0, lambda _data: True, "package", first.looked)
    third = packages.tar_part(path, second.following or 0, lambda _data: True, "package", second.looked)
    assert [len(part.set_aside) for part in (first, second, third)] == [3, 3, 3]
    assert third.looked == 9
    with pytest.raises(InputError, match="holds more than 6 members"):
        packages.tar_part(path, third.following or 0, lambda _data: True, "package", third.looked)


def test_names_that_lead_out_of_a_package_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "package.tar"
    path.write_bytes(tar_of({"../../escape.xml": b"<a/>", "fine.xml": b"<b/>"}))
    part = packages.tar_part(path, 0, lambda _data: True, "202600222")
    assert [member.name for member in part.members] == ["fine.xml"]
    assert [(aside.item, aside.reason) for aside in part.set_aside] == [
        ("202600222:../../escape.xml", "its name leads out of the archive")
    ]


@pytest.mark.parametrize("cut", [100, 700, 1600])
def test_a_tar_that_broke_off_is_said_to(tmp_path: Path, cut: int) -> None:
    whole = tar_of({f"{n}.xml": b"<a>" + b"x" * 1000 + b"</a>" for n in range(2)})
    path = tmp_path / "package.tar"
    path.write_bytes(whole[:cut])
    with pytest.raises(InputError, match="broke off or is no tar"):
        packages.tar_part(path, 0, lambda _data: True, "package")
    with pytest.raises(InputError, match=r"broke off or is no tar\.gz"):
        packages.unzip(gzip.compress(whole)[: -cut // 100], tmp_path / "cut.tar", "package")


def test_a_bomb_stops_at_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_TOTAL", 3_000_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        packages.unzip(gzip.compress(bytes(5_000_000)), tmp_path / "bomb.tar", "package")
    assert (tmp_path / "bomb.tar").stat().st_size <= 3_000_000


AREA = b'<cbc:CountrySubentityCode listName="nuts">SE312</cbc:CountrySubentityCode></cac:PostalAddress></efac:Company>'


def of_country(data: bytes, country: str) -> bytes:
    """The notice with a buyer of a country."""
    code = f"<cac:Country><cbc:IdentificationCode>{country}</cbc:IdentificationCode></cac:Country>".encode()
    assert data.count(AREA) == 1
    return data.replace(AREA, AREA.replace(b"</cac:PostalAddress>", code + b"</cac:PostalAddress>"))


def test_the_buyers_country_decides() -> None:
    [data] = many.notices(1)
    assert is_swedish(data, "notice")
    assert is_swedish(of_country(data, "SWE"), "notice")
    # The place of performance is still in Sweden, and the notice in Swedish.
    assert not is_swedish(of_country(data, "NOR"), "notice")
    with pytest.raises(InputError):
        is_swedish(data[:500], "notice")


Crawl = Callable[..., tuple[int, str, str]]


class Stand:
    """TED's calendar, packages and count, for the days 2026-11-16 (issue 221) and after."""

    def __init__(self) -> None:
        self.calendar = "OJ S;Publication date\n" + "".join(
            f"{205 + day}/2026;{day}/11/2026\n" for day in range(16, 21)
        )
        self.packages: dict[str, Answer] = {}
        self.counts: dict[str, int] = {}
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request.path)
        if request.path == "/search":
            [day] = set(re.findall(r"publication-date [<>]= (\d{8})", json.loads(request.body)["query"]))
            page = {"notices": [], "totalNoticeCount": self.counts.get(day, 0), "timedOut": False}
            return Answer(body=json.dumps(page).encode())
        if request.path == "/calendar/2026":
            return Answer(body=self.calendar.encode())
        return self.packages.get(request.path, Answer(404))

    def put(self, day: int, members: Mapping[str, bytes], count: int) -> None:
        self.packages[f"/packages/2026{205 + day:05d}"] = Answer(body=gzip.compress(tar_of(members)))
        self.counts[f"202611{day}"] = count


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def crawl(tmp_path: Path, stand: Stand) -> Crawl:
    def run(first: int, last: int) -> tuple[int, str, str]:
        with Loopback(stand) as ted:
            environment = guarded_environment(
                tmp_path / "outside.log",
                ANBUDSLOTS_TED__API_URL=f"{ted.address}/search",
                ANBUDSLOTS_TED__CALENDAR_URL=ted.address + "/calendar/{year}",
                ANBUDSLOTS_TED__PACKAGE_URL=ted.address + "/packages/{issue}",
                ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us",
                ANBUDSLOTS_CRAWLER__RETRIES="1",
            )
            days = ["--since", f"2026-11-{first}", "--until", f"2026-11-{last}"]
            program = [
                sys.executable,
                "-m",
                "anbudslots",
                "--data",
                str(tmp_path / "data"),
                "--now",
                "2026-11-24T08:00",
            ]
            command = [*program, "crawl", "ted-packages", *days]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=120)
        assert not (tmp_path / "outside.log").exists()
        return done.returncode, done.stdout, done.stderr

    return run


def problems(register: Register) -> dict[str, str]:
    return {window.window: window.problem for window in windows.listing(register, "ted-packages")}


def members(numbers: range, country: str = "SWE") -> dict[str, bytes]:
    return {
        f"20261116_221/{991000 + n:08d}_2026.xml": of_country(data, country)
        for n, data in enumerate(many.notices(numbers.stop))
        if n in numbers
    }


def test_swedish_notices_of_a_package_come_in_once(crawl: Crawl, stand: Stand, tmp_path: Path) -> None:
    stand.put(16, members(range(3)) | members(range(3, 6), "NOR"), 3)
    status, out, err = crawl(16, 16)
    assert status == 0, out + err
    assert "complete; announced 3, received 3, new 3" in out
    register = open_register(tmp_path / "data")
    assert notices.count(register) == 3
    raw = notices.provenance(register, "991000-2026")["raw"]
    archive = Archive(tmp_path / "data" / "raw")
    assert archive.get(raw) == members(range(1))["20261116_221/00991000_2026.xml"]
    kinds = [record.kind for record in archive.records(source="ted-packages")]
    assert sorted(kinds) == [*["eforms"] * 3, "ted-calendar", "ted-package"]
    register.close()
    # What is known already is unchanged.
    status, out, _ = crawl(16, 16)
    assert (status, "new 0, changed 0, unchanged 3" in out) == (0, True)


def test_each_fault_is_named_and_its_day_partial(crawl: Crawl, stand: Stand, tmp_path: Path) -> None:
    stand.put(16, members(range(3)), 3)
    stand.counts["20261117"] = 2  # its package is missing
    stand.put(18, members(range(3)), 3)
    whole = stand.packages["/packages/202600223"].body
    stand.packages["/packages/202600223"] = Answer(body=whole[: len(whole) // 2])
    stand.put(19, members(range(3, 5)), 3)
    stand.packages["/packages/202600225"] = Answer(202, headers={"x-amzn-waf-action": "challenge"})
    stand.counts["20261122"] = 1  # the 21st is a Saturday without an issue, so is the 22nd
    status, out, err = crawl(16, 22)
    assert status == 1, out + err
    register = open_register(tmp_path / "data")
    found = problems(register)
    assert found["2026-11-18"].startswith("the package 202600223 broke off or is no tar.gz")
    assert found | {"2026-11-18": ""} == {
        "2026-11-16": "",
        "2026-11-17": "there is no package 202600222 (404)",
        "2026-11-18": "",
        "2026-11-19": "the package 202600224 holds 2 Swedish notices, the Search API counts 3",
        "2026-11-20": "the package 202600225 did not come (the server's bot rule answered with a challenge "
        "(202, empty), 2 times in a row)",
        "2026-11-21": "",
        "2026-11-22": "the calendar names no issue, so no notices, the Search API counts 1",
    }
    assert [window.window for window in windows.partial(register, "ted-packages")] == [
        "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-22",
    ]  # fmt: skip
    # What came of the day whose figures differ is in.
    assert notices.count(register) == 5
    register.close()
    assert "The window 2026-11-17 is partial: there is no package 202600222 (404)." in out
    # The next crawl, of another day, tries them again.
    for day in (17, 18, 19, 20):
        stand.put(day, members(range(3)), 3)
    stand.counts["20261122"] = 0
    status, out, _ = crawl(16, 16)
    assert (status, "windows that are partial: none" in out) == (0, True)


def test_a_calendar_that_is_not_understood_makes_no_day_look_empty(crawl: Crawl, stand: Stand, tmp_path: Path) -> None:
    stand.calendar = "<html>Under construction; come back</html>"
    status, out, _ = crawl(16, 17)
    assert status == 3
    assert "the calendar is not understood (calendar of 2026: is no table of issues)" in out
    register = open_register(tmp_path / "data")
    assert len(windows.partial(register, "ted-packages")) == 2
    register.close()


def test_a_notice_that_can_not_be_read_is_set_aside_and_counted(crawl: Crawl, stand: Stand, tmp_path: Path) -> None:
    broken = members(range(2))
    name = "20261116_221/00991001_2026.xml"
    broken[name] = re.sub(rb"<cbc:NoticeTypeCode.*?</cbc:NoticeTypeCode>", b"", broken[name])
    stand.put(16, broken, 2)
    status, out, err = crawl(16, 16)
    assert status == 1
    assert "complete; announced 2, received 1, new 1, changed 0, unchanged 0, set aside 1" in out
    assert "BT-03 form type: is missing" in err
    register = open_register(tmp_path / "data")
    last = runs.latest(register, "ted-packages")
    register.close()
    assert last is not None
    assert [item.item[:18] for item in last.set_aside] == ["00991001_2026.xml "]


def test_a_run_that_was_cut_off_gets_no_package_twice(crawl: Crawl, stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    register = open_register(tmp_path / "data")
    run = runs.start(register, "ted-packages", since=date(2026, 11, 16), until=date(2026, 11, 17), at=NOW)
    done = Window(
        source="ted-packages", window="2026-11-16", announced=7, received=7, status="complete", run=run, at=NOW
    )
    windows.put(register, done)
    for number in range(7):
        runs.note(register, run, {f"99000{number}-2026": "new"})
    register.close()
    stand.put(17, members(range(3)), 3)
    status, out, err = crawl(16, 17)
    assert status == 0, out + err
    assert "complete; announced 10, received 10, new 10" in out
    assert [path for path in stand.asked if path.startswith("/packages/")] == ["/packages/202600222"]
