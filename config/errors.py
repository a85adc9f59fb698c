"""The project's own errors. Every message names the item and the field, and says what to do.

AnbudslotsError
 +-- SettingsError          wrong use or settings                     exit status 2
 +-- KnowledgeError         a file in config/ is wrong                exit status 2
 +-- InputError             one item can't be read: it is set aside   exit status 1
 |    +-- StoppedError      its reader was stopped: time, memory, crash
 +-- UnavailableError       nothing could be done: source unreachable exit status 3
 |    +-- FolderInUseError  another command is writing in the folder
 |    +-- SourceRefusedError the source's dossier does not allow it
 +-- LinkError              a signed link can't be honoured           exit status 2
 +-- NotFoundError          no such enterprise, notice, match         exit status 2
"""

from typing import Literal


class AnbudslotsError(Exception):
    """Base of all errors that the project raises on purpose; `exit_status` is the command line's answer."""

    exit_status = 1


class SettingsError(AnbudslotsError):
    """A setting or an argument is wrong or missing."""

    exit_status = 2


class KnowledgeError(AnbudslotsError):
    """A knowledge file (clauses, trades, places, sources) does not hold together."""

    exit_status = 2


class NotFoundError(AnbudslotsError):
    """The enterprise, notice or match that was named is not in the register."""

    exit_status = 2


class LinkError(AnbudslotsError):
    """A signed link, or a signed address, that can't be honoured.

    reason: "forged" (not made here for this purpose), "expired", or "revoked" (withdrawn since).
    """

    exit_status = 2

    def __init__(self, reason: Literal["forged", "expired", "revoked"]) -> None:
        self.reason = reason
        super().__init__(f"The link is {reason}. Ask for a new one.")


class UnavailableError(AnbudslotsError):
    """Nothing could be done now; trying again later may help."""

    exit_status = 3


class FolderInUseError(UnavailableError):
    """Another command is writing in the data folder."""


class SourceRefusedError(UnavailableError):
    """The source's dossier does not allow its spider to run."""


class InputError(AnbudslotsError):
    """One item of input can't be used. It is set aside and listed; the rest goes on.

    item: what it is, for example "rows.csv line 17"; field: which part of it, or None for the whole;
    reason: what is wrong and what to do, in words.
    """

    def __init__(self, item: str, field: str | None, reason: str) -> None:
        self.item = item
        self.field = field
        self.reason = reason
        super().__init__(str(self))

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str | None, str]]:
        # Raised in a sandbox, it comes back to this process by pickle.
        return type(self), (self.item, self.field, self.reason)

    def __str__(self) -> str:
        where = f"{self.item}, {self.field}" if self.field else self.item
        return f"{where}: {self.reason}"


class StoppedError(InputError):
    """The item's reader took too long, needed too much memory or crashed, and was stopped."""
