"""Hostile mail that came back to what a letter's answer or bounce says (pure); run it in crawler/sandbox.py.

Bounces are told by DSN (RFC 3464), complaints by ARF (RFC 5965), which letter they are about by the address they came
to (NAME+TOKEN@..., VERP) or by the Message-ID of what they send back. Bounces in a mail server's own form are read by
flufl.bounce. Answers by machines (RFC 3834) are automatic.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import parseaddr

from flufl.bounce import all_failures

from crawler.mails import html, message, own_words
from register.incoming import Incoming, Kind

# It logs each reader that trips over a mail; that is no news here.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

TOKEN = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
"""The first part of our Message-IDs (notifier/message.py)."""
STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
REPLY_CODE = re.compile(r"(?:^|;|\s)(?P<class>[45])(?P<code>\d\d)[ -]")
ADDRESS = re.compile(r"<?[\w.+-]{1,64}@[\w.-]{1,255}>?")
MAX_PARTS = 50
MAX_DEPTH = 6
MAX_BYTES = 1_000_000
"""What is read of a mail; what comes later is the returned letter or files."""
LONGEST_WORDS = 300
HEURISTIC_BYTES = 100_000
"""Bounces in own forms are short; their readers are slow on long ones."""
QUOTE_BEGINS = re.compile(
    r"<blockquote|<[^>]{0,200}(?:gmail_quote|moz-cite-prefix|yahoo_quoted|appendonsend|divRplyFwdMsg|"
    r"border-top: ?solid #[be]1e1e1|protonmail_quote|OLK_SRC_BODY)",
    re.IGNORECASE,
)
AUTOMATIC_SUBJECT = re.compile(
    r"^\W{0,3}(?:automatiskt svar|autosvar|auto-?reply|automatic reply|frånvar\w*|out of (?:the )?office|"
    r"semester\b|på semester|ej på plats|inte på plats|borta från kontoret)\b",
    re.IGNORECASE,
)
MACHINES = re.compile(r"^(?:mailer-?daemon|postmaster|mail-?delivery|noreply|no-reply|donotreply)", re.IGNORECASE)
STOP_SUBJECT = re.compile(r"^\W{0,3}(?:stopp?|unsubscribe)\b", re.IGNORECASE)


def read(data: bytes, item: str, *, at: datetime) -> Incoming:
    """What a mail says. item: what it is called in errors. Raises InputError where it is no mail."""
    tree = message.parse(data[:MAX_BYTES], item)
    own = message.header(tree, "message-id").strip("<> ")
    mail = _Mail(tree, tuple(_parts(tree)), (own or hashlib.sha256(data).hexdigest())[:200], at)
    report = _report(tree)
    if report == "delivery-status":
        return _bounce(mail)
    if report == "feedback-report":
        return _complaint(mail)
    failed = _own_form(tree, len(data))
    if failed is not None:
        return mail.as_incoming("bounce", action=failed, status=_said_status(mail.parts))
    tokens = _tokens(mail, own=False)
    if _is_automatic(tree) and not (tokens and STOP_SUBJECT.match(message.header(tree, "subject"))):
        return mail.as_incoming("automatic")
    return mail.as_incoming("reply", text=_own_words(tree))


@dataclass(frozen=True)
class _Mail:
    """A mail while it is read. parts: with those of attached mails."""

    tree: Message
    parts: tuple[Message, ...]
    identity: str
    at: datetime

    def as_incoming(
        self, kind: Kind, *, status: str = "", action: str = "", words: str = "", text: str = ""
    ) -> Incoming:
        """What is kept of it."""
        _, sender = parseaddr(message.header(self.tree, "from"))
        return Incoming(
            identity=self.identity,
            kind=kind,
            sender=sender.lower()[:254],
            tokens=tuple(_tokens(self, own=kind in ("bounce", "complaint"))),
            subject=message.header(self.tree, "subject")[:200],
            text=text,
            status=status,
            action=action,
            words=ADDRESS.sub("...", html.tidy(words))[:LONGEST_WORDS],
            received=self.at,
        )


def _parts(tree: Message, *, attached: bool = True) -> Iterator[Message]:
    """The parts in their order, with those of attached mails or without; a stack, so that depth is a number."""
    stack = [(tree, 0)]
    count = 0
    while stack and count < MAX_PARTS:
        part, depth = stack.pop()
        count += 1
        yield part
        if depth < MAX_DEPTH and (attached or part.get_content_maintype() != "message"):
            stack += [(child, depth + 1) for child in reversed(_blocks(part))]


def _report(tree: Message) -> str:
    """delivery-status or feedback-report; empty for other mails. Some servers leave the parameter out."""
    if tree.get_content_type() != "multipart/report":
        return ""
    payload = tree.get_payload()
    kinds = (
        [part.get_content_type() for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
    )
    if any(kind in ("message/delivery-status", "message/global-delivery-status") for kind in kinds):
        return "delivery-status"
    return "feedback-report" if "message/feedback-report" in kinds else ""


def _bounce(mail: _Mail) -> Incoming:
    """The gravest of the recipients that a DSN tells of; a letter has one, lists behind it may have more."""
    blocks = [
        block
        for part in mail.parts
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")
        for block in _blocks(part)
        if block.get("action") or block.get("status")
    ]
    ranked = [(_field(block, "action").lower(), block) for block in blocks]
    action, block = next((one for one in ranked if one[0] == "failed"), ranked[0] if ranked else ("", mail.tree))
    words = _field(block, "diagnostic-code").partition(";")[2] or _field(block, "diagnostic-code")
    own = STATUS.search(_field(block, "status"))
    # A server that gives up after waiting says 4 in its own status and 5 in the words of the last answer, or none.
    status = own[0] if own else _status_of(words)
    return mail.as_incoming("bounce", status=status, action=action.split(" ")[0], words=words)


def _blocks(part: Message) -> list[Message]:
    """The parts of a part, or the blocks of headers of a report."""
    # The library decodes the payload of a part that has no parts, and may fail at it.
    payload = part.get_payload() if part.is_multipart() else None
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _complaint(mail: _Mail) -> Incoming:
    report = next((part for part in mail.parts if part.get_content_type() == "message/feedback-report"), mail.tree)
    kind = next(
        (_field(block, "feedback-type") for block in [report, *_blocks(report)] if block.get("feedback-type")), ""
    )
    return mail.as_incoming("complaint", action=kind.lower() or "abuse")


def _own_form(tree: Message, size: int) -> str | None:
    """failed or delayed where a mail server's own words say so; None for what is no bounce."""
    _, sender = parseaddr(message.header(tree, "from"))
    empty = message.header(tree, "return-path").strip() in ("<>", "")
    if size > HEURISTIC_BYTES or not (MACHINES.match(sender) or (not sender and empty)):
        return None
    try:
        temporary, permanent = all_failures(tree)
    except Exception:  # any of its readers may trip over what a stranger wrote: then it is no bounce
        return None
    return "failed" if permanent else "delayed" if temporary else None


