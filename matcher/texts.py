"""What is encoded and searched: an enterprise as several lines, a lot as a headline and passages (pure)."""

import re
from dataclasses import dataclass

from config import cpv
from register.models import Enterprise, Lot, Notice

SENTENCE = re.compile(r"(?<=[.!?])(?<!\bkap\.)(?<!\bca\.)(?<!\bnr\.)(?<!\bkl\.)\s+(?=[A-ZÅÄÖ0-9])|\n+")
PASSAGE_WORDS = 120
"""About 200 tokens of Swedish: within the encoder's limit with its prompt."""
OVERLAP_WORDS = 25

NOT_WORK = re.compile(
    r"""\b(?: bidrag | medlem\w* | styrels\w* | överskott\w* | startade | grundad\w* | bildad\w* | historia
      | lades?\ ned | nedlag\w* | stipendi\w* | förening\w* | arbetsförmedling\w* | försäkringskass\w*
      | arbetsmarknadsenhet\w*
      | vi\ är\ \w+\ (?:stycken|personer) | pension\w* | EU-projekt | tillväxtverket | leader | arvsfonden
      | tidigare\ (?:hade|drev) | fram\ till\ \d{4} )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Sentences of an "about" text on history, members, grants or referring authorities, not on what is sold."""


@dataclass(frozen=True)
class ProfileLine:
    """One line of what an enterprise does: kind capability, could_start, about or never."""

    kind: str
    text: str


def sentences(text: str) -> list[str]:
    """Sentences and lines of a text, stripped, empty ones left out."""
    return [part.strip(" \t-•*") for part in SENTENCE.split(text) if part.strip(" \t-•*")]


def profile_lines(enterprise: Enterprise) -> list[ProfileLine]:
    """Each capability, each "could start", the about text's sentences on work, and each "never", in that order."""
    lines = [ProfileLine("capability", text) for text in enterprise.capabilities]
    lines += [ProfileLine("could_start", text) for text in enterprise.could_start]
    about = [text for text in sentences(enterprise.about) if not NOT_WORK.search(text) and len(text.split()) >= 3]
    lines += [ProfileLine("about", text) for text in about]
    lines += [ProfileLine("never", text) for text in enterprise.never]
    return [line for line in lines if line.text]


def titles(notice: Notice, lot: Lot) -> str:
    """Title of the procurement, and of the lot where it differs."""
    parts = [notice.title]
    if lot.title and lot.title.casefold() != notice.title.casefold():
        parts.append(lot.title)
    return ". ".join(part.rstrip(". ") for part in parts)


def code_label(lot: Lot) -> str:
    """The main code's Swedish label, empty where there is none."""
    return (cpv.label(lot.cpv[0]) or "") if lot.cpv else ""


def headline(notice: Notice, lot: Lot) -> str:
    """Titles and the main code's label."""
    label = code_label(lot)
    return f"{titles(notice, lot)}. {label}" if label else titles(notice, lot)


def body(notice: Notice, lot: Lot) -> str:
    """Description of the lot, and of the procurement where it says something else."""
    parts = [lot.description]
    if notice.description and notice.description != lot.description:
        parts.append(notice.description)
    return "\n".join(part for part in parts if part)


def demanding(notice: Notice, lot: Lot) -> str:
    """What names demands on the bidder: the body and the selection criteria (BT-750), a line each."""
    return "\n".join([body(notice, lot), *lot.selection_criteria])


def passages(notice: Notice, lot: Lot) -> list[str]:
    """Headline first, then the body in overlapping passages of at most PASSAGE_WORDS words."""
    words = body(notice, lot).split()
    step = PASSAGE_WORDS - OVERLAP_WORDS
    starts = range(0, max(len(words) - OVERLAP_WORDS, 1), step) if words else range(0)
    return [headline(notice, lot), *(" ".join(words[start : start + PASSAGE_WORDS]) for start in starts)]


def search_text(notice: Notice, lot: Lot) -> str:
    """All words of a lot that tell its work, for lexical search: headline, other codes' labels, body."""
    labels = [cpv.label(code) or "" for code in lot.cpv[1:]]
    return "\n".join([headline(notice, lot), *labels, body(notice, lot)])
