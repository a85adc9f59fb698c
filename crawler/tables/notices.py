"""A row's cells, by field, to a notice; rows with the same number are its lots (pure)."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from config.errors import InputError
from crawler.tables import cells, columns
from register.models import WHOLE_LOT, Buyer, Codes, Lot, Notice

T = TypeVar("T")
MAX_TITLE = 500
OF_NOTICE = ("title", "buyer", "org_number", "reference", "kind", "published", "description", "link")
"""Fields that rows of the same number share; a later row may leave them empty."""
SHARED = ("deadline", "questions", "documents", "nature", "months", "start", "end")
"""Fields of lots that a later row takes from the first where it leaves them empty."""

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Filled:
    """The cells of one row by field, without empty ones. item: what it is called in messages."""

    item: str
    cells: Cells


def number_of(row: Cells, prefix: str) -> str:
    """The row's own number, or `<prefix>-<10 hex>` from what tells it from others: buyer, title, reference, link, day
    of publication. So a mended deadline is a change of the same notice.
    """
    if row.get("number"):
        return row["number"]
    names = ("org_number", "buyer", "title", "reference", "link", "published")
    content = "\n".join(re.sub(r"\s+", " ", row.get(name, "")).strip().casefold() for name in names)
    digest = hashlib.sha256(content.encode()).hexdigest()
    # Numbers that begin with 99 are those of invented examples.
    start = next(start for start in range(0, 50, 10) if not digest[start:].startswith("99"))
    return f"{prefix}-{digest[start : start + 10]}"


def check(row: Filled) -> None:
    """Raises InputError for a row that could be no notice of its own and no lot: the first field that is wrong."""
    lot(row, {}, 1, single=True)
    _buyer(row)
    for field, read in (("kind", cells.kind), ("published", cells.day), ("link", cells.link)):
        _read(row, field, read)


def notice(rows: Sequence[Filled], *, number: str, origin: str) -> Notice:
    """The notice of rows that have passed `check`, the first of which has title and buyer. Raises InputError."""
    first = rows[0]
    form, closed = _read(first, "kind", cells.kind) or ("competition", False)
    lots = tuple(lot(row, first.cells, place, single=len(rows) == 1) for place, row in enumerate(rows, start=1))
    try:
        return Notice(
            publication_number=number,
            origin=origin,
            form_type=form,
            title=first.cells["title"][:MAX_TITLE],
            description=first.cells.get("description", ""),
            buyer=_buyer(first),
            nature=lots[0].nature,
            cpv=tuple(dict.fromkeys(code for own in lots for code in own.cpv)),
            places=tuple(dict.fromkeys(place for own in lots for place in own.places)),
            published=_read(first, "published", cells.day),
            closed=closed,
            # A person has copied some fields: what a portal tells in full of the same number counts for more.
            reading="short",
            link=_read(first, "link", cells.link) or "",
            lots=lots,
        )
    except ValidationError as error:
        raise InputError(first.item, str(error.errors()[0]["loc"][0]), error.errors()[0]["msg"]) from error


def lot(row: Filled, first: Cells, place: int, *, single: bool) -> Lot:
    """One row as a lot; `place` numbers it from 1 where it has no number. Raises InputError."""
    whole = {name: first[name] for name in SHARED if name in first}
    row = Filled(row.item, {**whole, **row.cells})
    own = row.cells
    deadline = _read(row, "deadline", cells.deadline)
    reserved = _read(row, "reserved", cells.yes)
    return Lot(
        id=_lot_id(own.get("lot", ""), place, single),
        title=(own.get("lot_title") or own.get("title") or first.get("title", ""))[:MAX_TITLE],
        description=own.get("lot_description") or own.get("description", "") or first.get("description", ""),
        nature=_read(row, "nature", cells.nature),
        cpv=_read(row, "cpv", cells.codes) or (),
        places=_read(row, "place", cells.places) or (),
        value=_read(row, "value", cells.money),
        duration_months=_read(row, "months", cells.months),
        start=_read(row, "start", cells.day),
        end=_read(row, "end", cells.day),
        deadline=deadline,
        open_ended="deadline" in own and deadline is None,
        question_deadline=_read(row, "questions", cells.day),
        codes=Codes(reserved_participation=None if reserved is None else "res-ws" if reserved else "none"),
        performance_terms=(own["terms"],) if "terms" in own else (),
        notes=(f"Köparens referens: {own['reference']}",) if "reference" in own else (),
        documents_url=_read(row, "documents", cells.link),
    )


def _lot_id(own: str, place: int, single: bool) -> str:
    number = re.fullmatch(r"(?:LOT-?|del(?:en)?|lot|nr|#)?\s*(\d{1,4})", own, re.IGNORECASE)
    if number:
        return f"LOT-{int(number[1]):04d}"
    return own[:60] or (WHOLE_LOT if single else f"LOT-{place:04d}")


def _buyer(row: Filled) -> Buyer:
    return Buyer(name=row.cells.get("buyer", "")[:MAX_TITLE], org_number=_read(row, "org_number", cells.org_number))


def _read(row: Filled, field: str, read: Callable[[str], T]) -> T | None:
    """What a cell says; None for an empty one. Raises InputError with the cell's head."""
    cell = row.cells.get(field, "")
    if not cell:
        return None
    try:
        return read(cell)
    except (ValueError, OverflowError) as error:
        raise InputError(row.item, head(field), f"{_short(cell)!r} {error}") from None


def head(field: str) -> str:
    """What a field is called in messages."""
    return columns.load().columns[field].head


def _short(cell: Any) -> str:
    text = str(cell)
    return text if len(text) <= 60 else f"{text[:57]}..."
