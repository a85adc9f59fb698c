"""XLSX by openpyxl: each sheet's rows as they were saved. Formulas are never reckoned; links are not followed."""

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook

from crawler.documents import office
from crawler.documents.piece import Content, Piece, bounded, cells, clean, guarded

MAX_SHEETS = 100
NO_VALUE = re.compile(rb"(?:</f>|<f(?: [^<>]{0,200})?/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_EMPTY = 2_000
"""Empty rows after which a sheet counts as ended; a stray cell in row 1,048,576 is no table."""


@guarded("XLSX")
def read(data: bytes) -> Content:
    """Read an XLSX: a piece's page is the sheet's number, its place the row. Raises InputError."""
    archive = office.open_zip(data, "XLSX")
    content = Content()
    if _lacks_values(archive):
        content.notes.append("Celler vars formel saknar sparat värde är tomma: formler räknas inte om här.")
    with warnings.catch_warnings():
        # openpyxl warns of each style and extension that it drops; the text has none of them.
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        content.pages = len(book.worksheets)
        for number, sheet in enumerate(book.worksheets[:MAX_SHEETS], start=1):
            bounded(_sheet(sheet, number, content), content)
        if content.pages > MAX_SHEETS:
            content.notes.append(f"Bara de första {MAX_SHEETS} bladen av {content.pages} har lästs.")
    finally:
        book.close()
    return content


def _lacks_values(archive: zipfile.ZipFile) -> bool:
    """Whether some cell has a formula but no saved value."""
    sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    return any(NO_VALUE.search(office.read_member(archive, name, "XLSX") or b"") for name in sheets[:MAX_SHEETS])


def _sheet(sheet: Any, number: int, content: Content) -> Iterator[Piece]:
    title = clean(str(sheet.title))
    yield Piece("heading", title, number, 0)
    # The size that a file states may be a lie of 17 billion cells: the rows say themselves how far they go.
    sheet.reset_dimensions()
    empty = 0
    for row, values in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS, values_only=True), start=1):
        text = cells(map(_shown, values))
        empty = 0 if text else empty + 1
        if row > MAX_ROWS or empty > MAX_EMPTY:
            content.notes.append(f"Bladet {title} har lästs till och med rad {row - empty - (row > MAX_ROWS)}.")
            return
        if text:
            yield Piece("row", text, number, row)


def _shown(value: Any) -> str:
    """A stored value as Swedish Excel shows it, in its plainest form."""
    match value:
        case None:
            return ""
        case bool():
            return "SANT" if value else "FALSKT"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).replace(".", ",")
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.datetime():
            return value.isoformat(" ", "minutes")
        case _:
            return clean(str(value))
