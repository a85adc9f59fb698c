"""Text to segments: sentences, form lines, questions with answers; exact offsets through hyphenation and slips.

Rules look at a flattened text (case folded, hyphenation joined, white space collapsed, common OCR slips mended); every
character of it knows its place in the text as given.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from config.knowledge import read_yaml

LONGEST = 1500
"""Characters of the longest segment; a longer one is cut, so that no rule has to search without end."""
ABBREVIATIONS = re.compile(
    r"(?:\b(?:kap|st|p|pkt|nr|bl\.?a|t\.?ex|ca|ek|för|m\.?m|etc|inkl|exkl|resp|tel|kl|max|min|art|dvs|s\.?k|jfr|avs|ev|bil|enl"
    r"|fr\.?o\.?m|t\.?o\.?m|m\.?fl|f\.?n|no|approx|e\.?g|i\.?e|paras?|kr|mkr|ang|exv|ggr|alt|dnr|red|jur|aug|sept|okt|nov|dec)"
    r"|(?:^|\s)[A-ZÅÄÖ]|\b\d{1,2})$",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<!\.\.\.)[.!?][”\"')\]]*\s+(?=[”\"'(\[]?[A-ZÅÄÖÆØ0-9§–-])")
BULLET = re.compile(r"^\s*(?:[-–•*·▪o]\s|\d{1,2}(?:\.\d{1,2}){0,4}[.)]?\s+\S|[a-zA-Z]\)\s|\[ ?[xX ]?\]|§\s?\d)")
HEADING_NUMBER = re.compile(
    r"^\s*(?:(?:avsnitt|kap(?:itel)?|punkt|bilaga|§)\s*)?(\d{1,2}(?:\.\d{1,3}){0,4})\.?\s+\S", re.IGNORECASE
)
LABEL = re.compile(r"^\s*[A-ZÅÄÖ][^:|.?!\n]{2,110}:\s*\S?")
TOC_LINE = re.compile(r"(?:\.\s?){4,}\s*\d{1,3}\s*$|…+\s*\d{1,3}\s*$|\s{3,}\d{1,3}\s*$")
LEADER = re.compile(r"[ \t]*(?:(?:\.[ \t]?){4,}|…[ \t…]*)[ \t]*(?=[^\W\d_]|[☐☒☑\[(–—-])")
"""Dots that lead from a form's label to its value; before a number they lead to a page."""
CELLS = re.compile(r"\|")
OPEN_END = re.compile(
    r"(?:,|\b(?:och|eller|samt|av|för|med|i|på|till|som|att|den|det|de|en|ett|om|inom|enligt|från|vid|genom|mot|under|ska|skall|är"
    r"|and|or|of|the|to|for|by|in|with|shall|must|og|eller|af|til|skal))$",
    re.IGNORECASE,
)
"""A line that ends so goes on, whatever the next one begins with."""
SLIPS = str.maketrans(
    {"â": "å", "à": "å", "\u00ad": "", "\u2010": "-", "\u2011": "-", "\u00a0": " ", "ﬁ": "fi", "ﬂ": "fl"}
)
BOX = r"(?:\[ ?[xX✓]? ?\]|\( ?[xX]? ?\)|[☐☒☑■□✓✔✗✘])"
"""A box to be ticked."""
EMPTY_BOX = re.compile(r"(?:\[ ?\]|\( ?\)|[☐□]) ?(?=\w{2})(?!(?:ja|nej|yes|no)\b)")
TICKED_BOX = re.compile(r"(?:\[ ?[x✓] ?\]|\( ?x ?\)|[☒☑■✓✔✗✘]) ?(?=\w{2})(?!(?:ja|nej|yes|no)\b)")
"""In a flat text, the box before a line that is chosen or not; "☐ Ja ☒ Nej" answers the line before it."""
EMPTY_YES, EMPTY_NO, TICKED = (
    re.compile(pattern)
    for pattern in (
        r"(?:\[ ?\]|\( ?\)|[☐□]) ?(?:ja|yes|kyllä)\b",
        r"(?:\[ ?\]|\( ?\)|[☐□]) ?(?:nej|no|nei|ei)\b",
        r"\[ ?[x✓] ?\]|\( ?x ?\)|[☒☑■✓✔✗✘]",
    )
)
"""In a flat text, the boxes of a yes and a no, and a ticked box."""
LONGEST_LABEL, LONGEST_VALUE = 120, 60
BLANK = re.compile(r"\n[ \t\r]*\n")
LINE_HYPHEN = re.compile(
    r"(?<=[a-zåäöæøéA-ZÅÄÖÆØ])-[ \t]*\n[ \t]*(?!(?:och|eller|samt|respektive|og|eller|and|or|ja)\b)(?=[a-zåäöæøé1])"
    r"|(?<=[A-ZÅÄÖÆØ]{2})-[ \t]*\n[ \t]*(?!(?:OCH|ELLER|SAMT|AND|OR)\b)(?=[A-ZÅÄÖÆØ]{2})"
)


