"""The mailbox that answers to letters and bounces come to, over IMAP: each mail once, nothing deleted.

What a mail says goes into the register (register/incoming.py), where the notifier finds it; the mail itself is kept
nowhere but on the server. The folder may be the same that alert mails are read from: the two take no notice of each
other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from imapclient import IMAPClient

from config.errors import InputError
from config.settings import Settings
from crawler import imap
from crawler.mail_runs import Tally, mark_seen
from crawler.mails import incoming as mails
from crawler.sandbox import Sandbox
from register import bounces, incoming, mailboxes, runs
from register.database import Register
from register.incoming import Incoming
from register.models import Run, SetAside

SOURCE = "answers"
"""What its runs are called."""
SECTION = "ANSWERS"


def crawl(
    register: Register,
    settings: Settings,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Run | None:
    """Read the mails that have not been read before, as one run; its `received` counts those that concern us.

    None where there are none: it is asked every few minutes. Several may read at once. Raises SettingsError where the
    mailbox is not fully set.
    """
    access = imap.Access(settings.answers, SECTION)
    access.check()
    context = access.context()
    tally = Tally()
    reading: _Reading | None = None
    try:
        with access.connection(context) as client:
            validity = int(client.select_folder(access.own.folder, readonly=True)[b"UIDVALIDITY"])
            known = mailboxes.known(register, _mailbox(access), validity)
            waiting = sorted(uid for uid in client.search("ALL") if uid not in known)
            if not waiting:
                return None
            with Sandbox() as sandbox:
                reading = _Reading(client, register, access, validity, _start(register, now), now, sandbox, tally)
                reading.all(waiting, progress)
    except imap.TROUBLES as error:
        tally.problems.append(access.told(error))
    run = tally.concluded(SOURCE, reading.run_id if reading else _start(register, now), now)
    runs.finish(register, run)
    return run


def _start(register: Register, now: datetime) -> int:
    return runs.start(register, SOURCE, since=now.date(), until=now.date(), at=now)


def _mailbox(access: imap.Access) -> str:
    """What the register knows the folder by; alert mails read from it are kept apart."""
    return f"{access.identity}/{SOURCE}"


@dataclass(frozen=True)
class _Reading:
    """One walk through the folder."""

    client: IMAPClient
    register: Register
    access: imap.Access
    validity: int
    run_id: int
    now: datetime
    sandbox: Sandbox
    tally: Tally

    def all(self, waiting: Sequence[int], progress: Callable[[int, int], None]) -> None:
        """Read these, then mark as seen on the server what was taken."""
        for done, uid in enumerate(waiting, start=1):
            self._one(uid)
            progress(done, len(waiting))
        mark_seen(self.client, self.register, _mailbox(self.access), self.access.own.folder, self.validity, self.tally)

    def _one(self, uid: int) -> None:
        item = f"answer {uid}"
        data = imap.fetch(self.client, uid, f"BODY.PEEK[]<0.{mails.MAX_BYTES}>", b"BODY[]<0>")
        if data is None:
            # It was taken away between our question and our next.
            return
        found: Incoming | None = None
        try:
            found = self.sandbox.run(item, mails.read, data, item, at=self.now)
        except InputError as error:
            self.tally.set_aside.append(SetAside.of(error))
        letter = bounces.letter_of(self.register, found.tokens) if found else None
        ours = letter is not None or (found is not None and self._is_of_a_reader(found))
        with self.register.atomic():
            if found is not None and ours:
                added = incoming.add(self.register, found, delivery=letter.message_id if letter else "")
                self.tally.counts["new" if added else "unchanged"] += 1
            outcome: mailboxes.Outcome = "taken" if ours else "refused"
            mailboxes.mark(
                self.register, _mailbox(self.access), self.validity, uid, outcome, run=self.run_id, at=self.now
            )
        self.tally.counts["announced"] += 1

    def _is_of_a_reader(self, mail: Incoming) -> bool:
        """Whether it is an answer by one who gets letters; all else that names no letter is none of ours."""
        return mail.kind == "reply" and bounces.known_recipient(self.register, mail.sender)
