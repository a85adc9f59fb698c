"""PDF by PDFium: the words of each page with their places, rules and pictures; `layout` makes text of them.

Pages are read some at a time, so that each call stays within the sandbox's bounds. Nothing is run: PDFium is built
without JavaScript here, and forms and attachments are not opened.
"""

import ctypes
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from config.errors import InputError
from crawler.documents import layout
from crawler.documents.layout import Habits, PageText
from crawler.documents.piece import clean, guarded
from crawler.documents.sheet import Box, Sheet, State, Word

MAX_CHARS = 200_000
"""Characters of one page that are looked at; a dense page has 8,000."""
MAX_OBJECTS = 20_000
MAX_SEGMENTS = 20_000
SPARSE = 50
"""Letters that a scanner's stamp may print on a page that is still a picture without text."""
PICTURE = 0.3
"""Share of the page that a picture covers when the page is a scan; a logotype covers a few per cent."""
DRAWN = 300
"""Paths on a page whose letters were turned into drawings."""
MAX_PIXELS = 20_000_000
OCR_DPI = 300


class Opened(NamedTuple):
    """A PDF's count of pages and of files attached to it."""

    pages: int
    attachments: int


@guarded("PDF")
def look(path: Path) -> Opened:
    """Open a PDF and count. Raises InputError when it is locked or broken."""
    with _open(path) as pdf:
        return Opened(len(pdf), max(0, pdf.count_attachments()))


@guarded("PDF")
def read_pages(path: Path, first: int, last: int, habits: Habits) -> tuple[list[PageText], Habits]:
    """Text of the pages first..last (from 1). habits: what earlier pages taught of running heads and body size."""
    with _open(path) as pdf:
        sheets = [_sheet(pdf, number) for number in range(first, last + 1)]
    return layout.read(sheets, habits)


@guarded("PDF")
def picture(path: Path, number: int) -> bytes:
    """Page `number` (from 1) as a grey picture (PGM), 300 dots an inch or fewer where the page is huge."""
    with _open(path) as pdf:
        page = pdf[number - 1]
        width, height = page.get_size()
        scale = min(OCR_DPI / 72, math.sqrt(MAX_PIXELS / max(1.0, width * height)))
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        rows, stride = bytes(bitmap.buffer), bitmap.stride
        body = b"".join(rows[row * stride : row * stride + bitmap.width] for row in range(bitmap.height))
        return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + body


def _open(path: Path) -> Any:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            reason = "PDF:en är låst med lösenord och har inte lästs. Be köparen om en fil utan lösenord."
            raise InputError("PDF", None, reason) from error
        if error.err_code == pdfium.FPDF_ERR_SECURITY:
            reason = "PDF:en är krypterad på ett sätt som inte kan läsas. Be om en fil utan kryptering."
            raise InputError("PDF", None, reason) from error
        raise


def _sheet(pdf: Any, number: int) -> Sheet:
    """One page's words, rules and what else tells how to read it, in points from its upper left corner as shown."""
    page = pdf[number - 1]
    turn = _Turn(page)
    text = page.get_textpage()
    words, unknown = _words(text, turn)
    rules, pictures, paths = _objects(page, turn)
    letters = sum(len(word.text) for word in words)
    state: State = "text"
    if letters < SPARSE and (pictures >= PICTURE or paths >= DRAWN):
        state = "picture"
    elif unknown > 0.3 * max(1, letters):
        state = "undecodable"
    text.close()
    page.close()
    return Sheet(number, turn.width, turn.height, words, rules, state)


