"""One writer at a time in a data folder: a lock that the system lets go of when its process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import FolderInUseError, UnavailableError

FILE_NAME = "anbudslots.lock"


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the data folder for writing.

    Raises FolderInUseError, naming the other process, when another command holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnavailableError(
            f"The data folder {folder} can't be written: {error.strerror}. Name another one with --data."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            raise FolderInUseError(
                f"The data folder {folder} is in use by process {holder}. Wait for it to end, or stop it."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)
