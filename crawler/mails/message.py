"""Hostile MIME to safe parts (pure): who sent a mail and each mail attached to it, and its texts as lines with links.

Only text/plain, text/html and attached mails are looked at; other attachments are passed over unread. Everything is
bounded: parts, depth, bytes, lines, links. Run it in crawler/sandbox.py all the same.
"""

import codecs
import email
import email.errors
import email.header
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from config.errors import InputError
from crawler.mails import html
from crawler.mails.html import MAX_LINES, Line, tidy

MAX_BYTES = 25_000_000
"""Largest mail; mail servers seldom take larger ones."""
MAX_PARTS = 200
MAX_DEPTH = 12
MAX_TEXT = 2_000_000
"""Bytes of one text part; alert mails have some ten thousand."""
MAX_BOUNDARIES = 100
"""Multiparts in one mail: the library's parser asks each of them about each line."""
MAX_HEADER = 2_000
PACKED = ("base64", "quoted-printable")

HEADS = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type|sender|"
    rb"reply-to|x-[a-z-]+|dkim-signature|authentication-results|arc-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
HEADER = re.compile(rb"^[\x21-\x39\x3b-\x7e]+[ \t]*:")
OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHARSETS = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
    "windows-1252": "cp1252", "cp1252": "cp1252", "ascii": "cp1252", "iso-8859-15": "iso8859-15",
    "windows-1250": "cp1250", "iso-8859-10": "iso8859-10", "iso-8859-4": "iso8859-4", "macintosh": "mac-roman",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
}  # fmt: skip
"""What a declared charset is read as. Mail programs read iso-8859-1 as windows-1252, and so does this; charsets that
are not here are read as windows-1252 where the bytes are no UTF-8.
"""


@dataclass(frozen=True)
class Letter:
    """One mail, or one attached to it. senders: (name, address) of From and Sender; texts: HTML first, then plain."""

    senders: tuple[tuple[str, str], ...]
    subject: str
    texts: tuple[tuple[Line, ...], ...]


def is_mail(head: bytes) -> bool:
    """Whether bytes begin as a mail does: a header line first, and a header that mails have among its headers."""
    block = re.split(rb"\r?\n\r?\n", head.lstrip(b"\r\n"), maxsplit=1)[0]
    return bool(HEADER.match(block) and HEADS.search(block))


def read(data: bytes, item: str) -> list[Letter]:
    """The mail and those attached to it, outer first. item: what it is called in errors. Raises InputError."""
    if data.startswith(OUTLOOK):
        raise InputError(item, None, "is in Outlook's own form (.msg); save or forward it as .eml")
    if len(data) > MAX_BYTES:
        raise InputError(item, None, f"is larger than {MAX_BYTES // 1_000_000} MB")
    if not is_mail(data[:65_536]):
        raise InputError(item, None, "is no mail: it does not begin with a mail's headers")
    return _letters(parse(data, item), item)


def parse(data: bytes, item: str) -> Message:
    """The mail's tree of parts as the library sees it. Raises InputError."""
    if len(re.findall(rb"boundary[ \t]*\*?[0-9*]*[ \t]*=", data, re.IGNORECASE)) > MAX_BOUNDARIES:
        raise InputError(item, None, f"has more than {MAX_BOUNDARIES} parts within parts, as bombs do")
    try:
        return email.message_from_bytes(data)
    except RecursionError:
        raise InputError(item, None, "has parts within parts without end") from None
    except (ValueError, LookupError, AttributeError, TypeError, email.errors.MessageError) as error:
        # The library promises to read anything; where it does not, the mail is at fault.
        raise InputError(item, None, f"is not built as a mail: {type(error).__name__}") from error


def _letters(top: Message, item: str) -> list[Letter]:
    """Letters in the order of their beginnings; a stack of its own, so that depth is a number and not a crash."""
    texts: list[list[tuple[Line, ...]]] = []
    heads: list[Message] = []
    stack: list[tuple[Message, int, int]] = [(top, 0, -1)]
    parts = lines = 0
    while stack:
        part, depth, owner = stack.pop()
        parts += 1
        if parts > MAX_PARTS:
            raise InputError(item, None, f"has more than {MAX_PARTS} parts")
        if depth > MAX_DEPTH:
            raise InputError(item, None, f"has parts within parts deeper than {MAX_DEPTH}")
        if owner < 0:
            owner = len(heads)
            heads.append(part)
            texts.append([])
        kind = part.get_content_type()
        attached = _attached(part, kind, item)
        if attached is not None:
            stack.append((attached, depth + 1, -1))
            continue
        if part.is_multipart():
            # The stack turns the order, so the children go in backwards.
            children = [child for child in part.get_payload() if isinstance(child, Message)]
            stack += [(child, depth + 1, owner) for child in reversed(children)]
            continue
        if kind not in ("text/plain", "text/html"):
            continue
        text = text_of(part)
        found = html.lines(text) if kind == "text/html" else tuple(plain_lines(text))
        lines += len(found)
        if lines > MAX_LINES * 4:
            raise InputError(item, None, f"has more than {MAX_LINES * 4} lines")
        texts[owner].insert(0 if kind == "text/html" else len(texts[owner]), found)
    return [
        Letter(tuple(_senders(head)), header(head, "subject"), tuple(own))
        for head, own in zip(heads, texts, strict=True)
    ]


