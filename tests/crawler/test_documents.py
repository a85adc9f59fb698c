"""Files of a notice to text: what stands where, what is told apart, what is refused, and what stays bounded."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fpdf.enums import XPos, YPos

from config.errors import InputError, NotFoundError, StoppedError
from config.settings import DocumentSettings
from crawler.archive import Archive
from crawler.documents import adding, docx, kinds, language, markup, ocr, odt, pdf, plain, reading, xlsx
from crawler.documents.layout import Habits
from crawler.documents.piece import Piece, clean
from crawler.documents.reading import Reader, Reading
from register import documents, notices
from register.database import Register
from tests.conftest import NOW, ROOT, make_notice
from tests.crawler import given_documents as given

EXAMPLES = ROOT / "tests" / "examples" / "documents"
needs_ocr = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """A reader without OCR."""
    with Reader(DocumentSettings(), engine=None) as made:
        yield made


def read(reader: Reader, folder: Path, name: str, data: bytes) -> Reading:
    path = folder / "bytes"
    path.write_bytes(data)
    return reader.read(path, name, reader.tell(path, name))


def pieces_of(folder: Path, data: bytes) -> list[Piece]:
    """A PDF's pieces, read in this process."""
    path = folder / "bytes.pdf"
    path.write_bytes(data)
    pages, _ = pdf.read_pages(path, 1, pdf.look(path).pages, Habits())
    return [piece for page in pages for piece in page.pieces]


# Examples with expected text


@pytest.mark.parametrize("case", sorted(EXAMPLES.iterdir()), ids=lambda case: case.name)
def test_an_example_reads_as_a_person_reads_it(case: Path, reader: Reader) -> None:
    [file] = [path for path in case.iterdir() if path.stem == "input"]
    expected = json.loads((case / "expected.json").read_text())
    found = reader.read(file, file.name, reader.tell(file, file.name))
    assert [[part.page, part.kind, part.text] for part in found.parts] == expected["parts"]
    assert {name: getattr(found, name) for name in ("media_type", "pages", "note", "whole", "language")} == {
        name: expected[name] for name in ("media_type", "pages", "note", "whole", "language")
    }


# PDF


def test_columns_whose_lines_are_not_level_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = given.paper()
    page.paragraph("Den här texten går över hela sidans bredd, ända från den vänstra marginalen till den högra kanten.")
    page.set_font("Helvetica", size=10)
    top = page.get_y()
    for x, down, text in ((10, 0, given.LEFT), (105, 2, given.RIGHT)):
        page.set_xy(x, top + down)
        page.multi_cell(85, 5, text)
    texts = [piece.text for piece in pieces_of(tmp_path, given.made(page)) if piece.kind == "paragraph"]
    assert texts[1:] == [given.LEFT, given.RIGHT]


def test_a_page_shown_on_its_side_is_read_as_shown(tmp_path: Path) -> None:
    import pypdfium2

    upright = tmp_path / "upright.pdf"
    upright.write_bytes(given.pdf_of("Första stycket.", "Andra stycket."))
    turned = tmp_path / "turned.pdf"
    with pypdfium2.PdfDocument(upright) as document:
        document[0].set_rotation(90)
        document.save(turned)
    # Turned a quarter, the same letters stand on their side: one piece in the file's order, and no single letters.
    [piece] = pieces_of(tmp_path, turned.read_bytes())
    assert "Stycke 1. Första stycket." in piece.text
    assert "Stycke 1. Andra stycket." in piece.text


def test_a_wide_page_that_is_turned_to_be_read_has_lines(tmp_path: Path) -> None:
    lines = [
        b"BT /F1 12 Tf 0 1 -1 0 %d 72 Tm (%s) Tj ET" % (100 + 60 * n, text) for n, text in enumerate((b"Ett", b"Tva"))
    ]
    wide = pdf_with_contents([b" ".join(lines)]).replace(b"/MediaBox", b"/Rotate 90/MediaBox")
    assert [piece.text for piece in pieces_of(tmp_path, wide)] == ["Ett", "Tva"]


def test_running_heads_are_told_from_text_also_with_changing_numbers(tmp_path: Path) -> None:
    found = pieces_of(tmp_path, given.pdf_of(given.LEFT, pages=3))
    assert [piece.text for piece in found if piece.kind == "header"] == ["Exempelstads kommun Dnr KS 99/2026"] * 3
    assert [piece.text for piece in found if piece.kind == "footer"] == [f"Sida {n} av 3" for n in (1, 2, 3)]
    assert [piece.text for piece in found if piece.kind == "paragraph"] == [
        f"Stycke {n}. {given.LEFT}" for n in (1, 2, 3)
    ]