class _Turn:
    """From the page's own coordinates to points right and down from the upper left corner of the page as shown."""

    def __init__(self, page: Any) -> None:
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.rotation = int(page.get_rotation())
        width, height = self.right - self.left, self.top - self.bottom
        self.width, self.height = (height, width) if self.rotation in (90, 270) else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        match self.rotation:
            case 90:
                return y - self.bottom, x - self.left
            case 180:
                return self.right - x, y - self.bottom
            case 270:
                return self.top - y, self.right - x
            case _:
                return x - self.left, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _words(text: Any, turn: _Turn) -> tuple[list[Word], int]:
    """Words in the order of the file, and how many characters have no known letter."""
    words: list[Word] = []
    unknown = 0
    letters: list[str] = []
    boxes: list[Box] = []
    start = 0
    rect = pdfium.FS_RECTF()

    def finish() -> None:
        if letters:
            word = _word(text, start, "".join(letters), boxes, turn)
            if word is not None:
                words.append(word)
            letters.clear()
            boxes.clear()

    for index in range(min(text.count_chars(), MAX_CHARS)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        # PDFium writes U+0002 for a hyphen that parts a word at the end of a line.
        letter = "-" if code == 2 else chr(code) if code < 0x110000 else "\ufffd"
        if letter.isspace() or (code < 32 and code != 2 and code != 0):
            finish()
            continue
        if code == 0 or letter == "\ufffd" or (0xE000 <= code <= 0xF8FF and code not in (0xF0B7, 0xF0A7)):
            unknown += 1
        if not pdfium.FPDFText_GetLooseCharBox(text, index, rect):
            continue
        box = turn.box(rect.left, rect.bottom, rect.right, rect.top)
        if boxes and _apart(boxes[-1], box):
            finish()
        if not letters:
            start = index
        letters.append(letter)
        boxes.append(box)
    finish()
    return words, unknown


def _apart(before: Box, box: Box) -> bool:
    """Whether a character stands away from the one before it though the file has no blank between them."""
    size = min(40.0, max(4.0, *(max(one.right - one.left, one.bottom - one.top) for one in (before, box))))
    across = max(box.left - before.right, before.left - box.right)
    down = max(box.top - before.bottom, before.top - box.bottom)
    # On a new line it is away both ways, even where the lines' boxes touch.
    aslant = (
        abs(box.left + box.right - before.left - before.right) > size
        and abs(box.top + box.bottom - before.top - before.bottom) > size
    )
    return across > 0.8 * size or down > 0.8 * size or aslant


def _word(text: Any, index: int, letters: str, boxes: list[Box], turn: _Turn) -> Word | None:
    if letters.endswith("\u00ad"):
        letters = letters[:-1] + "-"
    letters = clean(letters.replace("\uf0b7", "•").replace("\uf0a7", "•"))
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
    inside = 0 <= (left + right) / 2 <= turn.width and 0 <= (top + bottom) / 2 <= turn.height
    if not letters or not inside:
        return None
    matrix = pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    if not pdfium.FPDFText_GetMatrix(text, index, matrix) or not pdfium.FPDFText_GetCharOrigin(text, index, x, y):
        return None
    size = abs(pdfium.FPDFText_GetFontSize(text, index)) * math.hypot(matrix.c, matrix.d)
    size = min(max(size, 1.0), 200.0) if math.isfinite(size) else 10.0
    angle = math.degrees(math.atan2(matrix.b, matrix.a)) - turn.rotation
    upright = abs((angle + 180) % 360 - 180) < 10
    _, baseline = turn.point(x.value, y.value)
    return Word(letters, left, right, baseline, size, _is_bold(text, index), upright)


def _is_bold(text: Any, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(text, index) >= 600:
        return True
    name, flags = ctypes.create_string_buffer(120), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, index, name, 120, flags)
    return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _objects(page: Any, turn: _Turn) -> tuple[list[Box], float, int]:
    """Thin straight rules, the share of the page that pictures cover, and how many paths there are."""
    rules: list[Box] = []
    covered, paths = 0.0, 0
    for item in islice(page.get_objects(max_depth=3), MAX_OBJECTS):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            box = turn.box(*item.get_bounds())
            width = min(box.right, turn.width) - max(box.left, 0)
            height = min(box.bottom, turn.height) - max(box.top, 0)
            covered += max(0.0, width) * max(0.0, height)
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
            if item.container is None and len(rules) < MAX_SEGMENTS:
                rules += _rules(item, turn)
    return rules, covered / max(1.0, turn.width * turn.height), paths


def _rules(path: Any, turn: _Turn) -> Iterator[Box]:
    """The straight stretches of a path, and a thin filled rectangle as one."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    outline = turn.box(*path.get_bounds())
    thin = min(outline.right - outline.left, outline.bottom - outline.top) <= 2.5
    if not stroke.value and not thin:
        return
    if thin:
        yield outline
        return
    matrix = path.get_matrix()
    at: tuple[float, float] | None = None
    first: tuple[float, float] | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(pdfium.FPDFPath_CountSegments(path), 2000)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = turn.point(*matrix.on_point(x.value, y.value))
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif at is not None:
            yield from _straight(at, point)
        at = point
        if pdfium.FPDFPathSegment_GetClose(segment) and first is not None:
            yield from _straight(point, first)


def _straight(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Box]:
    box = Box(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
    width, height = box.right - box.left, box.bottom - box.top
    if (width > 5 and height <= 1) or (height > 5 and width <= 1):
        yield box
