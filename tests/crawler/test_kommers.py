"""KommersAnnons: saved pages (all invented), one folder a case, and the real spider against a stand-in."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from crawler import kommers
from crawler.archive import Archive
from crawler.kommers import Listed
from crawler.mails import portals
from register import notices, runs, windows
from register.database import Register, open_register
from register.models import Notice
from tests.conftest import ROOT, guarded_environment
from tests.crawler.loopback import Answer, Loopback, Request

EXAMPLES = ROOT / "tests" / "examples" / "kommers"
LISTS = sorted(folder.name for folder in EXAMPLES.glob("lista-*"))
DETAILS = sorted(folder.name for folder in EXAMPLES.glob("detalj-*"))
UNSAID: dict[str, Any] = {
    **{"buyer": kommers.UNKNOWN_BUYER, "org_number": None, "description": "", "cpv": [], "places": [], "value": None},
    **{"published": None, "deadline": None, "open_ended": False, "form_type": "competition", "reference": None},
}


def told(notice: Notice) -> dict[str, Any]:
    """What an example says of a notice."""
    lot = notice.lots[0]
    return {
        "publication_number": notice.publication_number,
        "title": notice.title,
        "buyer": notice.buyer.name,
        "org_number": notice.buyer.org_number,
        "description": notice.description,
        "form_type": notice.form_type,
        "cpv": list(notice.cpv),
        "places": [place.city or place.nuts or place.description for place in notice.places],
        "published": notice.published.isoformat() if notice.published else None,
        "deadline": lot.deadline.isoformat() if lot.deadline else None,
        "open_ended": lot.open_ended,
        "value": lot.value.amount if lot.value else None,
        "reference": lot.notes[0].removeprefix("Köparens referens: ") if lot.notes else None,
        "documents_url": lot.documents_url,
        "link": notice.link,
    }


def case(name: str) -> tuple[bytes, dict[str, Any]]:
    folder = EXAMPLES / name
    return (folder / "page.html").read_bytes(), json.loads((folder / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_page_tells_what_a_person_reads_on_it(name: str) -> None:
    data, expected = case(name)
    if "error" in expected:
        with pytest.raises(InputError, match=expected["error"]["reason"]) as caught:
            kommers.read_list(data)
        assert caught.value.field == expected["error"]["field"]
        return
    page = kommers.read_list(data)
    assert (page.number, page.of, page.token) == (expected["number"], expected["of"], expected["token"])
    found = [
        {"award": own.number} if own.is_award else told(kommers.notice(own, None)) | {"documents_url": None}
        for own in page.notices
    ]
    assert found == [own if "award" in own else UNSAID | {"documents_url": None} | own for own in expected["notices"]]
    assert {kommers.notice(own, None).reading for own in page.notices} == {"short"}


@pytest.mark.parametrize("name", DETAILS)
def test_each_layout_of_a_notice_tells_its_buyer_and_the_rest(name: str) -> None:
    data, expected = case(name)
    if "error" in expected:
        with pytest.raises(InputError, match=expected["error"]["reason"]) as caught:
            kommers.read_detail(data, "notice")
        assert caught.value.field == expected["error"]["field"]
        return
    listed = Listed("9900000401", "Titel i listan", {"description": ("Text i listan",)})
    notice = kommers.notice(listed, kommers.read_detail(data, "notice"))
    page = "https://www.kommersannons.se/Notice/TenderNotice/9900000401"
    known = {"publication_number": listed.number, "title": listed.title, "link": page, "documents_url": page}
    assert told(notice) == UNSAID | known | {"description": "Text i listan"} | expected
    assert (notice.reading, notice.is_example) == ("full", True)


def test_a_procurement_is_known_by_its_number_and_its_instance_in_host_or_path() -> None:
    where = ["www.kommersannons.se/elite", "www.kommersannons.se/stockholm", "stockholm.kommersannons.se/elite"]
    links = [f"https://{own}/notice/noticeoverview.aspx?ProcurementId=9900071" for own in where]
    found = [portals.load()["kommersannons"].find(link) for link in links]
    assert [one and one[0] for one in found] == ["elite-9900071", "stockholm-9900071", "stockholm-elite-9900071"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 250 000 SEK", 1_250_000),
        ("1 250 000,00 kr", 1_250_000),
        ("700000", 700_000),
        # Two ways to part thousands can't be told from decimals for sure.
        ("1.250.000 SEK", None),
        ("-1 SEK", None),
        ("0 SEK", None),
        ("framgår av underlaget", None),
    ],
)
def test_amounts(text: str, amount: float | None) -> None:
    notice = kommers.notice(Listed("9900000401", "Titel", {}), {"buyer": ("Hittetorp",), "value": (text,)})
    assert (notice.value.amount if notice.value else None) == amount


@pytest.mark.parametrize(
    ("printed", "instant"),
    [
        ("2026-10-24 23:59:50", "2026-10-24T21:59:50+00:00"),
        ("2026-10-26 23:59:50", "2026-10-26T22:59:50+00:00"),
        ("2026-12-17", "2026-12-17T22:59:00+00:00"),
        ("17/12/2026 12:00", "2026-12-17T11:00:00+00:00"),
    ],
)
def test_times_are_swedish_in_summer_and_winter(printed: str, instant: str) -> None:
    notice = kommers.notice(Listed("9900000401", "Titel", {}), {"buyer": ("Hittetorp",), "deadline": (printed,)})
    deadline = notice.lots[0].deadline
    assert deadline is not None
    assert deadline.astimezone(UTC).isoformat() == instant


@given(
    st.binary(max_size=400)
    | st.lists(
        st.sampled_from(
            [
                *("<table>", "<tr>", "<td>", "</table>", "<a href='/Notice/TenderNotice/99", "1'>", "2 / 17", "CPV:"),
                *("<input name='__RequestVerificationToken' value='t'>", "Ansvarig organisation", "<p>", "\x00", "é"),
            ]
        ),
        max_size=30,
    ).map(lambda parts: "".join(parts).encode("utf-8", "replace"))
)
def test_any_page_is_read_or_refused(data: bytes) -> None:
    for read in (kommers.read_list, lambda data: kommers.read_detail(data, "notice")):
        try:
            read(data)
        except InputError:
            continue


@dataclass
class Portal:
    """The stand-in: 40 notices a page, a form whose token hangs on a cookie, pages of some notices, redirects of the
    others to an error page.
    """

    ids: list[str]
    details: dict[str, bytes] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    shift: Callable[["Portal", int], None] = lambda _portal, _asked: None
    """Called before each page of the list with how many were asked for."""
    asked: int = 0
    refuse_details: int = 0
    """Status of all pages of notices, 0 for their own."""

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/Notice/TenderNotice/"):
            identity = request.path.rpartition("/")[2]
            if self.refuse_details:
                return Answer(self.refuse_details)
            if identity in self.details:
                return Answer(body=self.details[identity], headers={"ETag": f'"{identity}"'})
            return Answer(302, headers={"Location": "/Error"})
        if request.path != "/Notices/TenderNotices":
            return Answer(404)
        number, headers = 1, {"Set-Cookie": "antiforgery=kaka-99; path=/; HttpOnly"}
        if request.method == "POST":
            form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            if request.headers.get("cookie") != "antiforgery=kaka-99" or form["__RequestVerificationToken"] != "t-99":
                return Answer(400)
            assert form["SearchOldNotices"] == "false"
            number, headers = int(form["PageIndex"]), {}
        self.asked += 1
        self.shift(self, self.asked)
        return Answer(body=self.page(number).encode(), headers=headers)

    def page(self, number: int) -> str:
        of = -(-len(self.ids) // 40)
        rows = "".join(
            f'<tr><td><a href="/Notice/TenderNotice/{identity}">Påhittad upphandling {identity}</a></td>'
            f"<td>{self.kinds.get(identity, 'Meddelande om upphandling')}</td><td>Fönsterputsning</td></tr>"
            for identity in self.ids[(number - 1) * 40 : number * 40]
        )
        return (
            '<html><form method="post"><input name="__RequestVerificationToken" type="hidden" value="t-99"></form>'
            f"<table><tr><th>Titel</th><th>Typ</th><th>CPV</th></tr>{rows}</table><p>{number} / {of}</p></html>"
        )


def ids(count: int) -> list[str]:
    return [str(9900000500 + n) for n in range(count)]


Crawl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    program = [sys.executable, "-m", "anbudslots", "--data", str(tmp_path / "data"), "--now", "2026-11-24T08:00"]
    servers: dict[int, Loopback] = {}

    def run(portal: Portal, *, permit: bool = True, rules: bytes = b"") -> tuple[int, str, str]:
        if id(portal) not in servers:
            servers[id(portal)] = stack.enter_context(Loopback(portal))
        server = servers[id(portal)]
        server.requests.clear()
        server.rules = rules or server.rules
        environment = guarded_environment(
            tmp_path / "outside.log",
            ANBUDSLOTS_KOMMERSANNONS__URL=server.address,
            ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us",
            ANBUDSLOTS_CRAWLER__RETRIES="1",
        )
        if permit:
            words = ["--by", "Asta A", "--reference", "brev 99 (påhittat)", "--until", "2099-12-31"]
            given = [*program, "sources", "permit", "kommersannons", *words]
            subprocess.run(given, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=120)
        crawl = [*program, "crawl", "kommersannons"]
        done = subprocess.run(crawl, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        run.requests, run.robots = server.requests, server.robots  # type: ignore[attr-defined]
        return done.returncode, done.stdout, done.stderr

    with ExitStack() as stack:
        yield run
    assert not (tmp_path / "outside.log").exists()


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], Register]:
    return lambda: open_register(tmp_path / "data")


def test_nothing_is_asked_without_a_permission(crawl: Crawl) -> None:
    status, _, err = crawl(Portal(ids(1)), permit=False)
    assert status == 3
    assert "The dossier of kommersannons in config/sources.yaml says 'needs_permission'" in err
    assert crawl.requests == crawl.robots == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("path", "status", "asked"), [("/", 3, 0), ("/Notices/", 3, 0), ("/Notice/", 1, 2)])
def test_a_permission_does_not_stand_over_robots_txt(crawl: Crawl, path: str, status: int, asked: int) -> None:
    ended, out, _ = crawl(Portal(ids(2)), rules=f"User-agent: *\nDisallow: {path}\n".encode())
    requests = crawl.requests  # type: ignore[attr-defined]
    # Where the list may be read, its two walks come in, without the notices' own pages.
    assert (ended, [request.path for request in requests]) == (status, ["/Notices/TenderNotices"] * asked)
    assert "robots.txt forbids" in out


def test_the_whole_list_comes_in_with_each_page_that_there_is(
    crawl: Crawl, opened: Callable[[], Register], tmp_path: Path
) -> None:
    own = ids(95)
    detail = case("detalj-lista")[0]
    portal = Portal(own, details={own[0]: detail, own[90]: detail}, kinds={own[3]: "Efterannons"})
    status, out, err = crawl(portal)
    assert status == 0, out + err
    assert "complete; announced 94, received 94, new 94" in out
    # Two walks of three pages; the page of each notice but the award's.
    paths = [request.path for request in crawl.requests]  # type: ignore[attr-defined]
    assert (paths.count("/Notices/TenderNotices"), len(paths)) == (6, 6 + 94)
    assert len(crawl.robots) == 1  # type: ignore[attr-defined]
    register = opened()
    first = notices.get(register, f"kommersannons-tendernotice-{own[0]}")
    assert (first.reading, first.buyer.org_number) == ("full", "9900000018")
    second = notices.get(register, f"kommersannons-tendernotice-{own[1]}")
    assert (second.reading, second.buyer.name, second.cpv) == ("short", kommers.UNKNOWN_BUYER, ("90911300",))
    archive = Archive(tmp_path / "data" / "raw")
    assert archive.get(notices.provenance(register, first.publication_number)["raw"]) == detail
    assert b"<p>1 / 3</p>" in archive.get(notices.provenance(register, second.publication_number)["raw"])
    assert notices.count(register) == 94
    register.close()
    status, out, _ = crawl(portal, permit=False)
    assert (status, "new 0, changed 0, unchanged 94" in out) == (0, True)
    asked = [request.headers for request in crawl.requests if request.path.endswith(own[0])]  # type: ignore[attr-defined]
    assert asked[0]["if-none-match"] == f'"{own[0]}"'


def test_a_list_that_shifts_while_it_is_read_is_read_again(crawl: Crawl, opened: Callable[[], Register]) -> None:
    def shift(portal: Portal, asked: int) -> None:
        if asked == 2:
            # A notice of the first page goes, so the 41st comes to stand there: page two alone would never tell it.
            portal.ids = portal.ids[1:]

    status, out, err = crawl(Portal(ids(80), shift=shift))
    assert status == 0, out + err
    assert "announced 79, received 79" in out
    register = opened()
    known = {f"kommersannons-tendernotice-{own}" for own in ids(80)[1:]}
    assert notices.count(register) == 79
    assert all(notices.get(register, number) for number in known)
    register.close()


def test_a_list_that_never_stands_still_is_partial(crawl: Crawl, opened: Callable[[], Register]) -> None:
    def shift(portal: Portal, asked: int) -> None:
        portal.ids = [str(9900001000 + asked), *portal.ids[:-1]]

    status, out, _ = crawl(Portal(ids(41), shift=shift))
    assert status == 1
    assert "The window TenderNotices is partial: page 2 of 2 of the list does not fit those before it." in out
    register = opened()
    [window] = windows.partial(register, "kommersannons")
    assert window.window == "TenderNotices"
    assert notices.count(register) > 41
    register.close()


def test_an_error_page_instead_of_the_list_is_no_empty_list(crawl: Crawl) -> None:
    portal = Portal(ids(1))
    portal.page = lambda number: case("lista-felsida")[0].decode()  # type: ignore[method-assign]
    status, out, _ = crawl(portal)
    assert status == 3
    assert "the portal may look otherwise now" in out


def test_a_layout_that_is_not_known_is_listed_and_the_row_of_the_list_kept(
    crawl: Crawl, opened: Callable[[], Register]
) -> None:
    own = ids(2)
    status, out, err = crawl(Portal(own, details={own[1]: case("detalj-okand-etikett")[0]}))
    assert (status, "complete; announced 2, received 2" in out) == (1, True)
    assert re.search(rf"set aside kommersannons-tendernotice-{own[1]}, BT-500 buyer: is under no label", err)
    register = opened()
    assert notices.get(register, f"kommersannons-tendernotice-{own[1]}").reading == "short"
    register.close()


def test_pages_that_are_refused_are_not_asked_for_one_by_one(crawl: Crawl, opened: Callable[[], Register]) -> None:
    status, out, _ = crawl(Portal(ids(20), refuse_details=403))
    assert status == 1
    assert "not all pages of notices were received (the server refuses us (403), 2 times in a row)" in out
    asked = [request for request in crawl.requests if request.path.startswith("/Notice/")]  # type: ignore[attr-defined]
    assert len(asked) == 6
    register = opened()
    assert notices.count(register) == 20
    last = runs.latest(register, "kommersannons")
    register.close()
    assert last is not None
    assert last.status == "partial"