def test_what_stands_at_the_top_of_one_page_only_is_text(tmp_path: Path) -> None:
    page = given.Paper()
    page.head = ""
    page.add_page()
    page.set_y(12)
    page.paragraph("Avtalet gäller från årsskiftet.")
    assert "paragraph" in [piece.kind for piece in pieces_of(tmp_path, given.made(page)) if "årsskiftet" in piece.text]


def test_a_merged_cell_is_told_once_where_it_begins(tmp_path: Path) -> None:
    page = given.paper()
    page.set_font("Helvetica", size=10)
    with page.table() as table:
        row = table.row()
        row.cell("Lokal")
        row.cell("Krav")
        row.cell("Svar")
        row = table.row()
        row.cell("Summa för alla lokaler", colspan=2)
        row.cell("510")
    rows = [piece.text for piece in pieces_of(tmp_path, given.made(page)) if piece.kind == "row"]
    assert rows[-2:] == ["Lokal | Krav | Svar", "Summa för alla lokaler | 510"]


def test_text_beside_a_frame_is_not_mixed_with_it(tmp_path: Path) -> None:
    page = given.paper()
    page.set_font("Helvetica", size=10)
    top = page.get_y()
    page.multi_cell(120, 5, given.LEFT)
    page.rect(140, top, 55, 16)
    page.set_xy(142, top + 2)
    page.multi_cell(50, 5, "Kontakt: inköp i\nExempelstad, vardagar.")
    texts = [piece.text for piece in pieces_of(tmp_path, given.made(page)) if piece.kind == "paragraph"]
    assert texts == [given.LEFT, "Kontakt: inköp i Exempelstad, vardagar."]


def test_a_locked_pdf_is_said_to_be_locked(reader: Reader, tmp_path: Path) -> None:
    page = given.paper()
    page.set_encryption(owner_password="owner", user_password="user")
    with pytest.raises(InputError, match=r"låst med lösenord.*Be köparen"):
        read(reader, tmp_path, "a.pdf", given.made(page))


def test_scanned_pages_are_named_with_what_to_install(reader: Reader, tmp_path: Path) -> None:
    found = read(reader, tmp_path, "a.pdf", given.pdf_scan(tmp_path))
    assert found.note.startswith("Sida 2 är inskannade bilder utan text. Installera Tesseract")
    assert not found.whole
    assert given.RIGHT in [part.text for part in found.parts]


@needs_ocr
def test_scanned_pages_are_read_by_ocr_and_marked(tmp_path: Path) -> None:
    with Reader(DocumentSettings()) as with_ocr:
        assert "tesseract" in with_ocr.version
        found = read(with_ocr, tmp_path, "a.pdf", given.pdf_scan(tmp_path))
    assert found.note == "Texten på sida 2 är avläst ur bilder (OCR) och kan ha fel."
    assert found.whole
    recognised = " ".join(part.text for part in found.parts if part.ocr)
    assert {part.page for part in found.parts if part.ocr} == {2}
    assert "maskiner, medel och arbetskläder" in recognised


@needs_ocr
def test_ocr_that_takes_too_long_is_stopped_and_told(tmp_path: Path) -> None:
    with Reader(DocumentSettings(ocr_page_seconds=0.001)) as hurried:
        found = read(hurried, tmp_path, "a.pdf", given.pdf_scan(tmp_path))
    assert "OCR misslyckades eller tog för lång tid" in found.note
    assert not found.whole


def test_ocr_words_become_paragraphs_without_specks() -> None:
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    words = [(1, 1, 1, 96, "Städ-"), (1, 1, 2, 90, "ning"), (1, 1, 2, 4, "|~"), (1, 2, 1, 91, "Krav")]
    table = head + "".join(
        f"5\t1\t{block}\t{paragraph}\t{line}\t1\t0\t0\t9\t9\t{sure}\t{word}\n"
        for block, paragraph, line, sure, word in words
    )
    assert ocr._paragraphs(table) == ["Städning", "Krav"]


