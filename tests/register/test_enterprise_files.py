import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from config.errors import InputError
from register.enterprise_files import ReadRow, read
from register.models import Enterprise, SetAside

ROW = {
    "id": "a1",
    "name": "Ett",
    "municipality": "Mora",
    "county": "05",
    "capabilities": ["puts; ut och in", "städ"],
    "cpv": ["03121200"],
    "reach": {"municipalities": ["Mora", "Orsa"], "nationwide": False},
    "capacity": {"occupied": 12},
    "contact": {"email": "a@b.se"},
}


def rows(path: Path) -> tuple[list[Enterprise], list[SetAside]]:
    found = list(read(path))
    good = [row.enterprise for row in found if isinstance(row, ReadRow)]
    return good, [row for row in found if isinstance(row, SetAside)]


def test_the_three_formats_say_the_same(tmp_path: Path) -> None:
    columns = ["id", "name", "municipality", "county", "capabilities", "cpv", "reach.municipalities",
               "reach.nationwide", "capacity.occupied", "contact.email"]  # fmt: skip
    cells = ["a1", "Ett", "Mora", "05", "puts; ut och in\nstäd", "03121200", "Mora;Orsa", "nej", "12", "a@b.se"]
    (tmp_path / "e.jsonl").write_text(json.dumps(ROW, ensure_ascii=False) + "\n")
    quoted = ",".join('"' + cell + '"' for cell in cells)
    (tmp_path / "e.csv").write_text(",".join(columns) + "\n" + quoted + "\n", encoding="utf-8-sig")
    book = Workbook()
    assert book.active is not None
    book.active.append(columns)
    # A spreadsheet eats leading zeros: 5 is county 05, 3121200 is CPV 03121200.
    book.active.append([*cells[:3], 5, cells[4], 3121200, cells[6], False, 12, cells[9]])
    book.save(tmp_path / "e.xlsx")
    [one], [two], [three] = (rows(tmp_path / f"e.{ending}")[0] for ending in ("jsonl", "csv", "xlsx"))
    assert one == two == three


def test_a_bad_row_is_set_aside_with_line_and_field_and_the_others_go_in(tmp_path: Path) -> None:
    bad = [
        {**ROW, "id": "a2", "capacity": {"occupied": "tolv"}},
        {**ROW, "id": "a3", "contact": {"email": "a@b.se\nBcc: c@d.se"}},
        {"id": "a4", "name": "Fyra"},
        {**ROW, "id": "a5"},
    ]
    (tmp_path / "e.jsonl").write_text("\n".join([*map(json.dumps, bad), "{"]) + "\n")
    good, aside = rows(tmp_path / "e.jsonl")
    assert [e.id for e in good] == ["a5"]
    assert [(s.item, s.field) for s in aside] == [
        ("e.jsonl line 1", "capacity.occupied"),
        ("e.jsonl line 2", "contact.email"),
        ("e.jsonl line 3", "municipality"),
        ("e.jsonl line 5", None),
    ]


def test_an_unknown_field_is_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(json.dumps({**ROW, "odd": 1, "reach": {"municipalities": [], "far": 2}}))
    [row] = read(tmp_path / "e.jsonl")
    assert isinstance(row, ReadRow)
    assert row.unknown == ("odd", "reach.far") or set(row.unknown) == {"odd", "reach.far"}


@pytest.mark.parametrize("name", ["e.pdf", "e.xlsx"])
def test_a_file_that_is_none_of_them_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK no workbook")
    with pytest.raises(InputError, match=name):
        list(read(tmp_path / name))


def test_what_excel_writes_in_sweden_is_read(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_bytes("id;name;municipality\na1;Åkerbär;Älvdalen\n".encode("cp1252"))
    [enterprise], _ = rows(tmp_path / "e.csv")
    assert (enterprise.name, enterprise.municipality) == ("Åkerbär", "Älvdalen")