@dataclass(frozen=True)
class Segment:
    """One sentence, line or form field.

    flat: text that rules look at; places: offset in the original of each character of `flat`, and the end at last.
    """

    flat: str
    places: tuple[int, ...]
    start: int
    end: int
    kind: str
    """sentence, heading, toc, question, answer."""
    section: str = ""
    context: str = ""
    """For an answer: the flattened question before it; for a value: its label."""
    paragraph: int = 0
    """Number of the stretch between blank lines in which it stands."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original text of a stretch of `flat`."""
        return self.places[start], self.places[end - 1] + 1


def flatten(text: str, start: int, end: int) -> tuple[str, tuple[int, ...]]:
    """Flatten text[start:end]; returns the flat text and the original offset of each of its characters."""
    part = text[start:end]
    drop: set[int] = set()
    for match in LINE_HYPHEN.finditer(part):
        drop.update(range(match.start(), match.end()))
    colons: set[int] = set()
    for gap in [match.span() for match in LEADER.finditer(part)] + [m.span("gap") for m in _columns().finditer(part)]:
        # "Reserverad upphandling ......... Nej" is read as "Reserverad upphandling: Nej".
        colons.add(gap[0])
        drop.update(range(gap[0] + 1, gap[1] - 1))
    flat: list[str] = []
    places: list[int] = []
    for at, raw in enumerate(part):
        if at in drop or raw == "\u00ad":
            continue
        if at in colons:
            flat.append(":")
            places.append(start + at)
            if at + 1 < len(part) and not part[at + 1].isspace():
                flat.append(" ")
                places.append(start + at)
            continue
        mended = raw.translate(SLIPS)
        if mended.isspace():
            if flat and flat[-1] != " ":
                flat.append(" ")
                places.append(start + at)
            continue
        before, after = part[at - 1] if at else "", part[at + 1] if at + 1 < len(part) else ""
        mended = _slip(raw, before, after) or mended
        for piece in mended.casefold() if mended.casefold().isascii() or len(mended.casefold()) == 1 else mended:
            flat.append(piece)
            places.append(start + at)
    while flat and flat[-1] == " ":
        flat.pop()
        places.pop()
    return "".join(flat), tuple(places)


def _slip(raw: str, before: str, after: str) -> str:
    """The letter that a scanner took for another, by its neighbours: 1 or I for l, 0 for o; "" for no slip."""
    inside = before.isalpha() and (after.isalpha() or after == "1" or not after.strip() or after in ".,;")
    begins = after.isalpha() and after.islower() and not before.isdigit()
    if raw == "1" and (inside or begins):
        return "l"
    if raw == "I" and before.islower() and after.islower():
        return "l"
    return "o" if raw == "0" and before.isalpha() and after.islower() else ""


def split(text: str) -> list[Segment]:
    """All segments of a text in order. Offsets count code points of `text`."""
    segments: list[Segment] = []
    section = ""
    paragraph = before = 0
    for start, end in _blocks(text):
        paragraph += bool(BLANK.search(text, before, start))
        before = end
        block = text[start:end]
        number = HEADING_NUMBER.match(block)
        if number:
            section = number[1]
        if TOC_LINE.search(block):
            segments.append(_segment(text, start, end, "toc", section, paragraph))
            continue
        for a, b in _sentences(text, start, end):
            segments.append(_segment(text, a, b, _kind(text[a:b]), section, paragraph))
    return _questions(_chosen(_values(segments)))


def _segment(text: str, start: int, end: int, kind: str, section: str, paragraph: int) -> Segment:
    end = min(end, start + LONGEST)
    flat, places = flatten(text, start, end)
    return Segment(flat, places, start, end, kind, section, paragraph=paragraph)


