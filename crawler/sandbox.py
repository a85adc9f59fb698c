"""Parsers of hostile input run in a process of their own, which is bounded in memory and killed when it takes too long.

A sandboxed function is a plain function of a module, its arguments and result can be pickled. Its InputErrors come back
as they are; a crash, an exhausted memory or a time-out becomes a StoppedError (an InputError) that names the item.
"""

import asyncio
import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from config.errors import StoppedError

SECONDS = 10.0
"""Longest time for one item."""
MEMORY = 1_000_000_000
"""Bytes of memory beyond what a fresh process maps."""

P = ParamSpec("P")
T = TypeVar("T")


class Sandbox:
    """A pool of processes. Use it as a context manager; `seconds` bounds each call."""

    def __init__(self, *, workers: int = 1, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self._pool = ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_bound,
            initargs=(memory,),
        )

    def __enter__(self) -> "Sandbox":
        # Its process starts meanwhile, so that the first call need not wait for that.
        self._pool.schedule(_know, args=(None,))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()
        self._pool.join()

    def prepare(self, function: Callable[..., object]) -> None:
        """Load a function's module in the sandbox, ahead of its first call, without waiting for it."""
        self._pool.schedule(_know, args=(function,))

    def run(self, item: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in the sandbox. item: what the input is called in errors. Raises StoppedError."""
        future = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self.seconds)
        try:
            result: T = future.result()
        except Exception as error:
            raise self._told(item, error) from None
        return result

    async def call(self, item: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, without blocking the event loop."""
        future = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self.seconds)
        try:
            result: T = await asyncio.wrap_future(future)
        except Exception as error:
            raise self._told(item, error) from None
        return result

    def _told(self, item: str, error: Exception) -> Exception:
        """What came out of a call, as the caller is to see it: the project's errors as they are."""
        if isinstance(error, TimeoutError | FutureTimeoutError):
            return StoppedError(item, None, f"took longer than {self.seconds:g} s to read and was stopped")
        if isinstance(error, MemoryError):
            return StoppedError(item, None, f"needs more than {self.memory // 1_000_000} MB to be read")
        if isinstance(error, ProcessExpired):
            return StoppedError(item, None, f"made its reader crash (exit status {error.exitcode})")
        return error


def _know(_: Callable[..., object] | None) -> None:
    """Nothing: the process is there, and has loaded the module of what it was sent."""


def _bound(memory: int) -> None:
    """Bound this process's address space to what it maps now and `memory` more (where there is /proc); no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = Path("/proc/self/statm")
    if mapped.exists():
        now = int(mapped.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))
