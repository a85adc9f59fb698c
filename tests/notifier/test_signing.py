import subprocess
from email import message_from_bytes
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from config.errors import SettingsError
from config.settings import MailSettings
from notifier import signing

MIME = (
    b"From: Brev <brev@example.org>\r\nTo: a@b.example\r\nSubject: =?utf-8?q?F=C3=B6nster?=\r\n"
    b"Message-ID: <1@example.org>\r\nList-Unsubscribe: <https://example.org/s>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nhej\r\n.punkt\r\n"
)


def write(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: serialization.PrivateFormat) -> Path:
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return path


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return write(tmp_path_factory.mktemp("dkim") / "key.pem", made, serialization.PrivateFormat.PKCS8)


def settings(key: Path | str) -> MailSettings:
    return MailSettings(from_="Brev <brev@example.org>", dkim_key=str(key), host="mail.example.org")


def published(own: MailSettings) -> dict[str, str]:
    return {name: text for _, name, text in signing.advice(own)}


def verified(mime: bytes, own: MailSettings) -> bool:
    """By the record that `doctor` asks to publish."""
    records = {f"{name}.".encode(): text.encode() for name, text in published(own).items()}
    return bool(dkim.verify(mime, dnsfunc=lambda name, timeout=5: records[name]))


def test_without_a_key_the_message_is_as_it_was() -> None:
    assert signing.sign(MIME, settings("")) == MIME


def test_a_signed_letter_is_believed_by_the_record_that_we_advise(key: Path) -> None:
    own = settings(key)
    signed = signing.sign(MIME, own)
    assert signed.endswith(MIME)
    assert verified(signed, own)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"hej", b"nej"),
        (b"https://example.org/s", b"https://evil.example/s"),
        (b"One-Click", b"Two-Click"),
        (b"Subject: ", b"Subject: x"),
        (b"To: a@b.example", b"To: a@b.example\r\nFrom: other@evil.example"),
    ],
)
def test_what_is_changed_on_the_way_is_not(key: Path, old: bytes, new: bytes) -> None:
    own = settings(key)
    assert not verified(signing.sign(MIME, own).replace(old, new), own)


def test_only_headers_that_are_there_are_signed_and_from_twice(key: Path) -> None:
    head = message_from_bytes(signing.sign(MIME, settings(key)))["DKIM-Signature"]
    signed = "".join(head.split()).partition("h=")[2].partition(";")[0].split(":")
    assert signed.count("from") == 2
    assert "reply-to" not in signed


def test_a_key_that_openssl_makes_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(path), "1024"], check=True, capture_output=True)
    assert verified(signing.sign(MIME, settings(path)), settings(path))


def test_a_key_that_cannot_sign_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ANBUDSLOTS_MAIL__DKIM_KEY.*openssl genrsa"):
        signing.sign(MIME, settings(tmp_path / "none.pem"))
    other = write(
        tmp_path / "ec.pem", ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.TraditionalOpenSSL
    )
    with pytest.raises(SettingsError, match="RSA"):
        signing.sign(MIME, settings(other))


def test_advice_names_the_three_records(key: Path) -> None:
    found = published(settings(key))
    assert list(found) == ["example.org", "anbudslots._domainkey.example.org", "_dmarc.example.org"]
    assert found["example.org"].startswith("v=spf1 a:mail.example.org")
    assert found["_dmarc.example.org"].startswith("v=DMARC1; p=")
    assert "ANBUDSLOTS_MAIL__DKIM_KEY" in published(settings(""))["anbudslots._domainkey.example.org"]
