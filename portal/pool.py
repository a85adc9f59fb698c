"""Open registers for the requests: one request has one to itself, and hands it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from register.database import Register, open_register


class Pool:
    """Opens a register where none is idle; a register whose request failed is closed, not used again."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._idle: LifoQueue[Register] = LifoQueue()

    @contextmanager
    def register(self) -> Iterator[Register]:
        """A register for one request. Raises UnavailableError where it can't be opened."""
        try:
            register = self._idle.get_nowait()
        except Empty:
            register = open_register(self._data)
        try:
            yield register
        except BaseException:
            register.close()
            raise
        self._idle.put(register)

    def close(self) -> None:
        """Close what is idle."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return
