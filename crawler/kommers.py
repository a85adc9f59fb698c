"""Pages of KommersAnnons (pure): the list of notices, a notice's own page, and both together as a Notice.

Written by others' tests of September and October 2026 (docs/evidence/kommersannons.md); no page has been seen. So
little is taken for granted: a notice on the list is what a link to its page stands in, a field is what follows its
label (config/kommersannons.yaml), in whatever elements.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import lxml.html
from lxml import etree
from pydantic import ValidationError

from config import cpv, knowledge
from config.errors import InputError
from crawler.mails import dates, fields, html, links, portals
from crawler.mails.html import Line
from register.models import OPEN_ENDED_YEAR, Buyer, Lot, Money, Notice

PORTAL = "kommersannons"
SITE = "https://www.kommersannons.se"
"""What links of a page are relative to, wherever it was fetched."""
UNKNOWN_BUYER = "Köparen står inte i portalens lista"
PAGES = re.compile(r"(?:sida\s+)?(?P<number>\d{1,4})\s*/\s*(?P<of>\d{1,4})", re.IGNORECASE)
"""The page shown, and how many there are: "2 / 17"."""
SECONDS = re.compile(r"\b\d{1,2}[:.]\d{2}[:.](?P<seconds>[0-5]\d)\b")
AMOUNT = re.compile(r"(?<![-\d.,])(?P<number>\d[\d\s]*(?:[.,]\d{1,2})?)(?![\d.,])\s*(?P<currency>kr|[A-Z]{3})?\b")
MAX_TEXT = 20_000
MAX_FIELDS = 200


@dataclass(frozen=True)
class Listed:
    """A notice as the list has it. id: of the list, not the ProcurementId; fields: values by field."""

    id: str
    title: str
    fields: Mapping[str, tuple[str, ...]]

    @property
    def number(self) -> str:
        """The notice's number in the register, the same as that of an alert mail that links to this page."""
        return f"{PORTAL}-tendernotice-{self.id}"

    @property
    def kind(self) -> str:
        """What the list calls it."""
        return " ".join(self.fields.get("kind", ()))

    @property
    def is_award(self) -> bool:
        """Whether it tells who won (Efterannons): nothing to bid for."""
        return _form(self.kind) == "result"


@dataclass(frozen=True)
class ListPage:
    """A page of the list. number, of: "2 / 17"; token: what the form for the next page must carry."""

    number: int
    of: int
    token: str
    notices: tuple[Listed, ...]


@dataclass
class _Found:
    title: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    """Case-folded label to field, the longest first."""
    rows = knowledge.read_yaml("kommersannons.yaml")["labels"]
    found = {label.casefold(): name for name, labels in rows.items() for label in labels}
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def read_list(data: bytes) -> ListPage:
    """Read a page of the list. Raises InputError where it is none."""
    lines = _lines(data, "list page")
    shown = {match.groups() for line in lines if (match := PAGES.fullmatch(line.text))}
    token = _token(data)
    if len(shown) != 1 or not token:
        what = "which page of how many it is" if len(shown) != 1 else "the form's token"
        raise InputError("list page", None, f"does not tell {what}: the portal may look otherwise now")
    [(number, of)] = shown
    found = {key: Listed(key, own.title, _frozen(own.fields)) for key, own in _entries(lines).items()}
    return ListPage(int(number), int(of), token, tuple(found.values()))


def _entries(lines: Sequence[Line]) -> dict[str, _Found]:
    """What stands with each link to a notice: in its row of a table, or down to the next link."""
    heads = {
        (line.cell[0], line.cell[2]): line.text for line in lines if line.cell and line.cell[1] == 0 and not line.links
    }
    rows = {line.cell[:2]: identity for line in lines if line.cell and (identity := _identity(line))}
    found: dict[str, _Found] = {}
    current = ""
    for line in lines:
        current = rows.get(line.cell[:2], "") if line.cell else _identity(line) or current
        if PAGES.fullmatch(line.text):
            current = ""
        if not current:
            continue
        own = found.setdefault(current, _Found())
        if _identity(line) and not own.title:
            own.title = next(words for words, url in line.links if _notice_id(url))
        else:
            column = heads.get((line.cell[0], line.cell[2]), "") if line.cell else ""
            name = _labels().get(column.strip(" :").casefold(), "title")
            # What stands under a title's link is the notice's text.
            name, value = (name, line.text) if name != "title" else _labelled(line.text) or ("description", line.text)
            own.fields.setdefault(name, []).append(value)
    return found


def read_detail(data: bytes, item: str) -> Mapping[str, tuple[str, ...]]:
    """Values by field of a notice's own page; `documents` is its link to the instance of the buyer.

    Raises InputError where no buyer is found: each layout has another label for it.
    """
    found: dict[str, list[str]] = {}
    waiting = ""
    for line in _lines(data, item):
        for _, url in line.links:
            known = portals.load()[PORTAL].find(_absolute(url))
            if known and "tendernotice-" not in known[0] and "priorinfonotice-" not in known[0]:
                found.setdefault("documents", []).append(known[1])
        labelled = _labelled(line.text)
        if labelled:
            name, value = labelled
            # A number before the buyer's name may be another organisation's.
            waiting = name if name != "org_number" or "buyer" in found else "passed_over"
            texts = [value] if value else []
        else:
            texts = [line.text] if waiting else []
        if texts:
            found.setdefault(waiting, []).extend(texts)
            # A description goes on to the next label, all else is one line.
            waiting = waiting if waiting == "description" else ""
        if sum(map(len, found.values())) > MAX_FIELDS:
            raise InputError(item, None, f"holds more than {MAX_FIELDS} fields")
    if not found.get("buyer"):
        raise InputError(item, "BT-500 buyer", "is under no label that is known (config/kommersannons.yaml)")
    return _frozen(found)


