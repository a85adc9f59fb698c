"""Written cases of cooperation and reservation: tests/examples/<kind>/<case>/case.yaml to an index and profiles.

tender: title, description, places, value_per_year, and lots, which are titles or have fields of their own; clause: a
finding that is given, where it is not to be read from the text. enterprises: by id, each with what it does and where.
"""

from pathlib import Path
from typing import Any

import yaml

from matcher import index, profile, signals
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.screening import reader
from register.models import Codes, Enterprise, Finding, Lot, Money, Notice, Place
from tests.conftest import WordEncoder, make_notice
from tests.matcher.test_ranking import ranker

EXAMPLES = Path(__file__).parents[1] / "examples"
NUMBER = "990001-2026"


def names(kind: str) -> list[str]:
    return sorted(path.name for path in (EXAMPLES / kind).iterdir() if path.is_dir())


def read(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / kind / name / "case.yaml").read_text(encoding="utf-8"))
    return found


def to_notice(row: dict[str, Any]) -> Notice:
    own = [{"title": lot} if isinstance(lot, str) else lot for lot in row.get("lots", [{}])]
    lots = tuple(to_lot(f"LOT-{number:04}", {**row, **lot}) for number, lot in enumerate(own, start=1))
    return make_notice(NUMBER, title=row["title"], buyer={"name": "Exempelbolaget"}, lots=lots)


def to_lot(identity: str, row: dict[str, Any]) -> Lot:
    return Lot(
        id=identity,
        title=row["title"],
        description=row.get("description", ""),
        places=tuple(Place(city=city) for city in row.get("places", ())),
        value=Money(amount=row["value_per_year"]) if "value_per_year" in row else None,
        duration_months=12,
        codes=Codes(reserved_participation="res-ws" if row.get("reserved") else None),
    )


def to_enterprise(identity: str, row: dict[str, Any]) -> Enterprise:
    return Enterprise.model_validate(
        {
            "id": identity,
            "name": row.get("name", f"Företaget {identity}"),
            "municipality": row["reach"][0],
            "capabilities": row["does"],
            "reach": {"municipalities": row["reach"]},
            "capacity": {"largest_contract_sek_per_year": row.get("largest")},
            "cooperation": {"joint_bids": row.get("joint_bids", True), "subcontract": row.get("subcontract", True)},
        }
    )


def to_finding(row: dict[str, Any]) -> Finding:
    return Finding(
        clause=row["clause"], polarity="affirmed", start=0, end=len(row["quote"]), quote=row["quote"],
        legal_basis="LOU 17 kap. 1 §", rule="r@1", confidence=0.9, effect="partner",
    )  # fmt: skip


def prepare(case: dict[str, Any], words: WordEncoder) -> tuple[LotIndex, list[Profile], dict[str, list[float]]]:
    """Index of the tender, profiles, and for each enterprise how surely its work fits each lot: as surely as they
    share a trade."""
    tender = case["tender"]
    notice = to_notice(tender)
    found = [to_finding(tender["clause"])] if "clause" in tender else reader.read_notice(notice)
    built = index.build([notice], {NUMBER: found}, words)
    profiles = [profile.build(to_enterprise(i, row), words, built.analyser) for i, row in case["enterprises"].items()]
    work = {own.enterprise.id: list(ranker().work(signals.matrix(own, built))) for own in profiles}
    return built, profiles, work
