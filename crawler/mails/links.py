"""What a link in a mail leads to, read out of the link itself: nothing is fetched (pure).

Mail programs and mailing services wrap links in redirects: the target stands in a query parameter, in the path, or as
base64 in either. A link whose target is only known to the redirecting server stays unknown.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

MAX_LENGTH = 8_000
MAX_DEPTH = 6
"""Wrappings within each other; a mail that passes three gateways has four."""
MAX_TARGETS = 60

TARGET = re.compile(r"https?://[^\s\"'<>\\^`{|}\ufffd]+", re.IGNORECASE)
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
SLASHES = re.compile(r"\\+/")
"""How JSON may write "/", also JSON within JSON."""
DASHED = re.compile(r"https?-3A__\S+", re.IGNORECASE)
"""How Proofpoint's second form writes "https://": every "%" as "-", every "/" as "_"."""
BETWEEN = re.compile(r"/v3/__(https?:/.+?)__;", re.IGNORECASE)
"""How Proofpoint's third form holds its target."""


@dataclass(frozen=True)
class Address:
    """A web address in parts. host: lower case, ASCII; query: names and values, the first of each name."""

    url: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]


def parse(url: str) -> Address | None:
    """The parts of an http or https address; None for anything else: other schemes, user names before the host, odd
    ports, and hosts that are not plain ASCII (look-alike letters).
    """
    if len(url) > MAX_LENGTH or any(ord(sign) < 33 for sign in url):
        return None
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    plain = re.fullmatch(r"[a-z0-9.-]+", host) is not None and "xn--" not in host
    if parts.scheme.lower() not in ("http", "https") or not plain or "@" in parts.netloc:
        return None
    if port not in (None, 80, 443):
        return None
    query: dict[str, tuple[str, str]] = {}
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return None
    for name, value in pairs:
        query.setdefault(name.lower(), (name, value))
    return Address(url, host, parts.path, tuple(query.values()))


def below(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or below it: app.mercell.com is below mercell.com, evilmercell.com is not."""
    return host == domain or host.endswith("." + domain)


def canonical(address: Address, keep: tuple[str, ...]) -> str:
    """The address with only the query parameters named in `keep` (lower case), so that it does not tell who got it."""
    kept = "&".join(f"{quote(name)}={quote(value, safe=':/')}" for name, value in address.query if name.lower() in keep)
    return f"https://{address.host}{quote(unquote(address.path))}" + (f"?{kept}" if kept else "")


def targets(url: str) -> Iterator[Address]:
    """The address itself, then every address wrapped in it, each once; bounded in depth and number.

    What is wrapped in an address comes before its neighbours, and what is read with less decoding before what is read
    with more, so that the first address of a portal is the one that its mail named.
    """
    seen: set[str] = set()
    stack = [(url.strip(), 0)]
    while stack and len(seen) < MAX_TARGETS:
        candidate, depth = stack.pop()
        if candidate in seen:
            continue
        seen.add(candidate)
        address = parse(candidate)
        if address is None:
            continue
        yield address
        if depth < MAX_DEPTH:
            stack += [(inner, depth + 1) for inner in reversed(list(islice(_wrapped(address), MAX_TARGETS)))]


def _wrapped(address: Address) -> Iterator[str]:
    between = BETWEEN.search(address.url)
    if between:
        yield re.sub(r"^(https?):/+", r"\1://", between[1], flags=re.IGNORECASE)
    fragment = address.url.partition("#")[2]
    for value in (*(value for _, value in address.query), *address.path.split("/"), fragment):
        yield from _inside(value)
    path = unquote(address.path)
    held = TARGET.search(path)
    if held:
        # A target that stands unescaped in the path has its query in ours.
        query = address.url.partition("?")[2].partition("#")[0]
        yield held[0]
        if query and "?" not in held[0]:
            yield f"{held[0]}?{query}"


def _inside(value: str) -> Iterator[str]:
    """Addresses in one value: plain, percent-encoded (also twice), dashed, or in base64."""
    for _ in range(3):
        text = SLASHES.sub("/", value)
        yield from TARGET.findall(text)
        if DASHED.match(text):
            yield unquote(text.replace("_", "/").replace("-", "%"))
        decoded = unquote(value)
        if decoded == value:
            break
        value = decoded
    if TARGET.search(value):
        # Base64 within an address is part of that address: it is looked into when the address is.
        return
    for token in BASE64.findall(value)[:10]:
        text = _base64(token)
        if "http" in text:
            yield from TARGET.findall(SLASHES.sub("/", text).replace("\\u0026", "&"))


def _base64(token: str) -> str:
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", "replace").replace("\x00", "")
    except (binascii.Error, ValueError):
        return ""
