"""Where copies lie: a Maildir, and a real IMAP server (Dovecot)."""

import mailbox
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from imapclient import IMAPClient

from config.errors import UnavailableError
from notifier.archive import Imap, Maildir
from tests.crawler import dovecot

NOW = datetime.now(UTC)  # of files and of the IMAP server, whose clock is the real one
SOME = {"1@example.org", "2@example.org", "3@example.org"}


def copy(message_id: str) -> bytes:
    return (
        f"Received: by x\r\nMessage-Id: <{message_id}>\r\nSubject: Hej\r\n\r\nMessage-ID: <3@example.org>\r\n".encode()
    )


def test_a_maildir_holds_what_was_laid_into_it(tmp_path: Path) -> None:
    folder = mailbox.Maildir(tmp_path / "copies")
    folder.add(copy("1@example.org"))
    read = mailbox.MaildirMessage(copy("2@example.org"))
    read.set_subdir("cur")
    folder.add(read)
    # What stands in a mail's text is no copy.
    assert Maildir(tmp_path / "copies").holds(SOME, since=NOW) == {"1@example.org", "2@example.org"}


def test_what_is_older_than_the_letters_is_not_opened(tmp_path: Path) -> None:
    folder = mailbox.Maildir(tmp_path / "copies")
    folder.add(copy("1@example.org"))
    for path in (tmp_path / "copies" / "new").iterdir():
        week_ago = (NOW - timedelta(days=7)).timestamp()
        os.utime(path, (week_ago, week_ago))
    assert Maildir(tmp_path / "copies").holds(SOME, since=NOW) == set()
    assert Maildir(tmp_path / "copies").holds(SOME, since=NOW - timedelta(days=7)) == {"1@example.org"}


def test_a_folder_that_is_no_maildir_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="Is it a Maildir"):
        Maildir(tmp_path).holds(SOME, since=NOW)


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Dovecot]:
    if dovecot.PROGRAM is None:
        pytest.skip("Dovecot is not installed")
    with dovecot.running() as found:
        yield found


def test_imap_holds_what_was_delivered(server: dovecot.Dovecot) -> None:
    server.deliver(copy("1@example.org"))
    before = server.seen()
    assert Imap(server.client, "INBOX", str).holds(SOME, since=NOW) == {"1@example.org"}
    assert server.seen() == before  # nothing is marked as read


def test_an_imap_server_that_is_gone_is_told() -> None:
    def connect() -> IMAPClient:
        return IMAPClient("127.0.0.1", port=1, ssl=False, timeout=2)

    with pytest.raises(UnavailableError, match=r"can't be asked\. no:"):
        Imap(connect, "INBOX", lambda error: f"no: {error}").holds(SOME, since=NOW)
