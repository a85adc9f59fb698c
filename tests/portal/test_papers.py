"""Papers that show what an enterprise is: kept with dates, reminded of, handed back as a download and nothing else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from register import evidence
from register.database import Register, open_register
from tests.portal.conftest import SignIn, csrf_of
from tests.register.test_evidence import paper

TODAY = date(2026, 11, 24)
PATH = "/foretag/asf-1/underlag"
PDF = b"%PDF-1.7 <script>alert(1)</script>"


@pytest.fixture
def register(data: Path) -> Iterator[Register]:
    opened = open_register(data)
    yield opened
    opened.close()


@pytest.fixture
def client(sign_in: SignIn) -> TestClient:
    return sign_in("adviser")


def add(client: TestClient, content: bytes | None = None, name: str = "a.pdf", **form: str) -> Any:
    fields = {"kind": "certificate", "dated": "2026-01-15", "csrf": csrf_of(client.get(PATH).text), **form}
    files = {"file": (name, content, "text/html")} if content is not None else {}
    return client.post(PATH, data=fields, files=files)


def test_a_paper_is_kept_and_comes_back_as_a_download(client: TestClient, register: Register) -> None:
    assert add(client, PDF, "../Skoopi <b>.html", until="2027-01-14", note="Skoopi").status_code == 303
    page = client.get(PATH).text
    assert "Gäller till 14 januari 2027" in page
    assert "Inlagt av Asta A" in page
    answer = client.get(f"{PATH}/2")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf", "by its content, whatever the name says"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Skoopi_b_.pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "form", "told"),
    [
        (b"<html><script>alert(1)</script>", {}, "Välj en PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", {}, "Välj en PDF"),
        (b"MZ", {}, "Välj en PDF"),
        (b"%PDF-" + b"x" * 10_000_000, {}, "högst 10 MB"),
        (None, {"dated": "igår"}, "Skriv datum"),
        (None, {"until": "2025-01-01"}, "Skriv datum"),
        (None, {"kind": "diagnosis"}, "gick inte att läsa"),
        (None, {"kind": "share"}, "andelen i procent"),
        (None, {"kind": "share", "percent": "140"}, "gick inte att läsa"),
    ],
)
def test_what_can_not_be_kept_is_told(
    client: TestClient, register: Register, content: bytes | None, form: dict[str, str], told: str
) -> None:
    page = add(client, content, **form)
    assert (page.status_code, told in page.text) == (400, True)
    assert len(evidence.of(register, "asf-1")) == 1


def test_only_the_newest_of_a_kind_is_reminded_of(client: TestClient, register: Register) -> None:
    evidence.add(register, paper("insurance", date(2024, 1, 1), date(2024, 12, 31)), None)
    evidence.add(register, paper("certificate", date(2025, 12, 1), date(2026, 12, 1)), None)
    assert [one.kind for one in evidence.due(register, "asf-1", TODAY)] == ["insurance", "certificate"]
    page = client.get("/underlag").text
    assert "För gammalt sedan 31 december 2024." in page
    assert "Gäller till 1 december 2026. Dags att förnya." in page
    evidence.add(register, paper("insurance", date(2026, 1, 1), date(2027, 12, 31)), None)
    assert [one.kind for one in evidence.due(register, "asf-1", TODAY)] == ["certificate"]
    assert "Ersatt av ett nyare." in client.get(PATH).text


def test_others_can_neither_see_nor_remove(sign_in: SignIn, client: TestClient, register: Register) -> None:
    other = sign_in("other adviser")
    assert "Skogsgläntan</a>" in client.get("/underlag").text
    assert "/foretag/asf-1" not in other.get("/underlag").text
    token = csrf_of(other.get("/underlag").text)
    for path in (PATH, f"{PATH}/1"):
        assert other.get(path).status_code == 404
    assert other.post(f"{PATH}/1/ta-bort", data={"csrf": token}).status_code == 404
    assert other.get("/foretag/99-01/underlag/1").status_code == 404, "another enterprise's paper under one's own"
    assert client.get(f"{PATH}/x").status_code == 404
    own = csrf_of(client.get(PATH).text)
    assert client.post(f"{PATH}/1/ta-bort", data={"csrf": own}).status_code == 303
    assert evidence.of(register, "asf-1") == []