def _kind(sentence: str) -> str:
    bare = sentence.strip()
    if bare.endswith("?"):
        return "question"
    if LEADER.search(bare) or _columns().search(bare):
        return "sentence"
    words = LINE_HYPHEN.sub("", bare).split()
    if (
        HEADING_NUMBER.match(bare)
        and len(words) <= 12
        and not bare.endswith((".", ":", ";"))
        and not DECIDES.search(bare)
    ):
        return "heading"
    if len(words) <= 7 and not bare.endswith((".", "!", ":", ";")) and ":" not in bare and "|" not in bare:
        return "heading"
    return "sentence"


def _blocks(text: str) -> list[tuple[int, int]]:
    """Lines joined to paragraphs where they run on; forms, lists and headings stay lines of their own."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]*", text) if text[m.start() : m.end()].strip()]
    blocks: list[tuple[int, int]] = []
    for start, end in lines:
        if blocks and _runs_on(text, blocks[-1], start, end):
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((start, end))
    return blocks


def _runs_on(text: str, block: tuple[int, int], start: int, end: int) -> bool:
    """Whether the line from start to end goes on with the block before it."""
    if text[block[1] : start].count("\n") > 1:
        return False
    last_line = text[max(block[0], text.rfind("\n", block[0], block[1]) + 1) : block[1]].rstrip()
    line = text[start:end]
    first = line.lstrip()[:1]
    if any(row.search(one) for row in (TOC_LINE, LEADER, CELLS) for one in (last_line, line)):
        return False
    if BULLET.match(line) and not last_line.endswith(("-", ",")):
        return False
    if _bare_value().match(line) and not last_line.endswith((",", "-")):
        return False
    if last_line.endswith("-") and first.islower():
        return True
    if first.islower() or (first and first in "(0123456789§" and not last_line.endswith((".", ":", "?", "!"))):
        return True
    if OPEN_END.search(last_line):
        return True
    if last_line.endswith((".", ":", "?", "!", ";")):
        # A full line that ends a sentence goes on as the same paragraph, a short one ends it: both part sentences.
        return False
    return len(last_line) >= 55 and not LABEL.match(line) and not _columns().match(line)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    at = start
    for match in SENTENCE_END.finditer(text, start, end):
        before = text[at : match.start()]
        if text[match.start()] == "." and ABBREVIATIONS.search(before):
            continue
        cut = match.start() + len(match.group(0).rstrip())
        spans.append((at, cut))
        at = match.end()
    spans.append((at, end))
    trimmed = (
        (a + len(text[a:b]) - len(text[a:b].lstrip()), b - len(text[a:b]) + len(text[a:b].rstrip())) for a, b in spans
    )
    return [(a, b) for a, b in trimmed if a < b]


@lru_cache(maxsize=1)
def _labels() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = read_yaml("clauses/_words.yaml")
    labels = "|".join(re.escape(label.casefold()) for label in words["form_labels"])
    values = "|".join(re.escape(value) for value in words["form_values"])
    return re.compile(rf"^(?:[\w.-]{{0,12}} )?(?:{labels})\W*$"), re.compile(rf"^(?:{values})\b")


def _bare() -> str:
    """An expression for what a form says in a field and nothing beside it: "Nej", "[ ] Ja [x] Nej"."""
    values = "|".join(re.escape(value) for value in read_yaml("clauses/_words.yaml")["form_values"])
    return rf"(?:(?:{BOX}[ \t]*)?(?:{values}|{BOX})(?![\w-])[ \t]*[.,;/]?[ \t]*)+"


@lru_cache(maxsize=1)
def _bare_value() -> re.Pattern[str]:
    return re.compile(rf"[ \t]*{_bare()}$", re.I)


@lru_cache(maxsize=1)
def _columns() -> re.Pattern[str]:
    """A form's label with its value in the next column of the same line: the label is known, or the value bare."""
    labels = "|".join(re.escape(label) for label in read_yaml("clauses/_words.yaml")["form_labels"])
    return re.compile(
        rf"^[ \t]*(?:(?:[\w.-]{{0,12}} )?(?:{labels})|[^\s|](?:[^\n|:\t ]|[ ](?![ \t])){{1,110}}(?=[ \t]+{_bare()}$))"
        r"(?P<gap>[ \t]{2,}|\t)(?=\S)",
        re.I | re.M,
    )


