"""Notices for the tests of joining, from the short rows of tests/examples/joins."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from register.models import Buyer, Lot, Notice

EXAMPLES = Path(__file__).parent / "examples" / "joins"
ZONE = ZoneInfo("Europe/Stockholm")


def pairs(name: str) -> list[dict[str, Any]]:
    """The pairs of a file: id, same, why, a, b, and missed where the rules are known to get it wrong."""
    found = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    return [dict(pair) for pair in found]


def read(row: Mapping[str, Any]) -> Notice:
    """The notice of a row; pairs.yaml explains the fields."""
    deadline = row.get("deadline")
    lots = row.get("lots") or [row["title"]]
    own: dict[str, Any] = {}
    further = [[buyer, None] if isinstance(buyer, str) else buyer for buyer in row.get("buyers", ())]
    if further and "buyers" not in Notice.model_fields:
        row = {**row, "text": "Upphandlas för " + " och ".join(str(name) for name, _ in further)}
    elif further:
        own["buyers"] = tuple(Buyer(name=name, org_number=org) for name, org in further)
    return Notice(
        publication_number=row["number"],
        origin=row.get("origin", "ted"),
        form_type=row.get("form", "competition"),
        procedure_id=row.get("procedure"),
        notice_id=row.get("notice_id"),
        version=row.get("version"),
        changes_notice=row.get("changes"),
        change_reason=row.get("reason"),
        title=row["title"],
        description=row.get("text", ""),
        buyer=Buyer(name=row["buyer"], org_number=row.get("org")),
        published=row["published"] if isinstance(row.get("published"), date) else None,
        closed=row.get("reason") == "cancel" or row.get("form") == "result" or row.get("origin") == "uhm",
        reading=row.get("reading", "full"),
        lots=tuple(
            Lot(
                id=f"LOT-{place:04}" if len(lots) > 1 else "LOT-0000",
                title=title,
                deadline=datetime.fromisoformat(str(deadline)).replace(tzinfo=ZONE) if deadline else None,
                open_ended=bool(row.get("open_ended")),
                documents_url=row.get("url"),
            )
            for place, title in enumerate(lots, start=1)
        ),
        **own,
    )
