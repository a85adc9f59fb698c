"""Alert mails of portals: one folder a case under tests/examples/mails, and what must hold for all mails."""

import base64
import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from crawler.archive import Archive
from crawler.importing import import_notices
from crawler.mails import dates, files, links, portals, reader
from register import notices
from register.database import Register
from register.models import Notice, SetAside
from tests.conftest import NOW, ROOT, make_notice

EXAMPLES = ROOT / "tests" / "examples" / "mails"
CASES = sorted(folder.name for folder in EXAMPLES.iterdir())


def told(notice: Notice) -> dict[str, Any]:
    """What an example says of a notice."""
    lot = notice.lots[0]
    deadline = lot.deadline
    return {
        "publication_number": notice.publication_number,
        "title": notice.title,
        "buyer": notice.buyer.name,
        "org_number": notice.buyer.org_number,
        "deadline": deadline.isoformat() if deadline else None,
        "published": notice.published.isoformat() if notice.published else None,
        "cpv": list(notice.cpv),
        "places": [place.city or place.nuts or place.description for place in notice.places],
        "form_type": notice.form_type,
        "closed": notice.closed,
        "open_ended": lot.open_ended,
        "description": notice.description,
        "reference": lot.notes[0].removeprefix("Köparens referens: ") if lot.notes else None,
        "link": notice.link,
    }


UNSAID: dict[str, Any] = {
    **{"org_number": None, "published": None, "cpv": [], "places": [], "form_type": "competition", "closed": False},
    **{"open_ended": False, "description": "", "reference": None},
}


@pytest.mark.parametrize("case", CASES)
def test_an_example_is_read_as_it_says(case: str) -> None:
    folder = EXAMPLES / case
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    reading = reader.read((folder / "mail.eml").read_bytes(), case)
    assert [told(notice) for notice in reading.notices] == [{**UNSAID, **notice} for notice in expected["notices"]]
    reasons = [f"{aside.item} {aside.reason}" for aside in reading.set_aside]
    assert len(reasons) == len(expected["set_aside"]), reasons
    assert all(words in reason for words, reason in zip(expected["set_aside"], reasons, strict=True))


def mail(body: bytes, head: bytes = b"Content-Type: text/plain; charset=utf-8") -> bytes:
    return (
        b"From: e-Avrop <noreply@e-avrop.com>\r\nSubject: Bevakning\r\nMIME-Version: 1.0\r\n"
        + head
        + b"\r\n\r\n"
        + body
    )


LINK = "https://www.e-avrop.com/mora/e-Upphandling/Announcement.aspx?id=9900000001"
ALERT = f"Fönsterputs\nOrganisation: Mora kommun\n{LINK}\n".encode()


def nested(depth: int) -> bytes:
    data = mail(ALERT)
    for _ in range(depth):
        data = mail(data, b"Content-Type: message/rfc822")
    return data


def boxes(depth: int) -> bytes:
    inside = b"Content-Type: text/plain\r\n\r\nx"
    for level in range(depth):
        edge = b"b%d" % level
        inside = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--\r\n' % (
            edge,
            edge,
            inside,
            edge,
        )
    return b"From: noreply@e-avrop.com\r\nMIME-Version: 1.0\r\n" + inside


