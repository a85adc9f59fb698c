"""Enterprises from files: JSON lines, CSV or XLSX, the same row in each.

In CSV and XLSX a nested field is a column with a dot (`reach.municipalities`) or a cell with a JSON object (`reach`);
a list is a cell with one item a line, or items parted by `;`, or a JSON list.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import BaseModel, ValidationError

from config.errors import InputError
from register.models import Enterprise, SetAside

MAX_BYTES = 50_000_000
TRUE_WORDS = {"true", "1", "yes", "ja", "sant", "x"}
FALSE_WORDS = {"false", "0", "no", "nej", "falskt", ""}


@dataclass(frozen=True)
class ReadRow:
    """One good row: where it stood, the enterprise, and fields that are not known (they are left out)."""

    line: int
    enterprise: Enterprise
    unknown: tuple[str, ...]


def read(path: Path) -> Iterator[ReadRow | SetAside]:
    """Read each row of a file, by its ending (.jsonl, .json, .ndjson, .csv, .tsv, .xlsx).

    A row that does not fit is a SetAside with its line and field. Raises InputError when the file as a whole can't
    be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(path.name, None, f"can't be read: {error.strerror}. Check the name.") from None
    if size > MAX_BYTES:
        raise InputError(path.name, None, f"is larger than {MAX_BYTES // 1_000_000} MB. Split it.")
    match path.suffix.lower():
        case ".jsonl" | ".ndjson" | ".json":
            rows = _json_lines(path)
        case ".csv" | ".tsv" | ".txt":
            rows = _csv(path)
        case ".xlsx":
            rows = _xlsx(path)
        case other:
            raise InputError(path.name, None, f"has the unknown ending {other!r}. Use .jsonl, .csv or .xlsx.")
    for line, row in rows:
        yield row if isinstance(row, SetAside) else check(row, path.name, line)


def check(row: Mapping[str, Any], name: str, line: int) -> ReadRow | SetAside:
    """Turn one row into an Enterprise, or say which field is wrong."""
    known, unknown = _known(row, Enterprise, "")
    try:
        return ReadRow(line, Enterprise.model_validate(known), tuple(unknown))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = "is missing" if first["type"] == "missing" else f"{first['msg']} (is {_short(first['input'])})"
        return SetAside(item=f"{name} line {line}", field=field, reason=reason)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _known(row: Mapping[str, Any], model: type[BaseModel], prefix: str) -> tuple[dict[str, Any], list[str]]:
    """Split a row into the model's fields and the names that it does not know, also within nested objects."""
    known: dict[str, Any] = {}
    unknown: list[str] = []
    for key, value in row.items():
        field = model.model_fields.get(key)
        if field is None:
            unknown.append(prefix + key)
            continue
        inner = field.annotation
        if isinstance(value, Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
            known[key], more = _known(value, inner, f"{prefix}{key}.")
            unknown += more
        elif value is not None:
            known[key] = value
    return known, unknown


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | SetAside]]:
    text = _text(path)
    if text.lstrip().startswith("["):
        try:
            objects = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(path.name, None, f"is no JSON: {error.msg} at line {error.lineno}") from None
        yield from ((number, _object(path, number, item)) for number, item in enumerate(objects, start=1))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            reason = f"is no JSON object: {error}"
            yield number, SetAside(item=f"{path.name} line {number}", field=None, reason=reason)
            continue
        yield number, _object(path, number, item)


def _object(path: Path, number: int, item: Any) -> dict[str, Any] | SetAside:
    if isinstance(item, dict):
        return item
    return SetAside(item=f"{path.name} line {number}", field=None, reason="is no JSON object")


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any] | SetAside]]:
    text = _text(path)
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(reader)]
    except StopIteration:
        return
    before = reader.line_num
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, _from_cells(names, cells, path.name, line)
    except csv.Error as error:
        reason = f"{error}; the rest of the file was not read"
        yield before + 1, SetAside(item=f"{path.name} line {before + 1}", field=None, reason=reason)


def _xlsx(path: Path) -> Iterator[tuple[int, dict[str, Any] | SetAside]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > 20 * MAX_BYTES:
                raise InputError(path.name, None, "unpacks to more than 1 GB. Save it anew with only the table.")
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InputError(path.name, None, f"is no XLSX workbook: {error}") from None
    try:
        sheet = book.worksheets[0]
        names: list[str] = []
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            values = ["" if cell is None else str(cell) for cell in cells]
            if not any(value.strip() for value in values):
                continue
            if not names:
                names = [value.strip() for value in values]
            else:
                yield line, _from_cells(names, values, path.name, line)
    finally:
        book.close()


def _from_cells(names: list[str], cells: list[str], file_name: str, line: int) -> dict[str, Any] | SetAside:
    row: dict[str, Any] = {}
    for name, cell in zip(names, map(str.strip, cells), strict=False):
        if not name or not cell:
            continue
        try:
            _put(row, name.split("."), cell)
        except (ValueError, RecursionError) as error:
            return SetAside(item=f"{file_name} line {line}", field=name, reason=str(error))
    return row


def _put(row: dict[str, Any], path: list[str], cell: str) -> None:
    """Set one cell in the nested row, typed by the model that it belongs to."""
    model: type[BaseModel] = Enterprise
    for part in path[:-1]:
        field = model.model_fields.get(part)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
        row = row.setdefault(part, {})
    else:
        field = model.model_fields.get(path[-1])
        row[path[-1]] = _value(cell, field.annotation if field else str)
        return
    row[".".join(path)] = cell


def _value(cell: str, annotation: Any) -> Any:
    if get_origin(annotation) is tuple:
        if cell.startswith("["):
            return json.loads(cell)
        parts = cell.splitlines() if "\n" in cell else cell.split(";")
        return [part.strip() for part in parts if part.strip()]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return json.loads(cell)
    if annotation is bool:
        if cell.casefold() in TRUE_WORDS:
            return True
        if cell.casefold() in FALSE_WORDS:
            return False
        raise ValueError(f"{cell!r} is neither yes nor no")
    return cell


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel in Sweden writes when it is asked for plain CSV.
        return data.decode("cp1252", errors="replace")
