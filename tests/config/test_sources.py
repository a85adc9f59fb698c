import re
from pathlib import Path
from typing import Any

import pytest

from config import sources
from config.errors import KnowledgeError
from tests.conftest import ROOT

GOOD: dict[str, Any] = {
    "name": "Påhittad portal",
    "operator": "Påhittad drift",
    "addresses": ["https://portal.example"],
    "robots": {"result": "Allows all.", "checked": "2026-11"},
    "terms": [{"says": "All may read.", "where": "terms § 1", "checked": "2026-11"}],
    "decision": {"status": "enabled", "by": "the project", "day": "2026-11-26", "because": "it is open"},
    "evidence": "docs/evidence/portal.md",
    "next_step": "",
}


def test_what_is_decided_on_each_source() -> None:
    assert {source.id: source.status for source in sources.load().values()} == {
        "ted": "enabled",
        "ted-packages": "enabled",
        "uhm": "import_only",
        "files": "import_only",
        "mail": "enabled",
        "mailbox": "enabled",
        "table": "enabled",
        "hand": "enabled",
        "kommersannons": "needs_permission",
        "e-avrop": "never",
        "mercell": "never",
        "tendsign": "never",
        "clira": "needs_permission",
        "konstpool": "never",
    }


@pytest.mark.parametrize("source", sorted(sources.load()))
def test_a_dossier_has_its_evidence_with_a_date_and_says_what_is_second_hand(source: str) -> None:
    dossier = sources.load()[source]
    evidence = (ROOT / dossier.evidence).read_text(encoding="utf-8")
    assert re.match(r"^# .+ \(\d{4}-\d{2}-\d{2}\)\n", evidence)
    second_hand = [term.second_hand for term in dossier.terms] + [bool(dossier.robots and dossier.robots.second_hand)]
    assert "Second-hand" in evidence or not any(second_hand)


def test_a_whole_dossier_is_read() -> None:
    assert sources.read({"portal": GOOD})["portal"].status == "enabled"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"operator": ""}, "operator"),
        ({"evidence": "docs/evidence/other.md"}, "evidence"),
        ({"robots": None}, "enabled needs robots and terms"),
        ({"terms": []}, "enabled needs robots and terms"),
        ({"terms": [{"says": "All may read.", "where": "", "checked": None}]}, "terms.0.where"),
        ({"robots": {"result": "Allows all.", "checked": "last week"}}, "robots.checked"),
        ({"decision": {"status": "allowed", "by": "A", "day": "2026-11-26", "because": "B"}}, "decision.status"),
        ({"decision": {"status": "enabled", "by": "A", "because": "B"}}, "decision.day"),
        ({"decision": {**GOOD["decision"], "status": "never"}}, "next_step"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_dossier_that_does_not_hold_together_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(KnowledgeError, match=rf"sources.yaml, portal:[\s\S]*{re.escape(told)}"):
        sources.read({"portal": {**GOOD, **change}})


def test_a_dossier_without_its_file_of_evidence_is_refused(tmp_path: Path) -> None:
    dossiers = sources.read({"portal": GOOD}).values()
    # An installed package comes without docs/.
    sources.check_evidence(dossiers, tmp_path)
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    with pytest.raises(KnowledgeError, match=r"portal: evidence: there is no file docs/evidence/portal\.md"):
        sources.check_evidence(dossiers, tmp_path)
    (tmp_path / "docs" / "evidence" / "portal.md").touch()
    sources.check_evidence(dossiers, tmp_path)


def test_a_dossier_needs_each_field() -> None:
    for field in GOOD:
        with pytest.raises(KnowledgeError, match=field):
            sources.read({"portal": {key: value for key, value in GOOD.items() if key != field}})
