"""A notice of TED's from the bytes of its XML, or in short from the Search API's fields.

`take` runs in the sandbox: this module imports nothing of the spider, which a fresh process would have to wait for.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from config.errors import InputError
from crawler import answers, eforms, ubl
from crawler.answers import Wrong
from crawler.archive import Archive
from crawler.intake import Ready, ready
from register.models import Buyer, Lot, Notice


class Arrival(NamedTuple):
    """Bytes that came as a notice's XML. folder: the archive's; origin: how they came, as the archive keeps it."""

    folder: Path
    data: bytes
    number: str
    origin: dict[str, Any]


Read = tuple[str, Ready | InputError | Wrong]
"""SHA-256 of the bytes; the notice made ready, or why it can't be used, or why it is not what was asked for."""


def take(arrival: Arrival) -> Read:
    """Archive a notice's bytes, then read them. Runs in the sandbox."""
    number = arrival.number
    raw = Archive(arrival.folder).put(arrival.data, **arrival.origin)
    try:
        notice = eforms.read(arrival.data, origin="ted", item=number, number=number)
    except InputError as error:
        return raw, error
    if notice.publication_number != number:
        return raw, Wrong("another", "the XML of another notice came")
    return raw, ready(notice)


def from_fields(number: str, hit: Mapping[str, Any]) -> Notice:
    """A notice in short form from the Search API's fields. Raises InputError where title or buyer is missing."""
    title = answers.in_language(hit.get("title-proc")) or answers.in_language(hit.get("notice-title"))
    buyer = answers.in_language(hit.get("buyer-name"))
    for name, value in (("title-proc", title), ("buyer-name", buyer)):
        if not value:
            raise InputError(number, name, "is missing in the Search API's fields")
    codes = hit.get("classification-cpv") or []
    description = answers.in_language(hit.get("description-proc"))
    try:
        return Notice(
            publication_number=number,
            origin="ted",
            form_type=answers.in_language(hit.get("form-type")) or "competition",
            notice_type=answers.in_language(hit.get("notice-type")),
            procedure_id=answers.in_language(hit.get("procedure-identifier")) or None,
            title=title,
            description=description,
            buyer=Buyer(name=buyer),
            cpv=tuple(dict.fromkeys(str(code) for code in (codes if isinstance(codes, list) else [codes]))),
            published=ubl.day(answers.in_language(hit.get("publication-date"))),
            reading="short",
            lots=(Lot(id="LOT-0000", title=title, description=description),),
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        raise InputError(number, ".".join(map(str, wrong["loc"])), wrong["msg"]) from None
