"""Mutated alert mails: only the project's errors come out, in bounded time and memory (`make fuzz` for 20,000)."""

import email
from functools import partial

from crawler.mails import envelope, reader
from tests.conftest import ROOT
from tests.mutations import CASES, mutations, survive_apart

EXAMPLES = sorted((ROOT / "tests" / "examples" / "mails").glob("*/mail.eml"))
TOKENS = (
    b"\r\n\r\n", b"\n>", b"> > > ", b"\r\nContent-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n", b"--x--\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7",
    b"charset=utf-16",
    b"charset*0*=utf-8''%00", b"=?utf-8?B?8J+Y?=", b"=?x-unknown?Q?=FF?=", b"boundary=\"\"", b"From: <@>\r\n",
    b"Content-Type: text/html\r\n\r\n", b"<table><tr><td>", b"</td></tr></table>", b"<a href=\"", b"<small>", b"<br>",
    b"https://www.e-avrop.com/a/e-Upphandling/Announcement.aspx?id=", b"https://[",
    b"https://x.example/?u=https%3A%2F%2F",
    b"javascript:", b"Organisation:", b"Sista anbudsdag:", b"CPV: 90911300-9", b"2026-99-99", b"31 februari 2026",
    b"Referensnummer:", "Från:".encode(), "Ämne:".encode("latin-1"), b"\x00", b"\xff\xfe", "\u202e".encode(),
    b"=3D", b"=\r\n",
)  # fmt: skip


def opened(data: bytes) -> bytes:
    """The same mail with its texts as they are, so that mutations meet the readers and not only the encodings."""
    message = email.message_from_bytes(data)
    for part in message.walk():
        text = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(text, bytes):
            del part["content-transfer-encoding"]
            part["Content-Transfer-Encoding"] = "8bit"
            part.set_payload(text.decode("ascii", "surrogateescape"))
    return message.as_bytes()


def take(data: bytes) -> object:
    kept = envelope.reduce(data)
    return envelope.identity(data), envelope.senders(data), reader.read(kept, "mail")


def test_mutated_mails_are_read_or_refused() -> None:
    packed = [path.read_bytes() for path in EXAMPLES]
    assert survive_apart(take, partial(mutations, [*packed, *map(opened, packed)], TOKENS)) == CASES


def test_an_opened_example_is_still_read() -> None:
    """Else the mutations would never meet the readers."""
    for path in EXAMPLES:
        whole = reader.read(path.read_bytes(), "mail").notices
        assert reader.read(opened(path.read_bytes()), "mail").notices == whole, path.parent.name
