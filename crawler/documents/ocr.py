"""Text of a picture by Tesseract, where it is installed: another program, bounded in time and memory."""

import csv
import os
import shutil
import subprocess
from dataclasses import dataclass

from config.errors import InputError
from crawler.documents.lines import joined
from crawler.documents.piece import Piece, clean, kind_of_line

WANTED = ("swe", "eng")
UNSURE = 30.0
"""Words that Tesseract gives less of 100 are mostly specks and lines."""
MISSING = (
    "Installera Tesseract med svenska för att läsa sådana sidor "
    "(Debian och Ubuntu: apt-get install tesseract-ocr tesseract-ocr-swe), och lägg till filen igen."
)


@dataclass(frozen=True)
class Engine:
    """An installed Tesseract and its languages, as it wants them: swe+eng."""

    program: str
    languages: str
    version: str


def find() -> Engine | None:
    """The installed Tesseract; None where there is none, or it has no language."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    known = _ask(program, "--list-langs").split()
    languages = [name for name in WANTED if name in known] or [
        name for name in known if len(name) == 3 and name != "osd"
    ][:1]
    version = _ask(program, "--version").split("\n")[0].split()[-1:]
    return Engine(program, "+".join(languages), "".join(version)) if languages else None


def _ask(program: str, option: str) -> str:
    done = subprocess.run([program, option], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return done.stdout


def recognise(engine: Engine, picture: bytes, page: int, seconds: float) -> list[Piece]:
    """Paragraphs of one page's picture (PGM). Run in the sandbox, whose bound of memory holds for Tesseract too.

    Raises InputError when it takes longer than `seconds` or fails.
    """
    command = [engine.program, "stdin", "stdout", "-l", engine.languages, "--psm", "3", "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603
            command, input=picture, capture_output=True, timeout=seconds, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise InputError("OCR", f"page {page}", f"took longer than {seconds:g} s and was stopped") from None
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().split("\n")[-1]
        raise InputError("OCR", f"page {page}", f"Tesseract failed: {last}")
    return [
        Piece(kind_of_line(text), text, page, ocr=True) for text in _paragraphs(done.stdout.decode(errors="replace"))
    ]


def _paragraphs(table: str) -> list[str]:
    """Tesseract's table of words (block, paragraph, line, word, confidence, text) as paragraphs."""
    paragraphs: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = clean(row.get("text") or "")
        if row["level"] == "5" and word and float(row["conf"]) >= UNSURE:
            lines = paragraphs.setdefault((row["block_num"], row["par_num"]), {})
            lines.setdefault(row["line_num"], []).append(word)
    told: list[str] = []
    for lines in paragraphs.values():
        text = joined([" ".join(words) for words in lines.values()])
        if told and text[0].islower() and told[-1][-1] not in ".:;!?":
            # Tesseract parts a paragraph where its lines stand unevenly.
            told[-1] = joined([told[-1], text])
        else:
            told.append(text)
    return told
