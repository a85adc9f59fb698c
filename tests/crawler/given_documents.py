"""Small files with a real layout, invented, made by the tests: PDF, DOCX, ODT, XLSX, HTML, zip."""

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import parse_xml
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from openpyxl import Workbook

LEFT = (
    "Avtalet gäller lokalvård av fem förskolor och två skolor i kommunen. Städningen ska utföras på vardagar mellan "
    "klockan sex och nio, innan verksamheten börjar. Leverantören ansvarar för egna maskiner, medel och arbetskläder, "
    "och ska följa kommunens rutiner för säkerhet och miljö under hela avtalstiden."
)
RIGHT = (
    "Leverantören ska erbjuda minst två platser för personer som står långt från arbetsmarknaden. Platserna ska ha "
    "handledare på plats varje dag. Kommunens arbetsmarknadsenhet föreslår personer, och leverantören väljer själv "
    "vilka som anställs. Hur det går följs upp i möten två gånger om året."
)


class Paper(FPDF):  # type: ignore[misc]  # fpdf2 has no types that mypy is let to follow
    """Pages with a running head and a page number."""

    head = "Exempelstads kommun"

    def header(self) -> None:
        self.set_font("Helvetica", size=8)
        self.set_y(10)
        self.cell(95, 5, self.head)
        self.cell(95, 5, "Dnr KS 99/2026", align="R")
        self.set_y(25)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.cell(0, 5, f"Sida {self.page_no()} av {{nb}}", align="C")

    def heading(self, text: str, size: float = 15) -> None:
        self.set_font("Helvetica", "B", size)
        self.multi_cell(0, 9, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def paragraph(self, text: str) -> None:
        self.set_font("Helvetica", size=10)
        self.multi_cell(0, 5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def columns(self, left: str, right: str) -> None:
        """Two columns of 85 mm with a gutter of 10 mm, their lines on the same baselines."""
        self.set_font("Helvetica", size=10)
        top = self.get_y()
        bottom = top
        for x, text in ((10, left), (105, right)):
            self.set_xy(x, top)
            self.multi_cell(85, 5, text, align="J")
            bottom = max(bottom, self.get_y())
        self.set_xy(10, bottom + 4)


def paper() -> Paper:
    pdf = Paper()
    pdf.set_auto_page_break(True, 20)
    pdf.add_page()
    return pdf


def made(pdf: FPDF) -> bytes:
    """The file's bytes."""
    return bytes(pdf.output())


def pdf_underlag() -> bytes:
    """Two pages: title, contents, text over the page, two columns, a ruled table, a list, a table without rules."""
    pdf = paper()
    pdf.heading("Förfrågningsunderlag: lokalvård", 18)
    pdf.paragraph("Innehåll")
    for title, number in (("1 Inledning", 1), ("2 Krav på utförandet", 1), ("2.1 Sociala krav", 1)):
        pdf.set_font("Helvetica", size=10)
        dots = "." * int((150 - pdf.get_string_width(title)) / pdf.get_string_width("."))
        pdf.cell(0, 5, f"{title} {dots} {number}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(4)
    pdf.heading("1 Inledning")
    pdf.paragraph(LEFT)
    pdf.heading("2 Krav på utförandet")
    pdf.columns(LEFT, RIGHT)
    pdf.heading("2.1 Sociala krav", 12)
    pdf.set_font("Helvetica", size=10)
    with pdf.table(col_widths=(20, 100, 40)) as table:
        for cells in (
            ("Nr", "Krav", "Svar"),
            (
                "1",
                "Handledare ska finnas på plats varje dag, och ha utbildning för att möta dem som stått utan arbete",
                "Ja",
            ),
            ("2", "Minst två platser", "Nej"),
        ):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    pdf.add_page()
    pdf.paragraph(
        "Kommunen får avbryta upphand-\nlingen. EU-\nkommissionens regler gäller lördags-\noch söndagsarbete."
    )
    for text in (
        "egna maskiner, som följer kommunens regler för buller och som servas varje år av en tekniker",
        "medel",
    ):
        pdf.set_x(15)
        pdf.cell(6, 5, "-")
        pdf.multi_cell(100, 5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(3)
    for cells in (
        ("Område", "Yta", "Pris"),
        ("Förskolan Eken", "420 m2", "12 000 kr"),
        ("Skolan", "2 100 m2", "44 000 kr"),
    ):
        for width, cell in zip((60, 50, 40), cells, strict=True):
            pdf.cell(width, 5, cell)
        pdf.ln(5)
    return made(pdf)


def pdf_of(*paragraphs: str, pages: int = 1) -> bytes:
    """The same paragraphs on each of some pages, numbered."""
    pdf = Paper()
    pdf.set_auto_page_break(True, 20)
    for number in range(1, pages + 1):
        pdf.add_page()
        for paragraph in paragraphs:
            pdf.paragraph(f"Stycke {number}. {paragraph}")
    return made(pdf)


def pdf_scan(path: Path) -> bytes:
    """A page of text, and one that is a picture of a page of text. path: a folder for the picture."""
    import pypdfium2

    picture = path / "page.png"
    pypdfium2.PdfDocument(pdf_of(LEFT))[0].render(scale=200 / 72, grayscale=True).to_pil().save(picture)
    pdf = paper()
    pdf.paragraph(RIGHT)
    pdf.head = ""
    pdf.add_page()
    pdf.image(str(picture), 0, 0, 210, 297)
    return made(pdf)


def docx_underlag() -> bytes:
    """Styles, numbers, a table in its place, header and footer, a content control, tracked changes, a far picture."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Exempelstads kommun"
    document.sections[0].footer.paragraphs[0].text = "Dnr KS 99/2026"
    document.add_heading("Avtal om lokalvård", 0)
    document.add_heading("1 Omfattning", 1)
    document.add_paragraph(LEFT)
    table = document.add_table(rows=2, cols=3)
    for row, texts in enumerate((("Nr", "Krav", "Svar"), ("1", "Handledare på plats", "Ja"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    document.add_heading("2 Sociala krav", 2)
    document.add_paragraph("praktikplatser", style="List Bullet")
    document.add_paragraph("uppföljning", style="List Number")
    document.add_paragraph("handledning", style="List Number")
    changed = document.add_paragraph("Kvar ")
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for xml in (
        f'<w:del {w} w:id="1" w:author="x"><w:r><w:delText>struket </w:delText></w:r></w:del>',
        f'<w:ins {w} w:id="2" w:author="x"><w:r><w:t>tillagt</w:t></w:r></w:ins>',
        f"<w:r {w}><w:instrText>INCLUDETEXT https://evil.example</w:instrText></w:r>",
    ):
        changed._p.append(parse_xml(xml))
    body = document.element.body
    control = parse_xml(
        f"<w:sdt {w}><w:sdtContent><w:p><w:r><w:t>I en innehållskontroll.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    body.insert(len(body) - 1, control)
    document.part.relate_to("https://evil.example/picture.png", RT.IMAGE, is_external=True)
    return saved(document)


class Savable(Protocol):
    def save(self, target: io.BytesIO) -> object: ...


def saved(document: Savable) -> bytes:
    """What `save` writes."""
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A zip of members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "style")
)
ODT_TEXT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content {NAMESPACES}><office:body><office:text>
<text:tracked-changes><text:p>struket</text:p></text:tracked-changes>
<text:h text:outline-level="1">1<text:s text:c="2"/>Omfattning</text:h>
<text:p>Avtalet gäller <text:span>lokalvård</text:span><text:note><text:note-body>
<text:p>Se bilaga 2.</text:p></text:note-body></text:note>.</text:p>
<text:list><text:list-item><text:p>handledare</text:p></text:list-item></text:list>
<table:table><table:table-row><table:table-cell><text:p>Krav</text:p></table:table-cell>
<table:table-cell><text:p>Svar</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="16000"/></table:table-row></table:table>
</office:text></office:body></office:document-content>"""
ODT_STYLES = f"""<office:document-styles {NAMESPACES}><office:master-styles><style:master-page>
<style:header><text:p>Exempelstads kommun</text:p></style:header>
<style:footer><text:p>Dnr KS 99/2026</text:p></style:footer>
</style:master-page></office:master-styles></office:document-styles>"""


def odt_underlag() -> bytes:
    return zipped(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ODT_TEXT, "styles.xml": ODT_STYLES}
    )


def xlsx_underlag() -> bytes:
    """Two sheets, one with a formula that no program has reckoned."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Priser"
    sheet.append(["Område", "Yta", "Från", "Godkänd"])
    sheet.append(["Förskolan Eken", 420.0, date(2027, 1, 1), True])
    sheet["A5"] = "Summa"
    sheet["B5"] = "=SUM(B2:B3)"
    book.create_sheet("Kontakt").append(["Inköp", 1.5])
    return saved(book)


def unzipped(packed: bytes) -> dict[str, bytes]:
    """The members of a zip."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


HTML = """<!DOCTYPE html><html><head><title>t</title><meta charset="utf-8"><style>p{}</style>
<script>alert(1)</script></head>
<body><header>Exempelstads kommun</header><h1>Frågor och <b>svar</b></h1><p>Ett stycke<br>på två rader.</p>
<ul><li>handledare</li></ul>
<table><tr><th>Krav</th><th>Svar</th></tr><tr><td>Plats</td><td><p>Ja</p></td></tr></table>
<p hidden>dolt</p><p style="display: none">dolt</p><img src="https://evil.example/x.png" alt="x">löst
<footer>fot</footer></body></html>"""
