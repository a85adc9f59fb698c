"""What became of each week of an enterprise: a letter, or the reason for none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from register.clock import read_stamp, stamp
from register.database import Register

WeekOutcome = Literal["letter", "quiet", "unaddressed", "missed"]
"""quiet: nothing to tell; unaddressed: nobody to write to; missed: its time passed while nothing ran."""


@dataclass(frozen=True)
class LetterWeek:
    """period: the ISO week, such as 2026-W48. reason: in the operator's words; empty for a letter."""

    enterprise: str
    period: str
    outcome: WeekOutcome
    reason: str
    at: datetime


def put(
    register: Register, enterprise: str, period: str, outcome: WeekOutcome, *, reason: str = "", at: datetime
) -> None:
    """Note what became of a week; a letter stands whatever is said after it.

    Within a transaction this takes the register for writing, so that what is read after it holds until the end.
    """
    with register.atomic():
        register.db.execute(
            """
            INSERT INTO letter_weeks (enterprise, period, outcome, reason, at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
            WHERE letter_weeks.outcome != 'letter'
            """,
            [enterprise, period, outcome, reason, stamp(at)],
        )


def forget(register: Register, enterprise: str, period: str) -> None:
    """Nothing has become of a week yet; a letter stands."""
    with register.atomic():
        register.db.execute(
            "DELETE FROM letter_weeks WHERE enterprise = ? AND period = ? AND outcome != 'letter'", [enterprise, period]
        )


def latest(register: Register) -> dict[str, LetterWeek]:
    """The last week of each enterprise that something became of, by enterprise."""
    rows = register.db.query(
        """
        SELECT enterprise, max(period) AS period, outcome, reason, at FROM letter_weeks GROUP BY enterprise
        """
    )
    return {row["enterprise"]: _week(row) for row in rows}


def listing(register: Register, *, period: str | None = None, but: Collection[str] = ()) -> list[LetterWeek]:
    """All weeks, or those of one period, latest first; `but`: outcomes left out."""
    rows = register.db.query(
        "SELECT * FROM letter_weeks WHERE period = coalesce(?, period) ORDER BY period DESC, enterprise", [period]
    )
    return [_week(row) for row in rows if row["outcome"] not in but]


def _week(row: dict[str, str]) -> LetterWeek:
    return LetterWeek(row["enterprise"], row["period"], row["outcome"], row["reason"], read_stamp(row["at"]))  # type: ignore[arg-type]
