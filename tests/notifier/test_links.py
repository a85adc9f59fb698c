"""Signed links: for one purpose, one subject, one time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import LinkError, SettingsError
from notifier import links
from tests.notifier.given import NOW

SECRET = b"en hemlighet som bara finns i proven"


def test_a_link_tells_what_it_was_made_for() -> None:
    address = links.maker(SECRET, "https://anbud.example/", NOW)(
        "answer", "asf-1", notice="990001-2026", lot="LOT-0001"
    )
    assert address.startswith("https://anbud.example/svar/")
    found = links.read(SECRET, "answer", address.rpartition("/")[2], now=NOW)
    assert (found.subject, found.facts) == ("asf-1", {"notice": "990001-2026", "lot": "LOT-0001"})
    assert found.issued == NOW


@pytest.mark.parametrize(
    ("purpose", "secret", "days", "reason"),
    [
        ("stop", SECRET, 0, "forged"),  # made for an answer
        ("answer", SECRET + b"x", 0, "forged"),  # made by another
        ("answer", SECRET, 181, "expired"),
        ("answer", SECRET, -2, "expired"),  # from the future: a clock is wrong
    ],
)
def test_it_is_worth_nothing_elsewhere(purpose: links.Purpose, secret: bytes, days: int, reason: str) -> None:
    token = links.token(SECRET, "answer", "asf-1", at=NOW)
    with pytest.raises(LinkError) as refused:
        links.read(secret, purpose, token, now=NOW + timedelta(days=days))
    assert refused.value.reason == reason


def test_every_changed_sign_is_a_forgery() -> None:
    token = links.token(SECRET, "stop", "hash", at=NOW, enterprise="asf-1")
    for place in range(len(token) - 1):  # the last sign of base64 holds bits that mean nothing
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(LinkError):
            links.read(SECRET, "stop", forged, now=NOW)


@given(st.text())
def test_any_text_is_refused_and_nothing_breaks(text: str) -> None:
    with pytest.raises(LinkError):
        links.read(SECRET, "stop", text, now=NOW)


@given(st.text(), st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=50), max_size=3))
def test_what_goes_in_comes_out(subject: str, facts: dict[str, str]) -> None:
    facts.pop("at", None), facts.pop("secret", None), facts.pop("purpose", None), facts.pop("subject", None)
    token = links.token(SECRET, "profile", subject, at=NOW, **facts)
    assert token[0] == "t", "no dot, behind which web servers hide files"
    assert all(sign.isalnum() or sign in "-_." for sign in token), "stands in a mail and an address as it is"
    if len(token) <= links.LONGEST:
        found = links.read(SECRET, "profile", token, now=NOW)
        assert (found.subject, found.facts) == (subject, facts)


@pytest.mark.parametrize(
    "address",
    ["", "http://anbud.example", "https://a,b", "https://a b", "javascript:alert(1)", "http://127.0.0.1.example"],
)
def test_the_public_address_is_https_and_plain(address: str) -> None:
    with pytest.raises(SettingsError, match="ANBUDSLOTS_SERVE__PUBLIC_URL"):
        links.maker(SECRET, address, NOW)
