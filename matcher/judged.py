"""Sets of enterprises and tenders with a reader's judgement of each pair, as config/training holds them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.errors import InputError
from register.models import Buyer, Codes, Enterprise, Lot, Money, Notice, Place


@dataclass(frozen=True)
class Set:
    """work, grade: 0..3 by (enterprise, publication number), pairs that are not there are 0."""

    enterprises: tuple[Enterprise, ...]
    notices: tuple[Notice, ...]
    titles: tuple[Notice, ...]
    """Tenders of which no more is known than title, code and buyer, as in statistics."""
    work: Mapping[tuple[str, str], int]
    """How well the kind of work fits, whatever its place and size."""
    grade: Mapping[tuple[str, str], int]


def read(folder: Path) -> Set:
    """Read enterprises.jsonl, notices.jsonl, titles.jsonl and judgements (`enterprise notice work grade`) of a folder.

    Raises InputError naming the file and line.
    """
    work, grade = {}, {}
    for number, line in enumerate((folder / "judgements").read_text(encoding="utf-8").splitlines(), start=1):
        try:
            enterprise, notice, first, second = line.split()
            work[enterprise, notice], grade[enterprise, notice] = int(first), int(second)
        except ValueError:
            raise InputError(f"judgements line {number}", None, "is not `enterprise notice work grade`") from None
    enterprises, notices, titles = (
        (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for name in ("enterprises", "notices", "titles")
    )
    return Set(
        tuple(Enterprise.model_validate_json(line) for line in enterprises),
        tuple(to_notice(json.loads(line)) for line in notices),
        tuple(to_notice(json.loads(line)) for line in titles),
        work,
        grade,
    )


def to_notice(row: Mapping[str, Any]) -> Notice:
    """A tender of a training set as a notice with one lot."""
    codes = tuple(code[:8] for code in row["cpv"])
    value = Money(amount=row["value_sek"]) if row.get("value_sek") else None
    lot = Lot(
        id="LOT-0000",
        title=row["title"],
        description=row.get("description") or "",
        nature=row.get("nature"),
        cpv=codes,
        places=tuple(Place(city=city) for city in row.get("city") or ()),
        value=value,
        duration_months=row.get("duration_months"),
        codes=Codes(reserved_participation="res-ws" if row.get("reserved") else None),
    )
    return Notice(
        publication_number=row["id"],
        origin="training",
        form_type="competition",
        title=row["title"],
        buyer=Buyer(name=row["buyer"]),
        cpv=codes,
        lots=(lot,),
    )