def _attached(part: Message, kind: str, item: str) -> Message | None:
    """The mail that a part holds: as message/rfc822, also where a mail program packed it, or as a file named .eml."""
    if kind == "message/rfc822":
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if not isinstance(inner, Message) or _encoding(part) not in PACKED:
            return inner if isinstance(inner, Message) else None
        packed = Message()
        packed["content-transfer-encoding"] = _encoding(part)
        packed.set_payload(inner.get_payload() if not inner.is_multipart() else "")
        data = packed.get_payload(decode=True)
    elif kind in ("application/octet-stream", "application/x-eml") and _file_name(part).endswith(".eml"):
        data = part.get_payload(decode=True)
    else:
        return None
    whole = isinstance(data, bytes) and len(data) <= MAX_BYTES and is_mail(data[:65_536])
    return parse(data, item) if isinstance(data, bytes) and whole else None


def _file_name(part: Message) -> str:
    try:
        return (part.get_filename() or "").lower()
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _encoding(part: Message) -> str:
    return str(part.get("content-transfer-encoding", "")).strip().lower()


def header(message: Message, name: str) -> str:
    """A header decoded, on one line, without control characters; empty where it is missing."""
    try:
        value = message.get(name)
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):
        return ""
    return _decode_words(str(value)[:MAX_HEADER]) if value is not None else ""


def _decode_words(value: str) -> str:
    # A raw header of bytes that are no ASCII comes with surrogates in their place.
    raw = value.encode("utf-8", "surrogateescape")
    value = decode(raw, None) if any(byte > 127 for byte in raw) else value
    try:
        pieces = email.header.decode_header(re.sub(r"\r?\n[ \t]*", " ", value))
    except (ValueError, LookupError, email.errors.MessageError):
        return tidy(value)
    return tidy("".join(piece if isinstance(piece, str) else decode(piece, charset) for piece, charset in pieces))


def _senders(message: Message) -> Iterator[tuple[str, str]]:
    for name in ("from", "sender"):
        value = header(message, name)
        if value:
            shown, address = email.utils.parseaddr(value)
            yield tidy(shown), address.strip().lower()


def text_of(part: Message) -> str:
    """The text of a text part, whatever its charset says; at most MAX_TEXT bytes of it."""
    if _encoding(part) not in PACKED:
        # uuencode and inventions are read as they stand.
        del part["content-transfer-encoding"]
    data = part.get_payload(decode=True)
    try:
        charset = part.get_param("charset")
    except (ValueError, LookupError, TypeError, AttributeError):
        charset = None
    return decode(data[:MAX_TEXT] if isinstance(data, bytes) else b"", charset if isinstance(charset, str) else None)


def decode(data: bytes, declared: str | None) -> str:
    """Text of bytes whose declared charset may be wrong or missing.

    Bytes that are UTF-8 are UTF-8 whatever is declared (Swedish in another charset never is by chance); text declared
    as UTF-8 that is mostly so keeps its few broken signs as U+FFFD; else the declared charset, else windows-1252.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    charset = (declared or "").strip("\"' ").lower()
    if charset in ("utf-16", "utf-16le", "utf-16be"):
        return data.decode(CHARSETS[charset], "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if charset in ("utf-8", "utf8", ""):
        text = data.decode("utf-8", "replace")
        good = sum(1 for sign in text if ord(sign) > 127 and sign != "\ufffd")
        if good >= text.count("\ufffd"):
            return text
    return data.decode(CHARSETS.get(charset, "cp1252"), "replace")


QUOTED = re.compile(r"^(?:[>|]\s?)+")
URL = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?()\[\]]", re.IGNORECASE)
COLUMNS = re.compile(r"(?<=[^\s:])(?:\t+| {3,})(?=\S)")
EMPTY = re.compile(r"<\s*>|\(\s*\)|\[\s*\]")
"""What stood around a link."""
BREAK = 55
"""A line at least so long may have been broken by a mail program."""


def plain_lines(text: str) -> Iterator[Line]:
    """Lines of plain text: quote marks gone, lines joined that a mail program broke, links taken out.

    Empty lines stay as empty Lines: they part paragraphs.
    """
    held = ""
    count = 0
    for raw in text.split("\n")[: MAX_LINES * 2]:
        flowed = raw.endswith((" ", " \r")) and not raw.startswith("-- ")
        line = QUOTED.sub("", raw.rstrip()).strip()
        broken = len(held) >= BREAK and not URL.search(held) and (line[:1].islower() or line[:1] in "(–")
        if held and line and (broken or held.endswith("\u00a0")):
            held = f"{held.rstrip(chr(0xA0))} {line}"
        else:
            if held or not line:
                yield _plain(held)
                count += 1
            held = line
        if flowed and held and len(held) >= BREAK:
            # format=flowed (RFC 3676): a space at the end says that the line goes on.
            held += "\u00a0"
        if count >= MAX_LINES:
            return
    if held:
        yield _plain(held)


def _plain(text: str) -> Line:
    links = tuple(("", url) for url in URL.findall(text)[:10])
    # A tab, or a gap as wide, parts a label from its value or a column from the next.
    text = COLUMNS.sub(" | ", EMPTY.sub(" ", URL.sub("", text)).strip())
    return Line(tidy(text), links)
