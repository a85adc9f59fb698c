"""One mail to the notices that it tells of (pure); what can't be used is set aside with reason and next step."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from config import cpv, places
from config.errors import InputError
from crawler.mails import blocks, dates, forwarding, message, portals
from crawler.mails.blocks import BULLET, Block, Token
from crawler.mails.html import Line
from crawler.mails.portals import Portal
from register.models import OPEN_ENDED_YEAR, Buyer, Codes, Lot, Notice, Place, SetAside

UNKNOWN_BUYER = "Köparen står inte i aviseringen"
MAX_TITLE = 500
MAX_DESCRIPTION = 5_000
MAX_NOTICES = 500
"""Notices of one mail."""
MAX_CODES = 50
MAX_PLACES = 20

CODE = re.compile(r"(?<![\d-])\d{8}(?:-\d)?(?![\d-])")
NUTS = re.compile(r"\bSE(?:\d{1,3}|ZZZ)\b")
ORG_NUMBER = re.compile(r"\(?\b(\d{6})-?(\d{4})\b\)?")
PREFIX = re.compile(r"^(?P<word>[\w ]{3,40}?)\s*[:–]\s+\S|^(?P<short>RFI)\b")
NEXT_STEP = (
    "If it is an alert, keep the mail and have its sender's or its words added to config/alerts; "
    "until then add the notice by hand."
)


@dataclass(frozen=True)
class Reading:
    """What one mail held. portal: whose mail it is, empty for an unknown sender's."""

    notices: tuple[Notice, ...]
    set_aside: tuple[SetAside, ...]
    portal: str = ""


def read(data: bytes, item: str) -> Reading:
    """Read one mail. item: what it is called in messages. Raises InputError where it is no mail or a bomb."""
    letters = message.read(data, item)
    best: dict[str, tuple[int, Notice]] = {}
    aside: list[SetAside] = []
    portal = ""
    for letter in letters:
        readings = [(own, _blocks(lines, own, item)) for lines, own in _own_texts(letter)]
        for own, (found, _) in readings:
            portal = portal or own.id
            for told, notice in found:
                if told > best.get(notice.publication_number, (-1, notice))[0]:
                    best[notice.publication_number] = (told, notice)
        if readings:
            # HTML and plain text tell of the same notices: the one that told of most is believed about the rest.
            _, (_, left) = max(readings, key=lambda reading: len(reading[1][0]))
            aside += [reason for reason in left if reason.item.removeprefix(f"{item}, ") not in best]
    if not portal:
        aside = [SetAside(item=item, field="From", reason=_unknown(letters))]
    elif not best and not aside:
        aside = [SetAside(item=item, reason=f"comes from {portal}, but no notice was found in it. {NEXT_STEP}")]
    return Reading(tuple(best[number][1] for number in sorted(best)), tuple(aside), portal)


def _own_texts(letter: message.Letter) -> Iterator[tuple[Sequence[Line], Portal]]:
    """The texts of a letter that are a portal's, without what a forwarder wrote above."""
    words = next(iter(portals.load().values())).words.forwarded
    originals = [forwarding.find(lines, words) for lines in letter.texts]
    sender = next((portal for name, address in letter.senders if (portal := portals.of_sender(name, address))), None)
    fallback = sender or next((original.portal for original in originals if original), None)
    for lines, original in zip(letter.texts, originals, strict=True):
        if original:
            yield lines[original.start :], original.portal
        elif fallback:
            yield lines, fallback


def _unknown(letters: Sequence[message.Letter]) -> str:
    # The domain only: the report is no place for persons' addresses.
    domains = {address.rpartition("@")[2] for letter in letters for _, address in letter.senders} - {""}
    named = ", ".join(sorted(domains)[:3]) or "a sender that is not named"
    known = ", ".join(portals.load())
    return f"comes from {named}, and no portal that is known ({known}) wrote it or a mail in it. {NEXT_STEP}"


def _blocks(lines: Sequence[Line], portal: Portal, item: str) -> tuple[list[tuple[int, Notice]], list[SetAside]]:
    """(fields told, notice) of each block, and the blocks that are none."""
    found, aside = [], []
    for number, block in enumerate(blocks.read(lines, portal)):
        if number >= MAX_NOTICES:
            aside.append(SetAside(item=item, reason=f"tells of more than {MAX_NOTICES} notices; the rest was not read"))
            break
        try:
            found.append((block.told(), _notice(block, portal, item)))
        except InputError as error:
            aside.append(SetAside(item=error.item, field=error.field, reason=error.reason))
    return found, aside


