"""Awards: who was contracted for what, row by row, as imported; what follows from them is reckoned in `market`."""

from collections import Counter
from collections.abc import Sequence

from register.database import Register
from register.models import Award


def add_all(register: Register, awards: Sequence[Award], *, raw: str) -> Counter[str]:
    """Put awards in, in one transaction; returns how many were new, changed, unchanged.

    The same award with other content replaces the earlier; what a later export no longer holds stays, since an export
    may be of a part. raw: SHA-256 of the file in the archive.
    """
    counts: Counter[str] = Counter()
    with register.atomic():
        for award in awards:
            row = {
                "id": award.id,
                "procurement": award.procurement,
                "lot": award.lot,
                "title": award.title,
                "buyer": award.buyer.name,
                "buyer_org": award.buyer.org_number or "",
                "cpv": award.cpv,
                "published": award.published.isoformat(),
                "supplier": award.supplier,
                "contracts": award.contracts,
                "fingerprint": award.fingerprint(),
                "raw": raw,
                "data": award.model_dump_json(),
            }
            known = next(iter(register.db.query("SELECT fingerprint FROM awards WHERE id = ?", [row["id"]])), None)
            if known and known["fingerprint"] == row["fingerprint"]:
                counts["unchanged"] += 1
                continue
            counts["changed" if known else "new"] += 1
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            register.db.execute(f"INSERT OR REPLACE INTO awards ({names}) VALUES ({values})", row)
    return counts


def count(register: Register) -> int:
    """How many awards there are."""
    return int(next(iter(register.db.query("SELECT count(*) AS n FROM awards")))["n"])
