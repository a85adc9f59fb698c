"""What waits for a person's judgement: matches that nobody, or nobody but the others, has said a word on."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

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


def waiting(register: Register, enterprises: Iterable[str], *, who: str, floor: float, now: datetime) -> list[Waiting]:
    """Open matches of these enterprises with a score of `floor` or more that wait for `who`, in no order.

    What somebody has judged waits no longer, unless a second opinion is asked: then for those who have not said theirs.
    """
    rows = register.db.query(
        """
        SELECT m.enterprise, m.publication_number, m.lot, n.title, n.buyer, m.score,
               json_extract(m.data, '$.probability') AS probability, l.deadline, coalesce(s.asked_by, '') AS asked_by
        FROM json_each(:enterprises) e
        JOIN matches m ON m.enterprise = e.value AND m.scope = 'open' AND m.score >= :floor
        JOIN notices n ON n.publication_number = m.publication_number
        JOIN lots l ON l.publication_number = m.publication_number AND l.lot = m.lot
        LEFT JOIN second_opinions s
            ON s.enterprise = m.enterprise AND s.publication_number = m.publication_number AND s.lot = m.lot
        WHERE n.superseded_by IS NULL AND n.gone IS NULL AND (l.deadline IS NULL OR l.deadline > :now)
          AND NOT EXISTS (
            SELECT 1 FROM judgements j
            WHERE j.enterprise = m.enterprise AND j.publication_number = m.publication_number AND j.lot = m.lot
              AND j.withdrawn IS NULL AND (j.who = :who OR s.asked_by IS NULL))
        """,
        {"enterprises": json.dumps(sorted(enterprises)), "floor": floor, "who": who, "now": stamp(now)},
    )
    return [
        Waiting(
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
        for row in rows
    ]


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