def notice(listed: Listed, detail: Mapping[str, tuple[str, ...]] | None) -> Notice:
    """The notice of a row of the list, with what its own page tells where there is one. Raises InputError."""
    own = detail or {}
    both = {name: own.get(name) or listed.fields.get(name, ()) for name in {*own, *listed.fields}}
    kind = " ".join([listed.kind, *own.get("kind", ())])
    form = _form(kind)
    deadline = next((at for text in both.get("deadline", ()) if (at := _deadline(text))), None)
    words = portals.load()[PORTAL].words
    system = any(fields.says(text, words.open_ended) for text in (listed.kind, *own.get("kind", ()), listed.title))
    far = deadline is not None and deadline.year >= OPEN_ENDED_YEAR
    title = (listed.title or next(iter(own.get("title", ())), ""))[: fields.MAX_TITLE]
    places = dict.fromkeys(place for text in both.get("place", ()) for place in fields.read_places(text))
    documents = next(iter(own.get("documents", ())), None)
    page = f"{SITE}/Notice/TenderNotice/{listed.id}"
    description = "\n".join(both.get("description", ()))[:MAX_TEXT]
    lot: dict[str, Any] = {
        "id": "LOT-0000",
        "title": title,
        "description": description,
        "cpv": _codes(both.get("cpv", ())),
        "places": tuple(places),
        "value": next((money for text in own.get("value", ()) if (money := _money(text))), None),
        # A dynamic purchasing system is open for years; its last day is no day to hurry for.
        "deadline": None if system or far or form == "consultation" else deadline,
        "open_ended": system or far,
        "notes": tuple(f"Köparens referens: {text}" for text in both.get("reference", ())[:1]),
        "documents_url": documents or page,
    }
    try:
        return Notice(
            publication_number=listed.number,
            origin=PORTAL,
            form_type=form,
            title=title,
            description=description,
            buyer=_buyer(own),
            cpv=lot["cpv"],
            places=lot["places"],
            value=lot["value"],
            published=next((day for text in both.get("published", ()) if (day := dates.read_day(text))), None),
            reading="full" if detail else "short",
            link=page,
            lots=(Lot.model_validate(lot),),
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        raise InputError(listed.number, ".".join(map(str, wrong["loc"])), wrong["msg"]) from None


def _absolute(url: str) -> str:
    """A link of a page with the portal's host, wherever the page was fetched."""
    return url if "://" in url else f"{SITE}/{url.lstrip('/')}"


def _notice_id(url: str) -> str:
    """The list's id of a link to a notice's page, empty for other links."""
    address = links.parse(_absolute(url))
    match = re.fullmatch(r"/notices?/tendernotice/(\d{1,12})", address.path, re.IGNORECASE) if address else None
    return match[1] if match else ""


def _identity(line: Line) -> str:
    return next((identity for _, url in line.links if (identity := _notice_id(url))), "")


def _lines(data: bytes, item: str) -> Sequence[Line]:
    lines = html.lines(data.decode("utf-8", "replace"))
    if not lines:
        raise InputError(item, None, "is no web page")
    return lines


def _token(data: bytes) -> str:
    root = lxml.html.document_fromstring(data, parser=lxml.html.HTMLParser(encoding="utf-8", no_network=True))
    found = etree.XPath("//input[@name='__RequestVerificationToken']/@value")(root)
    return str(found[0]) if isinstance(found, list) and found else ""


def _labelled(text: str) -> tuple[str, str] | None:
    """(field, value) of a line that begins with a label; the value is empty where it stands on the next line."""
    head, colon, value = text.partition(":")
    name = _labels().get(head.strip().casefold())
    if name:
        return name, value.strip() if colon else ""
    return None


def _frozen(found: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    values = {name: tuple(dict.fromkeys(text[:MAX_TEXT] for text in texts if text)) for name, texts in found.items()}
    return {name: texts for name, texts in sorted(values.items()) if texts and name != "passed_over"}


def _form(kind: str) -> str:
    """BT-03 of what the portal calls a kind of notice."""
    kinds = portals.load()[PORTAL].words.kinds
    order = ("result", "consultation", "planning")
    return next((form for form in order if fields.says(kind, kinds[form].words)), "competition")  # type: ignore[index]


def _deadline(text: str) -> Any:
    """Swedish local time with its seconds, which the portal prints (23:59:50)."""
    at = dates.read_deadline(text)
    seconds = SECONDS.search(text)
    return at.replace(second=int(seconds["seconds"])) if at and seconds else at


def _codes(texts: Sequence[str]) -> tuple[str, ...]:
    """CPV codes that are printed; else those of names that are sure."""
    printed = [code[:8] for text in texts for code in fields.CODE.findall(text)]
    found = printed or [code for text in texts if (code := cpv.by_label(text))]
    return tuple(dict.fromkeys(code for code in found if cpv.label(code)))


def _money(text: str) -> Money | None:
    """An amount; None for a withheld (-1) or zero one."""
    match = AMOUNT.search(text)
    if not match:
        return None
    number = float(re.sub(r"\s", "", match["number"]).replace(",", "."))
    currency = match["currency"] or "SEK"
    return Money(amount=number, currency="SEK" if currency == "kr" else currency) if number > 0 else None


def _buyer(detail: Mapping[str, tuple[str, ...]]) -> Buyer:
    text = next(iter(detail.get("buyer", ())), "")
    number = fields.ORG_NUMBER.search(" ".join(detail.get("org_number", ()))) or fields.ORG_NUMBER.search(text)
    name = fields.ORG_NUMBER.sub("", text).strip(" ,;")[: fields.MAX_TITLE]
    return Buyer(name=name or UNKNOWN_BUYER, org_number="".join(number.groups()) if number else None)
