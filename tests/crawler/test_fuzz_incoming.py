"""Mutated answers and bounces: only the project's errors come out, in bounded time and memory (`make fuzz`)."""

from functools import partial

from crawler.mails import incoming
from tests.conftest import NOW
from tests.crawler.test_fuzz_mails import TOKENS, opened
from tests.crawler.test_incoming import EXAMPLES
from tests.mutations import CASES, mutations, survive_apart

OWN = (
    b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Type: message/feedback-report\r\n\r\n",
    b"Content-Type: text/rfc822-headers\r\n\r\n", b"Action: failed\r\n", b"Status: 5.1.1\r\n", b"Status: \xff\r\n",
    b"Diagnostic-Code: smtp; 550 ", b"Feedback-Type: abuse\r\n", b"Auto-Submitted: auto-replied\r\n",
    b"Return-Path: <>\r\n", b"From: MAILER-DAEMON\r\n", b"<blockquote>", b"-- \r\n", b"Den 1 jan skrev x:\r\n",
    b"In-Reply-To: <" + b"a" * 40 + b"@example.org>\r\n", b"References: " + b"<a@b> " * 50 + b"\r\n",
)  # fmt: skip


def take(data: bytes) -> object:
    return incoming.read(data, "mail", at=NOW)


def test_mutated_answers_are_read_or_refused() -> None:
    packed = [path.read_bytes() for path in sorted(EXAMPLES.glob("*/mail.eml"))]
    assert survive_apart(take, partial(mutations, [*packed, *map(opened, packed)], (*TOKENS, *OWN))) == CASES
