"""Items are read in batches; one that stops the reader is told by its name and takes nothing from the others."""

import asyncio
import os

import pytest

from config.errors import InputError, StoppedError
from crawler.reading import Reader
from crawler.sandbox import Sandbox


def half(number: int) -> int:
    if number == 13:
        os._exit(3)
    if number % 2:
        raise InputError(str(number), None, "is odd")
    return number // 2


def test_each_item_gets_its_own_result_or_error() -> None:
    async def read(sandbox: Sandbox) -> list[int | BaseException]:
        reader = Reader(sandbox, half)
        return await asyncio.gather(*(reader.read(str(n), n) for n in range(50) if n != 13), return_exceptions=True)

    with Sandbox() as sandbox:
        results = asyncio.run(read(sandbox))
    assert [result for result in results if isinstance(result, int)] == list(range(25))
    odd = [result.item for result in results if isinstance(result, InputError)]
    assert odd == [str(n) for n in range(1, 50, 2) if n != 13]


def test_an_item_that_crashes_the_reader_harms_no_other() -> None:
    async def read(sandbox: Sandbox) -> list[int | BaseException]:
        reader = Reader(sandbox, half)
        return await asyncio.gather(*(reader.read(str(n), n) for n in (2, 4, 13, 6)), return_exceptions=True)

    with Sandbox() as sandbox:
        results = asyncio.run(read(sandbox))
    assert [result for result in results if isinstance(result, int)] == [1, 2, 3]
    stopped = results[2]
    assert isinstance(stopped, StoppedError)
    assert stopped.item == "13"


def test_what_is_asked_after_a_rest_is_read_too() -> None:
    async def read(sandbox: Sandbox) -> list[int]:
        reader = Reader(sandbox, half)
        return [await reader.read("4", 4), await reader.read("8", 8)]

    with Sandbox() as sandbox:
        assert asyncio.run(read(sandbox)) == [2, 4]


@pytest.mark.parametrize("count", [1, 45])
def test_any_number_is_read(count: int) -> None:
    async def read(sandbox: Sandbox) -> list[int]:
        reader = Reader(sandbox, half)
        return await asyncio.gather(*(reader.read(str(n), n) for n in range(0, 2 * count, 2)))

    with Sandbox() as sandbox:
        assert asyncio.run(read(sandbox)) == list(range(count))
