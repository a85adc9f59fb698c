from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.errors import InputError, SettingsError
from config.settings import MailSettings
from notifier import message
from notifier.rendering import Letter, render
from tests.notifier import given
from tests.notifier.given import NOW, SENDER

KEY = message.message_id("dalarna-1", "2026-W48", "info@fonsterlaget.example", SENDER)
HEADERS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
}


def built(letter: Letter | None = None, **changes: Any) -> bytes:
    own: dict[str, Any] = {
        "kind": "weekly",
        "language": "sv",
        "sender": SENDER,
        "reply_to": "",
        "recipient": "info@fonsterlaget.example",
        "message_id": KEY,
        "at": NOW,
    }
    return message.build(letter or render(given.digest()), **{**own, **changes})


def parsed(data: bytes) -> EmailMessage:
    mail = message_from_bytes(data, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_headers_of_a_letter() -> None:
    mail = parsed(built())
    assert set(mail.keys()) == HEADERS
    assert mail["From"] == SENDER
    assert mail["To"] == "info@fonsterlaget.example"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{KEY}>"
    assert mail["List-Id"] == "<weekly.letters.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    token = KEY.split("@")[0]
    assert mail["List-Unsubscribe"] == f"<mailto:brev@example.org?subject=STOPP%20{token}>"
    assert "List-Unsubscribe-Post" not in mail


def test_one_click_is_promised_only_where_somebody_answers_it() -> None:
    mail = parsed(built(stop_url="https://example.org/stopp/T", reply_to="Svar <svar@example.org>"))
    token = KEY.split("@")[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    addresses = [part.strip() for part in mail["List-Unsubscribe"].split(",")]
    assert addresses == [
        "<https://example.org/stopp/T>",
        f"<mailto:svar@example.org?subject=STOPP%20{token}>",
    ]
    assert mail["Reply-To"] == "Svar <svar@example.org>"


def test_addresses_of_ours_are_never_written_as_encoded_words() -> None:
    long = "https://example.org/" + "en-mycket-lang-vag/" * 8
    raw = built(stop_url=long)
    head = raw.split(b"\r\n\r\n")[0]
    unfolded = head.replace(b"\r\n ", b" ").split(b"\r\n")
    for line in unfolded:
        if line.lower().startswith((b"list-", b"message-id")):
            assert b"=?utf-8" not in line
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1


@pytest.mark.parametrize(
    "address", ["http://example.org/{token}", "https://example.org/", "https://a.b/{token},x", "https://a.b/ {token}"]
)
def test_a_stop_address_that_could_not_work_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="ANBUDSLOTS_MAIL__UNSUBSCRIBE_URL"):
        message.one_click(address, KEY)


def test_text_comes_first_and_html_second_with_equal_content() -> None:
    letter = render(given.digest())
    mail = parsed(built(letter))
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == letter.text
    assert html.get_content().replace("\r\n", "\n").strip() == letter.html.strip()


def test_same_input_same_bytes() -> None:
    assert built() == built()


def test_only_crlf_ends_lines() -> None:
    assert b"\n" not in built().replace(b"\r\n", b"")


def test_message_id_is_one_for_one_letter() -> None:
    other = message.message_id("dalarna-1", "2026-W49", "info@fonsterlaget.example", SENDER)
    assert other != KEY
    assert message.message_id("dalarna-1", "2026-W48", "INFO@fonsterlaget.example", SENDER) == KEY
    assert KEY.endswith("@example.org")


ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("\r\n\0\t\x85\u2028\u2029\u202e\u2066\u200f<>@,;:\"'\\()åä .=?"), st.characters(codec="utf-8")
    ),
    max_size=200,
)


@hypothesis_settings(max_examples=80, deadline=None)
@hypothesis_given(title=ODD, name=ODD, buyer=ODD)
@example(title="Fönster\r\nBcc: offer@evil.example\r\n\r\nhej", name="A\nB: c", buyer="=?utf-8?q?=0D=0ABcc:_a@b.c?=")
def test_no_title_or_name_can_add_a_header(title: str, name: str, buyer: str) -> None:
    found = given.digest()
    item = found.items[0].model_copy(update={"title": title, "buyer": buyer})
    letter = render(found.model_copy(update={"items": (item,), "name": name, "sender": name}))
    data = built(letter)
    mail = parsed(data)
    assert set(mail.keys()) == HEADERS
    assert mail.get_all("To") == ["info@fonsterlaget.example"]
    assert len(list(mail.iter_parts())) == 2
    assert not any(character in letter.subject for character in "\r\n\0\x85\u2028\u2029\u202e\u2066\u200f")


@hypothesis_settings(max_examples=80, deadline=None)
@hypothesis_given(recipient=ODD)
@example(recipient="a@b.c\r\nBcc: x@y.z")
@example(recipient="a@b.c, x@y.z")
@example(recipient="Fel <a@b.c>, x@y.z")
def test_a_recipient_is_one_plain_address_or_refused(recipient: str) -> None:
    try:
        data = built(recipient=recipient)
    except InputError:
        return
    (to,) = parsed(data)["To"].addresses
    assert "@" in to.addr_spec


@pytest.mark.parametrize("wrong", ["", "Anbudslots", "a@b", "a@b.se, c@d.se", "a@b.se\r\nBcc: c@d.se", "å@b.se"])
def test_a_sender_that_is_no_address_is_a_wrong_setting(wrong: str) -> None:
    with pytest.raises(SettingsError, match="ANBUDSLOTS_MAIL__FROM"):
        message.sender_of(MailSettings(from_=wrong))


def test_a_swedish_domain_goes_in_its_ascii_form() -> None:
    assert message.mailbox("Laget <info@fönster.se>", "test").addr_spec == "info@xn--fnster-wxa.se"


def test_a_long_subject_stays_readable() -> None:
    letter = render(given.digest())
    subject = "Fönsterputs på åtta förskolor i Älvdalen " * 4
    mail = parsed(built(Letter(subject.strip(), letter.html, letter.text)))
    assert mail["Subject"] == subject.strip()