HOSTILE = {
    "10,000 parts": (
        mail(b"--x\r\n\r\na\r\n" * 10_000 + b"--x--", b'Content-Type: multipart/mixed; boundary="x"'),
        "more than 200 parts",
    ),
    "mails in mails": (nested(40), "deeper than 12"),
    "mails in mails without end": (nested(2_000), "parts within parts"),
    "boxes in boxes": (boxes(60), "deeper than 12"),
    "boxes in boxes without end": (boxes(3_000), "as bombs do"),
    "larger than any mail": (mail(b"a" * 25_000_001), "larger than 25 MB"),
    "no mail": (b"%PDF-1.7 ...", "is no mail"),
    "nothing": (b"", "is no mail"),
    "Outlook's own form": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save or forward it as .eml"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bombs_are_refused_with_a_reason(name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(InputError, match=re.escape(reason)):
        reader.read(data, "mail.eml")


def test_large_but_honest_parts_are_bounded_and_the_rest_is_read() -> None:
    picture = base64.encodebytes(b"\xff" * 8_000_000)
    parts = (
        b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + ALERT,
        b"\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + picture,
        b"\r\n--x\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 400_000,
        b"\r\n--x--\r\n",
    )
    (notice,) = reader.read(mail(b"".join(parts), b'Content-Type: multipart/mixed; boundary="x"'), "mail").notices
    assert notice.publication_number == "e-avrop-9900000001"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "us-ascii", "utf-16", "x-unknown", "idna", "zlib", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_swedish_letters_come_through_whatever_charset_is_declared(charset: str, encoding: str) -> None:
    if charset == "utf-16":
        encoding = "utf-16"
    head = f"Content-Type: text/plain; charset={charset}" if charset else "Content-Type: text/plain"
    (notice,) = reader.read(mail(ALERT.decode().encode(encoding), head.encode()), "mail").notices
    assert notice.title == "Fönsterputs"


def test_what_a_mail_injects_stays_text_on_one_line() -> None:
    body = f"Fönster\u202eputs\x00 <b>&\nOrganisation: Mora\x1b[31m kommun\r\nBcc: x@ond.example\n{LINK}\n"
    (notice,) = reader.read(mail(body.encode()), "mail").notices
    assert (notice.title, notice.buyer.name) == ("Fönsterputs <b>&", "Mora[31m kommun")


def test_an_mbox_a_maildir_and_a_folder_of_files_give_the_same_mails(tmp_path: Path) -> None:
    cases = [case for case in CASES if case.startswith("e-avrop")]
    datas = [(EXAMPLES / case / "mail.eml").read_bytes() for case in cases]
    stuffed = [re.sub(rb"(?m)^(>*From )", rb">\1", data) for data in datas]
    (tmp_path / "in.mbox").write_bytes(
        b"".join(b"From x@y Thu Nov 26 06:05:00 2026\r\n%s\r\n\r\n" % data for data in stuffed)
    )
    for folder in ("box/cur", "box/new", "box/tmp", "files"):
        (tmp_path / folder).mkdir(parents=True)
    for number, data in enumerate(datas):
        (tmp_path / "box" / ("cur" if number % 2 else "new") / f"{number}.host:2,S").write_bytes(data)
        (tmp_path / "files" / f"{number}.eml").write_bytes(data)
    (tmp_path / "box" / "tmp" / "half").write_bytes(datas[0][:100])
    (tmp_path / "box" / "cur" / "link").symlink_to("/etc/passwd")
    (tmp_path / "files" / "rapport.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "files" / "outlook.msg").write_bytes(HOSTILE["Outlook's own form"][0])
    found = {name: list(files.mails(tmp_path / name)) for name in ("in.mbox", "box", "files")}
    for mails in found.values():
        # The mbox puts one line end after each mail.
        assert sorted(m.data.rstrip() for m in mails if isinstance(m, files.Mail)) == sorted(d.rstrip() for d in datas)
    assert [m for m in found["box"] if isinstance(m, SetAside)] == []
    assert sorted(m.item for m in found["files"] if isinstance(m, SetAside)) == ["outlook.msg", "rapport.pdf"]
    ages = [
        parsedate_to_datetime(message_from_bytes(m.data)["Date"]) for m in found["box"] if isinstance(m, files.Mail)
    ]
    assert ages == sorted(ages), "oldest first, so that later alerts are believed"


def test_a_long_mbox_is_read_one_mail_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "long.mbox"
    with path.open("wb") as file:
        for number in range(60):
            file.write(b"From x@y Thu Nov 26 06:05:00 2026\n" + mail(b"%d\n" % number + b"x" * 1_000_000) + b"\n\n")
        file.write(b"From x@y Thu Nov 26 06:05:00 2026\n" + mail(b"y" * 26_000_000) + b"\n\n")
    tracemalloc.start()
    found = Counter(type(item) for item in files.mails(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == {files.Mail: 60, SetAside: 1}
    assert peak < 80_000_000


def test_the_archive_and_the_register_hold_no_forwarder(register: Register, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "raw")
    path = EXAMPLES / "e-avrop-citerad" / "mail.eml"
    run = import_notices([path], format="mail", register=register, archive=archive, at=NOW)
    assert (run.new, run.status) == (2, "complete")
    raw = notices.provenance(register, "e-avrop-9900000111")["raw"]
    kept = archive.get(raw)
    head, _, body = kept.partition(b"\r\n\r\n")
    assert b"fornamn@" not in head and b"anbudslots@" not in head and b"withheld@exempel.example" in head
    assert path.read_bytes().endswith(body), "the body is kept byte for byte"
    assert [n.publication_number for n in reader.read(kept, "again").notices] == [
        "e-avrop-9900000111",
        "e-avrop-9900000112",
    ]
    stored = notices.get(register, "e-avrop-9900000111").model_dump_json() + run.model_dump_json()
    assert "Efternamn" not in stored and "fornamn" not in stored and "070-" not in stored


def test_a_bomb_in_a_folder_is_set_aside_and_the_rest_goes_on(register: Register, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(boxes(3_000))
    (tmp_path / "b.eml").write_bytes(mail(ALERT))
    run = import_notices([tmp_path], format="mail", register=register, archive=Archive(tmp_path / "raw"), at=NOW)
    assert (run.new, run.status, [aside.item for aside in run.set_aside]) == (1, "partial", ["a.eml"])


def test_a_ted_alert_does_not_replace_the_notice_that_has_been_read(register: Register, tmp_path: Path) -> None:
    notices.add(register, make_notice("990601-2026", title="Hela annonsen"), raw="a", at=NOW)
    path = EXAMPLES / "ted-sokning" / "mail.eml"
    run = import_notices([path], format="mail", register=register, archive=Archive(tmp_path), at=NOW)
    assert (run.new, run.unchanged) == (1, 1)
    assert notices.get(register, "990601-2026").title == "Hela annonsen"


def test_the_same_notice_in_two_mails_is_one(register: Register, tmp_path: Path) -> None:
    for number, link in enumerate((LINK + "&utm_source=mail&user=17", WRAPPINGS["safelinks"](LINK))):
        body = f"Fönsterputs\nOrganisation: Mora kommun\n{link}\n"
        (tmp_path / f"{number}.eml").write_bytes(mail(body.encode(), b"X-Number: %d" % number))
    run = import_notices([tmp_path], format="mail", register=register, archive=Archive(tmp_path / "raw"), at=NOW)
    assert (run.announced, run.new, run.unchanged) == (2, 1, 1)
    assert notices.get(register, "e-avrop-9900000001").lots[0].documents_url == LINK


def test_every_portal_has_three_examples_and_a_dossier() -> None:
    origins = Counter(case.split("-")[0] for case in CASES)
    assert all(origins[name.split("-")[0]] >= 3 for name in portals.load())


@given(st.text(max_size=200))
def test_any_text_is_a_date_or_none(text: str) -> None:
    deadline = dates.read_deadline(text)
    assert (deadline is None) == (dates.read_day(text) is None)
    assert deadline is None or deadline.tzinfo is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-17", "2026-12-17T23:59:00+01:00"),
        ("torsdag 17 december 2026 kl. 12.00", "2026-12-17T12:00:00+01:00"),
        ("den 17:e dec 2026, klockan 24:00", "2026-12-17T23:59:00+01:00"),
        ("Dec 17, 2026 at 11:59 PM", "2026-12-17T23:59:00+01:00"),
        ("17/12/2026 (21 dagar kvar)", "2026-12-17T23:59:00+01:00"),
        ("12/17/2026 09:30", "2026-12-17T09:30:00+01:00"),
        ("17.6.2027 23:59:50", "2027-06-17T23:59:00+02:00"),
        ("2026-12-17T10:00:00Z", "2026-12-17T10:00:00+00:00"),
        ("2026-12-17T10:00:00+0200", "2026-12-17T10:00:00+02:00"),
        ("2026-02-30", None),
        ("2126-01-01", None),
        ("23 dagar kvar", None),
    ],
)
def test_a_deadline_in_its_forms(text: str, expected: str | None) -> None:
    found = dates.read_deadline(text)
    assert (found.isoformat() if found else None) == expected


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "safelinks": lambda url: f"https://eur01.safelinks.protection.outlook.com/?url={quote(url, safe='')}&data=05%7C02",
    "in the path": lambda url: f"https://t.utskick.example/r/{quote(url, safe='')}/9",
    "plain in the path": lambda url: f"https://t.utskick.example/L0/{url}",
    "base64 in the path": lambda url: f"https://t.utskick.example/c/{base64.urlsafe_b64encode(url.encode()).decode()}",
    "base64 in a value": lambda url: f"https://t.utskick.example/?p={quote(base64.b64encode(url.encode()).decode())}",
    "dashed": lambda url: (
        "https://urldefense.proofpoint.com/v2/url?u="
        + quote(url, safe="").replace("-", "-2D").replace("_", "-5F").replace("%2F", "_").replace("%", "-")
        + "&d=x"
    ),
    "between marks": lambda url: f"https://urldefense.com/v3/__{url}__;!!abc$",
    "after the hash": lambda url: f"https://t.utskick.example/r#{url}",
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(sorted(set(WRAPPINGS) - {"plain in the path", "between marks", "after the hash"})), max_size=3
    )
)
def test_links_are_unwrapped_through_several_wrappings(names: list[str]) -> None:
    url = LINK + "&ownerid=1703"
    for name in names:
        url = WRAPPINGS[name](url)
    assert portals.load()["e-avrop"].find(url) == ("9900000001", LINK + "&ownerid=1703")


@pytest.mark.parametrize("name", WRAPPINGS)
def test_each_wrapping_is_known(name: str) -> None:
    found = portals.load()["e-avrop"].find(WRAPPINGS[name](LINK))
    assert found == ("9900000001", LINK)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:location='" + LINK + "'",
        "file:///home?u=" + LINK,
        LINK.replace("https://www.", "https://www.e-avrop.com@"),
        LINK.replace("e-avrop.com", "e-avrop.com.ond.example"),
        LINK.replace("e-avrop.com", "ond-e-avrop.com"),
        LINK.replace("e-avrop", "е-avrop"),
        LINK.replace("www.e-avrop.com", "xn---avrop-9of.com"),
        LINK.replace(".com/", ".com:8443/"),
        LINK.replace("Announcement", "Unsubscribe"),
        LINK + "x",
        "https://t.utskick.example/ls/click?upn=u001.abcdefghijklmnopqrstuvwxyz",
        "https://[::1" + LINK,
        "https://t.utskick.example/?u=" + "%25" * 4_000,
    ],
)
def test_other_links_lead_to_no_notice(url: str) -> None:
    assert portals.load()["e-avrop"].find(url) is None


@given(st.text(max_size=300))
def test_any_text_as_a_link_is_read_without_harm(text: str) -> None:
    for address in links.targets("https://t.utskick.example/?u=" + text):
        assert re.fullmatch(r"[a-z0-9.-]+", address.host)
