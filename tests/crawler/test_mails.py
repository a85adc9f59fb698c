"""Alert mails of portals: one folder a case under tests/examples/mails, and what must hold for all mails."""

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.mails import reader
from register.models import Notice
from tests.conftest import ROOT

CASES = sorted(folder.name for folder in (ROOT / "tests" / "examples" / "mails").iterdir())


def told(notice: Notice) -> dict[str, Any]:
    """What an example says of a notice."""
    lot = notice.lots[0]
    deadline = lot.deadline
    return {
        "publication_number": notice.publication_number,
        "title": notice.title,
        "buyer": notice.buyer.name,
        "org_number": notice.buyer.org_number,
        "deadline": deadline.isoformat() if deadline else None,
        "published": notice.published.isoformat() if notice.published else None,
        "cpv": list(notice.cpv),
        "places": [place.city or place.nuts or place.description for place in notice.places],
        "form_type": notice.form_type,
        "closed": notice.closed,
        "open_ended": lot.open_ended,
        "description": notice.description,
        "reference": lot.notes[0].removeprefix("Köparens referens: ") if lot.notes else None,
        "link": notice.link,
    }


UNSAID = {"org_number": None, "published": None, "cpv": [], "places": [], "form_type": "competition", "closed": False,
          "open_ended": False, "description": "", "reference": None}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_example_is_read_as_it_says(case: str) -> None:
    folder: Path = ROOT / "tests" / "examples" / "mails" / case
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    reading = reader.read((folder / "mail.eml").read_bytes(), case)
    assert [told(notice) for notice in reading.notices] == [{**UNSAID, **notice} for notice in expected["notices"]]
    reasons = [f"{aside.item} {aside.reason}" for aside in reading.set_aside]
    assert len(reasons) == len(expected["set_aside"]), reasons
    assert all(words in reason for words, reason in zip(expected["set_aside"], reasons, strict=True))
