import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from config.errors import AnbudslotsError, InputError
from crawler.archive import Archive
from crawler.importing import add_row, import_files, import_notices
from crawler.tables import cells, columns, pasted, reader, sheets, template
from register import notices
from register.database import Register
from register.models import Money, Place
from tests.conftest import NOW, make_notice

HEAD = "Titel;Köpare;Sista anbudsdag"
ROW = "Fönsterputs;Exempelstads kommun;2026-12-17"


def read(text: str, name: str = "t.csv") -> reader.Reading:
    return reader.read(text.encode(), name)


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("made", [(template.csv_bytes(), "a.csv"), (template.xlsx_bytes(), "a.xlsx")])
def test_the_templates_example_row_is_read_whole(made: tuple[bytes, str]) -> None:
    reading = reader.read(*made)
    assert (reading.set_aside, reading.notes) == ([], [])
    (notice,) = reading.notices
    (lot,) = notice.lots
    assert notice.is_example
    assert notice.title == "Fönsterputs på sex förskolor (exempel)"
    assert (notice.published, notice.link) == (date(2026, 11, 20), "https://www.example.org/annons/42")
    assert lot.deadline == datetime(2026, 12, 17, 22, 59, tzinfo=UTC)
    assert lot.cpv == ("90911300",)
    assert [place.city for place in lot.places] == ["Mora", "Orsa"]
    assert lot.value == Money(amount=1_200_000)
    assert (lot.nature, lot.duration_months, lot.start, lot.end) == (
        "services",
        24,
        date(2027, 2, 1),
        date(2029, 1, 31),
    )
    assert lot.codes.reserved_participation == "res-ws"
    assert lot.notes == ("Köparens referens: EX 2026/42",)


def test_the_workbook_explains_each_column_and_marks_what_is_required() -> None:
    book = load_workbook(io.BytesIO(template.xlsx_bytes()))
    table, explained = book.worksheets
    heads = [cell.value for cell in table[1]]
    assert heads[:3] == ["Nummer", "Titel*", "Köpare*"]
    rows = [[cell.value for cell in row] for row in explained.iter_rows(min_row=2, max_row=len(heads) + 1)]
    assert [row[0] for row in rows] == heads
    assert [row[0] for row in rows if row[2] == "ja"] == ["Titel*", "Köpare*"]
    assert all(row[3] for row in rows)


def test_csv_is_as_swedish_excel_expects() -> None:
    data = template.csv_bytes()
    assert data.startswith(b"\xef\xbb\xbfNummer;Titel*;")
    assert data.count(b"\r\n") == 2


@pytest.mark.parametrize("risky", ["=1+1", "+46 70", "-1", "@SUM(A1)", " =A1"])
def test_what_would_be_a_formula_is_written_as_text_and_read_back(risky: str) -> None:
    data = template.write_csv([["Titel", "Köpare"], [risky, "Exempelstads kommun"]])
    assert f"'{risky}".encode() in data
    assert reader.read(data, "t.csv").notices[0].title == risky.strip()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encodings_and_delimiters_are_told_apart(encoding: str, delimiter: str) -> None:
    lines = ["Titel;Köpare;Plats", "Städning på Årsta förskola;Östersunds kommun;Östersund", "Mål;Åre kommun;Åre"]
    text = "\r\n".join(lines).replace(";", delimiter)
    assert [n.buyer.name for n in reader.read(text.encode(encoding), "t.csv").notices] == [
        "Östersunds kommun",
        "Åre kommun",
    ]


@pytest.mark.parametrize(
    "head",
    [
        "title;buyer;deadline",
        " TITEL * ;köpare:;Sista  anbudsdag",
        "Rubrik;Upphandlande myndighet;Anbud senast",
        "sep=;\r\nTitle;Contracting authority;Closing date",
        "Upphandlingar vecka 48;;\n\nTitel;Köpare;Sista anbudsdag",
    ],
)
def test_heads_in_either_language_and_any_case(head: str) -> None:
    reading = read(f"{head}\n{ROW}")
    assert [n.lots[0].deadline for n in reading.notices] == [datetime(2026, 12, 17, 22, 59, tzinfo=UTC)]


