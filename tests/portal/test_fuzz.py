"""Requests of every shape at every route: never a fault, never a trace, never a way out."""

import os
import random
import string
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from portal.routes import Route, table
from portal.visits import Who
from tests.portal.conftest import ACCOUNTS, HOSTILE, SignIn, csrf_of, link_token

REQUESTS = int(os.environ.get("ANBUDSLOTS_FUZZ_CASES", "150"))
"""So many; five thousand by the environment."""
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")
PIECES = (
    "",
    "0",
    "-1",
    "9" * 40,
    "../../etc/passwd",
    "%00",
    "\x00",
    "å",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "' OR 1=1 --",
    '") MATCH "*',
    "{{7*7}}",
    "a" * 3000,
    "\r\nSet-Cookie: a=b",
    "=HYPERLINK()",
    HOSTILE,
    "asf-1",
    "99-01",
    "1-2026",
    "LOT-0000",
    "yes",
    "no:too_far",
    "2026-12-24",
    "true",
    "http://127.0.0.1/",
)
FIELDS = (
    *("answer", "enterprise", "notice", "lot", "key", "note", "number", "email", "till", "q", "lang", "page"),
    *("municipality", "county", "name", "text", "from", "to", "format", "file", "code", "year", "token", "csrf"),
)


def piece(chance: random.Random) -> str:
    """A value: one that means something, a nasty one, or any characters."""
    if chance.random() < 0.7:
        return chance.choice(PIECES)
    return "".join(chance.choice(string.printable + "åäöÅÄÖ€") for _ in range(chance.randrange(60)))


def path_of(route: Route, chance: random.Random, data: Path) -> str:
    """The route's path with good or bad values."""
    values = dict(route.example)
    if route.purpose:
        values["token"] = link_token(data, route.purpose)
    if chance.random() < 0.4:
        values = {name: quoted(piece(chance)) for name in values}
    return route.path.format(**values)


def quoted(text: str) -> str:
    """As it may stand in a path."""
    return "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


def send(client: TestClient, route: Route, token: str, chance: random.Random, data: Path) -> str:
    """One request; "" or what was wrong with the answer."""
    method = route.method if chance.random() < 0.8 else chance.choice(METHODS)
    path = path_of(route, chance, data)
    fields = {chance.choice(FIELDS): piece(chance) for _ in range(chance.randrange(8))}
    form = {**fields, "csrf": token} if chance.random() < 0.8 else fields
    query = {chance.choice(FIELDS): piece(chance) for _ in range(chance.randrange(4))}
    headers = {"Accept": chance.choice(["*/*", "text/html", "application/json"])}
    kind = chance.choice(["form", "form", "form", "json", "files", "raw", "none"])
    bodies: dict[str, dict[str, Any]] = {
        "form": {"data": form},
        "json": {"json": form},
        "files": {"data": form, "files": {"file": ("a.pdf", piece(chance).encode(), "application/pdf")}},
        "raw": {"content": chance.randbytes(200)},
        "none": {},
    }
    if kind == "raw":
        form_type = "multipart/form-data; boundary=x" if chance.random() < 0.5 else "application/x-www-form-urlencoded"
        headers["Content-Type"] = form_type
    answer = client.request(method, path, params=query, headers=headers, **bodies[kind])
    told = answer.text
    elsewhere = answer.headers.get("location", "/")
    wrong = [
        (answer.status_code >= 500, f"status {answer.status_code}"),
        ("Traceback" in told or "site-packages" in told, "a trace"),
        ("<script>document" in told and "text/html" in answer.headers.get("content-type", ""), "hostile text"),
        (not elsewhere.startswith("/") or elsewhere.startswith("//"), f"leads to {elsewhere}"),
        ("a=b" in answer.headers.get("set-cookie", ""), "a cookie"),
    ]
    found = "; ".join(text for is_so, text in wrong if is_so)
    return f"{method} {path[:200]} {kind} {query} {form}: {found}" if found else ""


def test_no_request_brings_a_fault(sign_in: SignIn, data: Path) -> None:
    chance = random.Random(int(os.environ.get("ANBUDSLOTS_FUZZ_SEED", "1")))
    clients = {who: sign_in(who) for who in ("", *ACCOUNTS)}
    faults = []
    for number in range(REQUESTS):
        # Each route in turn, so that none is left out; mostly as one whom it lets in.
        route = table()[number % len(table())]
        welcome = [who for who in clients if route.lets_in(role(who))]
        who = chance.choice(welcome) if welcome and chance.random() < 0.8 else chance.choice(list(clients))
        # Who signs out is nobody afterwards: that is tried by a client of its own.
        client = sign_in(who) if route.name == "signin.out" else clients[who]
        token = csrf_of(client.get("/om").text if who else client.get("/logga-in").text)
        faults.append(send(client, route, token, chance, data))
    assert not any(faults), "\n".join(filter(None, faults))


def role(who: str) -> Who:
    return ACCOUNTS[who].role if who else "public"
