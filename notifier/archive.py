"""The mailbox that gets a copy of each letter: whether a letter has gone out is looked up there."""

import re
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from config.errors import UnavailableError

HEAD = 65_536
"""Bytes of a mail in which its headers are looked for."""
HEADERS = "HEADER.FIELDS (MESSAGE-ID)"
AT_ONCE = 500
"""Mails whose headers are fetched in one exchange."""
MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*<([^>\r\n]+)>")


class Archive(Protocol):
    """Where copies lie."""

    def holds(self, message_ids: Collection[str], *, since: datetime) -> set[str]:
        """Those of the Message-IDs (without brackets) of which a copy from `since` on is there.

        Raises UnavailableError where that can't be told.
        """


class Maildir:
    """A folder with `new` and `cur`, one file a mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def holds(self, message_ids: Collection[str], *, since: datetime) -> set[str]:
        """As Archive.holds."""
        wanted = {message_id.encode() for message_id in message_ids}
        found: set[bytes] = set()
        day_before = (since - timedelta(days=1)).timestamp()
        try:
            for part in ("new", "cur"):
                for path in (self._folder / part).iterdir():
                    # A mail program may move a mail while we look: it is found at the next look then.
                    with suppress(FileNotFoundError):
                        if path.stat().st_mtime >= day_before:
                            with path.open("rb") as mail:
                                head = mail.read(HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
                            found |= wanted.intersection(MESSAGE_ID.findall(head))
        except OSError as error:
            raise UnavailableError(f"The archive {self._folder} can't be read: {error}. Is it a Maildir?") from error
        return {message_id.decode() for message_id in found}


class Imap:
    """A folder of an IMAP account (RFC 3501).

    connect: gives a logged-in client. told: an error of it in words, with what to do.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[IMAPClient]],
        folder: str,
        told: Callable[[Exception], str],
    ) -> None:
        self._connect, self._folder, self._told = connect, folder, told

    def holds(self, message_ids: Collection[str], *, since: datetime) -> set[str]:
        """As Archive.holds."""
        day = (since.astimezone(UTC) - timedelta(days=1)).date()
        found: set[str] = set()
        try:
            with self._connect() as client:
                client.select_folder(self._folder, readonly=True)
                recent = client.search(["SINCE", day])
                for start in range(0, len(recent), AT_ONCE):
                    fetched = client.fetch(recent[start : start + AT_ONCE], [f"BODY.PEEK[{HEADERS}]"])
                    for parts in fetched.values():
                        head = parts.get(f"BODY[{HEADERS}]".encode(), b"")
                        found |= {name.decode("ascii", "replace") for name in MESSAGE_ID.findall(head)}
        except (IMAPClientError, OSError) as error:
            raise UnavailableError(f"The archive of copies can't be asked. {self._told(error)}") from error
        return found.intersection(message_ids)
