"""A notice pasted as text: what stands after known labels ("Köpare:", "Sista anbudsdag:"), the title, and the rest.

What comes out are cells by field, as of one row of a table, so that both are read in one way.
"""

import re
from collections.abc import Mapping

from config.errors import InputError
from crawler.mails import portals
from crawler.tables import columns, template

MAX_TEXT = 30_000
"""Letters: a notice's own text, not its documents."""
LABELLED = re.compile(r"^(?P<label>[^:\t]{2,60}?)\s*(?::|\t)\s*(?P<value>.*)$")
ADDRESS = re.compile(r"^https?://\S+$", re.IGNORECASE)
MANY = ("cpv", "place")
"""Fields whose further lines count too."""


def read(text: str) -> dict[str, str]:
    """Cells by field. The first line without a label is the title where none is labelled, a bare address the link;
    other such lines are the description, and lines after labels that name persons are left out. Raises InputError where
    it is too long.
    """
    if len(text) > MAX_TEXT:
        raise InputError(
            "the text", None, f"has more than {MAX_TEXT} letters: paste the notice, and add documents as files"
        )
    passed = {columns.fold(name) for name in portals.words().labels["passed_over"]}
    cells: dict[str, str] = {}
    loose: list[str] = []
    open_field: str | None = None
    skip_next = False
    for raw in text.splitlines():
        line = re.sub(r"[^\S\t]+", " ", raw.replace("\xa0", " ")).strip()
        match = LABELLED.match(line)
        label, value = (match["label"], match["value"].strip()) if match else (line, "")
        field = columns.field_of(label)
        if field and (match or _alone(label)):
            open_field = None if value and field != "description" else field
            skip_next = False
            _put(cells, field, value)
        elif columns.fold(label) in passed:
            open_field, skip_next = None, not value
        elif not line:
            open_field = open_field if open_field == "description" or not cells.get(open_field or "") else None
            loose.append("")
        elif open_field:
            _put(cells, open_field, line)
            open_field = open_field if open_field == "description" else None
        elif skip_next:
            skip_next = False
        elif ADDRESS.match(line):
            _put(cells, "link", line)
        else:
            loose.append(line)
    first = next((line for line in loose if line), "")
    if first and "title" not in cells:
        cells["title"] = first
        loose.remove(first)
    rest = re.sub(r"\n{3,}", "\n\n", "\n".join(loose)).strip()
    description = "\n\n".join(part for part in (cells.get("description", ""), rest) if part)
    return {field: cell for field, cell in {**cells, "description": description}.items() if cell}


def row(cells: Mapping[str, str]) -> bytes:
    """The cells as a table of one row, as it is kept and read."""
    table = columns.load().columns
    names = [field for field in table if cells.get(field)]
    required = [field for field, column in table.items() if column.required and field not in names]
    names = [*names, *required]
    return template.write_csv([[table[name].head for name in names], [cells.get(name, "") for name in names]])


def _alone(label: str) -> bool:
    """Whether a line without a colon is a label: the next line has its value, as copied tables have it. Short words
    that are titles too are none.
    """
    return columns.field_of(label) in ("buyer", "deadline", "published", "cpv", "place", "reference", "description")


def _put(cells: dict[str, str], field: str, value: str) -> None:
    known = cells.get(field, "")
    if not value:
        return
    if known and field not in (*MANY, "description"):
        return
    cells[field] = f"{known}\n{value}" if known else value
