"""Open data on social clauses as a file: CSV with a row for each clause of each tender, or JSON; written and read back.

docs/open-data.md describes both for readers.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any, get_args

from config.errors import InputError
from crawler.tables.template import RISKY, write_csv
from register import clause_stats, market
from register.models import EXAMPLE_NUMBER, Polarity, SetAside, clean_text
from register.open_data import READINGS, WITNESSES, Tender

FORMAT, VERSION = "anbudslots-open-data", 1
COLUMNS = ("number", "buyer", "org_number", "county", "cpv", "published", "read", "clause", "polarity", "witness")
MOST = 2_000_000
"""Rows of a file that are read."""
LONGEST = 500
"""Characters of a field."""


def as_csv(tenders: Sequence[Tender]) -> bytes:
    """A row for each clause of each tender, and one with empty clause for a tender that has none."""
    return write_csv([COLUMNS, *(row for one in tenders for row in _rows(one))])


def _rows(one: Tender) -> Iterator[list[str]]:
    start = [one.number, one.buyer, one.org, clause_stats.KEYS["county"](one), one.cpv, one.published, one.reading]
    for clause, polarity in sorted(one.clauses.items()):
        yield [*start, clause, polarity, one.witness.get(clause, "")]
    if not one.clauses:
        yield [*start, "", "", ""]


def as_json(tenders: Sequence[Tender]) -> bytes:
    """An object with what the file is, and the tenders."""
    rows = [
        {
            "number": one.number,
            "buyer": one.buyer,
            "org_number": one.org,
            "county": clause_stats.KEYS["county"](one),
            "cpv": one.cpv,
            "published": one.published,
            "read": one.reading,
            "clauses": [
                {"clause": clause, "polarity": polarity, "witness": one.witness.get(clause, "")}
                for clause, polarity in sorted(one.clauses.items())
            ],
        }
        for one in tenders
    ]
    told = {"format": FORMAT, "version": VERSION, "attribution": market.ATTRIBUTION, "tenders": rows}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def read(data: bytes, name: str) -> tuple[list[Tender], list[SetAside]]:
    """The tenders of a file in either form; a tender that can't be used is set aside.

    Raises InputError for a file that is neither.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(name, None, f"is no UTF-8: {error}") from error
    parts = _of_json(text, name) if text.lstrip().startswith("{") else _of_csv(text, name)
    found: list[Tender] = []
    aside: list[SetAside] = []
    for item, make in parts:
        try:
            found.append(make())
        except (ValueError, KeyError, TypeError) as error:
            aside.append(SetAside(item=item, reason=str(error)[:200]))
    return found, aside


Part = tuple[str, Callable[[], Tender]]


def _of_json(text: str, name: str) -> Iterable[Part]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(name, None, f"is no JSON: {error}") from error
    if told.get("format") != FORMAT or told.get("version") != VERSION or not isinstance(told.get("tenders"), list):
        raise InputError(name, "format", f"is no {FORMAT} of version {VERSION}")
    for number, row in enumerate(told["tenders"], start=1):
        yield f"{name} tender {number}", partial(_of_row, row)


def _of_row(row: dict[str, Any]) -> Tender:
    return _tender(row, row["clauses"])


def _of_csv(text: str, name: str) -> Iterable[Part]:
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(name, "columns", f"has to have the columns {'; '.join(COLUMNS)}")
    groups: dict[str, list[dict[str, str]]] = {}
    lines: dict[str, int] = {}
    try:
        for row in reader:
            if reader.line_num > MOST:
                raise InputError(name, None, f"has more than {MOST} rows")
            plain = {key: _plain(value) for key, value in row.items() if isinstance(value, str)}
            groups.setdefault(plain.get("number", ""), []).append(plain)
            lines.setdefault(plain.get("number", ""), reader.line_num)
    except csv.Error as error:
        raise InputError(name, f"line {reader.line_num}", str(error)) from error
    for number, rows in groups.items():
        yield f"{name} line {lines[number]}", partial(_tender, rows[0], [row for row in rows if row.get("clause")])


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and RISKY.match(cell[1:]) else cell


def _tender(row: dict[str, Any], clauses: list[dict[str, Any]]) -> Tender:
    """Raises ValueError, KeyError or TypeError for what can't be used."""
    text = {name: _text(row, name) for name in COLUMNS[:7]}
    if not text["number"]:
        raise ValueError("number: is missing")
    if text["published"]:
        date.fromisoformat(text["published"])
    if text["read"] not in READINGS:
        raise ValueError(f"read: {text['read']!r} is none of {', '.join(READINGS)}")
    polarities: dict[str, str] = {}
    witnesses: dict[str, str] = {}
    for own in clauses:
        clause, polarity, witness = (_text(own, name) for name in COLUMNS[7:])
        if not clause or polarity not in get_args(Polarity) or witness not in WITNESSES:
            raise ValueError(f"clause: {clause!r} {polarity!r} {witness!r} can't be read")
        polarities[clause], witnesses[clause] = polarity, witness
    return Tender(
        number=text["number"],
        buyer=text["buyer"],
        org=text["org_number"],
        cpv=text["cpv"],
        published=text["published"],
        reading=text["read"],
        clauses=polarities,
        witness=witnesses,
        example=bool(EXAMPLE_NUMBER.match(text["number"])),
    )


def _text(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(f"{name}: {str(value)[:40]!r} is no text of at most {LONGEST} characters")
    return str(clean_text(value))
