"""What has come is read in batches, since a call of another process costs as much as the reading of a notice.

One call takes all that came while the last was at work, so that nothing waits for a batch to be full.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from config.errors import StoppedError
from crawler.sandbox import Sandbox

BATCH = 20
"""Most items a call; together they have the time that the sandbox gives to one."""
AHEAD = 2
"""Calls at once: the next is at hand when the sandbox is done with one."""

A = TypeVar("A")
R = TypeVar("R")


class Reader(Generic[A, R]):
    """Calls `function` in the sandbox for each item, in batches. function: a plain function of a module."""

    def __init__(self, sandbox: Sandbox, function: Callable[[A], R]) -> None:
        self._sandbox = sandbox
        self._function = function
        self._waiting: list[tuple[str, A, asyncio.Future[R]]] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def read(self, name: str, item: A) -> R:
        """What the function makes of an item. name: what it is called in errors. Raises StoppedError."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, item, future))
        if len(self._calls) < AHEAD:
            call = asyncio.create_task(self._read_on())
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        return await future

    async def _read_on(self) -> None:
        """Read batch after batch, as long as something waits."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            items = [item for _, item, _ in batch]
            try:
                results = await self._sandbox.call(f"{len(batch)} items", each, self._function, items)
            except StoppedError:
                # One of them stopped the reader: alone it is told by its name, and harms no other.
                for name, item, future in batch:
                    await self._read_alone(name, item, future)
            except Exception as error:
                for _, _, future in batch:
                    _settle(future, error)
            else:
                for (_, _, future), result in zip(batch, results, strict=True):
                    _settle(future, result)

    async def _read_alone(self, name: str, item: A, future: asyncio.Future[R]) -> None:
        try:
            _settle(future, await self._sandbox.call(name, self._function, item))
        except Exception as error:
            _settle(future, error)


def each(function: Callable[[A], R], items: list[A]) -> list[R | Exception]:
    """Call a function for each item; an error is a result, so that one item's takes nothing from the others."""
    results: list[R | Exception] = []
    for item in items:
        try:
            results.append(function(item))
        except MemoryError:
            # Alone it may have enough, or it is told as the one to blame.
            raise
        except Exception as error:
            results.append(error)
    return results


def _settle(future: "asyncio.Future[R]", result: R | Exception) -> None:
    if future.done():  # who asked was cancelled meanwhile
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
