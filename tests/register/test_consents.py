from datetime import UTC, date, datetime, timedelta

import pytest

from register import consents, enterprises, revocations
from register.database import Register, memory_register
from register.models import Contact, Enterprise

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def register() -> Register:
    opened = memory_register()
    own = Enterprise(id="a", name="A", municipality="Mora", contact=Contact(email="info@a.example"))
    enterprises.add(opened, own, at=NOW)
    return opened


def test_an_address_in_a_profile_has_not_agreed(register: Register) -> None:
    assert consents.confirmed(register) == []


def test_who_has_agreed(register: Register) -> None:
    consents.confirm(register, "a", "info@a.example", how="by post", at=NOW)
    consents.confirm(register, "a", "info@a.example", how="by post, again", at=NOW)
    assert consents.confirmed(register) == [("a", "info@a.example")]


def test_a_stop_wins_however_the_address_is_written_and_over_a_later_yes(register: Register) -> None:
    consents.suppress(register, " INFO@a.example", reason="asked", at=NOW)
    consents.confirm(register, "a", "info@a.example", how="import", at=NOW)
    assert consents.is_suppressed(register, "Info@A.example")
    assert consents.confirmed(register) == []


def test_the_stop_list_holds_no_address(register: Register) -> None:
    consents.suppress(register, "info@a.example", reason="asked", at=NOW)
    rows = list(register.db.query("SELECT * FROM suppressions"))
    assert len(rows) == 1
    assert "info" not in str(rows)


def test_a_stop_is_for_one_address(register: Register) -> None:
    consents.suppress(register, "info@a.example", reason="asked", at=NOW)
    assert not consents.is_suppressed(register, "other@a.example")


ADDRESS = "info@a.example"
HASH = consents.address_hash(ADDRESS)


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


def test_an_address_is_asked_once_and_agrees_by_itself(register: Register) -> None:
    assert consents.request(register, "a", ADDRESS, how="form", at=NOW)
    assert not consents.request(register, "a", ADDRESS, how="form", at=days(13)), "nobody is pestered"
    assert consents.confirmed(register) == []
    assert consents.pending(register, "a") == [(ADDRESS, NOW)]
    assert consents.accept(register, "a", HASH, issued=NOW, at=days(1))
    assert consents.confirmed(register) == [("a", ADDRESS)]
    assert consents.accept(register, "a", HASH, issued=NOW, at=days(20)), "pressing again is harmless"
    assert not consents.request(register, "a", ADDRESS, how="form", at=days(30)), "it has agreed"
    told = [(event.event, event.how, event.at) for event in consents.events(register, ADDRESS)]
    assert told == [("requested", "form", NOW), ("confirmed", "own link", days(1))]


def test_a_yes_comes_within_fourteen_days_or_is_asked_for_anew(register: Register) -> None:
    consents.request(register, "a", ADDRESS, how="form", at=NOW)
    assert not consents.accept(register, "a", HASH, issued=NOW, at=days(14))
    assert consents.tidy(register, now=days(14)) == 1
    assert list(register.db.query("SELECT * FROM addresses")) == [], "the address is forgotten"
    assert not consents.accept(register, "a", HASH, issued=NOW, at=days(15))
    assert consents.request(register, "a", ADDRESS, how="form", at=days(15))
    assert consents.accept(register, "a", HASH, issued=days(15), at=days(16))


def test_only_a_yes_of_its_own_that_is_younger_lifts_a_stop(register: Register) -> None:
    consents.request(register, "a", ADDRESS, how="form", at=NOW)
    consents.accept(register, "a", HASH, issued=NOW, at=NOW)
    consents.suppress(register, ADDRESS, reason="asked", at=days(1))
    consents.confirm(register, "a", ADDRESS, how="import", at=days(2))
    assert not consents.accept(register, "a", HASH, issued=NOW, at=days(2)), "the old link lies in the old mail"
    assert consents.request(register, "a", ADDRESS, how="form", at=days(3))
    assert not consents.accept(register, "a", HASH, issued=NOW, at=days(3))
    assert consents.confirmed(register) == []
    assert consents.accept(register, "a", HASH, issued=days(3), at=days(3))
    assert consents.confirmed(register) == [("a", ADDRESS)]


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_who_complained_or_can_not_be_reached_is_not_asked(register: Register, reason: consents.StopReason) -> None:
    consents.suppress(register, ADDRESS, reason=reason, at=NOW)
    assert not consents.request(register, "a", ADDRESS, how="form", at=days(1))


def test_a_stop_is_told_once_and_a_graver_reason_holds(register: Register) -> None:
    assert consents.suppress_hash(register, HASH, reason="bounced", at=NOW)
    assert consents.suppress_hash(register, HASH, reason="asked", how="one click", at=days(1))
    assert not consents.suppress_hash(register, HASH, reason="asked", at=days(2)), "a replay changes nothing"
    assert not consents.suppress_hash(register, HASH, reason="bounced", at=days(3))
    assert consents.suppressed(register, ADDRESS) == ("asked", days(1))
    assert [event.event for event in consents.events(register, ADDRESS)] == ["bounced", "stopped"]


def test_a_pause_ends_by_itself(register: Register) -> None:
    consents.confirm(register, "a", ADDRESS, how="by post", at=NOW)
    assert consents.pause(register, "a", HASH, until=date(2026, 12, 28), how="link", at=NOW)
    assert consents.paused_until(register, "a", HASH) == date(2026, 12, 28)
    assert consents.confirmed(register, on=date(2026, 12, 27)) == []
    assert consents.confirmed(register, on=date(2026, 12, 28)) == [("a", ADDRESS)]
    assert consents.pause(register, "a", HASH, until=None, how="link", at=days(1))
    assert consents.confirmed(register, on=date(2026, 12, 1)) == [("a", ADDRESS)]
    assert not consents.pause(register, "a", consents.address_hash("b@b.example"), until=None, how="link", at=NOW)


def test_addresses_that_stopped_are_forgotten_and_stay_stopped(register: Register) -> None:
    consents.confirm(register, "a", ADDRESS, how="by post", at=NOW)
    consents.suppress(register, ADDRESS, reason="asked", at=days(1))
    assert consents.tidy(register, now=days(14)) == 0, "whoever regrets it may still say so"
    assert consents.tidy(register, now=days(15)) == 1
    consents.confirm(register, "a", ADDRESS, how="import", at=days(16))
    assert consents.confirmed(register) == []


def test_links_are_withdrawn_by_subject_and_time(register: Register) -> None:
    revocations.revoke(register, "profile", "a", before=days(1))
    revocations.revoke(register, "profile", "a", before=NOW)
    assert revocations.is_revoked(register, "profile", "a", issued=NOW)
    assert not revocations.is_revoked(register, "profile", "a", issued=days(1))
    assert not revocations.is_revoked(register, "profile", "b", issued=NOW)
    assert not revocations.is_revoked(register, "answer", "a", issued=NOW)