def test_a_column_that_is_not_known_is_told() -> None:
    reading = read(f"{HEAD};Kaffe;Deadline\n{ROW};ja;2026-12-24")
    assert reading.notes == [
        "t.csv: the column 'Kaffe' is not known and was not read.",
        "t.csv: the column 'Deadline' is Sista anbudsdag once more and was not read.",
    ]
    assert reading.notices[0].lots[0].deadline == datetime(2026, 12, 17, 22, 59, tzinfo=UTC)


def test_bad_rows_are_set_aside_with_line_field_and_reason_and_the_rest_goes_in() -> None:
    rows = {
        "Städ;;": ("Köpare", "is missing: the row can't be used without it"),
        "Städ;Exempelstads kommun;igår": ("Sista anbudsdag", "'igår' is no day such as"),
        "Städ;Exempelstads kommun;2026-02-31": ("Sista anbudsdag", "'2026-02-31' is no day such as"),
        "Städ;Exempelstads kommun;;99999999": ("CPV", "'99999999' 99999999 is no CPV code"),
        "Städ;Exempelstads kommun;;;mycket": ("Värde", "'mycket' is no amount such as 1 200 000 kr"),
        "Städ;Exempelstads kommun;;;;javascript:alert(1)": ("Länk", "is no web address"),
        "Städ;Exempelstads kommun;;;;;kanske": ("Reserverad", "'kanske' is neither ja nor nej"),
        f"Städ;{'x' * 40_000};": (None, "has a cell of more than 32767 letters"),
    }
    reading = read("\n".join([f"{HEAD};CPV;Värde;Länk;Reserverad", ROW, *rows]))
    assert [n.title for n in reading.notices] == ["Fönsterputs"]
    for line, (aside, (field, reason)) in enumerate(zip(reading.set_aside, rows.values(), strict=True), start=3):
        assert (aside.item, aside.field) == (f"t.csv line {line}", field)
        assert reason in aside.reason


def test_a_row_of_several_lines_keeps_the_lines_after_it_right() -> None:
    reading = read(f'{HEAD}\n"Städ\ni två hus";Exempelstads kommun;\nStäd;;')
    assert reading.notices[0].title == "Städ\ni två hus"
    assert [aside.item for aside in reading.set_aside] == ["t.csv line 4"]


def test_rows_with_one_number_are_lots_of_one_notice() -> None:
    reading = read(
        "Nummer;Titel;Köpare;Sista anbudsdag;Del;Delens titel;CPV;Plats;Värde\n"
        "990777-2026;Städ;Exempelstads kommun;2026-12-17;1;Skolor;90911000;Mora;500 000 kr\n"
        "990777-2026;;;;2;Kontor;90919200;Orsa;\n"
        "990777-2026;Städ;Exempelstads kommun;2026-12-18;3;Bad;90910000;;\n"
        "990777-2026;Trappor;Exempelstads kommun;;4;;;;\n"
        "990777-2026;;;;2;Igen;;;\n"
    )
    (notice,) = reading.notices
    assert [(lot.id, lot.title, lot.cpv) for lot in notice.lots] == [
        ("LOT-0001", "Skolor", ("90911000",)),
        ("LOT-0002", "Kontor", ("90919200",)),
        ("LOT-0003", "Bad", ("90910000",)),
    ]
    assert [lot.deadline.day for lot in notice.lots if lot.deadline] == [17, 17, 18]
    assert [lot.value for lot in notice.lots] == [Money(amount=500_000), None, None]
    assert notice.cpv == ("90911000", "90919200", "90910000")
    assert [(aside.item, aside.field, aside.reason) for aside in reading.set_aside] == [
        ("t.csv line 5", "Titel", "is otherwise than in t.csv line 2, which has the same number 990777-2026"),
        ("t.csv line 6", "Del", "stands in t.csv line 3 too"),
    ]


def test_a_row_without_a_number_has_one_of_its_content_whatever_its_place_and_deadline() -> None:
    one = read(f"{HEAD}\nAnnat;Exempelstads kommun;\n{ROW}").notices[1]
    other = read(f"{HEAD}\nFönsterputs ;Exempelstads  kommun;2027-01-10").notices[0]
    assert one.publication_number == other.publication_number
    assert one.publication_number.startswith("table-")
    assert len(one.publication_number) == len("table-") + 10


def test_the_same_row_twice_is_told() -> None:
    reading = read(f"{HEAD}\n{ROW}\n{ROW}")
    assert len(reading.notices) == 1
    assert "stands in t.csv line 2 too" in reading.set_aside[0].reason


