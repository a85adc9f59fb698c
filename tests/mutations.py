"""Hostile inputs made from good ones: the same seed always makes the same input."""

import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from config.errors import AnbudslotsError

CASES = int(os.environ.get("ANBUDSLOTS_FUZZ_CASES", "200"))
"""Mutated inputs a test: few by default, 20000 for the full run (`make fuzz`)."""
MOST_SECONDS = 10.0
MOST_BYTES = 1_000_000_000
NUMBERS = (b"0", b"-1", b"2147483648", b"1e309", b"99999999999999999999", b"NaN", b"")


def mutate(data: bytes, chance: random.Random, tokens: Sequence[bytes] = ()) -> bytes:
    """`data` with one to eight small harms: bits flipped, pieces cut, doubled, moved or put in, numbers made odd.

    tokens: words of the format that are put in whole.
    """
    harmed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        _HARMS[chance.randrange(len(_HARMS))](harmed, chance, tokens)
    return bytes(harmed)


def mutations(
    seeds: Sequence[bytes], tokens: Sequence[bytes] = (), *, cases: int = CASES, seed: int = 1
) -> Iterator[bytes]:
    """`cases` mutated inputs, made in turn from `seeds`."""
    for number in range(cases):
        chance = random.Random(f"{seed}/{number}")
        yield mutate(seeds[number % len(seeds)], chance, tokens)


def survive(work: Callable[[bytes], object], inputs: Iterable[bytes]) -> tuple[int, float, int]:
    """Give each input to `work`; only the project's own errors may come out.

    Returns (inputs, seconds of the longest, peak memory of this process in bytes), and fails where one is over bounds.
    """
    count, longest = 0, 0.0
    for data in inputs:
        start = time.perf_counter()
        try:
            work(data)
        except AnbudslotsError:
            pass
        except BaseException as error:
            raise AssertionError(f"input {count} made {type(error).__name__} come out: {data[:2000]!r}") from error
        seconds = time.perf_counter() - start
        longest = max(longest, seconds)
        assert seconds < MOST_SECONDS, f"input {count} took {seconds:.1f} s: {data[:2000]!r}"
        count += 1
    peak = peak_memory()
    assert peak < MOST_BYTES, f"{count} inputs took {peak // 1_000_000} MB"
    return count, longest, peak


def survive_apart(work: Callable[[bytes], object], inputs: Callable[[], Iterable[bytes]]) -> int:
    """`survive` in a process of its own, whose memory no other test has used; returns the number of inputs.

    Both are sent there, so they are functions of a module, or a `partial` of one.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        count, longest, peak = pool.submit(_survive, work, inputs).result()
    print(f"{count} inputs, longest {longest:.3f} s, peak memory {peak // 1_000_000} MB")  # noqa: T201
    return count


def _survive(work: Callable[[bytes], object], inputs: Callable[[], Iterable[bytes]]) -> tuple[int, float, int]:
    return survive(work, inputs())


def peak_memory() -> int:
    """Bytes of memory that this process has held at most.

    Linux counts it anew for each program that a process becomes; `ru_maxrss` would also tell what the process held from
    which this one was forked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


Harm = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def _flip(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice((0, 10, 34, 38, 60, 62, 127, 128, 255))


def _delete(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    start, end = _span(data, chance)
    del data[start:end]


def _double(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    start, end = _span(data, chance)
    piece = bytes(data[start:end])
    data[end:end] = piece * chance.choice((1, 1, 2, 40))


def _splice(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    start, end = _span(data, chance)
    piece = bytes(data[start:end])
    at = chance.randint(0, len(data))
    data[at:at] = piece


def _insert(data: bytearray, chance: random.Random, tokens: Sequence[bytes]) -> None:
    at = chance.randint(0, len(data))
    piece = chance.choice(list(tokens)) if tokens else chance.randbytes(chance.randint(1, 12))
    data[at:at] = piece


def _truncate(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    if chance.random() < 0.3:
        del data[chance.randint(0, len(data)) :]


def _number(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    digits = [at for at in range(len(data)) if 48 <= data[at] <= 57]
    if digits:
        start = end = chance.choice(digits)
        while end < len(data) and 48 <= data[end] <= 57:
            end += 1
        data[start:end] = chance.choice(NUMBERS)


def _span(data: bytearray, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.choice((1, 2, 4, 16, 64, 512)))


_HARMS: tuple[Harm, ...] = (_flip, _overwrite, _delete, _double, _splice, _insert, _truncate, _number)
