"""A mail without its envelope: what the archive keeps (pure).

Whom a mail went to and through which servers is nobody's business here, and who forwarded it only as far as it tells
whose mail it is. The body stays byte for byte, so that a better reader can read it again (docs/mails.md).
"""

import re

from crawler.mails import portals

KEPT = (b"subject", b"date", b"message-id", b"mime-version")
FIELD = re.compile(rb"(?P<name>[\x21-\x39\x3b-\x7e]+)[ \t]*:(?P<value>[^\n]*\n?(?:[ \t][^\n]*(?:\n|$))*)")
ADDRESS = re.compile(rb"[A-Za-z0-9_.+=-]{1,100}@[A-Za-z0-9_.-]{1,200}")
MESSAGE_ID = re.compile(rb"<([^<>\s]{1,200})>")


def reduce(data: bytes) -> bytes:
    """The mail with only the headers that reading needs. The sender stays where it is a portal, else its domain."""
    head, gap, body = _halves(data)
    kept: list[bytes] = []
    for match in FIELD.finditer(head):
        name = match["name"].lower()
        if name in KEPT or name.startswith(b"content-"):
            kept.append(match[0] if match[0].endswith(b"\n") else match[0] + b"\r\n")
        elif name in (b"from", b"sender"):
            kept.append(_sender(match["name"], match[0]))
    return b"".join(kept) + (gap or b"\r\n") + body


def identity(data: bytes) -> str | None:
    """The Message-ID without its brackets, None where there is none."""
    head, _, _ = _halves(data)
    for match in FIELD.finditer(head):
        if match["name"].lower() == b"message-id":
            found = MESSAGE_ID.search(match["value"])
            return found[1].decode("ascii", "replace") if found else None
    return None


def senders(data: bytes) -> list[str]:
    """The addresses in From, lower case; several From headers give all of them."""
    head, _, _ = _halves(data)
    values = [match["value"] for match in FIELD.finditer(head) if match["name"].lower() == b"from"]
    return [found[0].decode("ascii").lower() for value in values for found in ADDRESS.finditer(value)]


def _halves(data: bytes) -> tuple[bytes, bytes, bytes]:
    found = re.search(rb"\r?\n(\r?\n)", data)
    return (data[: found.start(1)], found[1], data[found.end() :]) if found else (data, b"", b"")


def _sender(name: bytes, whole: bytes) -> bytes:
    found = ADDRESS.search(whole)
    domain = found[0].rpartition(b"@")[2] if found else b""
    if found and portals.of_sender("", found[0].decode("ascii")) is not None:
        return whole if whole.endswith(b"\n") else whole + b"\r\n"
    return name + b": " + (b"withheld@" + domain if domain else b"withheld") + b"\r\n"