def test_workbooks_cells_keep_what_excel_stored() -> None:
    data = workbook(
        ["Titel", "Köpare", "Sista anbudsdag", "CPV", "Värde", "Publicerad", "Reserverad"],
        ["Städ", "Exempelstads kommun", datetime(2026, 12, 17, 12, 0), 3000000, 1200000.5, 46345, True],  # noqa: DTZ001
        ["Putsning", "Exempelstads kommun", date(2026, 12, 17), "90911300-9", None, None, None],
    )
    one, other = reader.read(data, "t.xlsx").notices
    assert one.lots[0].deadline == datetime(2026, 12, 17, 11, 0, tzinfo=UTC)
    assert (one.cpv, one.lots[0].value) == (("03000000",), Money(amount=1_200_000.5))
    assert (one.published, one.lots[0].codes.reserved_participation) == (date(2026, 11, 19), "res-ws")
    assert other.lots[0].deadline == datetime(2026, 12, 17, 22, 59, tzinfo=UTC)


def test_formulas_are_not_reckoned_but_set_aside() -> None:
    data = workbook(["Titel", "Köpare"], ['=HYPERLINK("https://a.example";"x")', "Exempelstads kommun"], ["Städ", "A"])
    reading = reader.read(data, "t.xlsx")
    assert [notice.title for notice in reading.notices] == ["Städ"]
    assert [(a.item, a.field) for a in reading.set_aside] == [("t.xlsx line 2", "Titel")]
    assert "is a formula" in reading.set_aside[0].reason


def test_a_formula_in_a_rows_last_cell_is_set_aside_too() -> None:
    reading = reader.read(workbook(["Titel", "Köpare", "Plats"], ["Städ", "Exempelstads kommun", "=A1"]), "t.xlsx")
    assert [(aside.item, aside.field) for aside in reading.set_aside] == [("t.xlsx line 2", "Plats")]


