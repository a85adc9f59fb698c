"""A stand-in for TED on loopback, with TED's traps: for the demo and the tests, never for real notices.

It serves the Search API (iteration mode with tokens that never end), notice XML and robots.txt, from XML bytes.
"""

import hashlib
import json
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from crawler import eforms
from register.models import Notice

DAY = re.compile(r"publication-date\s*(>=|<=)\s*(\d{8})")
ANSWER_FAULTS = ("429", "429 date", "500", "503", "cut", "reset", "truncate", "html", "empty", "redirect")
"""Faults that any answer may show."""
SEARCH_FAULTS = (
    *(
        "timedout",
        "duplicate",
        "shift",
        "short",
        "skip",
        "loop",
        "same token",
        "no token",
        "null",
        "nothing",
        "no page",
    ),
    *("total as text", "list"),
)
"""Faults of the Search API's content."""
NOTICE_FAULTS = ("other", "challenge", "not modified")
"""Faults of a notice's page: another notice's XML; a bot rule that strikes now and then; 304 to whom did not ask so."""


@dataclass
class Traps:
    """Which traps are set. bad_share: share of answers with a fault by chance, 0..1, drawn from `seed`."""

    challenge: bool = False
    """Notice pages answer 202 with x-amzn-waf-action: challenge."""
    withheld: frozenset[str] = frozenset()
    """Announced in the total, never given."""
    bad_share: float = 0.0
    seed: int = 1
    first: tuple[str, ...] = ()
    """Faults of the first answers, one each, in order."""
    retry_after: str = "0"
    forbid_robots: bool = False
    page_cap: int = 250
    """Most hits a page, whatever is asked for."""
    etags: bool = False
    """Whether notices carry an ETag, and a request that names it is answered with 304."""
    hold_after: int | None = None
    """Requests after so many wait until `go` is set."""
    end_token: bool = False
    """Whether the token stops coming at the end, as real TED never does."""


