"""Rows as a file that a spreadsheet opens: every cell is a text, none a formula."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from crawler.tables.template import safe, write_csv
from register.models import CONTROL

LONGEST_CELL = 32_000
"""Characters; Excel takes 32,767."""
WIDTH = 24


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """CSV as Swedish Excel reads it: UTF-8 with a byte order mark, semicolons."""
    return write_csv([header, *rows])


def xlsx_bytes(header: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> bytes:
    """One sheet. title: of the sheet, at most 31 characters without []:*?/\\."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for column in range(len(header)):
        sheet.column_dimensions[chr(ord("A") + column)].width = WIDTH

    def cell(text: str, *, bold: bool = False) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet, value=safe(CONTROL.sub("", text))[:LONGEST_CELL])
        # Whatever openpyxl takes it for, it is a text.
        made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(text, bold=True) for text in header])
    for row in rows:
        sheet.append([cell(text) for text in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