def test_of_a_formula_the_value_that_was_stored_is_read() -> None:
    source = zipfile.ZipFile(io.BytesIO(workbook(["Titel", "Köpare"], ['=A1&"putsning"', "Exempelstads kommun"])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                cell = data[data.index(b'<c r="A2"') : data.index(b"</c>", data.index(b'<c r="A2"'))]
                stored = b'<c r="A2" t="str"><f>A1</f><v>F\xc3\xb6nsterputsning</v>'
                data = data.replace(cell, stored)
            packed.writestr(info.filename, data)
    assert [notice.title for notice in reader.read(out.getvalue(), "t.xlsx").notices] == ["Fönsterputsning"]


@pytest.mark.parametrize("quoted", ['"Städ', 'Städ;"Exempelstads kommun', '"Städ" i skolor', '"Städ""'])
def test_a_quote_that_is_never_closed_hides_no_other_row(quoted: str) -> None:
    reading = read(f'{HEAD}\n{ROW}\n{quoted};Exempelstads kommun;\nTrappstäd;Exempelstads kommun;\n"Bad";B;')
    assert [notice.title for notice in reading.notices] == ["Fönsterputs", "Trappstäd", "Bad"]
    assert [aside.item for aside in reading.set_aside] == ["t.csv line 3"]
    assert "can't be read" in reading.set_aside[0].reason


def test_a_number_made_of_the_content_is_never_that_of_an_example() -> None:
    rows = [f"Städ {number};Exempelstads kommun;" for number in range(2000)]
    numbers = [notice.publication_number for notice in read("\n".join([HEAD, *rows])).notices]
    assert len(set(numbers)) == 2000
    assert not [number for number in numbers if number.startswith("table-99")]


def test_rows_and_columns_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    rows = "\n".join(f"Städ {number};Exempelstads kommun;" for number in range(5))
    reading = read(f"{HEAD}\n{rows}")
    assert len(reading.notices) == 3
    assert [aside.item for aside in reading.set_aside] == ["t.csv line 5"]
    assert "more than 3 rows" in reading.set_aside[0].reason
    assert "columns" in read(f"{HEAD}\nStäd;A{';x' * 300}").set_aside[0].reason


def test_bombs_and_broken_workbooks_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 50_000_000)
    with pytest.raises(InputError, match="unpacks to more"):
        reader.read(out.getvalue(), "bomb.xlsx")
    with pytest.raises(InputError, match="no XLSX"):
        reader.read(template.xlsx_bytes()[:4000], "cut.xlsx")


def test_entities_in_a_workbook_do_not_grow() -> None:
    bomb = (
        b'<!DOCTYPE w [<!ENTITY a "'
        + b"x" * 1000
        + b'">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1) if n > 1 else b"&a;") * 50) for n in range(1, 6))
    )
    source = zipfile.ZipFile(io.BytesIO(template.xlsx_bytes()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                data = bomb + b"]>" + data.split(b"?>", 1)[-1].replace(b"<sheetData>", b"<sheetData>&a5;", 1)
            packed.writestr(info.filename, data)
    with pytest.raises(InputError, match="no XLSX"):
        reader.read(out.getvalue(), "bomb.xlsx")


def test_what_is_no_table_says_which_column_is_missing() -> None:
    with pytest.raises(InputError, match="Köpare: is no column"):
        read("Titel;Kaffe\nStäd;ja")
    with pytest.raises(InputError, match="Titel: is no column"):
        read("")
    with pytest.raises(InputError, match="names '' as its delimiter"):
        read("sep=")


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("1 200 000 kr", 1_200_000, "SEK"),
        ("1\xa0200\xa0000 SEK", 1_200_000, "SEK"),
        ("1.200.000,50 kr", 1_200_000.5, "SEK"),
        ("1,200,000", 1_200_000, "SEK"),
        ("1200000.5", 1_200_000.5, "SEK"),
        ("1,2 mkr", 1_200_000, "SEK"),
        ("500 tkr", 500_000, "SEK"),
        ("ca 45 000:-", 45_000, "SEK"),
        ("EUR 5 000", 5_000, "EUR"),
        ("300 000 kr exkl. moms", 300_000, "SEK"),
    ],
)
def test_amounts(cell: str, amount: float, currency: str) -> None:
    assert cells.money(cell) == Money(amount=amount, currency=currency)


@pytest.mark.parametrize("cell", ["", "kr", "1,2,3", "12 apor", "1 000 000 000 000 000 kr", "-5"])
def test_what_is_no_amount(cell: str) -> None:
    with pytest.raises(ValueError, match="is "):
        cells.money(cell)


@pytest.mark.parametrize(
    "cell", ["2026-12-17", "17/12 2026", "17/12/2026", "17.12.2026", "17 december 2026", "den 17:e dec 2026", "46373"]
)
def test_days(cell: str) -> None:
    assert cells.day(cell) == date(2026, 12, 17)


@pytest.mark.parametrize(
    ("cell", "hour", "minute"),
    [("2026-12-17 12:00", 12, 0), ("17/12 2026 kl. 12.00", 12, 0), ("46373,5", 12, 0), ("17 dec 2026", 23, 59)],
)
def test_deadlines_are_swedish_local_time(cell: str, hour: int, minute: int) -> None:
    deadline = cells.deadline(cell)
    assert deadline is not None
    assert (deadline.hour, deadline.minute, str(deadline.utcoffset())) == (hour, minute, "1:00:00")


def test_until_further_notice_is_open_ended() -> None:
    lot = read(f"{HEAD}\nDIS;Exempelstads kommun;Tills vidare").notices[0].lots[0]
    assert (lot.open_ended, lot.deadline) == (True, None)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("90911300-9", ("90911300",)),
        ("90911300 Fönsterputsning, 90910000-9", ("90911300", "90910000")),
        ("3000000", ("03000000",)),
        ("Fönsterputsning", ("90911300",)),
    ],
)
def test_codes(cell: str, codes: tuple[str, ...]) -> None:
    assert cells.codes(cell) == codes


def test_places() -> None:
    assert cells.places("Mora och Falun; SE313") == (
        Place(nuts="SE313"),
        Place(nuts="SE312", city="Mora"),
        Place(nuts="SE312", city="Falun"),
    )


def test_kinds() -> None:
    assert cells.kind("Förhandsannons") == ("planning", False)
    assert cells.kind("Efterannons") == ("result", True)
    assert cells.kind("Avbruten") == ("competition", True)


def test_all_heads_lead_to_their_own_column() -> None:
    for field, column in columns.load().columns.items():
        assert columns.field_of(column.shown) == field
        assert columns.field_of(column.english) == field


