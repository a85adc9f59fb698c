"""For `anbudslots digest municipalities`: each municipality's letter of the month into the outbox."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from anbudslots.context import App, note
from config import places
from config.places import Municipality
from matcher import encoder
from matcher.assessing import Assessor
from matcher.reservation import Point, Suitability
from notifier import facts, gathering, items, summaries, told
from notifier.municipality import ExpiringContract, MunicipalityDigest, OwnProcurement
from notifier.outbox import Queued
from register import expiring, findings, notices, silence
from register.accounts import Account
from register.database import Register
from register.models import Notice

AHEAD = timedelta(days=365)
"""How long before its end a contract is told of: once, when it comes so near."""
VERDICTS = ("suits", "may suit")
LONGEST_QUOTE = 160


def queue(app: App, register: Register) -> list[Queued]:
    """This month's letter for each municipality's accounts; a second time the same month composes nothing again."""
    composer = Composer(app, register)
    return summaries.queue_municipalities(
        register, composer.digest, month=month(app), settings=app.settings, now=app.now
    )


def month(app: App) -> str:
    """The local month: 2026-12."""
    return f"{app.now.astimezone(app.zone):%Y-%m}"


class Composer:
    """Makes municipalities' letters; the model is loaded when the first tender has to be assessed."""

    def __init__(self, app: App, register: Register) -> None:
        self._app = app
        self._register = register
        self._assessors: dict[bool, Assessor] = {}

    def digest(self, account: Account) -> MunicipalityDigest | None:
        """What is new for an account's municipality since its last letter; None where that is nothing."""
        place = places.by_name(account.municipality)
        if place is None:
            return None
        now, zone = self._app.now, self._app.zone
        since = silence.last_summary(self._register, "municipality", account.email)
        numbers = expiring.own_numbers(self._register, place)
        fresh = numbers if since is None else sorted(silence.seen_since(self._register, since, numbers))
        tenders = [notices.get(self._register, number) for number in fresh]
        procurements = [one for tender in tenders if tender.is_open(now) for one in self._assessed(tender)]
        ends = self._ends(place, since, now, zone)
        if not procurements and not ends:
            return None
        return MunicipalityDigest(
            municipality=place.name,
            month=f"{now.astimezone(zone):%Y-%m}",
            at=now,
            zone=str(zone),
            procurements=tuple(sorted(procurements, key=lambda one: VERDICTS.index(one.verdict))),
            expiring=ends,
            read_count=len(fresh),
            sources=gathering.source_states(self._register, zone),
            example=any(tender.is_example for tender in tenders),
            portal=self._app.settings.serve.public_url,
        )

    def _assessed(self, tender: Notice) -> Iterator[OwnProcurement]:
        if tender.is_example not in self._assessors:
            model = encoder.load(self._app.settings.model, self._app.data / "model", note)
            self._assessors[tender.is_example] = Assessor.of(self._register, model, examples=tender.is_example)
        found = findings.of(self._register, tender.publication_number)
        for one in self._assessors[tender.is_example].assess(self._register, tender, found):
            if one.verdict in VERDICTS:
                yield _procurement(tender, one, self._app.zone)

    def _ends(
        self, place: Municipality, since: datetime | None, now: datetime, zone: ZoneInfo
    ) -> tuple[ExpiringContract, ...]:
        today = now.astimezone(zone).date()
        first = since.astimezone(zone).date() + AHEAD + timedelta(days=1) if since else today
        found = expiring.of(self._register, place, first=max(first, today), last=today + AHEAD)
        return tuple(
            ExpiringContract(
                number=one.notice.publication_number,
                title=_title(one.notice, one.lot),
                buyer=facts.one_line(one.notice.buyer.name, 120),
                ends=one.ends,
                estimated=one.estimated,
                link=items.link(one.notice, "sv"),
            )
            for one in found
        )


def _procurement(tender: Notice, one: Suitability, zone: ZoneInfo) -> OwnProcurement:
    lot = next(lot for lot in tender.lots if lot.id == one.lot)
    last: date | None = facts.last_day(lot.deadline, zone)[0] if lot.deadline and not lot.open_ended else None
    return OwnProcurement.model_validate(
        {
            "number": tender.publication_number,
            "title": facts.plain_title(tender, lot),
            "buyer": facts.one_line(tender.buyer.name, 120),
            "planned": tender.form_type in told.PLANNING_FORMS,
            "last_day": last,
            "verdict": one.verdict,
            "reasons_for": tuple(map(_words, one.for_)),
            "reasons_against": tuple(map(_words, one.against)),
            "unknown": tuple(map(_words, one.unknown)),
            "able": one.able,
            "warning": one.warning,
            "law": one.law,
            "verified": one.verified,
            "attribution": one.attribution,
            "link": items.link(tender, "sv"),
        }
    )


def _words(point: Point) -> str:
    return f"{point.text} Annonsen säger: ”{facts.one_line(point.quote, LONGEST_QUOTE)}”" if point.quote else point.text


def _title(notice: Notice, identity: str) -> str:
    return facts.plain_title(notice, next(lot for lot in notice.lots if lot.id == identity))
