"""DKIM (RFC 6376): letters signed with the operator's key, and what DNS must hold for them to be believed."""

import base64
from pathlib import Path

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from config.errors import SettingsError
from config.settings import MailSettings
from notifier import message

SIGNED = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Feedback-ID"),
)
"""RFC 8058 asks that the headers of the one-click stop are among them. From is signed once more than it occurs, so that
none can be added.
"""
SHORTEST_KEY = 1024
"""Bits; verifiers ignore shorter ones (RFC 8301), and 2048 is what they ask for."""


def sign(mime: bytes, settings: MailSettings) -> bytes:
    """The message with a DKIM-Signature on top; as it is where no key is set. Raises SettingsError for a bad key.

    It bears the time of signing, so it is made once, before the letter is frozen.
    """
    if not settings.dkim_key:
        return mime
    key = private_key(settings)
    signer = dkim.DKIM(mime, minkey=SHORTEST_KEY)
    there = {name.lower() for name, _ in signer.headers}
    present = [name for name in (each.lower().encode() for each in SIGNED) if name in there]
    signature = signer.sign(
        settings.dkim_selector.encode(),
        message.sender_of(settings).domain.encode(),
        _pem(key),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[*present, b"from"],
    )
    return bytes(signature) + mime


def private_key(settings: MailSettings) -> RSAPrivateKey:
    """The key of mail.dkim_key. Raises SettingsError where it is missing, protected, or no RSA key."""
    path = Path(settings.dkim_key)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"ANBUDSLOTS_MAIL__DKIM_KEY: {path} can't be used: {error}. `openssl genrsa -out {path} 2048` makes one."
        ) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < SHORTEST_KEY:
        raise SettingsError(f"ANBUDSLOTS_MAIL__DKIM_KEY: {path} must hold an RSA key of 2048 bits (1024 at least).")
    return key


def advice(settings: MailSettings) -> list[tuple[str, str, str]]:
    """(what, DNS name, TXT record) that the sender's domain needs. Raises SettingsError for a bad sender or key."""
    domain = message.sender_of(settings).domain
    server = "mx" if settings.host.startswith(("localhost", "127.")) else f"a:{settings.host}"
    records = [
        ("SPF", domain, f"v=spf1 {server} -all  (or add {server} to the record that is there)"),
        ("DMARC", f"_dmarc.{domain}", f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}; adkim=r; aspf=r"),
    ]
    if settings.dkim_key:
        public = private_key(settings).public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        text = f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')}"
    else:
        text = "set ANBUDSLOTS_MAIL__DKIM_KEY, or let the mail server sign; then publish its record"
    return [records[0], ("DKIM", f"{settings.dkim_selector}._domainkey.{domain}", text), records[1]]


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
