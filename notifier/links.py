"""Signed links in letters: tied to one purpose and one subject, expiring, revocable (register/revocations.py).

A link says what it is for; whoever holds it may do that and nothing else, without a log-in. Opening it changes nothing:
mail programs and virus scanners open links. It carries no name and no address.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer

from config import secret as secrets_file
from config.errors import LinkError, SettingsError
from config.secret import derive
from config.settings import Settings
from notifier import message
from register.database import Register

Purpose = Literal["confirm", "stop", "pause", "answer", "profile"]

PATHS: Mapping[Purpose, str] = {
    "confirm": "bekrafta",
    "stop": "stopp",
    "pause": "paus",
    "answer": "svar",
    "profile": "profil",
}
"""Where the portal answers: PUBLIC_URL/PATH/TOKEN."""

LIFETIMES: Mapping[Purpose, timedelta] = {
    "confirm": timedelta(days=14),
    # Whoever finds an old letter must still be able to stop the next one.
    "stop": timedelta(days=3650),
    "pause": timedelta(days=365),
    "answer": timedelta(days=180),
    "profile": timedelta(days=90),
}
PASSING_SECRET = secrets.token_bytes(32)
FIRST = "t"
"""What a token begins with: signed ones may begin with a dot, and many web servers hide what does."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST = 2_000
"""Characters of a token; longer ones are refused unread."""


@dataclass(frozen=True)
class Link:
    """What a token says. subject: an enterprise's id (confirm, answer, profile) or an address's hash (stop, pause)."""

    purpose: Purpose
    subject: str
    issued: datetime
    facts: Mapping[str, str]


LinkMaker = Callable[..., str]
"""link(purpose, subject, **facts) -> the whole address."""


def maker(secret: bytes, public_url: str, at: datetime) -> LinkMaker:
    """A function that makes links issued at an instant: `link("answer", enterprise.id, notice=..., lot=...)`.

    Raises SettingsError where the public address is no plain https address (http only on loopback).
    """
    base = base_url(public_url)

    def link(purpose: Purpose, subject: str, **facts: str) -> str:
        return f"{base}/{PATHS[purpose]}/{token(secret, purpose, subject, at=at, **facts)}"

    return link


def of_letters(register: Register, settings: Settings, at: datetime) -> LinkMaker | None:
    """What makes the links of letters from this register; None where no public address is set. Raises SettingsError."""
    if not settings.serve.public_url:
        return None
    return maker(secret_of(register, settings), settings.serve.public_url, at)


def stop_url(settings: Settings, message_id: str, link: LinkMaker | None, hashed: str, enterprise: str) -> str:
    """The one-click address of a letter (RFC 8058), or empty: another system's where one is set (mail.unsubscribe_url),
    else the portal's where that has TLS. hashed: of the reader's address.
    """
    if settings.mail.unsubscribe_url:
        return message.one_click(settings.mail.unsubscribe_url, message_id)
    own = link("stop", hashed, enterprise=enterprise) if link is not None else ""
    return own if own.startswith("https://") else ""


def secret_of(register: Register, settings: Settings) -> bytes:
    """The secret of the register's folder; one of this process for a register in memory, whose letters do not last."""
    if register.folder is None and not settings.serve.secret.get_secret_value():
        return PASSING_SECRET
    return secrets_file.load(register.folder or Path(), settings.serve.secret)


def message_key(register: Register, settings: Settings) -> bytes:
    """What makes the letters' Message-IDs unguessable."""
    return derive(secret_of(register, settings), "message ids")


def base_url(public_url: str) -> str:
    """The public address without a slash at its end. Raises SettingsError."""
    base = public_url.rstrip("/")
    plain = base.isascii() and not any(sign in base for sign in " <>\"',?#\\\r\n\t")
    parts = urlsplit(base) if plain else None
    local = parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts is None or not parts.hostname or not (parts.scheme == "https" or local):
        raise SettingsError(
            f"ANBUDSLOTS_SERVE__PUBLIC_URL: {public_url!r} must be the https address under which readers reach the "
            "pages, for example https://anbud.example.org; links in letters lead there."
        )
    return base


def token(secret: bytes, purpose: Purpose, subject: str, *, at: datetime, **facts: str) -> str:
    """The signed part of a link. The same input gives the same token."""
    return FIRST + str(_serializer(secret, purpose).dumps([subject, int(at.timestamp()), facts]))


def read(secret: bytes, purpose: Purpose, token: str, *, now: datetime) -> Link:
    """What a token says. Raises LinkError where it was not made here for this purpose, or is too old."""
    if len(token) > LONGEST or not token.startswith(FIRST):
        raise LinkError("forged")
    try:
        content: Any = _serializer(secret, purpose).loads(token.removeprefix(FIRST))
        subject, seconds, facts = content
        issued = datetime.fromtimestamp(seconds, UTC)
    except (BadData, ValueError, TypeError, OverflowError, OSError):
        raise LinkError("forged") from None
    if not issued - timedelta(days=1) <= now < issued + LIFETIMES[purpose]:
        raise LinkError("expired")
    return Link(purpose, subject, issued, facts)


def _serializer(secret: bytes, purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(
        derive(secret, "links"),
        salt=purpose.encode(),
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
