"""A block's tokens to a notice's fields (pure)."""

import re
from collections.abc import Iterator, Sequence

from config import cpv, place_mentions, places
from crawler.mails.blocks import BULLET, Block, Token
from crawler.mails.portals import Portal
from register.models import Buyer, Place

UNKNOWN_BUYER = "Köparen står inte i aviseringen"
MAX_TITLE = 500
MAX_CODES = 50
MAX_PLACES = 20
CODE = re.compile(r"(?<![\d-])\d{8}(?:-\d)?(?![\d-])")
NUTS = re.compile(r"\bSE(?:\d{1,3}|ZZZ)\b")
ORG_NUMBER = re.compile(r"\(?\b(\d{6})-?(\d{4})\b\)?")
PREFIX = re.compile(r"^(?P<word>[\w ]{3,40}?)\s*[:–]\s+\S|^(?P<short>RFI)\b")


def title_parts(block: Block, portal: Portal) -> dict[str, str]:
    """The parts of the title line: title (may be empty), and reference and cpv where the portal prints them in it."""
    line = next(iter(block.values("title")), "") or _headline(block, portal)
    line = BULLET.sub("", line).strip()[:MAX_TITLE]
    match = re.fullmatch(portal.file.title, line, re.IGNORECASE)
    parts = {name: value.strip() for name, value in match.groupdict().items() if value} if match else {}
    return {"title": line, **parts}


def _headline(block: Block, portal: Portal) -> str:
    """The link's words, or the last line without a label over the first that has one."""
    for token in block.tokens:
        if token.found and token.found[0] == block.identity and _names(token.words, portal):
            return token.text if token.words in token.text and token.name is None else token.words
    index = _headline_index(block.tokens, portal)
    if index is not None:
        return block.tokens[index].text
    index = _headline_index(block.before, portal)
    return block.before[index].text if index is not None else ""


def _headline_index(tokens: Sequence[Token], portal: Portal) -> int | None:
    """Where the headline is among the texts before the first label or link: the last, or, where more follows it
    without labels, the first of its paragraph.
    """
    found = None
    for index, token in enumerate(tokens):
        if token.name not in (None, "kind"):
            break
        if token.found:
            return index if token.name is None and _names(token.text, portal) else found
        if token.name is None and not token.section and _names(token.text, portal):
            fresh = index == 0 or found is None or not portal.file.after_title or not tokens[index - 1].text
            found = index if fresh else found
    return found


def _names(words: str, portal: Portal) -> bool:
    """Whether words could be a title: no "Visa annonsen", no bare address, some letters."""
    plain = words.strip(" :.!»›>→[]").casefold()
    return plain not in portal.no_titles and "://" not in plain and len(re.findall(r"[^\W\d_]", plain)) >= 3


def unlabelled(block: Block, portal: Portal, name: str) -> str:
    """A field that stands on the lines right after the title, in the portal's order; empty where there is none."""
    start = next((i for i, t in enumerate(block.tokens) if t.found and _names(t.words, portal)), None)
    start = _headline_index(block.tokens, portal) if start is None else start
    if start is None:
        return ""
    texts: list[str] = []
    for token in block.tokens[start + 1 :]:
        if token.name == "kind":
            continue
        if token.name is not None or token.found or not token.text or len(texts) == len(portal.file.after_title):
            break
        texts.append(token.text)
    return next((text for own, text in zip(portal.file.after_title, texts, strict=False) if own == name), "")


def buyer(text: str, block: Block) -> Buyer:
    """The buyer of a printed name, with the organisation number where one is printed in it or beside it."""
    number = ORG_NUMBER.search(" ".join(block.values("org_number"))) or ORG_NUMBER.search(text)
    name = ORG_NUMBER.sub("", text).strip(" ,;")[:MAX_TITLE]
    return Buyer(name=name or UNKNOWN_BUYER, org_number="".join(number.groups()) if number else None)


def form_type(block: Block, title: str, portal: Portal) -> str:
    """BT-03: what the notice is called, else what its title begins with, else the heading over it."""
    prefix = PREFIX.match(title)
    said = prefix and (prefix["word"] or prefix["short"])
    for value in (*block.values("kind"), *([said] if said else [])):
        for form in ("result", "consultation", "planning"):
            if says(value, portal.words.kinds[form].words):
                return form
    if any(says(value, portal.words.kinds["competition"].words) for value in block.values("kind")):
        return "competition"
    return block.section or "competition"


def says(text: str, words: Sequence[str]) -> bool:
    """Whether a text begins with one of the words, or has it in brackets or after a dash or comma."""
    folded = text.casefold()
    return any(re.search(rf"(?:^|[(,–-]\s*){re.escape(word.casefold())}(?!\w)", folded) for word in words)


def cpv_codes(block: Block, name: str) -> tuple[str, ...]:
    """Codes of the CPV lines, main code first; names of codes where no codes are printed (KommersAnnons' way)."""
    texts = block.values("cpv")
    found = [code[:8] for text in texts for code in CODE.findall(text)]
    if not found:
        names = [part for text in texts for part in (text, *re.split(r"[;,]", text))]
        found = [code for part in (*names, name) if (code := cpv.by_label(part))]
    return tuple(dict.fromkeys(code for code in found if cpv.label(code)))[:MAX_CODES]


def places_of(block: Block, portal: Portal) -> tuple[Place, ...]:
    """Municipalities, counties and NUTS codes of the place lines; other places as they are described."""
    found = [place for text in block.values("place") for place in read_places(text)]
    if not found:
        # A line without a label counts only where it is a place and nothing else.
        found = [place for place in read_places(unlabelled(block, portal, "place")) if place.nuts]
    return tuple(dict.fromkeys(found))[:MAX_PLACES]


def read_places(text: str) -> Iterator[Place]:
    """Places named in a line: NUTS codes, municipalities, counties; others as they are described."""
    if not text.strip():
        return
    coded = NUTS.findall(text)
    for code in coded:
        yield Place(nuts=code)
    bare = NUTS.sub("", text)
    for part in re.split(r"[,;/]|\boch\b|\band\b", bare):
        name = part.strip(" ().:-–")
        municipality = places.by_name(name) if name else None
        if municipality:
            yield Place(nuts=municipality.nuts, city=municipality.name)
            continue
        mentions = place_mentions.find(name)
        county = next((mention.county for mention in mentions if mention.county), None)
        nuts = next((own.nuts for own in places.counties() if own.code == county), None)
        if nuts and nuts not in coded:
            yield Place(nuts=nuts, description=name)
        elif name and not coded:
            yield Place(description=name[:MAX_TITLE])