def test_a_pdf_that_takes_too_long_is_read_in_part_and_said_so(tmp_path: Path) -> None:
    ticks = iter(range(0, 1000, 25))
    with Reader(DocumentSettings(seconds=60), engine=None, clock=lambda: float(next(ticks))) as slow:
        found = read(slow, tmp_path, "a.pdf", given.pdf_of("Text.", pages=70))
    # The clock is asked at the start (0 s) and before each 20 pages (25, 50, 75 s).
    assert found.note.startswith("Bara sida 1–40 av 70 har lästs")
    assert not found.whole
    assert found.parts[-1].page == 40


ENDLESS = b"q " * 40 + b"BT /F1 1 Tf (x) Tj ET " * 6_000_000


def test_a_page_that_never_ends_does_not_stop_the_others(tmp_path: Path) -> None:
    with Reader(DocumentSettings(), engine=None) as reader:
        reader._sandbox.seconds = 2.0
        found = read(reader, tmp_path, "a.pdf", pdf_with_contents([b"BT /F1 12 Tf 72 700 Td (Hej) Tj ET", ENDLESS]))
    assert [part.text for part in found.parts if part.page == 1] == ["Hej"]
    assert found.note.startswith("Sida 2 kunde inte läsas. Läsningen avbröts")


def pdf_with_contents(contents: list[bytes]) -> bytes:
    """A PDF by hand, a page for each content stream."""
    import zlib

    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(contents))), len(contents)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, content in enumerate(contents):
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
        packed = zlib.compress(content)
        objects.append(page % (5 + 2 * number))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed))
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj %s endobj\n" % (n, one) for n, one in enumerate(objects, start=1))
    return body + b"trailer <</Root 1 0 R/Size %d>>\n%%%%EOF" % (len(objects) + 1)


# Office, HTML, text


def shown(pieces: list[Piece]) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in pieces]


def test_odt_text_comes_without_what_is_struck() -> None:
    assert shown(odt.read(given.odt_underlag()).pieces) == [
        ("header", "Exempelstads kommun"),
        ("heading", "1 Omfattning"),
        ("paragraph", "Avtalet gäller lokalvård."),
        ("note", "Se bilaga 2."),
        ("item", "handledare"),
        ("row", "Krav | Svar"),
        ("footer", "Dnr KS 99/2026"),
    ]


def test_a_workbook_shows_saved_values_by_sheet_and_row() -> None:
    found = xlsx.read(given.xlsx_underlag())
    assert [(piece.page, piece.place, piece.text) for piece in found.pieces] == [
        (1, 0, "Priser"),
        (1, 1, "Område | Yta | Från | Godkänd"),
        (1, 2, "Förskolan Eken | 420 | 2027-01-01 | SANT"),
        (1, 5, "Summa"),
        (2, 0, "Kontakt"),
        (2, 1, "Inköp | 1,5"),
    ]
    assert found.notes == ["Celler vars formel saknar sparat värde är tomma: formler räknas inte om här."]


def test_a_sheet_that_says_it_is_endless_is_bounded() -> None:
    far = given.zipped(
        {
            name: data.replace(b'<row r="5"', b'<row r="1048576"')
            .replace(b'r="A5"', b'r="A1048576"')
            .replace(b'r="B5"', b'r="XFD1048576"')
            for name, data in given.unzipped(given.xlsx_underlag()).items()
        }
    )
    found = xlsx.read(far)
    assert "Bladet Priser har lästs till och med rad 2." in found.notes
    assert found.pieces[-1].text == "Inköp | 1,5"


