"""A person's own words in an answer (pure): what is quoted, the signature and the mail program's lines are cut away."""

import re

from crawler.mails.html import tidy

LONGEST = 2_000
"""Characters that are kept."""
LINES = 500
"""Lines that are looked at; what a person writes in answer stands at the top or between a few quotes."""

WROTE = re.compile(r"^(?:den|on|on the|am|le)\b.{3,200}\b(?:skrev|skriver|wrote|writes)\b.{0,150}:$", re.IGNORECASE)
WROTE_LAST = re.compile(r"^.{3,200}\b(?:skrev|wrote)\b(?:.{0,60}\d{1,2}[:.]\d{2})?.{0,80}:$", re.IGNORECASE)
FORWARDED = re.compile(
    r"^(?:-{2,} ?(?:ursprungligt meddelande|original message|vidarebefordrat.{0,30}|forwarded message)\b.{0,10}|"
    r"_{10,}|-{20,})$",
    re.IGNORECASE,
)
HEAD = re.compile(r"^\W{0,3}(?:från|from|avsändare)\W{0,3}:", re.IGNORECASE)
HEAD_NEXT = re.compile(r"^\W{0,3}(?:skickat|sent|datum|date|till|to|ämne|subject|kopia|cc)\W{0,3}:", re.IGNORECASE)
GREETINGS = (
    r"(?:med )?(?:vänlig|varm|bästa|hjärtlig)a?(?:ste)? ?hälsning(?:ar)?|(?:många |bästa |glada )?hälsningar|"
    r"m\.? ?v\.? ?h\.?|vh|hälsar|ha det (?:bra|gott)|"
    r"(?:(?:best|kind|warm|with kind|with best) )?regards|best wishes|sincerely|yours sincerely|cheers"
)
PROGRAMS = (
    r"(?:skickat|sänt) från .{1,60}|sent from .{1,60}|(?:hämta|get) outlook (?:för|for) .{1,40}|skaffa outlook .{1,40}"
)
SIGNATURE = re.compile(rf"^(?:--|__|(?:{GREETINGS})\b[ ,!.]*.{{0,60}}|{PROGRAMS})$", re.IGNORECASE)


def cut(text: str) -> str:
    """The lines that the person wrote, at most LONGEST characters; empty where there are none."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:LINES]]
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if FORWARDED.match(line) or SIGNATURE.match(line):
            break
        if HEAD.match(line) and any(HEAD_NEXT.match(after) for after in lines[place + 1 : place + 4]):
            break
        height = _wrote(lines, place)
        if height:
            place += height
            after = next((line for line in lines[place:] if line), "")
            if not after.startswith((">", "|")):
                break  # the quote has no marks, so it has no end
            continue
        if not line.startswith((">", "|")):
            kept.append(tidy(line))
        place += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()[:LONGEST]


def _wrote(lines: list[str], place: int) -> int:
    """How many lines a "Den 23 november skrev NN:" takes here, which mail programs break; 0 where there is none."""
    if not lines[place]:
        return 0
    for height in (1, 2, 3):
        whole = " ".join(lines[place : place + height])
        if len(whole) > 500:
            return 0
        if WROTE.match(whole) or (height == 1 and WROTE_LAST.match(whole)):
            return height
    return 0
