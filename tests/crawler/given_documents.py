"""Small files with a real layout, invented, made by the tests: PDF, DOCX, ODT, XLSX, HTML, zip."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from docx import Document
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
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


class Paper(FPDF):
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