def test_html_is_what_a_reader_would_see() -> None:
    assert shown(markup.read(given.HTML.encode()).pieces) == [
        ("header", "Exempelstads kommun"),
        ("heading", "Frågor och svar"),
        ("paragraph", "Ett stycke"),
        ("paragraph", "på två rader."),
        ("item", "handledare"),
        ("row", "Krav | Svar"),
        ("row", "Plats | Ja"),
        ("paragraph", "löst"),
        ("footer", "fot"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_in_any_encoding(encoding: str) -> None:
    text = (
        "1 Inledning\r\n\r\nEtt stycke på två rader, för att texten är för lång för att rym-\r\nmas på en.\r\n"
        "- ett\r\n- två\r\nKrav\tSvar\r\n"
    )
    assert shown(plain.read(text.encode(encoding)).pieces) == [
        ("heading", "1 Inledning"),
        ("paragraph", "Ett stycke på två rader, för att texten är för lång för att rymmas på en."),
        ("item", "- ett"),
        ("item", "- två"),
        ("row", "Krav | Svar"),
    ]


def test_entities_of_an_office_file_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hemligt")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    hostile = given.ODT_TEXT.replace("?>", f"?>{entity}", 1).replace("handledare", "&e;handledare")
    found = odt.read(given.zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": hostile}))
    assert "hemligt" not in str(found.pieces)


def test_a_bomb_in_an_office_file_is_refused() -> None:
    bomb = given.zipped({"content.xml": b"<a>" + b" " * 30_000_000})
    with pytest.raises(InputError, match="packar upp till mer än"):
        odt.read(bomb)


def test_a_broken_docx_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"trasig DOCX-fil.*be om den som PDF"):
        docx.read(given.zipped({"word/document.xml": "<broken"}))


def test_control_and_bidirectional_characters_and_lone_surrogates_are_dropped() -> None:
    assert clean("a\x00b\u202ec\ud800d\u00a0 e\ufb01n") == "abcd efin"


# What a file is


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("avtal.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "äldre Office-format"),
        ("karta.png", b"\x89PNG\r\n\x1a\nrest", "bild"),
        ("setup.exe", b"MZ\x90\x00", "program"),
        ("kod.js", b"alert(1)", "slag som inte läses"),
        ("tom.pdf", b"", "tom"),
        ("trasig.docx", b"PK\x03\x04rest", "skadat"),
        ("makro.xlsm", given.zipped({"[Content_Types].xml": "sheet.macroEnabled.main+xml"}), "makron"),
        ("x.ods", given.zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "kalkylblad"),
        ("x.rtf", b"{\\rtf1 hej}", "RTF"),
    ],
)
def test_what_is_not_read_is_told_with_the_next_step(tmp_path: Path, name: str, data: bytes, word: str) -> None:
    (tmp_path / "bytes").write_bytes(data)
    with pytest.raises(InputError) as told:
        kinds.tell(tmp_path / "bytes", name)
    assert word in told.value.reason
    assert told.value.reason.count(".") >= 2


def test_content_decides_and_a_name_that_lies_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"<html><body>Logga in</body></html>")
    kind = kinds.tell(tmp_path / "bytes", "underlag.pdf")
    assert (kind.format, kind.note) == ("html", "Filens namn slutar på .pdf, men innehållet är HTML.")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("sv", "Leverantören ska erbjuda praktikplatser åt personer som står långt från arbetsmarknaden."),
        ("en", "The supplier shall offer places to people who are far from the labour market in the region."),
        ("fi", "Toimittajan on tarjottava työpaikkoja henkilöille, jotka ovat kaukana työmarkkinoista alueella."),
        ("", "Kort text"),
    ],
)
def test_the_language_is_told_where_there_is_enough_text(code: str, text: str) -> None:
    assert language.of(text) == code


# Into the register


@pytest.fixture
def noticed(register: Register) -> Register:
    notices.add(register, make_notice("990001-2026"), raw=None, at=NOW)
    return register


def add(register: Register, folder: Path, **files: bytes) -> adding.Added:
    paths = []
    for name, data in files.items():
        paths.append(folder / name.replace("_", "."))
        paths[-1].write_bytes(data)
    archive = Archive(folder / "raw")
    return adding.add(
        paths, "990001-2026", register=register, archive=archive, at=NOW, settings=DocumentSettings(ocr_seconds=0)
    )


def test_files_go_in_once_with_their_bytes(noticed: Register, tmp_path: Path) -> None:
    data = given.docx_underlag()
    assert add(noticed, tmp_path, avtal_docx=data).counts == {"new": 1}
    assert add(noticed, tmp_path, avtal_docx=data, samma_docx=data).counts == {"unchanged": 2}
    [document] = documents.listing(noticed, "990001-2026")
    assert (document.name, document.status, document.language) == ("avtal.docx", "read", "sv")
    assert Archive(tmp_path / "raw").get(document.sha256) == data


