"""Golden letters: one folder a case in tests/examples/letters, with input.yaml and expected.yaml (the composed letter).

`python -m tests.notifier.letters FOLDER` writes each as HTML and text, to look at.
"""

import sys
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from config.settings import DigestSettings
from notifier import adviser, choosing, municipality, rendering, weekly
from notifier.adviser import AdviserDigest
from notifier.choosing import Context
from notifier.composed import Composed
from notifier.digest import Candidate, Care, Digest, period_of
from notifier.municipality import MunicipalityDigest
from notifier.rendering import Letter
from register.approvals import Approval
from register.models import Enterprise, Finding, Match, Notice, Reason, Run
from tests.notifier.given import ZONE, finding

FOLDER = Path(__file__).parents[1] / "examples" / "letters"
CASES = sorted(folder.name for folder in FOLDER.iterdir())
SENDER, STOP = "Anbudslots Dalarna (brev@example.org)", "mailto:brev@example.org?subject=STOPP%20token"
REASONS = TypeAdapter(tuple[Reason, ...])


def given(case: str) -> dict[str, Any]:
    """The case's input."""
    return dict(yaml.safe_load((FOLDER / case / "input.yaml").read_text(encoding="utf-8")))


@lru_cache
def composed(case: str) -> Composed:
    """The letter in words."""
    own = given(case)
    match own["kind"]:
        case "adviser":
            return adviser.compose(AdviserDigest.model_validate(own["digest"]))
        case "municipality":
            return municipality.compose(MunicipalityDigest.model_validate(own["digest"]))
    return weekly.compose(_digest(own), link if own.get("links") else None)


@lru_cache
def letter(case: str) -> Letter:
    """The letter laid out."""
    return rendering.lay_out(composed(case), at=datetime(2026, 11, 23, 7, tzinfo=ZONE))


def link(purpose: str, subject: str, **facts: str) -> str:
    """Links as a reader would get them, but for the token."""
    return "/".join(["https://anbud.example.org", purpose, *facts.values()])


def _digest(own: dict[str, Any]) -> Digest:
    now = own["now"].astimezone(ZONE)
    period = period_of(now, ZONE)
    enterprise = Enterprise.model_validate(own["enterprise"])
    context = Context(
        told={(tender, lot, mark) for tender, lot, mark in own.get("told", [])},
        sources=[Run.model_validate({"started": now, "ended": now, **run}) for run in own["sources"]],
        partial=own.get("partial", []),
        read_count=own["read_count"],
        silent_weeks=own.get("silent_weeks"),
        approval=Approval.model_validate({"enterprise": enterprise.id, "period": period, **own.get("approval", {})}),
        care=Care.model_validate(own.get("care", {})),
    )
    candidates = [_candidate(enterprise.id, one) for one in own["candidates"]]
    made = choosing.compose(enterprise, candidates, period=period, now=now, settings=DigestSettings(), context=context)
    assert isinstance(made, Digest), made
    return made.model_copy(update={"sender": SENDER, "stop": STOP, "reader": "hash"})


def _candidate(enterprise: str, own: dict[str, Any]) -> Candidate:
    notice = Notice.model_validate(own["notice"])
    lot = next(lot for lot in notice.lots if lot.id == own.get("lot", notice.lots[0].id))
    found: tuple[Finding, ...] = tuple(finding(**one) for one in own.get("findings", []))
    reasons = REASONS.validate_python(own.get("reasons", []))
    match = Match(
        enterprise=enterprise, notice=notice.publication_number, lot=lot.id, score=own["score"], reasons=reasons
    )
    return Candidate(
        match,
        notice,
        lot,
        found,
        documents=own.get("documents", "none"),
        chance=own.get("chance"),
        marked=own.get("marked", False),
    )


def main(folder: Path) -> None:
    """Write all letters into a folder."""
    for case in CASES:
        made = letter(case)
        (folder / f"{case}.html").write_text(made.html, encoding="utf-8")
        (folder / f"{case}.txt").write_text(f"{made.subject}\n\n{made.text}", encoding="utf-8")
        if made.calendar:
            (folder / f"{case}.ics").write_bytes(made.calendar)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
