"""IMAP (RFC 3501): how a mailbox is reached; the server's certificate is verified, no password goes in the clear."""

import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from config.errors import SettingsError
from config.hosts import is_loopback
from config.settings import ImapSettings

TROUBLES = (IMAPClientError, OSError, ssl.SSLError)
"""What `connection` and its client raise."""


@dataclass(frozen=True)
class Access:
    """A mailbox's settings with the section that they stand in, so that errors name the right variable."""

    own: ImapSettings
    section: str

    def variable(self, field: str) -> str:
        """The environment variable of a setting."""
        return f"ANBUDSLOTS_{self.section}__{field}"

    @property
    def identity(self) -> str:
        """What the mailbox is known by in the register: a hash, since no address belongs there."""
        own = self.own
        return hashlib.sha256(f"{own.user}@{own.host}:{own.port}/{own.folder}".encode()).hexdigest()[:16]

    def check(self) -> None:
        """Raises SettingsError where the mailbox is not fully set, or the line to it is open."""
        if not self.own.host or not self.own.user:
            raise SettingsError(f"Name the mailbox: {self.variable('HOST')}, __USER and __PASSWORD.")
        if self.own.security == "none" and not is_loopback(self.own.host):
            raise SettingsError(
                f"{self.variable('SECURITY')}: none would send the password in the clear; it is for a server on this "
                "machine only. Set tls or starttls."
            )

    def context(self) -> ssl.SSLContext | None:
        """What the server's certificate is verified with; None where the line is in the clear. Raises SettingsError."""
        if self.own.security == "none":
            return None
        try:
            return ssl.create_default_context(cafile=self.own.ca_file or None)
        except OSError as error:
            raise SettingsError(f"{self.variable('CA_FILE')}: {self.own.ca_file} can't be read: {error}") from error

    @contextmanager
    def connection(self, context: ssl.SSLContext | None) -> Iterator[IMAPClient]:
        """A logged-in client. Raises TROUBLES."""
        own = self.own
        client = IMAPClient(
            own.host,
            port=own.port,
            use_uid=True,
            ssl=own.security == "tls",
            ssl_context=context if own.security == "tls" else None,
            timeout=SocketTimeout(connect=min(own.timeout_seconds, 30), read=own.timeout_seconds),
        )
        try:
            if own.security == "starttls":
                client.starttls(context)
            client.login(own.user, own.password.get_secret_value())
            yield client
        finally:
            _leave(client)

    def told(self, error: Exception) -> str:
        """One of TROUBLES in words, with what to do."""
        own = self.own
        if isinstance(error, LoginError):
            return (
                f"The mailbox {own.host} refuses the user or the password; "
                f"check {self.variable('USER')} and __PASSWORD."
            )
        if isinstance(error, ssl.SSLError):
            return (
                f"The certificate of {own.host} can't be trusted ({error.reason or error}); check the host, "
                f"or name the authority of a server of one's own with {self.variable('CA_FILE')}."
            )
        return (
            f"The mailbox {own.host}:{own.port} could not be read to its end ({error}); what "
            "was not read is read at the next run."
        )


def fetch(client: IMAPClient, uid: int, what: str, key: bytes) -> bytes | None:
    """A part of a message; None where it has been taken away."""
    answer: Any = client.fetch([uid], [what]).get(uid, {}).get(key)
    return answer if isinstance(answer, bytes) else None


def _leave(client: IMAPClient) -> None:
    try:
        client.logout()
    except TROUBLES:
        # The server has gone already; there is nothing left to close but our end.
        client.shutdown()
