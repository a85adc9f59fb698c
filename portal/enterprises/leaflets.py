"""An uploaded leaflet -> its text, read in a process that is bounded and killed when it takes too long."""

import tempfile
from pathlib import Path

from starlette.datastructures import UploadFile

from config.errors import InputError
from config.settings import DocumentSettings
from crawler.documents.reading import Reader

MOST_BYTES = 15_000_000
BOUNDS = {"max_pages": 30, "seconds": 20, "ocr_seconds": 30}
"""Of a leaflet: somebody waits for the page."""
UNSUITED = ("zip", "xlsx")


def text(upload: UploadFile, settings: DocumentSettings) -> str:
    """The text of a PDF, DOCX, ODT, HTML or text file. Raises InputError, its reason in Swedish."""
    name = Path(upload.filename or "").name[:200] or "fil"
    with tempfile.TemporaryDirectory(prefix="anbudslots-") as folder:
        # Under a name of ours: the uploaded one is only told.
        path = Path(folder) / "leaflet"
        with path.open("wb") as file:
            while piece := upload.file.read(1_000_000):
                file.write(piece)
        with Reader(settings.model_copy(update=BOUNDS)) as reader:
            kind = reader.tell(path, name)
            if kind.format in UNSUITED:
                raise InputError(name, None, "Filen är ett arkiv eller kalkylblad. Välj en PDF eller ett textdokument.")
            found = reader.read(path, name, kind)
    read = "\n".join(part.text for part in found.parts)
    if not read.strip():
        raise InputError(name, None, found.note or "Filen innehåller ingen text.")
    return read
