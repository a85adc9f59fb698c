from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from config.settings import Settings
from notifier import caring, outbox, summaries
from notifier.adviser import AdviserDigest, Bounced, Disagreement, Renewal, Stale, ToLookAt, Waiting, compose
from notifier.municipality import MunicipalityDigest, OwnProcurement
from notifier.outbox import Queued
from register import accounts, consents, deliveries, enterprises, evidence, judgements, matches, notices, steps
from register.accounts import Account
from register.database import Register, memory_register
from register.evidence import Evidence
from register.models import Capacity, Judgement, Reach
from tests.notifier import given
from tests.notifier.given import NOW, ZONE

SETTINGS = given.settings()
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=ZONE)
ASTA = "asta@example.org"


def account(email: str, role: str, **changes: object) -> Account:
    own = {"id": 0, "email": email, "name": email.split("@")[0].title(), "role": role, "created": NOW}
    return Account.model_validate({**own, **changes})


@pytest.fixture
def register() -> Iterator[Register]:
    """An enterprise with one match in Asta's care, and one in nobody's."""
    opened = memory_register()
    whole = given.enterprise(
        capabilities=("Fönsterputs",),
        reach=Reach(municipalities=("Mora",)),
        capacity=Capacity(largest_contract_sek_per_year=500_000),
    )
    enterprises.add(opened, whole, at=NOW)
    enterprises.add(opened, given.enterprise(id="other", name="Ett annat"), at=NOW)
    consents.confirm(opened, "dalarna-1", "info@fonsterlaget.example", how="by post", at=NOW)
    notices.add(opened, given.notice(), raw=None, at=NOW)
    matches.replace(opened, "dalarna-1", [given.candidate().match], scope="open", fingerprint="f", at=NOW)
    accounts.add(opened, account(ASTA, "adviser", enterprises=frozenset({"dalarna-1"})))
    yield opened
    opened.close()


def asta(register: Register) -> Account:
    found = accounts.by_email(register, ASTA)
    assert found is not None
    return found


def judge(register: Register, answer: str, who: str) -> None:
    own = {"enterprise": "dalarna-1", "notice": "700001-2026", "lot": "LOT-0001", "at": NOW}
    judgements.add(register, Judgement.model_validate({**own, "answer": answer, "who": who}))


def test_it_tells_what_waits_and_what_to_look_at(register: Register) -> None:
    found = caring.summary(register, asta(register), settings=SETTINGS, now=NOW)
    assert found.waiting == (Waiting(enterprise="Fönsterlaget", tenders=1, until=TUESDAY),)
    (look,) = found.to_look_at
    assert look == ToLookAt(
        enterprise="Fönsterlaget", count=1, first="Fönsterputs på sex förskolor", last_day=given.DEADLINE.date()
    )
    assert (found.unread, found.disagreements, found.stale, found.bounced) == ((), (), (), ())


def test_it_tells_which_letters_went_without_the_adviser_and_which_came_back(register: Register) -> None:
    outbox.queue_letters(register, settings=SETTINGS, now=TUESDAY)
    (sent,) = deliveries.listing(register)
    register.db.execute("UPDATE deliveries SET state = 'bounced' WHERE message_id = ?", [sent.message_id])
    found = caring.summary(register, asta(register), settings=SETTINGS, now=TUESDAY)
    assert found.unread == ("Fönsterlaget",)
    assert found.bounced == (Bounced(enterprise="Fönsterlaget", state="bounced"),)
    later = caring.summary(register, asta(register), settings=SETTINGS, now=TUESDAY + timedelta(days=8))
    assert (later.unread, later.bounced) == ((), ())


def test_it_tells_disagreements_with_who_said_what(register: Register) -> None:
    judge(register, "yes", "Asta")
    judge(register, "no", "Fönsterlaget")
    found = caring.summary(register, asta(register), settings=SETTINGS, now=NOW)
    title = "Fönsterputs på sex förskolor"
    assert found.disagreements == (
        Disagreement(enterprise="Fönsterlaget", title=title, yes=("Asta",), no=("Fönsterlaget",)),
    )


def test_it_tells_profiles_that_are_old_or_lack_something(register: Register) -> None:
    enterprises.add(register, given.enterprise(capabilities=("Fönsterputs",)), at=NOW)
    found = caring.summary(register, asta(register), settings=SETTINGS, now=NOW + timedelta(days=366))
    assert found.stale == (Stale(enterprise="Fönsterlaget", changed=NOW.date(), missing=("capacity", "reach")),)


def test_a_summary_is_queued_once_a_week_and_is_mail(register: Register) -> None:
    first = summaries.queue_advisers(register, settings=SETTINGS, now=NOW)
    assert first == [Queued("", ASTA, "2026-W48", "queued")]
    assert summaries.queue_advisers(register, settings=SETTINGS, now=NOW + timedelta(hours=1)) == []
    (letter,) = deliveries.listing(register)
    assert (letter.kind, letter.enterprise, letter.lots) == ("adviser", "", ())
    mail = message_from_bytes(deliveries.mime(register, letter.message_id), policy=default)
    assert mail["Subject"] == "Ett brev väntar på dig och en träff att se på"
    assert mail["List-Id"] == "<adviser.letters.example.org>"
    assert mail["List-Unsubscribe"].startswith("<mailto:brev@example.org?subject=STOPP")


