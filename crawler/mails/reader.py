"""One mail to the notices that it tells of (pure); what can't be used is set aside with reason and next step."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from config.errors import InputError
from crawler.mails import blocks, dates, fields, forwarding, message, portals
from crawler.mails.blocks import Block
from crawler.mails.html import Line
from crawler.mails.portals import Portal
from register.models import OPEN_ENDED_YEAR, Lot, Notice, SetAside

MAX_DESCRIPTION = 5_000
MAX_NOTICES = 500
"""Notices of one mail."""

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
            aside.append(SetAside.of(error))
    return found, aside


def _notice(block: Block, portal: Portal, item: str) -> Notice:
    """Raises InputError where the block has no title, or nothing that tells it from other notices."""
    parts = fields.title_parts(block, portal)
    buyer = next(iter(block.values("buyer")), "") or fields.unlabelled(block, portal, "buyer")
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
    form = fields.form_type(block, title, portal)
    closed = form == "result" or any(fields.says(value, portal.words.cancelled) for value in block.values("kind"))
    deadlines = block.values("deadline")
    deadline = next((at for text in deadlines if (at := dates.read_deadline(text))), None)
    system = fields.says(kinds, portal.words.open_ended)
    endless = any(fields.says(text, portal.words.until_further) for text in deadlines)
    far = deadline is not None and deadline.year >= OPEN_ENDED_YEAR
    codes = fields.cpv_codes(block, parts.get("cpv", ""))
    spots = fields.places_of(block, portal)
    description = "\n".join(block.values("description"))[:MAX_DESCRIPTION]
    lot = Lot(
        id="LOT-0000",
        title=title,
        description=description,
        cpv=codes,
        places=spots,
        deadline=None if far else deadline,
        open_ended=far or endless or system,
        notes=tuple(f"Köparens referens: {reference}" for reference in references[:1]),
        documents_url=(block.link or None) if portal.file.documents else None,
    )
    try:
        return Notice(
            publication_number=number,
            origin=portal.id,
            form_type=form,
            title=title,
            description=description,
            buyer=fields.buyer(buyer, block),
            cpv=codes,
            places=spots,
            published=next((day for text in block.values("published") if (day := dates.read_day(text))), None),
            closed=closed,
            reading="alert",
            link=block.link if portal.file.documents else "",
            lots=(lot,),
        )
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
