"""UHM's exports: procurements as closed notices, awards with their suppliers; each unusable row with its line."""

import gzip
from pathlib import Path

import pytest

from config.errors import InputError
from crawler import uhm
from register.models import Award, Notice, SetAside

PROCUREMENTS = (
    "År;Namn för köpare;Organisationsnummer för köpare;Upphandlingsslag;Huvudsaklig CPV-kod;Rättslig grund;Förfarande;"
    "Typ av avtal;Dynamiskt inköpssystem;Reserverad upphandling;Socialt hållbar upphandling;Upphandlings-ID;"
    "Upphandlingens titel;Publiceringsdatum\n"
)
AWARDS = (
    "Namn för köpare;Organisationsnummer för köpare;Huvudsaklig CPV-kod;Typ av avtal;Upphandlings-ID;"
    "Upphandlingens titel;Publiceringsdatum;Anbudsområdes-ID;Namn för leverantör;Företagsstorlek för leverantör;"
    "Juridisk form för leverantör;Antal kontrakterade anbud*, Summa\n"
)
BUYER = "EXEMPELSTADS KOMMUN;990000-0001"
CODE = "90911300 Fönsterputsning"


def award(
    supplier: str, lot: str = "A-1", *, contracts: object = 1, size: str = "Mikroföretag", day: str = "2021-03-02"
) -> str:
    return f"{BUYER};{CODE};Ramavtal;KA9901;Fönsterputs;{day};{lot};{supplier};{size};Övriga aktiebolag;{contracts}\n"


def read(rows: str) -> list[Award | SetAside]:
    return list(uhm.awards((AWARDS + rows).encode("utf-8-sig"), "a.csv"))


def test_rows_of_statistics_become_closed_notices(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        PROCUREMENTS
        + f"2021;{BUYER};Tjänster;{CODE};;Öppet förfarande;Ramavtal;False;True;1.0;KA1;Fönsterputs;2021-03-02\n"
        + f'2021;{BUYER};Tjänster;00000000 Uppgift saknas;;;;;;;KA2;"Två\nrader";2021-03-02\n'
        + f"2021;{BUYER};;;;;;;;;KA3;;2021-03-02\n"
        + f"2021;{BUYER};;;;;;;;;KA1;Annat;2021-03-02\n"
        + f"2021;{BUYER};;;;;;;;;KA5;Städ;igår\n",
        encoding="utf-8-sig",
    )
    rows = list(uhm.read(path))
    first = rows[0]
    assert isinstance(first, Notice)
    assert (first.publication_number, first.origin, first.closed) == ("KA1", "uhm", True)
    assert first.buyer.org_number == "9900000001"
    assert first.cpv == ("90911300",)
    assert first.flags == ("reserved", "social")
    assert isinstance(rows[1], Notice) and rows[1].cpv == ()
    # The row of two lines stands on lines 3 and 4 of the file.
    assert [(r.item, r.field) for r in rows[2:] if isinstance(r, SetAside)] == [
        ("p.csv line 5", "Upphandlingens titel"),
        ("p.csv line 6", "Upphandlings-ID"),
        ("p.csv line 7", "Publiceringsdatum"),
    ]


def test_a_row_of_awards_is_what_a_supplier_was_contracted_for_on_a_lot() -> None:
    [found] = read(award("Exempelputs AB", contracts=3))
    assert isinstance(found, Award)
    assert (found.procurement, found.lot, found.supplier, found.contracts) == ("KA9901", "A-1", "Exempelputs AB", 3)
    assert (found.buyer.org_number, found.cpv, found.framework) == ("9900000001", "90911300", True)


def test_hidden_suppliers_of_a_lot_are_told_apart_whatever_the_order_of_the_rows() -> None:
    rows = [award("Personuppgift", size=size) for size in ("Små företag", "", "")]
    found = [own for own in read("".join(rows)) if isinstance(own, Award)]
    assert [own.supplier for own in found] == ["", "", ""]
    assert len({own.id for own in found}) == 3
    turned = [own for own in read("".join(reversed(rows))) if isinstance(own, Award)]
    assert {own.id: own for own in turned} == {own.id: own for own in found}


def test_rows_of_awards_that_cannot_be_used_are_set_aside_with_line_and_field() -> None:
    rows = read(
        award("Exempelputs AB")
        + award("Exempelputs AB", contracts=2)
        + award("", lot="A-2")
        + award("Annat AB", contracts="två")
        + award("Tredje AB", day="2021-02-30")
        + award("Fjärde AB", contracts=0)
    )
    assert sum(isinstance(row, Award) for row in rows) == 1
    assert {(row.item, row.field) for row in rows if isinstance(row, SetAside)} == {
        ("a.csv line 3", "Namn för leverantör"),
        ("a.csv line 4", "Namn för leverantör"),
        ("a.csv line 5", uhm.CONTRACTS),
        ("a.csv line 6", "Publiceringsdatum"),
        ("a.csv line 7", "contracts"),
    }


def test_exports_are_told_apart_by_their_heads_also_packed() -> None:
    awards, procurements = (AWARDS + award("A AB")).encode("utf-8-sig"), PROCUREMENTS.encode("utf-8-sig")
    assert [uhm.kind(data) for data in (awards, gzip.compress(awards))] == ["awards", "awards"]
    assert uhm.kind(procurements) == "procurements"
    assert [uhm.kind(data) for data in (b"", b"Titel;K\xc3\xb6pare\n", b"\x1f\x8b\x08broken", b"PK\x03\x04")] == [
        None
    ] * 4
    assert len(uhm.take(gzip.compress(awards), "a.csv.gz")) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Titel;K\xc3\xb6pare\n1;2\n", "is no column"),
        ("Upphandlings-ID;Köpare".encode("cp1252"), "UTF-8"),
        (gzip.compress(PROCUREMENTS.encode())[:40], "unpacked"),
    ],
)
def test_a_file_that_is_no_export_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        uhm.take(data, "p.csv")


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uhm, "MAX_BYTES", 10_000)
    with pytest.raises(InputError, match="more than"):
        uhm.take(gzip.compress(b"a" * 1_000_000), "p.csv.gz")


def test_all_real_procurements_are_notices_or_set_aside_with_a_line(shared: Path) -> None:
    rows = list(uhm.read(shared / "uhm-2021" / "procurements.csv"))
    aside = [row for row in rows if isinstance(row, SetAside)]
    assert len(rows) == 11922
    assert [row.item for row in aside] == ["procurements.csv line 9530"]


def test_all_real_awards_are_read_and_none_twice(shared: Path) -> None:
    packed = (shared / "uhm-2021" / "awards.csv.gz").read_bytes()
    rows = uhm.take(packed, "awards.csv.gz")
    found = [row for row in rows if isinstance(row, Award)]
    assert len(rows) == len(found) == len({row.id for row in found}) == 14990
    # The sums are reckoned on the file itself, by its last column and the word for a hidden name.
    lines = gzip.decompress(packed).decode("utf-8-sig").splitlines()[1:]
    assert sum(row.contracts for row in found) == sum(int(line.rpartition(";")[2]) for line in lines)
    assert sum(not row.supplier for row in found) == sum(";Personuppgift;" in line for line in lines)
