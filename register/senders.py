"""Who sends: each sender has a name and, in the data folder, a locked file that the system lets go of when it dies."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from register.database import Register

FOLDER = "senders"
BOOT = Path("/proc/sys/kernel/random/boot_id")

_ours: set[str] = set()
"""Senders of this process; those of a register in memory have no file."""


@contextmanager
def alive(register: Register) -> Iterator[str]:
    """A name of one's own, held alive as long as the block or the process lasts."""
    name = f"{boot()}.{os.getpid()}.{secrets.token_hex(8)}"
    handle: int | None = None
    if register.folder is not None:
        path = register.folder / FOLDER / name
        path.parent.mkdir(exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
    _ours.add(name)
    try:
        yield name
    finally:
        _ours.discard(name)
        if handle is not None:
            path.unlink(missing_ok=True)
            os.close(handle)


def gone(register: Register, name: str) -> bool:
    """Whether a sender lives no longer; its file is removed then."""
    if name in _ours:
        return False
    if register.folder is None:
        return True
    path = register.folder / FOLDER / name
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        with suppress(FileNotFoundError):
            path.unlink()
        return True
    finally:
        os.close(handle)


def of_another_boot(name: str) -> bool:
    """Whether the machine has been started anew since: what was not forced to the disk may be lost."""
    return name.partition(".")[0] != boot()


def boot() -> str:
    """The id of the system's run since it was started; the same all the time where the system tells none."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
