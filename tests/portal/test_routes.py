"""Every route in every role: who may comes in, who may not does not; and docs/routes.md says so."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from config.errors import KnowledgeError
from portal.routes import BY_LINK, EVERYONE, Route, markdown, table
from portal.visits import Data, Visit
from tests.conftest import ROOT
from tests.portal.conftest import ACCOUNTS, SignIn, csrf_of, link_token, role_of


def path_of(route: Route, data: Path) -> str:
    values = dict(route.example)
    if route.purpose:
        values["token"] = link_token(data, route.purpose)
    assert set(re.findall(r"{(\w+)}", route.path)) == values.keys(), f"{route.name} needs an example of its path"
    return route.path.format(**values)


def ask(client: TestClient, route: Route, path: str) -> tuple[bool, int]:
    """Whether the view was reached, and the status. Forms are sent as a browser would: with the page's own token."""
    form = {"csrf": csrf_of(client.get("/logga-in").text or "") or csrf_of(client.get("/om").text)}
    answer = client.request(route.method, path, data=form if route.method == "POST" else None)
    to_sign_in = answer.headers.get("location", "").startswith("/logga-in?till=")
    refused = answer.status_code == 403 or (answer.status_code == 303 and to_sign_in)
    return not refused, answer.status_code


@pytest.mark.parametrize("who", ["", *ACCOUNTS])
def test_every_route_lets_in_whom_the_table_says(who: str, sign_in: SignIn, data: Path) -> None:
    for route in table():
        client = sign_in(who)
        let_in, status = ask(client, route, path_of(route, data))
        expected = bool(route.purpose) or route.lets_in(role_of(who))
        assert let_in == expected, (route.name, who, status)
        assert status < 500, (route.name, who)


def test_a_signed_link_opens_its_own_purpose_alone(sign_in: SignIn, data: Path) -> None:
    for route in table():
        if route.purpose:
            wrong = link_token(data, "confirm" if route.purpose != "confirm" else "stop")
            for token in (wrong, "x", link_token(data, route.purpose)[:-2]):
                path = route.path.format(**{**route.example, "token": token})
                assert sign_in("").request(route.method, path).status_code == 410, route.name


def test_a_change_needs_the_token_of_its_own_browser(sign_in: SignIn, data: Path) -> None:
    other = csrf_of(sign_in("other adviser").get("/om").text)
    for route in table():
        if route.method == "POST" and not route.purpose:
            for who in ("", *ACCOUNTS):
                client = sign_in(who)
                for form in ({}, {"csrf": other}, {"csrf": "é" * 70}):
                    answer = client.post(path_of(route, data), data=form)
                    assert answer.status_code == 403, (route.name, who)


def test_a_form_of_another_site_changes_nothing(sign_in: SignIn, data: Path) -> None:
    client = sign_in("adviser")
    token = csrf_of(client.get("/om").text)
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
        answer = client.post("/logga-ut", data={"csrf": token}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status, site


def test_the_table_in_the_docs_is_up_to_date() -> None:
    there = (ROOT / "docs" / "routes.md").read_text(encoding="utf-8")
    assert there == markdown(table()), "write it anew: python -m portal.routes > docs/routes.md"


def view(visit: Visit) -> Data:
    return Data(None)


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ({"who": frozenset()}, "lets in nobody"),
        ({"who": BY_LINK}, "has a purpose"),
        ({"purpose": "stop"}, "has a purpose"),
        ({"who": BY_LINK | EVERYONE, "purpose": "stop", "path": "/x/{token}"}, "for others too"),
        ({"who": BY_LINK, "purpose": "stop"}, "without {token}"),
        ({"method": "POST", "menu": "home"}, "menu"),
    ],
)
def test_a_route_that_contradicts_itself_is_refused(faults: dict[str, object], told: str) -> None:
    fields = {"name": "x.y", "method": "GET", "path": "/x", "view": view, "who": EVERYONE, "what": "x"} | faults
    with pytest.raises(KnowledgeError, match=re.escape(told)):
        Route(**fields)  # type: ignore[arg-type]