@dataclass
class StandIn:
    """The server. notices: XML documents; `requests` keeps (method, path, user agent) of what was asked,
    and `asked` is released once for each.
    """

    notices: Sequence[bytes]
    traps: Traps = field(default_factory=Traps)
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        read = [(eforms.read(data, item="stand-in"), data) for data in self.notices]
        self.by_number: dict[str, tuple[Notice, bytes]] = {n.publication_number: (n, data) for n, data in read}
        self.chance = random.Random(self.traps.seed)  # noqa: S311  (no secret hangs on it)
        self.lock = threading.Lock()
        self.first = list(self.traps.first)
        self.tokens: dict[str, tuple[list[str], int]] = {}
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()
        self.not_modified = 0

    def __enter__(self) -> "StandIn":
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self) -> str:
        """http://127.0.0.1:port."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Settings that point a crawl here."""
        return {
            "ANBUDSLOTS_TED__API_URL": f"{self.address}/v3/notices/search",
            "ANBUDSLOTS_TED__NOTICE_URL": self.address + "/en/notice/{number}/xml",
        }

    def fault(self, own: Sequence[str] = ()) -> str:
        """The fault of the next answer, "" for none. own: faults that only this kind of answer can show."""
        with self.lock:
            if self.first:
                return self.first.pop(0)
            if self.chance.random() < self.traps.bad_share:
                return self.chance.choice((*ANSWER_FAULTS, *own))
        return ""

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """A page of hits in the form of the Search API."""
        token = body.get("iterationNextToken")
        limit = min(int(body.get("limit", 10)), self.traps.page_cap)
        with self.lock:
            if token in self.tokens:
                numbers, at = self.tokens[str(token)]
            else:
                numbers, at = self.within(str(body.get("query", ""))), 0
            given = [n for n in numbers if n not in self.traps.withheld][at : at + limit]
            following = f"token-{len(self.tokens) + 1}"
            self.tokens[following] = (numbers, at + len(given))
        answer: dict[str, Any] = {
            "notices": [self.hit(number) for number in given],
            "totalNoticeCount": len(numbers),
            "timedOut": False,
        }
        if given or not self.traps.end_token:
            answer["iterationNextToken"] = following
        return answer

    def within(self, query: str) -> list[str]:
        """Numbers of the notices published within the query's days."""
        bounds = DAY.findall(query)
        found = []
        for number, (notice, _) in sorted(self.by_number.items()):
            day = f"{notice.published:%Y%m%d}" if notice.published else ""
            if all(day >= value if sign == ">=" else day <= value for sign, value in bounds):
                found.append(number)
        return found

    def hit(self, number: str) -> dict[str, Any]:
        """One hit; numbers come as a string or a list of one, titles in both forms, as TED's do."""
        notice, _ = self.by_number[number]
        odd = sum(map(ord, number)) % 2 == 1
        return {
            "publication-number": [number] if odd else number,
            "publication-date": f"{notice.published}+01:00",
            "form-type": notice.form_type,
            "notice-type": notice.notice_type,
            "procedure-identifier": notice.procedure_id,
            "title-proc": {"swe": [notice.title] if odd else notice.title},
            "description-proc": {"swe": notice.description},
            "buyer-name": {"swe": [notice.buyer.name]},
            "classification-cpv": list(notice.cpv),
            "links": {"xml": {"MUL": f"https://ted.europa.eu/en/notice/{number}/xml"}},
        }


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer goes out at once: head and body apart would wait 40 ms for the other side's acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed; `requests` keeps what was asked."""

        def do_GET(self) -> None:
            """robots.txt or a notice."""
            self._note()
            if self.path == "/robots.txt":
                rule = "Disallow: /" if stand_in.traps.forbid_robots else "Disallow: /private"
                bad = stand_in.fault() if stand_in.traps.bad_share else ""
                # Half a robots.txt can't be told from a whole one.
                bad = "" if bad == "truncate" else bad
                self._faulty(f"User-agent: *\n{rule}\n".encode(), "text/plain", bad)
                return
            match = re.match(r"^/en/notice/([\w-]+)/xml$", self.path)
            known = stand_in.by_number.get(match[1]) if match else None
            if not self._is_honest():
                self._send(403, b"", "text/plain")
            elif known is None:
                self._send(404, b"not found", "text/plain")
            elif stand_in.traps.challenge:
                self._send(202, b"", "text/html", {"x-amzn-waf-action": "challenge"})
            else:
                self._notice(known[1], stand_in.fault(NOTICE_FAULTS))

        def do_POST(self) -> None:
            """The Search API."""
            self._note()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not self._is_honest():
                self._send(403, b"", "text/plain")
                return
            if self.path != "/v3/notices/search":
                self._send(404, b"{}", "application/json")
                return
            query = json.loads(body)
            if not query.get("fields") or int(query.get("limit", 10)) > 250:
                self._send(400, b'{"error": "SEARCH_EXCEEDS_MAX_LIMIT or no fields"}', "application/json")
                return
            fault = stand_in.fault(SEARCH_FAULTS)
            page = stand_in.search(query)
            if fault == "timedout":
                page = {"notices": [], "totalNoticeCount": 0, "timedOut": True}
            elif fault == "duplicate" and page["notices"]:
                page["notices"].append(page["notices"][0])
            elif fault == "shift":
                page["totalNoticeCount"] += 1
            elif fault == "short":
                page["notices"] = page["notices"][: len(page["notices"]) // 2]
            elif fault == "loop":
                page["notices"] = stand_in.search({**query, "iterationNextToken": None})["notices"]
            elif fault == "same token" and "iterationNextToken" in query:
                page["iterationNextToken"] = query["iterationNextToken"]
            elif fault == "no token":
                page.pop("iterationNextToken", None)
            elif fault == "skip":
                # The rest of the page is left out for good: the token leads behind it.
                page["notices"] = page["notices"][: len(page["notices"]) // 2]
            elif fault == "null":
                page["notices"] = None
            elif fault == "nothing":
                page = {"notices": [], "totalNoticeCount": 0, "timedOut": False}
            elif fault == "no page":
                page["notices"] = []
            elif fault == "total as text":
                page["totalNoticeCount"] = str(page["totalNoticeCount"])
            elif fault == "list":
                page["notices"] = [None, *page["notices"]]
            self._faulty(json.dumps(page).encode(), "application/json", fault)

        def _notice(self, data: bytes, fault: str) -> None:
            etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            if fault == "challenge":
                self._send(202, b"", "text/html", {"x-amzn-waf-action": "challenge"})
            elif fault == "not modified":
                self._send(304, b"", "application/xml")
            elif fault == "other":
                other = stand_in.chance.choice(sorted(stand_in.by_number))
                self._send(200, stand_in.by_number[other][1], "application/xml")
            elif stand_in.traps.etags and not fault:
                known = self.headers.get("If-None-Match") == etag
                stand_in.not_modified += known
                self._send(304 if known else 200, b"" if known else data, "application/xml", {"ETag": etag})
            else:
                self._faulty(data, "application/xml", fault)

        def _is_honest(self) -> bool:
            agent = self.headers.get("User-Agent", "")
            return bool(re.match(r"^Mozilla/5\.0 \(compatible; \w+/[\d.]+; \+\S+\)$", agent))

        def _note(self) -> None:
            stand_in.requests.append((self.command, self.path, self.headers.get("User-Agent", "")))
            stand_in.asked.release()
            if stand_in.traps.hold_after is not None and len(stand_in.requests) > stand_in.traps.hold_after:
                stand_in.go.wait(60)

        def _faulty(self, data: bytes, kind: str, fault: str) -> None:
            if fault in ("429", "500", "503"):
                headers = {"Retry-After": stand_in.traps.retry_after} if fault == "429" else {}
                self._send(int(fault), b"busy", "text/plain", headers)
            elif fault == "429 date":
                soon = formatdate(time.time() + float(stand_in.traps.retry_after), usegmt=True)
                self._send(429, b"busy", "text/plain", {"Retry-After": soon})
            elif fault == "reset":
                # Closing with unread linger sends RST instead of FIN.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            elif fault == "redirect":
                self._send(302, b"", "text/html", {"Location": "/maintenance"})
            elif fault == "cut":
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2])
                self.close_connection = True
            elif fault == "truncate":
                self._send(200, data[: len(data) // 2], kind)
            elif fault == "html":
                self._send(200, b"<!DOCTYPE html><html><body>Maintenance</body></html>", "text/html")
            elif fault == "empty":
                self._send(200, b"", kind)
            else:
                self._send(200, data, kind)

        def _send(self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    return Handler
