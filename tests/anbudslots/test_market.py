"""UHM's exports to market evidence, as a user runs it."""

import gzip
import json
from pathlib import Path

import pytest

from tests.anbudslots.test_cli import Program
from tests.crawler.test_uhm import AWARDS, BUYER, CODE, PROCUREMENTS, award

ATTRIBUTION = "Uppgifter: Upphandlingsmyndigheten / Bearbetning: Anbudslots"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A register with two procurements, of which one has two awards, one of them to a sole trader."""
    rows = [
        f"2021;{BUYER};Tjänster;{CODE};;Öppet förfarande;Ramavtal;False;False;;KA9901;Fönsterputs;2021-03-02\n",
        f"2021;MORA KOMMUN;990000-0002;Tjänster;{CODE};;;Kontrakt;False;False;;KA9902;Skolfönster;2021-04-02\n",
    ]
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "procurements.csv").write_text(PROCUREMENTS + "".join(rows), encoding="utf-8-sig")
    awards = AWARDS + award("Exempelputs AB", contracts=2) + award("Personuppgift")
    (exports / "awards.csv.gz").write_bytes(gzip.compress(awards.encode("utf-8-sig")))
    made = Program(tmp_path)
    assert "4 new, 0 changed, 0 unchanged, 0 set aside of 4" in made("notices", "import", str(exports)).stdout
    return made


def test_a_second_import_changes_nothing_and_a_changed_row_is_taken(program: Program, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    assert "0 new, 0 changed, 4 unchanged" in program("notices", "import", str(exports)).stdout
    (exports / "awards.csv").write_text(AWARDS + award("Exempelputs AB", contracts=5), encoding="utf-8-sig")
    done = program("notices", "import", str(exports / "awards.csv"), "--format", "uhm")
    assert "0 new, 1 changed, 0 unchanged" in done.stdout
    [winner, hidden] = json.loads(program("market", "winners", "--cpv", "9091", "--json").stdout)["rows"]
    assert (winner["supplier"], winner["contracts"], hidden["contracts"]) == ("Exempelputs AB", 5, 1)


def test_every_view_names_the_source_and_the_period(program: Program) -> None:
    for view in (("buyers",), ("winners", "--cpv", "90"), ("buyer", "Mora kommun")):
        told = program("market", *view).stdout
        assert f"{ATTRIBUTION}. Upphandlingar annonserade 2021-03-02–2021-04-02." in told
        as_json = json.loads(program("market", *view, "--json").stdout)
        assert (as_json["attribution"], as_json["period"]) == (
            ATTRIBUTION,
            {"first": "2021-03-02", "last": "2021-04-02"},
        )
        assert "Antal inkomna anbud" in as_json["not_known"]


def test_buyers_of_a_county_and_one_buyer_in_full(program: Program) -> None:
    rows = json.loads(program("market", "buyers", "--county", "20", "--json").stdout)["rows"]
    assert [(row["buyer"], row["procurements"], row["awarded"]) for row in rows] == [("MORA KOMMUN", 1, 0)]
    told = json.loads(program("market", "buyer", "9900000001", "--json").stdout)
    assert told["buyer"][0]["contracts"] == 3
    assert told["rows"][0]["winners"] == [["Exempelputs AB", 2], ["", 1]]
    assert [own["procurement"] for own in told["purchases"]] == ["KA9901"]


def test_without_evidence_the_next_step_is_told(tmp_path: Path) -> None:
    done = Program(tmp_path)("market", "buyers")
    assert done.returncode == 2
    assert "notices import FILE" in done.stderr
