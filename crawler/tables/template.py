"""The empty table for users: all columns with one example row, as CSV for Swedish Excel or as XLSX with a sheet that
explains each column.
"""

import csv
import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from crawler.tables import columns

RISKY = re.compile(r"^\s*[=+\-@\t\r]")
"""How cells begin that a spreadsheet would take for a formula (OWASP, CSV Injection)."""
EXPLAINED = ("Kolumn", "På engelska", "Måste fyllas i", "Vad som ska stå där", "Exempel")
ABOUT = "Raden med nummer 99… är ett exempel: ta bort den. Kolumner med * måste fyllas i; de andra får vara tomma."


def csv_bytes() -> bytes:
    """The template as CSV."""
    return write_csv(_rows())


def write_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as Swedish Excel reads CSV: UTF-8 with a byte order mark, semicolons. Cells that would be formulas get an
    apostrophe before them, which `sheets` takes away again.
    """
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([[safe(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if RISKY.match(cell) else cell


def xlsx_bytes() -> bytes:
    """The template as XLSX: the table, and a sheet that explains each column."""
    book = Workbook()
    table = book.worksheets[0]
    table.title = "Annonser"
    _fill(table, _rows())
    explained = book.create_sheet("Kolumner")
    rows = [
        (column.shown, column.english, "ja" if column.required else "", column.explain, column.example)
        for column in columns.load().columns.values()
    ]
    _fill(explained, [EXPLAINED, *rows, (), (ABOUT,)])
    for letter, width in zip("ABCDE", (26, 22, 16, 90, 40), strict=True):
        explained.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows() -> list[list[str]]:
    own = columns.load().columns.values()
    return [[column.shown for column in own], [column.example for column in own]]


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]]) -> None:
    """Put rows in as texts, so that nothing becomes a formula or a day in another form; the first row is the head."""
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            assert isinstance(cell, Cell)
            cell.value = value
            cell.data_type = "s"
            cell.number_format = "@"
            if number == 1:
                cell.font = Font(bold=True)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                sheet.column_dimensions[cell.column_letter].width = max(14, len(value) + 2)
    sheet.freeze_panes = "A2"