def _said_status(parts: Sequence[Message]) -> str:
    return next((status for part in parts if (status := _status_of(_plain(part)[:20_000]))), "")


def _status_of(words: str) -> str:
    found = STATUS.search(words)
    if found:
        return found[0]
    code = REPLY_CODE.search(words)
    return f"{code['class']}.0.0" if code else ""


def _tokens(mail: _Mail, *, own: bool) -> list[str]:
    """Tokens of letters, the surest first: the address it came to, what it answers, what it sends back, its subject.

    own: also those of the mails inside it, which a bounce sends back.
    """
    names = ["to", "delivered-to", "x-original-to", "in-reply-to", "references", "subject"]
    texts = [message.header(mail.tree, name) for name in names]
    # References name the oldest first.
    texts[4] = " ".join(reversed(texts[4].split()))
    if own:
        inside = ("message-id", "original-envelope-id", "original-mail-from", "x-original-message-id")
        texts[3:3] = [message.header(part, name) for part in mail.parts[1:] for name in inside]
        texts += [_plain(part)[:20_000] for part in mail.parts if part.get_content_type() == "text/rfc822-headers"]
    return list(dict.fromkeys(found[0] for text in texts for found in TOKEN.finditer(text)))[:10]


def _is_automatic(tree: Message) -> bool:
    """Whether a machine wrote it (RFC 3834), or it went to a list."""
    submitted = message.header(tree, "auto-submitted").lower().split(";")[0].strip()
    precedence = message.header(tree, "precedence").lower()
    present = ("x-autoreply", "x-autorespond", "x-auto-response", "list-id", "list-unsubscribe", "feedback-id")
    _, sender = parseaddr(message.header(tree, "from"))
    return (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply", "auto-reply")
        or any(tree.get(name) is not None for name in present)
        or tree.get_content_type() == "multipart/report"
        or message.header(tree, "return-path").strip() == "<>"
        or bool(MACHINES.match(sender))
        or bool(AUTOMATIC_SUBJECT.match(message.header(tree, "subject")))
    )


def _own_words(tree: Message) -> str:
    """Of the text part, else of the HTML up to what it quotes."""
    texts = [
        part for part in _parts(tree, attached=False) if part.get_content_maintype() == "text" and not _is_file(part)
    ]
    for part in texts:
        if part.get_content_type() == "text/plain":
            found = own_words.cut(message.text_of(part))
            if found:
                return found
    for part in texts:
        if part.get_content_type() == "text/html":
            text = QUOTE_BEGINS.split(message.text_of(part), maxsplit=1)[0]
            return own_words.cut("\n".join(line.text for line in html.lines(text)))
    return ""


def _is_file(part: Message) -> bool:
    return message.header(part, "content-disposition").lower().startswith("attachment")


def _plain(part: Message) -> str:
    return message.text_of(part) if part.get_content_maintype() == "text" else ""


def _field(block: Message, name: str) -> str:
    return message.header(block, name)
