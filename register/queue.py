"""What waits for a person's judgement: matches that nobody, or nobody but the others, has said a word on."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Match


class Waiting(NamedTuple):
    """A match that waits. probability: of being worth a look, None where it was not reckoned; asked_by: who wants a
    second opinion, "" for nobody.
    """

    enterprise: str
    notice: str
    lot: str
    title: str
    buyer: str
    score: float
    probability: float | None
    deadline: datetime | None
    asked_by: str

    @property
    def key(self) -> tuple[str, str, str]:
        """(enterprise, publication number, lot)."""
        return (self.enterprise, self.notice, self.lot)


def waiting(
    register: Register, enterprises: Iterable[str], *, who: str, floor: float, now: datetime, most: int
) -> list[Waiting]:
    """Open matches with a score of `floor` or more that wait for `who`: of each enterprise at most its best `most`.

    What somebody has judged waits no longer, unless a second opinion is asked: then for those who have not said theirs.
    """
    values = {"floor": floor, "who": who, "now": stamp(now), "most": most}
    # One question an enterprise: so the index on scores gives its best ones without a look at the others.
    return [
        _waiting(row)
        for enterprise in enterprises
        for row in register.db.query(_WAITING, values | {"enterprise": enterprise})
    ]


_WAITING = """
    SELECT m.enterprise, m.publication_number, m.lot, n.title, n.buyer, m.score,
           json_extract(m.data, '$.probability') AS probability, l.deadline, coalesce(s.asked_by, '') AS asked_by
    FROM matches m
    JOIN notices n ON n.publication_number = m.publication_number
    JOIN lots l ON l.publication_number = m.publication_number AND l.lot = m.lot
    LEFT JOIN second_opinions s
        ON s.enterprise = m.enterprise AND s.publication_number = m.publication_number AND s.lot = m.lot
    WHERE m.enterprise = :enterprise AND m.scope = 'open' AND m.score >= :floor
      AND n.superseded_by IS NULL AND n.gone IS NULL AND (l.deadline IS NULL OR l.deadline > :now)
      AND NOT EXISTS (
        SELECT 1 FROM judgements j
        WHERE j.enterprise = m.enterprise AND j.publication_number = m.publication_number AND j.lot = m.lot
          AND j.withdrawn IS NULL AND (j.who = :who OR s.asked_by IS NULL))
    ORDER BY m.score DESC LIMIT :most
"""


def _waiting(row: dict[str, Any]) -> Waiting:
    return Waiting(
        row["enterprise"],
        row["publication_number"],
        row["lot"],
        row["title"],
        row["buyer"],
        row["score"],
        row["probability"],
        read_stamp(row["deadline"]) if row["deadline"] else None,
        row["asked_by"],
    )


def place(register: Register, match: Match) -> int:
    """Where an open match stands in its enterprise's list: 1 is the best."""
    rows = register.db.query(
        "SELECT count(*) AS n FROM matches WHERE enterprise = ? AND scope = 'open' AND score > ?",
        [match.enterprise, match.score],
    )
    return int(next(iter(rows))["n"]) + 1


def ask_second_opinion(register: Register, enterprise: str, notice: str, lot: str, *, by: str, at: datetime) -> None:
    """Let a lot wait for the other advisers too; asked again it changes nothing."""
    with register.atomic():
        register.db.execute(
            "INSERT INTO second_opinions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [enterprise, notice, lot, by, stamp(at)],
        )


def disagreed(register: Register, enterprises: Iterable[str], *, limit: int = 20) -> list[tuple[str, str, str]]:
    """(enterprise, publication number, lot) where one person's last word is yes and another's no; newest first."""
    rows = register.db.query(
        """
        WITH words AS (
            SELECT j.*, row_number() OVER (
                PARTITION BY enterprise, publication_number, lot, who ORDER BY j.at DESC, j.id DESC) AS age
            FROM judgements j JOIN json_each(?) e ON j.enterprise = e.value WHERE withdrawn IS NULL)
        SELECT enterprise, publication_number, lot FROM words WHERE age = 1
        GROUP BY enterprise, publication_number, lot
        HAVING sum(answer = 'yes') > 0 AND sum(answer = 'no') > 0
        ORDER BY max(at) DESC, enterprise, publication_number, lot LIMIT ?
        """,
        [json.dumps(sorted(enterprises)), limit],
    )
    return [(row["enterprise"], row["publication_number"], row["lot"]) for row in rows]
