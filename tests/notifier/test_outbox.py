from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from config.errors import NotFoundError, SettingsError
from notifier import dispatch, message, outbox, uncertain
from notifier.digest import Quiet
from notifier.mail import Outcome
from register import consents, deliveries, enterprises, findings, matches, notices, runs, windows
from register.database import Register, memory_register
from register.models import Notice, Window
from tests.notifier import given
from tests.notifier.given import DEADLINE, NOW

ADDRESS = "info@fonsterlaget.example"
NEXT_WEEK = NOW + timedelta(days=7)


class Carrier:
    """Takes letters as a mail server would, answering by turns."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.taken: list[tuple[bytes, str, str]] = []

    def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
        hand()
        self.taken.append((mime, sender, recipient))
        return Outcome(self.states.pop(0) if self.states else "accepted", "250 taken")  # type: ignore[arg-type]


@pytest.fixture
def register() -> Iterator[Register]:
    """One enterprise that has agreed, one open tender that fits it, one complete run."""
    opened = memory_register()
    enterprises.add(opened, given.enterprise(), at=NOW)
    consents.confirm(opened, "dalarna-1", ADDRESS, how="by post", at=NOW)
    put(opened, given.notice())
    run = runs.start(opened, "ted", at=NOW)
    runs.finish(opened, given.ted_run(id=run))
    yield opened
    opened.close()


def put(register: Register, *found: Notice, score: float = 0.8) -> None:
    """Put notices in, and matches with all their lots."""
    made = []
    for notice in found:
        notices.add(register, notice, raw=None, at=NOW)
        findings.replace(register, notice, [given.finding()], rules="1", at=NOW)
        made += [given.candidate(notice, score=score, number=n).match for n in range(len(notice.lots))]
    matches.replace(register, "dalarna-1", made, scope="open", fingerprint="f", at=NOW)


def queue(register: Register, now: object = NOW) -> list[str]:
    uncertain.tidy(register, settings=given.settings(), now=now)  # type: ignore[arg-type]
    return [q.outcome for q in outbox.queue_letters(register, settings=given.settings(), now=now)]  # type: ignore[arg-type]


def send(register: Register, carrier: Carrier, now: object = NOW) -> dict[str, int]:
    uncertain.tidy(register, settings=given.settings(), now=now)  # type: ignore[arg-type]
    sent = dispatch.send_due(register, carrier, settings=given.settings(), clock=lambda: now)  # type: ignore[arg-type,return-value]
    return dict(sent.states)


def test_sending_twice_sends_once(register: Register) -> None:
    carrier = Carrier()
    assert queue(register) == ["queued"]
    assert send(register, carrier) == {"accepted": 1}
    assert queue(register) == ["already"]
    assert send(register, carrier) == {}
    ((mime, sender, recipient),) = carrier.taken
    assert (sender, recipient) == ("brev@example.org", ADDRESS)
    assert b"Message-ID: <" + deliveries.listing(register)[0].message_id.encode() in mime
    assert deliveries.listing(register)[0].lots == (("700001-2026", "LOT-0001"),)


def test_next_week_the_same_tender_is_quiet(register: Register) -> None:
    queue(register)
    send(register, Carrier())
    assert queue(register, NEXT_WEEK) == ["nothing new that fits: 1 told before"]


def test_a_tender_moved_by_a_new_notice_is_told_as_changed(register: Register) -> None:
    queue(register)
    send(register, Carrier())
    moved = given.notice(
        given.lot(deadline=DEADLINE + timedelta(days=8)), publication_number="700009-2026", version="02"
    )
    put(register, moved, score=0.2)
    assert queue(register, NEXT_WEEK) == ["queued"]
    letter = deliveries.waiting(register)[0]
    assert letter.subject.startswith("Ny sista dag: ")
    assert letter.lots == (("700009-2026", "LOT-0001"),)


def test_a_cancellation_reaches_those_who_had_the_tender(register: Register) -> None:
    queue(register)
    send(register, Carrier())
    gone = given.notice(publication_number="700009-2026", form_type="change", closed=True, change_reason="cancel")
    notices.add(register, gone, raw=None, at=NOW)  # matching has not even been run again
    assert queue(register, NEXT_WEEK) == ["queued"]
    assert "ställt in" in deliveries.html(register, deliveries.waiting(register)[0].message_id)


def test_a_second_address_gets_the_same_news_later_the_same_week(register: Register) -> None:
    queue(register)
    send(register, Carrier())
    consents.confirm(register, "dalarna-1", "other@fonsterlaget.example", how="by post", at=NOW)
    assert queue(register) == ["already", "queued"]
    first, second = deliveries.of_period(register, "dalarna-1", "2026-W48")
    assert first.lots == second.lots
    assert first.message_id != second.message_id


def test_a_letter_put_off_goes_out_on_the_next_run_and_only_then(register: Register) -> None:
    queue(register)
    carrier = Carrier("deferred")
    assert send(register, carrier) == {"deferred": 1}
    assert send(register, carrier, NOW + timedelta(minutes=1)) == {}
    assert send(register, carrier, NOW + timedelta(minutes=3)) == {"accepted": 1}
    assert send(register, carrier, NOW + timedelta(days=1)) == {}
    assert deliveries.listing(register)[0].attempts == 2


@pytest.mark.parametrize("state", ["failed", "uncertain"])
def test_what_failed_or_is_uncertain_never_goes_again_by_itself(register: Register, state: str) -> None:
    queue(register)
    carrier = Carrier(state)
    assert send(register, carrier) == {state: 1}
    assert queue(register) == ["already"]
    assert send(register, carrier) == {}
    assert len(carrier.taken) == 1


def test_a_crash_while_sending_leaves_the_letter_uncertain_and_unsent(register: Register) -> None:
    queue(register)

    class Crash(Carrier):
        def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
            hand()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(register, Crash())
    assert deliveries.listing(register)[0].state == "sending"
    carrier = Carrier()
    assert send(register, carrier) == {}
    assert deliveries.listing(register)[0].state == "uncertain"
    assert carrier.taken == []


def test_a_letter_of_an_earlier_week_is_given_up_and_its_news_told_anew(register: Register) -> None:
    queue(register)
    send(register, Carrier("deferred"))
    assert queue(register, NEXT_WEEK) == ["queued"]
    assert [(d.period, d.state) for d in deliveries.listing(register)] == [("2026-W49", "due"), ("2026-W48", "failed")]
    assert "(17 dagar kvar)" in deliveries.html(register, deliveries.waiting(register)[0].message_id)


def test_whoever_says_stop_between_queue_and_sending_gets_nothing(register: Register) -> None:
    queue(register)
    consents.suppress(register, ADDRESS.upper(), reason="asked", at=NOW)
    carrier = Carrier()
    assert send(register, carrier) == {"suppressed": 1}
    assert carrier.taken == []
    assert queue(register) == ["no confirmed address that has not been stopped"]


def test_nobody_gets_a_letter_without_having_agreed(register: Register) -> None:
    enterprises.add(register, given.enterprise(id="dalarna-2"), at=NOW)
    done = outbox.queue_letters(register, settings=given.settings(), now=NOW)
    assert [(q.enterprise, q.recipient, q.outcome) for q in done] == [
        ("dalarna-1", ADDRESS, "queued"),
        ("dalarna-2", "", "no confirmed address that has not been stopped"),
    ]


def test_only_one_enterprise(register: Register) -> None:
    enterprises.add(register, given.enterprise(id="dalarna-2"), at=NOW)
    done = outbox.queue_letters(register, settings=given.settings(), now=NOW, only="dalarna-1")
    assert [q.enterprise for q in done] == ["dalarna-1"]
    with pytest.raises(NotFoundError):
        outbox.queue_letters(register, settings=given.settings(), now=NOW, only="nobody")


def test_an_address_that_mail_cannot_carry_is_set_aside_and_the_rest_goes_on(register: Register) -> None:
    consents.confirm(register, "dalarna-1", "å@fonsterlaget.example", how="by post", at=NOW)
    first, second = queue(register)
    assert first == "queued"
    assert second.startswith("recipient: has letters outside ASCII")


def test_without_a_sender_nothing_is_made(register: Register) -> None:
    with pytest.raises(SettingsError, match="ANBUDSLOTS_MAIL__FROM"):
        outbox.queue_letters(register, settings=given.settings(from_=""), now=NOW)
    with pytest.raises(SettingsError, match="ANBUDSLOTS_MAIL__REPLY_TO"):
        outbox.queue_letters(register, settings=given.settings(reply_to="x"), now=NOW)
    assert deliveries.listing(register) == []


def test_preview_needs_no_sender_and_stores_nothing(register: Register) -> None:
    shown = outbox.preview(register, "dalarna-1", settings=given.settings(from_=""), now=NOW)
    assert not isinstance(shown, Quiet)
    digest, letter = shown
    assert digest.read_count == 1
    assert "Fönsterputs på sex förskolor" in letter.subject
    assert deliveries.listing(register) == []
    assert deliveries.told(register, "dalarna-1") == set()


def test_a_letter_says_that_notices_may_be_missing_while_any_day_is_partial(register: Register) -> None:
    shown = outbox.preview(register, "dalarna-1", settings=given.settings(), now=NOW)
    assert not isinstance(shown, Quiet)
    assert "Allt kom med." in shown[1].text
    day = Window(
        source="ted", window="2026-10-01", announced=3, received=2, status="partial", problem="p", run=1, at=NOW
    )
    windows.put(register, day)
    shown = outbox.preview(register, "dalarna-1", settings=given.settings(), now=NOW)
    assert not isinstance(shown, Quiet)
    assert "Allt kom inte med." in shown[1].text
    assert "Allt kom inte med." in shown[1].html


def test_preview_after_sending_is_still_this_weeks_letter(register: Register) -> None:
    queue(register)
    send(register, Carrier())
    assert not isinstance(outbox.preview(register, "dalarna-1", settings=given.settings(), now=NOW), Quiet)
    later = outbox.preview(register, "dalarna-1", settings=given.settings(), now=NEXT_WEEK)
    assert later == Quiet(reason="nothing new that fits: 1 told before")


def test_progress_counts_every_letter(register: Register) -> None:
    consents.confirm(register, "dalarna-1", "other@fonsterlaget.example", how="by post", at=NOW)
    queue(register)
    told: list[tuple[int, int]] = []
    dispatch.send_due(
        register,
        Carrier(),
        settings=given.settings(),
        clock=lambda: NOW,
        progress=lambda done, whole: told.append((done, whole)),
    )
    assert told == [(1, 2), (2, 2)]


def test_the_stop_link_in_the_letter_carries_its_token(register: Register) -> None:
    queue(register)
    (letter,) = deliveries.waiting(register)
    html = deliveries.html(register, letter.message_id)
    assert f"mailto:brev@example.org?subject=STOPP%20{message.token(letter.message_id)}" in html
    assert "Rådgivare i Dalarna (brev@example.org)" in html