@given(st.text(max_size=300))
def test_any_cell_is_read_or_refused(cell: str) -> None:
    for function in (cells.day, cells.deadline, cells.money, cells.months, cells.codes, cells.link, cells.kind):
        try:
            function(cell)
        except ValueError:
            continue


@given(st.lists(st.lists(st.text(max_size=20), max_size=5), max_size=6))
def test_any_rows_are_read_or_set_aside(rows: list[list[str]]) -> None:
    data = template.write_csv([["Titel", "Köpare", "CPV", "Värde", "Del"], *rows])
    try:
        reading = reader.read(data, "t.csv")
    except AnbudslotsError:
        return
    lots = sum(len(notice.lots) for notice in reading.notices)
    assert lots + len(reading.set_aside) <= len(rows) + 1


def test_a_table_goes_in_once_and_a_mended_deadline_is_a_change(register: Register, tmp_path: Path) -> None:
    path, archive = tmp_path / "t.csv", Archive(tmp_path / "raw")
    path.write_text(f"{HEAD};Kaffe\n{ROW};\nStäd;;", encoding="utf-8")
    (first,) = import_files([path], register=register, archive=archive, at=NOW)
    assert (first.source, first.new, first.status, len(first.set_aside)) == ("table", 1, "partial", 1)
    assert first.notes == ("t.csv: the column 'Kaffe' is not known and was not read.",)
    again = import_notices([path], format="table", register=register, archive=archive, at=NOW)
    assert (again.new, again.unchanged) == (0, 1)
    path.write_text(f"{HEAD}\n{ROW.replace('17', '21')}", encoding="utf-8")
    (mended,) = import_files([path], register=register, archive=archive, at=NOW)
    assert (mended.changed, mended.status) == (1, "complete")


def test_a_table_takes_nothing_from_a_notice_that_was_read_in_full(register: Register, tmp_path: Path) -> None:
    notices.add(register, make_notice("123456-2026"), raw=None, at=NOW)
    path = tmp_path / "t.csv"
    path.write_text(f"Nummer;{HEAD}\n123456-2026;{ROW}", encoding="utf-8")
    (run,) = import_files([path], register=register, archive=Archive(tmp_path / "raw"), at=NOW)
    assert run.unchanged == 1
    assert notices.get(register, "123456-2026") == make_notice("123456-2026")


PASTED = """Fönsterputs på sex förskolor

Upphandlande myndighet: Exempelstads kommun
Sista anbudsdag
17/12 2026 kl. 12.00
CPV: 90911300-9 Fönsterputsning
CPV: 90910000-9
Ort:\tMora
Kontaktperson: Namn Namnsson
E-post:
namn@example.org
Upphandlingen är reserverad.
https://www.example.org/annons/42
"""


def test_a_pasted_notice_is_read_by_its_labels_without_persons() -> None:
    assert pasted.read(PASTED) == {
        "title": "Fönsterputs på sex förskolor",
        "buyer": "Exempelstads kommun",
        "deadline": "17/12 2026 kl. 12.00",
        "cpv": "90911300-9 Fönsterputsning\n90910000-9",
        "place": "Mora",
        "link": "https://www.example.org/annons/42",
        "description": "Upphandlingen är reserverad.",
    }


def test_what_is_added_by_hand_goes_in_once(register: Register, tmp_path: Path) -> None:
    row, archive = pasted.row(pasted.read(PASTED)), Archive(tmp_path)
    first = add_row(row, register=register, archive=archive, at=NOW)
    again = add_row(row, register=register, archive=archive, at=NOW)
    assert (first.source, first.new, again.unchanged) == ("hand", 1, 1)
    (listed,) = notices.listing(register)
    notice = notices.get(register, listed["publication_number"])
    assert notice.publication_number.startswith("hand-")
    assert (notice.origin, notice.cpv, notice.reading) == ("hand", ("90911300", "90910000"), "short")
    lacking = add_row(pasted.row({"title": "Städ"}), register=register, archive=archive, at=NOW)
    assert [(aside.field, lacking.status) for aside in lacking.set_aside] == [("Köpare", "failed")]


@given(st.text(max_size=2000))
def test_any_text_can_be_pasted(text: str) -> None:
    reader.read(pasted.row({"buyer": "B", "title": "T", **pasted.read(text)}), "the text", "hand")
