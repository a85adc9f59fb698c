"""What a file is, by its content first and its name second; what can't be read is told with the next step."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from config.errors import InputError
from crawler.documents import docx, markup, odt, plain, xlsx
from crawler.documents.piece import Content

Format = Literal["pdf", "zip", "docx", "odt", "xlsx", "html", "text"]
MEDIA_TYPES: dict[Format, str] = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "text": "text/plain",
}
READERS: dict[Format, Callable[[bytes], Content]] = {
    "docx": docx.read,
    "odt": odt.read,
    "xlsx": xlsx.read,
    "html": markup.read,
    "text": plain.read,
}
"""Formats that are read in one go; PDF is read by pages, zip by members."""
SUFFIXES: dict[str, Format] = {
    ".pdf": "pdf",
    ".zip": "zip",
    ".docx": "docx",
    ".odt": "odt",
    ".xlsx": "xlsx",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".md": "text",
    "": "text",
}
HEAD = 2048
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TEXT_BYTES = bytes({7, 8, 9, 10, 12, 13, 27, *range(32, 256)})
_OLD_OFFICE = (
    "Filen är i ett äldre Office-format (DOC, XLS eller PPT) eller låst med lösenord, och har inte lästs. "
    "Öppna den och spara den som PDF eller DOCX, eller be köparen om det."
)
_PICTURE = "Filen är en bild och har inte lästs. Be om texten, eller spara bilden som PDF: då kan den avläsas med OCR."
_PROGRAM = "Filen är ett program eller skript och har inte lästs. Öppna den inte."
_PACKED = "Filen är ett arkiv av ett slag som inte läses. Packa upp det och lägg till filerna, eller packa dem som ZIP."
_BY_HEAD: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_OFFICE),
    (b"{\\rtf", "Filen är RTF och har inte lästs. Öppna den och spara den som PDF eller DOCX."),
    (b"\x89PNG\r\n", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"II*\x00", _PICTURE),
    (b"MM\x00*", _PICTURE),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"#!", _PROGRAM),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"Rar!\x1a\x07", _PACKED),
    (b"\x1f\x8b", _PACKED),
)
_MACROS = "Filen innehåller makron och har inte lästs. Be köparen om en fil utan makron, eller om en PDF."
_OTHER_OFFICE = (
    "Filen är en presentation eller ett kalkylblad av ett slag som inte läses. Spara den som PDF eller XLSX."
)
UNKNOWN = "Filen är av ett slag som inte läses ({suffix}). Be om den som PDF, DOCX, ODT, XLSX eller HTML."


@dataclass(frozen=True)
class Kind:
    """A format that is read. note: where the name says something else than the content, in Swedish."""

    format: Format
    note: str = ""

    @property
    def media_type(self) -> str:
        """As in MEDIA_TYPES."""
        return MEDIA_TYPES[self.format]


def tell(path: Path, name: str) -> Kind:
    """The format of the file at `path`, called `name`. Raises InputError with what to do for one that is not read."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    data = path.read_bytes()
    found = _by_content(data, suffix)
    named = SUFFIXES.get(suffix)
    other = found != named and not (found == "text" and suffix == "")
    note = f"Filens namn slutar på {suffix or 'inget'}, men innehållet är {found.upper()}." if other else ""
    return Kind(found, note)


def read(path: Path, form: Format) -> Content:
    """Read the whole of a file of one of READERS' formats. Raises InputError."""
    return READERS[form](path.read_bytes())


def _by_content(data: bytes, suffix: str) -> Format:
    head = data[:HEAD]
    if not data.strip():
        raise InputError("file", None, "Filen är tom. Hämta den på nytt.")
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _by_members(data)
    for start, reason in _BY_HEAD:
        if head.startswith(start):
            raise InputError("file", None, reason)
    if _HTML.search(head) and not head.lstrip().startswith(b"%"):
        return "html"
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if SUFFIXES.get(suffix) in ("text", "html") and (utf16 or not head.translate(None, _TEXT_BYTES)):
        return "html" if SUFFIXES[suffix] == "html" else "text"
    raise InputError("file", None, UNKNOWN.format(suffix=suffix or "okänt"))


def _by_members(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            types = _start(archive, "[Content_Types].xml") if "[Content_Types].xml" in names else b""
            mimetype = _start(archive, "mimetype") if "mimetype" in names else b""
    except Exception as error:
        # zipfile raises a dozen kinds of errors for broken archives: all of them mean the same to the reader.
        reason = f"Filen är ett skadat ZIP-arkiv eller en skadad Office-fil ({error}). Hämta den på nytt."
        raise InputError("file", None, reason) from error
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise InputError("file", None, _MACROS)
    if b"wordprocessingml.document.main+xml" in types or b"wordprocessingml.template.main+xml" in types:
        return "docx"
    if b"spreadsheetml.sheet.main+xml" in types:
        return "xlsx"
    if mimetype.startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if types or mimetype.startswith(b"application/vnd.oasis"):
        raise InputError("file", None, _OTHER_OFFICE)
    return "zip"


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(200_000)
