"""A table of notices: rows to notices, several rows with one number to one notice with lots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from config.errors import InputError
from crawler.tables import columns, sheets
from crawler.tables.notices import OF_NOTICE, Filled, check, head, notice, number_of
from register.models import Notice, SetAside

HEAD_WITHIN = 10
"""Rows in which the heads are looked for: titles and "sep=;" may stand above."""


@dataclass
class Reading:
    """What a table holds. notes: what the user is told of the whole, such as columns that are not known."""

    notices: list[Notice] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(data: bytes, name: str, origin: Literal["table", "hand"] = "table") -> Reading:
    """Read CSV or XLSX. name: what the file is called in messages. Raises InputError where it is no such table."""
    reading = Reading()
    found = sheets.rows(data, name)
    fields = _head(found, name, reading)
    groups: dict[str, list[Filled]] = {}
    for row in found:
        item = f"{name} line {row.line}"
        if row.wrong:
            reading.set_aside.append(SetAside(item=item, reason=row.wrong))
            continue
        named = zip(fields, row.cells, strict=False)
        filled = Filled(item, {known: cell for known, cell in named if known and cell})
        if not filled.cells:
            continue
        try:
            _take(filled, groups, origin)
        except InputError as error:
            reading.set_aside.append(SetAside.of(error))
    for number, rows in groups.items():
        try:
            reading.notices.append(notice(rows, number=number, origin=origin))
        except InputError as error:
            reading.set_aside.append(SetAside.of(error))
    return reading


def _head(found: Iterator[sheets.Row], name: str, reading: Reading) -> list[str | None]:
    """The field of each column, None for those that are not known. Raises InputError."""
    required = [known for known, column in columns.load().columns.items() if column.required]
    closest: list[str | None] = []
    for count, row in enumerate(found, start=1):
        fields = [columns.field_of(cell) for cell in row.cells]
        if all(known in fields for known in required):
            return _once(fields, row, name, reading)
        closest = max(closest, fields, key=lambda names: sum(map(bool, names)))
        if count == HEAD_WITHIN:
            break
    missing = next(known for known in required if known not in closest)
    raise InputError(
        name,
        head(missing),
        "is no column. `anbudslots notices template FILE` writes a table with all columns.",
    )


def _once(fields: Sequence[str | None], row: sheets.Row, name: str, reading: Reading) -> list[str | None]:
    """Each field once; columns that are not known, or come again, are told."""
    kept: list[str | None] = []
    for known, cell in zip(fields, row.cells, strict=True):
        again = known is not None and known in kept
        if cell and known is None:
            reading.notes.append(f"{name}: the column {cell[:60]!r} is not known and was not read.")
        elif again and known:
            reading.notes.append(f"{name}: the column {cell[:60]!r} is {head(known)} once more and was not read.")
        kept.append(None if again else known)
    return kept


def _take(row: Filled, groups: dict[str, list[Filled]], origin: str) -> None:
    """Put a good row with those of its number. Raises InputError."""
    formula = next((known for known, cell in row.cells.items() if cell == sheets.FORMULA), None)
    if formula:
        raise InputError(
            row.item,
            head(formula),
            "is a formula without a stored value, and is not reckoned here: paste its value instead",
        )
    number = number_of(row.cells, origin)
    rows = groups.get(number, [])
    if len(number) > 100:
        raise InputError(row.item, head("number"), "has more than 100 letters")
    if not rows:
        for known, column in columns.load().columns.items():
            if column.required and known not in row.cells:
                raise InputError(row.item, column.head, "is missing: the row can't be used without it")
    check(row)
    if rows:
        _fits(row, rows, number)
    groups.setdefault(number, []).append(row)


def _fits(row: Filled, rows: Sequence[Filled], number: str) -> None:
    """Raises InputError where a further row of a number is no further lot of it."""
    first = rows[0]
    for known in OF_NOTICE:
        mine, theirs = row.cells.get(known), first.cells.get(known)
        if mine and known in ("title", "buyer", "org_number", "kind", "published", "link") and mine != theirs:
            raise InputError(
                row.item, head(known), f"is otherwise than in {first.item}, which has the same number {number}"
            )
    lots = ("lot", "lot_title", "lot_description", "cpv", "place")
    mine_lot = {known: row.cells.get(known) for known in lots}
    for earlier in rows:
        if row.cells.get("lot") and row.cells.get("lot") == earlier.cells.get("lot"):
            raise InputError(row.item, head("lot"), f"stands in {earlier.item} too")
        if mine_lot == {known: earlier.cells.get(known) for known in lots}:
            raise InputError(
                row.item,
                head("number"),
                f"{number} stands in {earlier.item} too: give lots a number each, and other tenders another number",
            )