def _is_label(segment: Segment) -> bool:
    """Whether a line asks for what the next one says: short, and no sentence of its own."""
    bare = segment.flat.rstrip()
    return (
        len(bare) <= LONGEST_LABEL
        and segment.kind != "toc"
        and not bare.endswith((".", "!", ";", ","))
        and (segment.kind in ("heading", "question") or bare.endswith(":"))
        and not _bare_value().match(bare)
        and not QUESTION.match(bare)
    )


def _values(segments: list[Segment]) -> list[Segment]:
    """Tie a form's value line to the label line before it: any bare value ("Nej"), or what follows a known label."""
    label, value = _labels()
    out: list[Segment] = []
    for segment in segments:
        known = out and value.match(segment.flat) and len(segment.flat) < 40 and label.match(out[-1].flat)
        bare = out and len(segment.flat) <= LONGEST_VALUE and _bare_value().match(segment.flat) and _is_label(out[-1])
        if known or bare:
            before = out.pop()
            # The colon and the space are not in the text: the places around them serve.
            between = " " if before.flat.endswith(":") else ": "
            flat = f"{before.flat}{between}{segment.flat}"
            places = (*before.places, *(before.end - 1, segment.start)[-len(between) :], *segment.places)
            out.append(replace(before, flat=flat, places=places, end=segment.end, kind="sentence"))
        else:
            out.append(segment)
    return out


def _chosen(segments: list[Segment]) -> list[Segment]:
    """A line that is ticked, or left empty beside one that is, decides something, however short it is."""
    decided = unticked(segments)
    return [
        replace(part, kind="sentence")
        if part.kind == "heading" and (number in decided or TICKED_BOX.match(part.flat))
        else part
        for number, part in enumerate(segments)
    ]


def unticked(parts: Sequence[Segment]) -> frozenset[int]:
    """Numbers of the lines whose box is empty, where another line of the same list is ticked: those are denied. A list
    without any tick is a form that nobody has filled in, and says nothing.
    """
    empty = {number for number, part in enumerate(parts) if EMPTY_BOX.match(part.flat)}
    ticked = {part.paragraph for part in parts if TICKED_BOX.match(part.flat)}
    return frozenset(number for number in empty if parts[number].paragraph in ticked)


def unfilled(parts: Sequence[Segment]) -> frozenset[int]:
    """Numbers of the lines of a choice between yes and no of which neither is ticked: a form that decides nothing."""
    paragraphs: dict[int, list[int]] = {}
    for number, part in enumerate(parts):
        paragraphs.setdefault(part.paragraph, []).append(number)
    found: set[int] = set()
    for numbers in paragraphs.values():
        text = " ".join(parts[number].flat for number in numbers)
        if EMPTY_YES.search(text) and EMPTY_NO.search(text) and not TICKED.search(text):
            found.update(numbers)
    return frozenset(found)


DECIDES = re.compile(
    r"[|:]|\b(?:ska|skall|får|måste|är|gäller|har|kan|shall|must|is|are|skal|må|on|ei)\b", re.IGNORECASE
)
"""Words that make a numbered line more than a heading."""
QUESTION = re.compile(
    r"^(?:fråga|question|spørsmål|spørgsmål|kysymys|leverantörens fråga)\b(?: nr)? ?\d*\s*[:.]?", re.IGNORECASE
)
ANSWER = re.compile(r"^(?:svar|answer|vastaus|beställarens svar|kommunens svar)\b(?: nr)? ?\d*\s*[:.]?", re.IGNORECASE)


def _questions(segments: list[Segment]) -> list[Segment]:
    """Mark what stands between "Fråga" and "Svar" as question, and give an answer's first sentence its question."""
    out: list[Segment] = []
    asking = False
    asked = ""
    for segment in segments:
        kind, context = segment.kind, ""
        if ANSWER.match(segment.flat) or (asking and _bare_value().match(segment.flat)):
            kind, context, asking = "answer", asked, False
            asked = ""
        elif QUESTION.match(segment.flat) and segment.kind != "heading":
            asking, asked = True, ""
        if asking:
            kind, asked = "question", f"{asked} {segment.flat}".strip()
        out.append(replace(segment, kind=kind, context=context))
    return out
