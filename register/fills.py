"""How often each field was filled in the notices of each run: a parser that loses a field is seen by it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from register.database import Register
from register.models import Notice


@dataclass(frozen=True)
class Fill:
    """Of `total` notices, `filled` had the field."""

    filled: int
    total: int

    @property
    def rate(self) -> float:
        """0..1; 0 where there was none."""
        return self.filled / self.total if self.total else 0.0


def put(register: Register, run: int, source: str, fills: Mapping[str, Fill]) -> None:
    """Store the fills of a run, by field; again for the same run replaces them."""
    register.db.table("fill_rates").upsert_all(
        (
            {"run": run, "source": source, "field": field, "filled": fill.filled, "total": fill.total}
            for field, fill in fills.items()
        ),
        pk=("run", "field"),
    )


def history(register: Register, source: str, *, before: int) -> dict[str, list[Fill]]:
    """The fills of a source's earlier runs (ids under `before`) by field, oldest run first."""
    found: dict[str, list[Fill]] = {}
    rows = register.db.query(
        "SELECT field, filled, total FROM fill_rates WHERE source = ? AND run < ? ORDER BY field, run", [source, before]
    )
    for row in rows:
        found.setdefault(row["field"], []).append(Fill(row["filled"], row["total"]))
    return found


def notices_of(register: Register, run: int) -> Iterator[Notice]:
    """The notices that a run brought in or found again."""
    rows = register.db.query(
        """
        SELECT data FROM run_items JOIN notices ON publication_number = item
        WHERE run = ? AND outcome IN ('new', 'changed', 'unchanged') ORDER BY item
        """,
        [run],
    )
    for row in rows:
        yield Notice.model_validate_json(row["data"])
