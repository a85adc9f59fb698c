"""The mailbox that alert mails are forwarded to, over IMAP (RFC 3501): each message once, nothing deleted.

The folder is opened read-only while messages are read. What has been read is kept in the register by UIDVALIDITY and
UID, in the transaction that the notices go in with; only then is a message marked as seen on the server. A run that is
cut off reads on where it stopped.
"""

from collections.abc import Callable
from datetime import datetime

from imapclient import IMAPClient

from config import sources
from config.errors import SettingsError, SourceRefusedError
from config.settings import Settings
from crawler import imap, merging
from crawler.archive import Archive
from crawler.mail_runs import Tally, mark_seen
from crawler.mails import envelope, taking
from crawler.mails.message import MAX_BYTES
from crawler.sandbox import Sandbox
from register import mailboxes, notices, runs
from register.database import Register
from register.models import Notice, Run, SetAside

SOURCE = "mailbox"
"""What its runs are called."""
DOSSIER = "mail"
"""The dossier in config/sources.yaml that says whether one's own mail may be read."""
SECTION = "MAILBOX"
HEADERS = b"BODY[HEADER.FIELDS (FROM)]"


def check(settings: Settings) -> tuple[str, ...]:
    """The senders whose mails are taken. Raises SettingsError where the mailbox is not fully set, and
    SourceRefusedError where the dossier does not allow mail.
    """
    own = settings.mailbox
    dossier = sources.load().get(DOSSIER)
    if dossier is not None and dossier.status != "enabled":
        raise SourceRefusedError(
            f"The dossier of {DOSSIER} in config/sources.yaml says {dossier.status!r}, so no mailbox is read. "
            f"{dossier.next_step}"
        )
    imap.Access(own, SECTION).check()
    senders = tuple(sender.strip().lower() for sender in own.senders.split(",") if sender.strip())
    if not senders:
        raise SettingsError(
            "Name those whose mails are taken, so that no stranger can plant notices: ANBUDSLOTS_MAILBOX__SENDERS, "
            "for example `radgivare@example.org, @e-avrop.com`."
        )
    wrong = [sender for sender in senders if "@" not in sender or any(sign in sender for sign in " <>\"'\r\n")]
    if wrong:
        raise SettingsError(f"ANBUDSLOTS_MAILBOX__SENDERS: {wrong[0]!r} is neither an address nor an @domain.")
    return senders


def allowed(froms: list[str], senders: tuple[str, ...]) -> bool:
    """Whether a message's From is one address that is on the list, by itself or by its domain."""
    if len(froms) != 1:
        return False
    return froms[0] in senders or "@" + froms[0].rpartition("@")[2] in senders


def crawl(
    register: Register,
    archive: Archive,
    settings: Settings,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Run:
    """Read the messages that have not been read before, as one run; its `received` counts notices."""
    senders = check(settings)
    access = imap.Access(settings.mailbox, SECTION)
    context = access.context()
    day = now.date()
    run_id = runs.start(register, SOURCE, since=day, until=day, at=now)
    tally = Tally()
    try:
        with access.connection(context) as client, Sandbox() as sandbox:
            reading = _Reading(client, register, archive, access, senders, run_id, now, sandbox, tally)
            reading.all(progress)
    except imap.TROUBLES as error:
        tally.problems.append(access.told(error))
    merging.settle(register, now)
    run = tally.concluded(SOURCE, run_id, now)
    runs.finish(register, run)
    return run


class _Reading:
    """One walk through the folder."""

    def __init__(
        self,
        client: IMAPClient,
        register: Register,
        archive: Archive,
        access: imap.Access,
        senders: tuple[str, ...],
        run_id: int,
        now: datetime,
        sandbox: Sandbox,
        tally: Tally,
    ) -> None:
        self._client = client
        self._register = register
        self._archive = archive
        self._access = access
        self._senders = senders
        self._run_id = run_id
        self._now = now
        self._sandbox = sandbox
        self._tally = tally
        self._validity = 0

    def all(self, progress: Callable[[int, int], None]) -> None:
        """Read what is new, then mark on the server what the register has."""
        self._validity = int(self._client.select_folder(self._access.own.folder, readonly=True)[b"UIDVALIDITY"])
        known = mailboxes.known(self._register, self._access.identity, self._validity)
        waiting = sorted(uid for uid in self._client.search("ALL") if known.get(uid) != "taken")
        for done, uid in enumerate(waiting, start=1):
            self._one(uid, refused_before=uid in known)
            progress(done, len(waiting))
        self._mark_seen()

    def _one(self, uid: int, *, refused_before: bool) -> None:
        item = f"mailbox message {uid}"
        head = imap.fetch(self._client, uid, f"BODY.PEEK[{HEADERS[5:-1].decode()}]", HEADERS)
        if head is None:
            # It was taken away between our question and our next.
            return
        froms = envelope.senders(head)
        if not allowed(froms, self._senders):
            if not refused_before:
                self._refuse(uid, item, froms)
            return
        data = imap.fetch(self._client, uid, f"BODY.PEEK[]<0.{MAX_BYTES + 1}>", b"BODY[]<0>")
        if data is None:
            return
        items: list[tuple[Notice, str] | SetAside]
        if len(data) > MAX_BYTES:
            items = [SetAside(item=item, reason=f"is larger than {MAX_BYTES // 1_000_000} MB")]
        else:
            items = list(taking.take(data, item, archive=self._archive, at=self._now, sandbox=self._sandbox))
        # A mail that is marked as taken is not asked for again.
        self._archive.sync()
        with self._register.atomic():
            for found in items:
                self._tally.counts["announced"] += 1
                if isinstance(found, SetAside):
                    self._tally.set_aside.append(found)
                else:
                    notice, raw = found
                    self._tally.counts[notices.add(self._register, notice, raw=raw, at=self._now)] += 1
            self._note(uid, "taken")

    def _refuse(self, uid: int, item: str, froms: list[str]) -> None:
        domains = ", ".join(sorted({sender.rpartition("@")[2] for sender in froms})) or "no one that is named"
        reason = (
            f"comes from {domains}, and its sender is not on the list of those whose mails are taken. If it should be, "
            "add the address to ANBUDSLOTS_MAILBOX__SENDERS: the next run then reads it."
        )
        with self._register.atomic():
            self._note(uid, "refused")
        self._tally.counts["announced"] += 1
        self._tally.set_aside.append(SetAside(item=item, field="From", reason=reason))

    def _note(self, uid: int, outcome: mailboxes.Outcome) -> None:
        mailboxes.mark(
            self._register, self._access.identity, self._validity, uid, outcome, run=self._run_id, at=self._now
        )

    def _mark_seen(self) -> None:
        access = self._access
        mark_seen(self._client, self._register, access.identity, access.own.folder, self._validity, self._tally)