def test_a_zip_gives_its_members_and_what_it_hides_is_set_aside(noticed: Register, tmp_path: Path) -> None:
    inner = given.zipped({"b.txt": "Ett kort stycke.", "c.zip": given.zipped({"d.txt": "för djupt"})})
    outer = given.zipped(
        {"../../a.txt": "ut", "/etc/a.txt": "ut", "a.html": given.HTML, "b.zip": inner, "x.exe": "MZ\0"}
    )
    added = add(noticed, tmp_path, allt_zip=outer)
    told = {document.name: document.status for document in documents.listing(noticed, "990001-2026")}
    assert told == {
        "allt.zip": "partial",
        "allt.zip:a.html": "read",
        "allt.zip:b.zip": "partial",
        "allt.zip:b.zip:b.txt": "read",
        "allt.zip:b.zip:c.zip": "unread",
        "allt.zip:x.exe": "unread",
    }
    reasons = {aside.item: aside.reason for aside in added.set_aside}
    assert "leads out" in reasons["allt.zip:../../a.txt"]
    assert "leads out" in reasons["allt.zip:/etc/a.txt"]
    assert "arkiv i ett arkiv" in reasons["allt.zip:b.zip:c.zip"]
    assert not (tmp_path.parent / "a.txt").exists()


def test_what_was_read_in_part_is_read_anew_when_added_again(noticed: Register, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(given.pdf_of("Text.", pages=3))
    for pages, counts in ((2, {"new": 1}), (2, {"unchanged": 1}), (9, {"changed": 1}), (9, {"unchanged": 1})):
        settings = DocumentSettings(max_pages=pages)
        archive = Archive(tmp_path / "raw")
        added = adding.add([path], "990001-2026", register=noticed, archive=archive, at=NOW, settings=settings)
        assert added.counts == counts
        assert bool(added.set_aside) == (pages == 2)


def test_a_zip_has_a_time_of_its_own(noticed: Register, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(given.zipped({f"{n}.txt": f"Text nummer {n}." for n in range(3)}))
    settings = DocumentSettings(archive_seconds=1e-9)
    archive = Archive(tmp_path / "raw")
    paths = [tmp_path / "a.zip"]
    added = adding.add(paths, "990001-2026", register=noticed, archive=archive, at=NOW, settings=settings)
    assert [aside.item for aside in added.set_aside] == ["a.zip:0.txt", "a.zip:1.txt", "a.zip:2.txt", "a.zip"]
    assert added.set_aside[-1].reason == "3 av arkivets 3 filer har inte lästs, eller inte helt."


def test_a_name_that_is_no_text_or_shams_another_is_cleaned(noticed: Register, tmp_path: Path) -> None:
    for name in (b"bad\xff.txt", "avtal\u202etxt.exe.txt".encode()):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.write_bytes(b"Stycke i " + name[:4])
        archive = Archive(tmp_path / "raw")
        adding.add([path], "990001-2026", register=noticed, archive=archive, at=NOW, settings=DocumentSettings())
    told = [document.name for document in documents.listing(noticed, "990001-2026")]
    assert told == ["avtaltxt.exe.txt", "bad.txt"]


def test_documents_of_an_unknown_notice_are_refused(register: Register, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        add(register, tmp_path, a_txt=b"text")


def test_a_reading_is_done_anew_when_the_readers_change(
    noticed: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(noticed, tmp_path, a_txt=b"Ett stycke.")
    monkeypatch.setattr(reading, "VERSION", "next")
    assert add(noticed, tmp_path, a_txt=b"Ett stycke.").counts == {"changed": 1}
    [document] = documents.listing(noticed, "990001-2026")
    assert document.reader.startswith("next")


def test_what_stops_a_reader_is_told_in_swedish(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=r"Läsningen avbröts.*Be om filen i ett annat format"):
        reader.run("a.pdf", too_much_memory)


def too_much_memory() -> int:
    return len(bytearray(5_000_000_000))


def test_a_long_pdf_is_read_by_pages_within_bounds(reader: Reader, tmp_path: Path) -> None:
    found = read(reader, tmp_path, "a.pdf", given.pdf_of(given.LEFT, given.RIGHT, pages=200))
    assert (found.pages, found.whole, found.note) == (200, True, "")
    assert len(found.parts) == 200 * 4
    assert found.parts[-2].text == f"Stycke 200. {given.RIGHT}"


def test_headings_of_a_pdf_are_told_by_size_weight_or_number(tmp_path: Path) -> None:
    page = given.paper()
    page.heading("Stor rubrik")
    page.paragraph(given.LEFT)
    page.set_font("Helvetica", "B", 10)
    page.cell(0, 8, "Fet rubrik", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.paragraph(given.RIGHT)
    page.paragraph("5.3 Sociala krav")
    page.paragraph(given.LEFT)
    headings = [piece.text for piece in pieces_of(tmp_path, given.made(page)) if piece.kind == "heading"]
    assert headings == ["Stor rubrik", "Fet rubrik", "5.3 Sociala krav"]