def test_before_its_hour_it_is_last_weeks(register: Register) -> None:
    early = NOW - timedelta(minutes=1)
    assert [one.period for one in summaries.queue_advisers(register, settings=SETTINGS, now=early)] == ["2026-W47"]


def test_an_adviser_with_nothing_to_do_gets_no_mail_and_one_who_stopped_gets_none(register: Register) -> None:
    accounts.add(register, account("bo@example.org", "adviser"))
    consents.suppress(register, ASTA, reason="asked", at=NOW)
    assert summaries.queue_advisers(register, settings=SETTINGS, now=NOW) == [
        Queued("", ASTA, "2026-W48", "the address is on the stop list"),
        Queued("", "bo@example.org", "2026-W48", summaries.NOTHING),
    ]
    assert deliveries.listing(register) == []


def test_by_the_clock_advisers_are_asked_after_once_a_week(register: Register) -> None:
    def by_clock(now: datetime) -> list[str]:
        return [one.period for one in summaries.queue_advisers(register, settings=SETTINGS, now=now, by_clock=True)]

    accounts.remove(register, ASTA)
    accounts.add(register, account("bo@example.org", "adviser"))  # nothing to do
    assert by_clock(NOW) == ["2026-W48"]
    assert by_clock(NOW + timedelta(minutes=5)) == []
    assert by_clock(NOW + timedelta(days=7)) == ["2026-W49"]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 12, 1, 12, tzinfo=ZONE), False),  # a Tuesday; the month's first Monday is the 7th
        (datetime(2026, 12, 7, 6, 59, tzinfo=ZONE), False),
        (datetime(2026, 12, 7, 7, 0, tzinfo=ZONE), True),
        (datetime(2026, 12, 30, 7, 0, tzinfo=ZONE), True),  # nothing ran until then
    ],
)
def test_municipalities_get_their_letter_from_the_months_first_weekly_hour(
    register: Register, now: datetime, due: bool
) -> None:
    assert not summaries.month_is_due(register, settings=SETTINGS, now=now)  # there is no municipality
    accounts.add(register, account("mora@mora.example", "municipality", municipality="Mora"))
    assert summaries.month_is_due(register, settings=SETTINGS, now=now) is due
    steps.finish(register, steps.start(register, summaries.MONTHLY, "", at=now), status=0, detail="", at=now)
    assert not summaries.month_is_due(register, settings=SETTINGS, now=now)


def test_a_municipalitys_letter_goes_to_its_accounts_once_a_month(register: Register) -> None:
    for email, place in (("mora@mora.example", "Mora"), ("orsa@orsa.example", "Orsa")):
        accounts.add(register, account(email, "municipality", municipality=place))

    def digests(of: Account) -> MunicipalityDigest | None:
        own = OwnProcurement(
            number="1-2026", title="Frukt", buyer="Mora kommun", verdict="suits", law="LOU 4 kap. 18 §"
        )
        made = MunicipalityDigest(municipality="Mora", month="2026-12", at=NOW, zone=str(ZONE), procurements=(own,))
        return made if of.municipality == "Mora" else None

    def queue(settings: Settings) -> list[Queued]:
        return summaries.queue_municipalities(register, digests, month="2026-12", settings=settings, now=NOW)

    assert [one.outcome for one in queue(SETTINGS)] == ["queued", summaries.NOTHING]
    assert [one.recipient for one in queue(SETTINGS)] == ["orsa@orsa.example"]
    (letter,) = deliveries.listing(register)
    assert (letter.kind, letter.period, letter.subject) == (
        "municipality",
        "2026-12",
        "En av era upphandlingar kan passa att reservera",
    )


def test_it_reminds_of_papers_before_they_are_out_of_date(register: Register) -> None:
    for kind, last in (("certificate", 60), ("insurance", -1), ("permit", 61)):
        paper = Evidence.model_validate(
            {"enterprise": "dalarna-1", "kind": kind, "dated": date(2025, 1, 1), "until": NOW.date() + timedelta(last),
             "by": "Asta", "at": NOW}
        )  # fmt: skip
        evidence.add(register, paper, None)
    found = caring.summary(register, asta(register), settings=SETTINGS, now=NOW).papers
    assert found == (
        Renewal(enterprise="Fönsterlaget", kind="insurance", last_day=NOW.date() - timedelta(1), over=True),
        Renewal(enterprise="Fönsterlaget", kind="certificate", last_day=NOW.date() + timedelta(60), over=False),
    )
    composed = compose(AdviserDigest(adviser="Asta", at=NOW, zone="Europe/Stockholm", papers=found))
    (section,) = composed.sections
    assert section.heading == "Intyg att förnya"
    told = [line.text for passage in section.passages for line in passage.lines]
    assert told[1].startswith("ansvarsförsäkringen gällde till")
    assert told[2].startswith("certifikatet gäller till")
