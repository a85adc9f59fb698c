"""The rows of a table, from CSV in any usual encoding and delimiter, or from the first sheet of an XLSX; bounded.

A cell is a text: what begins with = + - or @ is a text too, formulas are never reckoned.
"""

import codecs
import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import repeat
from typing import Any

from charset_normalizer import from_bytes
from openpyxl import load_workbook

from config.errors import InputError
from crawler.documents import office

MAX_BYTES = 50_000_000
MAX_ROWS = 20_000
"""More than Sweden advertises in a year; read in half the time, and a third of the memory, that a reader may take."""
MAX_COLUMNS = 200
MAX_CELL = 32_767
"""Letters; Excel's own bound."""
MAX_EMPTY = 2_000
"""Empty rows after which a sheet counts as ended."""
DELIMITERS = (";", ",", "\t")
SWEDISH = frozenset("åäöÅÄÖéÉ")
CHARSETS = ["cp1252", "mac_roman", "cp850"]
"""What Swedish spreadsheets write besides UTF-8."""
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
APOSTROPHE = re.compile(r"^'(?=\s*[=+\-@])")
"""Put before what would be a formula, by `template` and by careful exports."""
FORMULA = "\x00formula"
"""Stands for the content of a cell whose formula has no stored value; no cell's text has this sign."""


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, and its cells as texts. wrong: why it can't be used."""

    line: int
    cells: tuple[str, ...]
    wrong: str = ""


def is_workbook(data: bytes) -> bool:
    """Whether bytes are a zip, as an XLSX is."""
    return data.startswith(b"PK\x03\x04")


def rows(data: bytes, name: str) -> Iterator[Row]:
    """The rows that are not empty. name: what the file is called in messages.

    The last row is one with `wrong` where the rest was not read. Raises InputError where the whole can't be read.
    """
    if len(data) > MAX_BYTES:
        raise InputError(name, None, f"is larger than {MAX_BYTES // 1_000_000} MB. Split it.")
    read = _workbook(data, name) if is_workbook(data) else _text_rows(text(data), name)
    count = 0
    for row in read:
        if not any(row.cells) and not row.wrong:
            continue
        count += 1
        # The head is a row too.
        if count > MAX_ROWS + 1:
            yield Row(
                row.line, (), f"the table has more than {MAX_ROWS} rows; from here on nothing was read. Split it."
            )
            return
        yield row


def text(data: bytes) -> str:
    """The text of a CSV: by its byte order mark, else UTF-8, else Windows-1252 where that gives Swedish letters, else
    what charset-normalizer finds the likeliest of CHARSETS.
    """
    for mark, charset in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data.removeprefix(mark).decode(charset, "replace")
    sample = data[:4096]
    nulls = sample.count(0)
    if nulls > len(sample) // 4:
        # Every other byte of Swedish UTF-16 is zero.
        return data.decode("utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        usual = data.decode("cp1252", "replace")
        odd = [sign for sign in usual[:100_000] if ord(sign) > 127]
        if sum(sign in SWEDISH for sign in odd) > len(odd) // 2:
            return usual
        best = from_bytes(data[:100_000], cp_isolation=CHARSETS).best()
        return data.decode(best.encoding if best else "cp1252", "replace")


def _text_rows(content: str, name: str) -> Iterator[Row]:
    if content.lower().startswith("sep="):
        delimiter = content[4:5]
    else:
        head = content[:20_000].lstrip("\r\n").split("\n", 1)[0]
        delimiter = max(DELIMITERS, key=head.count)
    if delimiter not in DELIMITERS:
        raise InputError(name, None, f"names {delimiter!r} as its delimiter; semicolon, comma and tab are read")
    lines = LINE.findall(content)
    at = 0
    while at < len(lines):
        # Strict: a quote that is opened in one row and closed in another would else hide the rows between them.
        reader = csv.reader(map(lines.__getitem__, range(at, len(lines))), delimiter=delimiter, strict=True)
        start = at
        try:
            for cells in reader:
                yield _row(start + 1, cells)
                start = at + reader.line_num
            return
        except csv.Error as error:
            yield Row(start + 1, (), f"can't be read: {error}. A cell with quotes in it has them doubled, in quotes.")
            at = start + 1


def _workbook(data: bytes, name: str) -> Iterator[Row]:
    try:
        office.open_zip(data, "XLSX").close()
    except InputError:
        reason = "is locked with a password, or unpacks to more than is read. Save it anew with only the table."
        raise InputError(name, None, reason) from None
    except Exception as error:
        raise _broken(name, error) from error
    try:
        with warnings.catch_warnings():
            # openpyxl warns of each style and extension that it drops; the cells have none of them.
            warnings.simplefilter("ignore")
            book, formulas = (
                load_workbook(io.BytesIO(data), read_only=True, data_only=stored, keep_links=False)
                for stored in (True, False)
            )
            try:
                yield from _sheet(book.worksheets[0], formulas.worksheets[0] if _has_formulas(data) else None)
            finally:
                book.close()
                formulas.close()
    except (InputError, MemoryError):
        raise
    except Exception as error:
        # openpyxl promises nothing about broken files: KeyError, TypeError, zlib.error and many more come out.
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> InputError:
    return InputError(name, None, f"is no XLSX that can be read ({type(error).__name__}). Save it anew.")


def _has_formulas(data: bytes) -> bool:
    with office.open_zip(data, "XLSX") as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f" in (office.read_member(archive, name, "XLSX") or b"") for name in sheets)


def _sheet(sheet: Any, formulas: Any | None) -> Iterator[Row]:
    """Rows of stored values; `formulas` is the same sheet with formulas in their place, where it has some."""
    empty = 0
    for cells, written in zip(_cells(sheet), _cells(formulas) if formulas else repeat(()), strict=False):
        texts = [_shown(cell.value) for cell in cells]
        texts += [""] * (len(written) - len(texts))
        for place, cell in enumerate(written):
            if cell.data_type == "f" and not texts[place]:
                texts[place] = FORMULA
        row = _row(next((cell.row for cell in cells if hasattr(cell, "column")), 0), texts)
        empty = 0 if any(texts) else empty + 1
        if empty > MAX_EMPTY:
            return
        if any(texts):
            yield row


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    # The size that a file states may be a lie of 17 billion cells.
    sheet.reset_dimensions()
    for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1):
        # Rows are filled up to the bound.
        filled = next((place for place in range(len(cells), 0, -1) if cells[place - 1].value is not None), 0)
        yield cells[:filled]


def _row(line: int, cells: Sequence[str]) -> Row:
    kept = tuple(APOSTROPHE.sub("", cell.replace("\xa0", " ").strip()) for cell in cells)
    while kept and not kept[-1]:
        kept = kept[:-1]
    if len(kept) > MAX_COLUMNS:
        return Row(line, (), f"has more than {MAX_COLUMNS} columns")
    if any(len(cell) > MAX_CELL for cell in kept):
        return Row(line, (), f"has a cell of more than {MAX_CELL} letters")
    return Row(line, kept)


def _shown(value: Any) -> str:
    """A stored value as a text that the readers of cells know."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nej"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case timedelta() | time():
            return str(value)
        case _:
            return re.sub("\x00", "", str(value))
