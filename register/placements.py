"""Where the work of each lot in the register is done, kept with its evidence."""

from collections.abc import Mapping, Sequence

from register import placing
from register.database import Register
from register.models import Notice
from register.placing import LotPlace


def rows(notice: Notice) -> list[dict[str, str]]:
    """Rows of `lot_places` (pure): where the work of each lot is done."""
    return [
        {
            "publication_number": notice.publication_number,
            "lot": lot.id,
            "rules": placing.version(),
            "data": placing.locate(notice, lot).model_dump_json(),
        }
        for lot in notice.lots
    ]


def put(register: Register, publication_number: str, places: Sequence[Mapping[str, str]]) -> None:
    """Store `rows` in place of what was stored for the notice."""
    register.db.execute("DELETE FROM lot_places WHERE publication_number = ?", [publication_number])
    register.insert_all("lot_places", places)


def of(register: Register, publication_number: str) -> dict[str, LotPlace]:
    """Where the work of each lot of a notice is done, by lot id, by today's rules also where `renew` has yet to run."""
    found = list(
        register.db.query(
            """
            SELECT l.lot, p.rules, p.data FROM lots l
            LEFT JOIN lot_places p ON p.publication_number = l.publication_number AND p.lot = l.lot
            WHERE l.publication_number = ? ORDER BY l.lot
            """,
            [publication_number],
        )
    )
    if all(row["rules"] == placing.version() for row in found):
        return {row["lot"]: LotPlace.model_validate_json(row["data"]) for row in found}
    notice = _notice(register, publication_number)
    return {lot.id: placing.locate(notice, lot) for lot in sorted(notice.lots, key=lambda lot: lot.id)}


def renew(register: Register) -> int:
    """Place anew the lots of notices that today's rules and names have not placed; returns how many notices."""
    waiting = [
        row["publication_number"]
        for row in register.db.query(
            """
            SELECT DISTINCT l.publication_number FROM lots l
            LEFT JOIN lot_places p ON p.publication_number = l.publication_number AND p.lot = l.lot
            WHERE p.rules IS NOT ? ORDER BY 1
            """,
            [placing.version()],
        )
    ]
    with register.atomic():
        for number in waiting:
            put(register, number, rows(_notice(register, number)))
    return len(waiting)


def _notice(register: Register, number: str) -> Notice:
    row = next(iter(register.db.query("SELECT data FROM notices WHERE publication_number = ?", [number])))
    return Notice.model_validate_json(row["data"])
