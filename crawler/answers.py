"""What is wrong with an answer of TED's, in words, each by its own rule (pure)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

CHALLENGE = "the server's bot rule answered with a challenge (202, empty)"

CONNECTION = {
    "ResponseDataLossError": "the connection was cut within an answer",
    "DownloadFailedError": "the connection was cut within an answer",
    "ResponseFailed": "the connection was cut before an answer",
    "ResponseNeverReceived": "the connection was cut before an answer",
    "DownloadConnectionRefusedError": "the connection was refused",
    "ConnectionRefusedError": "the connection was refused",
    "DownloadTimeoutError": "no answer came in time",
    "TimeoutError": "no answer came in time",
    "CannotResolveHostError": "the server's name could not be looked up",
    "DNSLookupError": "the server's name could not be looked up",
}


@dataclass(frozen=True)
class Wrong:
    """kind: a word for counting; text: in plain words; wait: seconds the server asks for, None where it names none."""

    kind: str
    text: str
    wait: float | None = None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as an HTTP date; None where it is missing or unreadable.

    A date is reckoned from the answer's own Date, so that no clock of ours has to agree with the server's.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", value):
        return float(value)
    try:
        until, now = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def unconnected(name: str) -> Wrong:
    """What an exception of that class name says of a connection, in plain words."""
    return Wrong("connection", CONNECTION.get(name, f"the connection failed ({name})"))


def wrong_status(status: int, headers: Mapping[str, str], body: bytes) -> Wrong | None:
    """What the status says is wrong, or None for a plain 200. headers: by lower-case name."""
    wait = retry_after(headers)
    if status == 202 and (headers.get("x-amzn-waf-action") == "challenge" or not body.strip()):
        return Wrong("challenge", CHALLENGE, wait)
    if status == 429:
        return Wrong("too many requests", "the server asks for fewer requests (429)", wait)
    if status in (401, 403):
        return Wrong("refused", f"the server refuses us ({status})", wait)
    if status >= 500:
        return Wrong("server error", f"the server has a fault of its own ({status})", wait)
    if status != 200:
        return Wrong("unexpected status", f"the server answered with status {status}", wait)
    if not body.strip():
        return Wrong("empty", "the server answered with nothing")
    return None


def _is_html(body: bytes) -> bool:
    start = body[:300].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def search_page(body: bytes) -> dict[str, Any] | Wrong:
    """A page of the Search API, checked: notices, totalNoticeCount, iterationNextToken."""
    if _is_html(body):
        return Wrong("html", "a web page came instead of JSON")
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        return Wrong("truncated", "the answer broke off or is no JSON")
    if not isinstance(page, dict):
        return Wrong("form", "the answer is no JSON object")
    if page.get("timedOut"):
        return Wrong("timed out", "the search timed out on the server (timedOut), which is no empty result")
    total = _count(page.get("totalNoticeCount"))
    notices = page.get("notices")
    if total is None or not isinstance(notices, list):
        return Wrong("form", "the answer lacks notices or totalNoticeCount")
    if not all(isinstance(hit, Mapping) for hit in notices):
        return Wrong("form", "the answer lists what is no notice")
    return {**page, "totalNoticeCount": total}


def _count(value: Any) -> int | None:
    """A count as a number or as digits; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def notice_body(body: bytes) -> Wrong | None:
    """What is wrong with a notice's XML before it is parsed."""
    if _is_html(body):
        return Wrong("html", "a web page came instead of XML")
    if not body.rstrip().endswith(b">"):
        return Wrong("truncated", "the XML broke off")
    return None


def number_of(hit: Mapping[str, Any]) -> str | None:
    """The publication number of a hit: a string, or a list of one."""
    value = hit.get("publication-number")
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) and value else None


def in_language(value: Any, language: str = "swe") -> str:
    """A multilingual field of a hit: {"swe": ["..."]} or {"swe": "..."}; the language, else English, else the first."""
    if isinstance(value, Mapping):
        value = value.get(language) or value.get("eng") or next(iter(value.values()), "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value) if isinstance(value, str | int | float) and value is not False else ""
