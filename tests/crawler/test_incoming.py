"""Mails that come back: one folder a case under tests/examples/replies, and what must hold for all."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from crawler.mails import incoming, own_words
from crawler.sandbox import Sandbox
from tests.conftest import NOW, ROOT

EXAMPLES = ROOT / "tests" / "examples" / "replies"
CASES = sorted(folder.name for folder in EXAMPLES.iterdir())
TOKEN = "99a0" + "c" * 36


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seconds=5) as made:
        yield made


def mail(case: str) -> bytes:
    return (EXAMPLES / case / "mail.eml").read_bytes()


def expected(case: str) -> Any:
    return json.loads((EXAMPLES / case / "expected.json").read_text(encoding="utf-8"))["incoming"]


@pytest.mark.parametrize("case", CASES)
def test_an_example_is_read_as_it_should_be(case: str) -> None:
    found = incoming.read(mail(case), case, at=NOW).model_dump(mode="json")
    assert {name: found[name] for name in expected(case)} == expected(case)


def test_a_mail_server_s_words_tell_no_address() -> None:
    assert incoming.read(mail("studs-okand"), "", at=NOW).words == (
        "550 5.1.1 ...: Recipient address rejected: User unknown"
    )


def test_the_surest_token_comes_first() -> None:
    other = "0" * 40
    data = mail("studs-full").replace(b"<bortskalad@example.org>", f"<{other}@example.org>".encode())
    assert incoming.read(data, "", at=NOW).tokens == (TOKEN, other), "the address it came to, then what it sends back"


def test_a_charset_that_is_none_is_overcome() -> None:
    data = mail("paus").replace(b"charset=utf-8", b'charset="\x00"')
    assert incoming.read(data, "", at=NOW).text == "Kan ni pausa breven till den 15 januari, tack!"


def test_a_mail_without_a_message_id_is_known_by_its_bytes() -> None:
    data = mail("paus").replace(b"Message-ID: <paus@skogsglantan.example>\r\n", b"X: \x80\r\n")
    first, again, other = (incoming.read(one, "", at=NOW).identity for one in (data, data, data + b"!"))
    assert first == again != other


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"Auto-Submitted: no", "reply"),
        (b"Auto-Submitted: auto-replied; owner=x", "automatic"),
        (b"Precedence: bulk", "automatic"),
        (b"X-Autoreply: yes", "automatic"),
        (b"List-Id: <x.example>", "automatic"),
        (b"Return-Path: <>", "automatic"),
    ],
)
def test_machines_are_known_by_their_headers(header: bytes, kind: str) -> None:
    assert incoming.read(header + b"\r\n" + mail("paus"), "", at=NOW).kind == kind


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Ja\n\n23 nov. 2026 kl. 07:00 skrev Anbudslots <a@b.example>:\n\nsvara nej", "Ja"),
        ("Nej\n> svara ja\nför långt", "Nej\nför långt"),
        ("Ja\n-- \nNej AB", "Ja"),
        ("Ja\nMvh Nej AB", "Ja"),
        ("Ja\n\nVänliga hälsningar\nNej AB", "Ja"),
        ("Nej tack", "Nej tack"),
        ("Ja\n________________________________\nFrån: x\nSvara nej", "Ja"),
        ("Ja\n*Från:* x\n*Skickat:* i dag\nnej", "Ja"),
        ("Från: oss alla: ja", "Från: oss alla: ja"),
        ("Ja\nOn Mon, Nov 23, 2026 at 7:00 AM Anbudslots <\nbrev@example.org> wrote:\n\nno", "Ja"),
        ("\u202eja\x00\u200b", "ja"),
        ("", ""),
    ],
)
def test_a_person_s_own_words(text: str, own: str) -> None:
    assert own_words.cut(text) == own


@given(st.text(alphabet=st.sampled_from("> \n|-_:<@>. jaänej123från:skrevwrote"), max_size=3000))
def test_own_words_are_short_and_cutting_them_again_finds_no_more(text: str) -> None:
    own = own_words.cut(text)
    assert len(own) <= own_words.LONGEST
    assert not any(line.startswith((">", "|")) for line in own.split("\n"))
    assert set(own_words.cut(own).split()) <= set(own.split())


@settings(deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 4000), st.binary(max_size=30), st.integers(0, 200))
def test_a_damaged_mail_is_read_or_refused_and_tells_nothing_long(
    case: str, place: int, inserted: bytes, cut: int
) -> None:
    data = mail(case)
    damaged = data[:place] + inserted + data[place + cut :]
    try:
        found = incoming.read(damaged, case, at=NOW)
    except InputError:
        return
    assert len(found.model_dump_json()) < 10_000
    assert all(len(token) == 40 for token in found.tokens)
    if found.kind != "reply":
        assert found.text == ""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"From: a@b.example\r\n\r\n" + b"> " * 500_000,
        b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
        b"From: a@b.example\r\nContent-Type: text/plain\r\n\r\n" + b"Den " + b"skrev " * 100_000,
        b"From: a@b.example\r\n" + b"References: " + b"<x@y> " * 100_000 + b"\r\n\r\nja",
        b"From: MAILER-DAEMON@x.example\r\nSubject: failure\r\n\r\n" + b"<a@b.example>:\r\n" * 6_000,
        b"From: a@b.example\r\nContent-Type: multipart/report; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n" * 2_000,
    ],
    ids=["empty", "quotes", "html", "wrote", "references", "daemon", "reports"],
)
def test_bombs_are_read_in_bounded_time(data: bytes, sandbox: Sandbox) -> None:
    try:
        found = sandbox.run("bomb", incoming.read, data, "bomb", at=NOW)
    except InputError as refused:
        assert "took longer" not in str(refused)
    else:
        assert len(found.text) <= own_words.LONGEST
