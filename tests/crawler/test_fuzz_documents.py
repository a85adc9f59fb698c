"""Hostile files of a notice: only the project's own errors come out, within time and memory; native crashes too.

The inputs are read in the sandbox, many a call. Where one of them stops its process, each of that call is read alone:
what then comes out must be a StoppedError.
"""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import InputError, StoppedError
from crawler.documents import kinds, pdf
from crawler.documents.layout import Habits
from crawler.sandbox import Sandbox
from tests.crawler import given_documents as given
from tests.mutations import CASES, MOST_BYTES, mutate, survive

CALL = 250
"""Inputs a call of the sandbox."""
TOKENS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"<<", b">>", b"[", b"]", b" 0 R", b"/Kids", b"/Parent", b"/Length", b"/Filter/FlateDecode", b"/Rotate 90", b"stream", b" Tf", b" Tm", b" re S", b" cm", b" Do", b" Tj", b"q ", b"Q "),  # noqa: E501
    "docx": (b"<w:p>", b"</w:p>", b"<w:tbl><w:tr><w:tc>", b"<w:sdt><w:sdtContent>", b"<w:txbxContent>", b"&x;", b'w:val=""', b"]]>", b"<!DOCTYPE x>"),  # noqa: E501
    "odt": (b"<text:p>", b"</text:p>", b"<text:s/>", b"<table:table-row>", b"<text:note>", b"&x;", b"<!DOCTYPE x>"),
    "xlsx": (b"<row r='9'>", b"<c t='s'>", b"<v>", b"</v>", b"<f>", b"1048576", b"XFD1", b"&x;", b"<!DOCTYPE x>"),
    "html": (b"<table>", b"<tr><td>", b"</p>", b"<script>", b"<svg>", b"&#0;", b"&#xD800;", b"<!--", b"charset=utf-7"),
    "text": (b"\x00", b"\xff\xfe", b"\t", b"\f", b"\n- ", b"....... 3"),
}  # fmt: skip


def seeds(form: str, folder: Path) -> list[bytes]:
    """Good files of one format."""
    match form:
        case "pdf":
            plain = given.paper()
            plain.set_compression(False)
            plain.columns(given.LEFT, given.RIGHT)
            return [given.pdf_underlag(), given.made(plain), given.pdf_of("Text.", pages=2)]
        case "docx":
            return [given.docx_underlag()]
        case "odt":
            return [given.odt_underlag()]
        case "xlsx":
            return [given.xlsx_underlag()]
        case "html":
            return [given.HTML.encode()]
        case _:
            return ["1 Inledning\n\nText som fortsätter.\n- punkt\nKrav\tSvar\n".encode()]


def harmed(form: str, good: list[bytes], number: int) -> bytes:
    """Input `number`: the file's bytes harmed, or for a zip mostly one of its members before it is packed again."""
    chance = random.Random(f"{form}/{number}")
    data = good[number % len(good)]
    if form in ("docx", "odt", "xlsx") and chance.random() < 0.8:
        members = given.unzipped(data)
        names = [name for name in sorted(members) if name.endswith((".xml", ".rels"))]
        for name in chance.sample(names, chance.choice((1, 1, 2))):
            members[name] = mutate(members[name], chance, TOKENS[form])
        return given.zipped(members)
    return mutate(data, chance, TOKENS[form])


def read(path: Path, form: str) -> None:
    """Read one file as `documents add` does, in this process."""
    kind = kinds.tell(path, f"file.{'txt' if form == 'text' else form}")
    if kind.format == "pdf":
        opened = pdf.look(path)
        pdf.read_pages(path, 1, min(opened.pages, 20), Habits())
    elif kind.format != "zip":
        kinds.read(path, kind.format)


def read_many(form: str, first: int, count: int) -> tuple[int, float, int]:
    """Make and read inputs first..first+count; returns what `survive` does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "bytes"
        good = seeds(form, folder)

        def work(data: bytes) -> None:
            path.write_bytes(data)
            read(path, form)

        inputs: Iterator[bytes] = (harmed(form, good, number) for number in range(first, first + count))
        return survive(work, inputs)


@pytest.mark.parametrize("form", sorted(TOKENS))
def test_hostile_files_make_only_our_own_errors(form: str) -> None:
    longest, peak, stopped = 0.0, 0, 0
    with Sandbox(seconds=600) as many, Sandbox() as one:
        for first in range(0, CASES, CALL):
            count = min(CALL, CASES - first)
            try:
                _, seconds, memory = many.run(form, read_many, form, first, count)
                longest, peak = max(longest, seconds), max(peak, memory)
            except StoppedError:
                for number in range(first, first + count):
                    try:
                        one.run(f"{form} {number}", read_many, form, number, 1)
                    except InputError:
                        stopped += 1
    print(f"{form}: {CASES} inputs, longest {longest:.3f} s, peak {peak // 1_000_000} MB, {stopped} stopped")  # noqa: T201
    assert peak < MOST_BYTES
    assert stopped <= CASES // 100
