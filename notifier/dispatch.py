"""From the outbox to the mail server, each letter once: claimed, handed over, settled."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from config.settings import MailSettings, Settings
from notifier import backoff, brakes, message
from notifier.mail import Outcome
from register import consents, deliveries, senders, sending
from register.database import Register
from register.models import Delivery, DeliveryKind
from register.sending import ClaimLostError

AT_ONCE = 50
"""Letters taken at once: one write that waits for the disk for so many letters."""
BROKEN_IN_A_ROW = 3
"""Broken connections after which a run gives up: the letters wait for the next one."""
BAD_CANARIES = 0.2
"""Share of a run's first letters that may be refused for good or uncertain before it pauses."""
TOLD_TO_OPERATOR: frozenset[DeliveryKind] = frozenset({"operator"})


class Transport(Protocol):
    """What can carry a letter: mail.SmtpTransport, or a test's own."""

    def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
        """Hand over one letter; see mail.SmtpTransport.send."""


@dataclass
class Sent:
    """How many letters ended in which state, and in words why the rest was not sent; empty where nothing is left."""

    states: Counter[str] = field(default_factory=Counter)
    stopped: str = ""


def send_due(
    register: Register,
    transport: Transport,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Sent:
    """Send every letter that is due; call `uncertain.tidy` and `brakes.check` first. Several senders may run at once.

    A letter is claimed before the connection, marked before its end goes out, and settled after: wherever this stops,
    the next `tidy` knows which letters can have gone out. Addresses stopped since it was frozen get none. While a pause
    is in force only the operator's own letters go. progress is called with (done, all).
    """
    with senders.alive(register) as name:
        run = _Run(register, transport, settings, clock, progress, name)
        try:
            run.all()
        finally:
            sending.give_back(register, name, at=clock())
    return run.sent


def send_now(
    register: Register,
    transport: Transport,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    kinds: frozenset[DeliveryKind],
) -> Sent:
    """As `send_due`, for letters of some kinds that somebody waits for; nothing goes while a pause is in force."""
    with senders.alive(register) as name:
        run = _Run(register, transport, settings, clock, lambda _done, _all: None, name)
        try:
            run.only(kinds)
        finally:
            sending.give_back(register, name, at=clock())
    return run.sent


def envelope_sender(settings: MailSettings, message_id: str) -> str:
    """Where bounces of a letter go: mail.bounce_address with the letter's token (VERP), else the sender."""
    if not settings.bounce_address:
        return _sender(settings.from_)
    local, _, domain = _bounces(settings.bounce_address).rpartition("@")
    return f"{local}+{message.token(message_id)}@{domain}"


@lru_cache(maxsize=4)
def _sender(address: str) -> str:
    return message.mailbox(address, "ANBUDSLOTS_MAIL__FROM").addr_spec


@lru_cache(maxsize=4)
def _bounces(address: str) -> str:
    return message.mailbox(address, "ANBUDSLOTS_MAIL__BOUNCE_ADDRESS").addr_spec


class _Run:
    """One run of a sender."""

    def __init__(
        self,
        register: Register,
        transport: Transport,
        settings: Settings,
        clock: Callable[[], datetime],
        progress: Callable[[int, int], None],
        name: str,
    ) -> None:
        self.sent = Sent()
        self._register, self._transport, self._settings, self._clock = register, transport, settings, clock
        self._progress, self._name = progress, name
        self._whole = self._done = self._broken = 0
        self._answer = ""

    def all(self) -> None:
        """The operator's letters; then, unless the sending pauses, a few letters, a look at the answers, the rest."""
        self._whole = len(deliveries.waiting(self._register))
        self._batches(AT_ONCE, TOLD_TO_OPERATOR)
        if self.sent.stopped:
            return
        pauses = brakes.told(self._register, settings=self._settings, now=self._clock())
        if pauses:
            self.sent.stopped = "the sending is paused"
            return
        first = self._settings.digest.canary
        before = Counter(self.sent.states)
        taken = self._batch(first, None)
        if taken and not self.sent.stopped:
            self._look(self.sent.states - before, taken)
        if taken == first and not self.sent.stopped:
            self._batches(AT_ONCE, None)

    def only(self, kinds: frozenset[DeliveryKind]) -> None:
        """Letters of some kinds, unless the sending pauses."""
        if brakes.told(self._register, settings=self._settings, now=self._clock()):
            self.sent.stopped = "the sending is paused"
            return
        self._batches(AT_ONCE, kinds)

    def _batches(self, size: int, kinds: frozenset[DeliveryKind] | None) -> None:
        while not self.sent.stopped and self._batch(size, kinds):
            pass

    def _batch(self, size: int, kinds: frozenset[DeliveryKind] | None) -> int:
        """Claim and send up to `size` letters; returns how many were claimed."""
        letters = sending.claim(self._register, self._name, at=self._clock(), limit=size, kinds=kinds)
        mimes = deliveries.mimes(self._register, [letter.message_id for letter in letters])
        for letter in letters:
            self._one(letter, mimes[letter.message_id])
            self._done += 1
            self._progress(self._done, max(self._done, self._whole))
            if self.sent.stopped:
                break
        return len(letters)

    def _one(self, letter: Delivery, mime: bytes) -> None:
        reason = _suppressed(self._register, letter)
        if reason:
            self._settle(letter, Outcome("failed", reason), state="suppressed")
            return
        sender = envelope_sender(self._settings.mail, letter.message_id)
        recipient = message.mailbox(letter.recipient, f"recipient of {letter.enterprise or letter.kind}").addr_spec
        try:
            outcome = self._transport.send(mime, sender, recipient, lambda: self._hand(letter))
        except ClaimLostError:
            self.sent.states["taken over"] += 1
            return
        self._settle(letter, outcome)
        self._answer = outcome.answer
        self._broken = self._broken + 1 if outcome.broken else 0
        if outcome.refused_sender:
            self.sent.stopped = f"the mail server refuses the sender: {outcome.answer}"
            self._pause("refused", {"answer": outcome.answer})
        elif self._broken >= BROKEN_IN_A_ROW:
            self.sent.stopped = f"the mail server broke off {self._broken} times in a row: {outcome.answer}"

    def _hand(self, letter: Delivery) -> None:
        sending.hand(self._register, letter.message_id, self._name, at=self._clock())

    def _settle(self, letter: Delivery, outcome: Outcome, state: str = "") -> None:
        now = self._clock()
        found, answer = state or outcome.state, outcome.answer
        again = None
        if found == "deferred":
            again = backoff.next_attempt(letter.message_id, letter.attempts, created=letter.created, at=now)
            if again is None:
                found, answer = "failed", f"{backoff.GIVEN_UP} {answer}"
        kept = sending.settle(
            self._register,
            letter.message_id,
            self._name,
            state=found,  # type: ignore[arg-type]  # one of DeliveryState
            answer=answer,
            at=now,
            next_attempt=again,
        )
        self.sent.states[found if kept else "taken over"] += 1

    def _look(self, states: Counter[str], first: int) -> None:
        """After the first letters: stop where too many were not taken."""
        bad = states["failed"] + states["uncertain"]
        if bad > max(1, BAD_CANARIES * first):
            self.sent.stopped = f"{bad} of the first {first} letters were not taken: {self._answer}"
            self._pause("canary", {"bad": str(bad), "first": str(first), "answer": self._answer})
        elif states["deferred"] == first > 1:
            self.sent.stopped = f"the mail server put off all of the first {first} letters: {self._answer}"

    def _pause(self, kind: str, facts: dict[str, str]) -> None:
        brakes.stop(self._register, kind, facts, settings=self._settings, now=self._clock())  # type: ignore[arg-type]


def _suppressed(register: Register, letter: Delivery) -> str:
    """Why a letter must not go to its address; empty where it may. Who has stopped may be asked for a new yes."""
    if letter.kind == "operator":
        return ""
    reason = consents.suppressed(register, letter.recipient)
    if reason is None or (letter.kind == "confirmation" and reason[0] == "asked"):
        return ""
    return f"The address is on the stop list: {reason[0]}."
