"""What both mailboxes share (alert mails, answers to letters): a run's tally, its end, and marking what was taken."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from register import mailboxes
from register.database import Register
from register.models import Run, SetAside


@dataclass
class Tally:
    """What a run notes down as it goes. problems: what takes something from its completeness; notes: what does not."""

    counts: Counter[str] = field(default_factory=Counter)
    set_aside: list[SetAside] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def concluded(self, source: str, run_id: int, now: datetime) -> Run:
        """The run of today as it has ended; not stored yet."""
        received = sum(self.counts[outcome] for outcome in ("new", "changed", "unchanged"))
        # A mail that holds nothing for us has been read like any other: it is told, and takes nothing away.
        return Run(
            id=run_id,
            source=source,
            started=now,
            ended=now,
            status="complete" if not self.problems else "partial" if received else "failed",
            since=now.date(),
            until=now.date(),
            announced=self.counts["announced"],
            received=received,
            new=self.counts["new"],
            changed=self.counts["changed"],
            unchanged=self.counts["unchanged"],
            set_aside=tuple(self.set_aside),
            problems=(*self.problems, *self.notes),
        )


def mark_seen(client: IMAPClient, register: Register, mailbox: str, folder: str, validity: int, tally: Tally) -> None:
    """Mark as seen on the server what the register has taken of a mailbox; a server that does not let us is no fault of
    the collection.
    """
    known = mailboxes.known(register, mailbox, validity)
    taken = {uid for uid, outcome in known.items() if outcome == "taken"}
    try:
        if int(client.select_folder(folder)[b"UIDVALIDITY"]) != validity:
            return
        unseen = sorted(taken.intersection(client.search("UNSEEN")))
        if unseen:
            client.add_flags(unseen, [b"\\Seen"], silent=True)
    except IMAPClientError as error:
        tally.notes.append(f"Overcome: the server does not let mails be marked as seen ({error}).")