def _notice(block: Block, portal: Portal, item: str) -> Notice:
    """Raises InputError where the block has no title, or nothing that tells it from other notices."""
    parts = _title(block, portal)
    buyer = next(iter(block.values("buyer")), "") or _unlabelled(block, portal, "buyer")
    references = block.values("reference") or ([parts["reference"]] if parts.get("reference") else [])
    identity = block.identity or _identity(references, buyer, portal)
    title = parts["title"]
    if identity is None:
        raise InputError(
            f"{item}, {title[:80] or 'a notice'}",
            "reference",
            "has no link that leads to the portal without being opened, and no reference number with a buyer. "
            "Open the mail and add the notice by hand.",
        )
    number = portal.publication_number(identity)
    if not title:
        raise InputError(f"{item}, {number}", "title", "is missing: the notice can't be used without it")
    kinds = " ".join(block.values("kind")).casefold()
    form = _form(block, title, portal)
    closed = form == "result" or any(_says(value, portal.words.cancelled) for value in block.values("kind"))
    deadlines = block.values("deadline")
    deadline = next((at for text in deadlines if (at := dates.read_deadline(text))), None)
    system = _says(kinds, portal.words.open_ended)
    endless = any(_says(text, portal.words.until_further) for text in deadlines)
    far = deadline is not None and deadline.year >= OPEN_ENDED_YEAR
    codes = _cpv(block, parts.get("cpv", ""))
    spots = _places(block, portal)
    description = "\n".join(block.values("description"))[:MAX_DESCRIPTION]
    fields: dict[str, Any] = {
        "publication_number": number,
        "origin": portal.id,
        "form_type": form,
        "title": title,
        "description": description,
        "buyer": _buyer(buyer, block),
        "cpv": codes,
        "places": spots,
        "published": next((day for text in block.values("published") if (day := dates.read_day(text))), None),
        "closed": closed,
        "reading": "alert",
        "link": block.link if portal.file.documents else "",
    }
    lot = Lot(
        id="LOT-0000",
        title=title,
        description=description,
        cpv=codes,
        places=spots,
        deadline=None if far else deadline,
        open_ended=far or endless or system,
        codes=Codes(dynamic_purchasing="yes") if system else Codes(),
        notes=tuple(f"Köparens referens: {reference}" for reference in references[:1]),
        documents_url=(block.link or None) if portal.file.documents else None,
    )
    try:
        return Notice(**fields, lots=(lot,))
    except ValidationError as error:
        raise InputError(f"{item}, {number}", str(error.errors()[0]["loc"][0]), error.errors()[0]["msg"]) from error


def _identity(references: Sequence[str], buyer: str, portal: Portal) -> str | None:
    """An id from a reference: the portal's own number, or the buyer's reference with the buyer."""
    for reference in references:
        if portal.file.reference:
            own = re.fullmatch(portal.file.reference, reference.strip(), re.IGNORECASE)
            if own:
                return own["id"]
        elif buyer and re.search(r"\d", reference):
            return f"{_slug(reference)[:60]}-{_slug(buyer)[:60]}"
    return None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9åäöéü]+", "-", text.casefold()).strip("-")


def _title(block: Block, portal: Portal) -> dict[str, str]:
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


def _unlabelled(block: Block, portal: Portal, name: str) -> str:
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


def _buyer(text: str, block: Block) -> Buyer:
    number = ORG_NUMBER.search(" ".join(block.values("org_number"))) or ORG_NUMBER.search(text)
    name = ORG_NUMBER.sub("", text).strip(" ,;")[:MAX_TITLE]
    return Buyer(name=name or UNKNOWN_BUYER, org_number="".join(number.groups()) if number else None)


def _form(block: Block, title: str, portal: Portal) -> str:
    """BT-03: what the notice is called, else what its title begins with, else the heading over it."""
    prefix = PREFIX.match(title)
    said = prefix and (prefix["word"] or prefix["short"])
    for value in (*block.values("kind"), *([said] if said else [])):
        for form in ("result", "consultation", "planning"):
            if _says(value, portal.words.kinds[form].words):
                return form
    if any(_says(value, portal.words.kinds["competition"].words) for value in block.values("kind")):
        return "competition"
    return block.section or "competition"


def _says(text: str, words: Sequence[str]) -> bool:
    """Whether a text begins with one of the words, or has it in brackets or after a dash or comma."""
    folded = text.casefold()
    return any(re.search(rf"(?:^|[(,–-]\s*){re.escape(word.casefold())}(?!\w)", folded) for word in words)


def _cpv(block: Block, name: str) -> tuple[str, ...]:
    """Codes of the CPV lines, main code first; names of codes where no codes are printed (KommersAnnons' way)."""
    texts = block.values("cpv")
    found = [code[:8] for text in texts for code in CODE.findall(text)]
    if not found:
        by_label = _codes_by_label()
        names = [part for text in texts for part in (text, *re.split(r"[;,]", text))]
        found = [by_label[key] for part in (*names, name) if (key := part.strip().casefold()) in by_label]
    return tuple(dict.fromkeys(code for code in found if cpv.label(code)))[:MAX_CODES]


@lru_cache(maxsize=1)
def _codes_by_label() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, label in cpv.labels().items():
        found.setdefault(label.casefold(), code)
    return found


def _places(block: Block, portal: Portal) -> tuple[Place, ...]:
    found = [place for text in block.values("place") for place in _read_places(text)]
    if not found:
        # A line without a label counts only where it is a place and nothing else.
        found = [place for place in _read_places(_unlabelled(block, portal, "place")) if place.nuts]
    return tuple(dict.fromkeys(found))[:MAX_PLACES]


def _read_places(text: str) -> Iterator[Place]:
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
        mentions = places.find(name)
        county = next((mention.county for mention in mentions if mention.county), None)
        nuts = next((own.nuts for own in places.counties() if own.code == county), None)
        if nuts and nuts not in coded:
            yield Place(nuts=nuts, description=name)
        elif name and not coded:
            yield Place(description=name[:MAX_TITLE])
