"""What the notifier's tests start from: one enterprise, one notice, one match, one moment."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.settings import DigestSettings, MailSettings, Settings
from notifier.choosing import Context, compose
from notifier.digest import Candidate, Digest, Quiet, period_of
from register.models import Buyer, Contact, Enterprise, Finding, Lot, Match, Notice, Place, Reason, Run

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=ZONE)
"""A Monday in week 48."""
DEADLINE = datetime(2026, 12, 17, 23, 59, tzinfo=ZONE)
SENDER = "Rådgivare i Dalarna <brev@example.org>"


def enterprise(**changes: Any) -> Enterprise:
    own: dict[str, Any] = {
        "id": "dalarna-1",
        "name": "Fönsterlaget",
        "municipality": "Mora",
        "contact": Contact(email="info@fonsterlaget.example"),
    }
    return Enterprise(**{**own, **changes})


def lot(**changes: Any) -> Lot:
    own: dict[str, Any] = {
        "id": "LOT-0001",
        "title": "Fönsterputs på sex förskolor",
        "description": "Vi söker den som putsar fönster på sex förskolor. Det sker i maj och september. Ingen skylift.",
        "places": (Place(city="Mora", nuts="SE312"),),
        "value": {"amount": 180_000},
        "duration_months": 24,
        "deadline": DEADLINE,
    }
    return Lot(**{**own, **changes})


def notice(*lots: Lot, **changes: Any) -> Notice:
    own: dict[str, Any] = {
        "publication_number": "700001-2026",
        "origin": "ted",
        "form_type": "competition",
        "procedure_id": "procedure-1",
        "title": "Fönsterputs på sex förskolor",
        "buyer": Buyer(name="Mora kommun", city="Mora"),
        "lots": lots or (lot(),),
    }
    return Notice(**{**own, **changes})


def finding(clause: str = "employment_requirement", **changes: Any) -> Finding:
    quote = changes.pop("quote", "Leverantören ska varje år ta emot en praktikant.")
    own: dict[str, Any] = {
        "clause": clause,
        "polarity": "affirmed",
        "start": 0,
        "end": len(quote),
        "quote": quote,
        "legal_basis": "LOU 17 kap. 1 §",
        "rule": "test@1",
        "confidence": 0.9,
        "effect": "helps",
    }
    return Finding(**{**own, **changes})


REASONS = (
    Reason(kind="fits", text="Ni putsar fönster."),
    Reason(kind="fits", text="Arbetet är i Mora."),
    Reason(kind="fits", text="Tredje skälet."),
    Reason(kind="watch", text="Ansvarsförsäkring behövs."),
)


def candidate(
    about: Notice | None = None, *, score: float = 0.8, number: int = 0, findings: tuple[Finding, ...] = ()
) -> Candidate:
    """The candidate of the notice's lot at `number`."""
    found = about or notice()
    own = found.lots[number]
    match = Match(enterprise="dalarna-1", notice=found.publication_number, lot=own.id, score=score, reasons=REASONS)
    return Candidate(match, found, own, findings)


def ted_run(**changes: Any) -> Run:
    return Run(**{"source": "ted", "started": NOW, "ended": NOW, "status": "complete", "received": 31, **changes})


def made(*candidates: Candidate, **changes: Any) -> Digest | Quiet:
    """A week's letter; changes go to the enterprise, the moment, the settings, or what is known beside (Context)."""
    to = changes.pop("enterprise", None) or enterprise()
    now = changes.pop("now", NOW)
    settings = changes.pop("settings", DigestSettings())
    known: dict[str, Any] = {"told": set(), "sources": (ted_run(),), "read_count": 31, **changes}
    return compose(to, candidates, period=period_of(now, ZONE), now=now, settings=settings, context=Context(**known))


def digest(*candidates: Candidate, **changes: Any) -> Digest:
    """As `made`, where a letter is due."""
    found = made(*(candidates or (candidate(),)), **changes)
    assert isinstance(found, Digest), found
    return found


def settings(**mail: Any) -> Settings:
    return Settings(mail=MailSettings(**{"from_": SENDER, "host": "127.0.0.1", "timeout_seconds": 5, **mail}))
