"""What of a notice tells one tender from another, put in a form that can be compared (pure).

Titles lose case numbers, filling words and the buyer's own name; buyers lose legal forms, towns and departments; links
lose all that tells of their reader. The words for it are in config/joins.yaml.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from rapidfuzz.distance import Levenshtein

from config import joins as knowledge
from crawler.mails import portals
from register.models import OPEN_FORMS, Notice

ZONE = ZoneInfo("Europe/Stockholm")
"""A last day is the Swedish one."""
ACCENTED = re.compile(r"[^\x00-\x7fåäö]")
WORD = re.compile(r"\w+")
CUT = re.compile(r"\s*(?:\.{2,}|…)\s*$")
HEAD = re.compile(r"\s*[,;(/]\s*|\s+[-–—|]\s+")
"""What parts a buyer's name from its town or department."""
SHORTEST_CUT = 12
"""Letters of a title that was cut off, below which it tells too little."""
LONG_WORD, LONGER_WORD = 8, 14
"""Letters of a word in which one slip, or two, are forgiven."""
LONGEST_TEXT = 20_000
YEARS = range(1990, 2100)
NUMBERED = re.compile(r"\d{3,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", re.IGNORECASE)


@dataclass(frozen=True)
class BuyerName:
    """A buyer: ten digits or "", the words of its whole name and of its head, and whether it has a legal form."""

    org: str
    whole: tuple[str, ...]
    head: tuple[str, ...]
    company: bool
    body: bool
    """Whether its head names a kind of public body, such as a kommun."""


@dataclass(frozen=True)
class Link:
    """A documents link that identifies a procurement. shape: the link without its ids; two ids of one shape are of two
    procurements. Empty where that is not said.
    """

    key: str
    shape: str


@dataclass(frozen=True)
class Card:
    """One notice as the rules of `merging` look at it. Days are Swedish ones."""

    number: str
    origin: str
    example: bool
    form: str
    published: date | None
    deadlines: frozenset[date]
    open_ended: bool
    system: bool
    """A dynamic purchasing system."""
    cancelled: bool
    again: bool
    """Its title says that it is announced anew."""
    alert: bool
    procedure: str | None
    own_id: str | None
    """`<notice-id>-<version>`, as BT-758 of others names it."""
    changes: str | None
    buyers: tuple[BuyerName, ...]
    links: tuple[Link, ...]
    title: tuple[str, ...]
    """The words that tell what is bought, without the buyer's name."""
    title_with_buyer: tuple[str, ...]
    cut: bool
    """Whether its title ends in an ellipsis."""
    lots: tuple[frozenset[str], ...]
    references: frozenset[str]
    described: str
    """Its descriptions, folded."""

    @cached_property
    def text(self) -> str:
        """Words of its descriptions as buyers' names are compared, parted and enclosed by spaces."""
        return f" {' '.join(map(_name_word, WORD.findall(self.described)))} "

    @property
    def last_day(self) -> date | None:
        """The last of its lots' deadlines; None where one is unknown or open."""
        return max(self.deadlines) if self.deadlines and not self.open_ended else None

    @property
    def competes(self) -> bool:
        """Whether bids can be made on it."""
        return self.form in OPEN_FORMS and self.form not in ("planning", "consultation")

    @property
    def prepares(self) -> bool:
        """Whether it comes before a procurement."""
        return self.form in ("planning", "consultation")


def card(notice: Notice) -> Card:
    """The card of a notice."""
    known = knowledge.load()
    buyers = tuple(buyer_name(buyer.name, buyer.org_number) for buyer in (notice.buyer, *notice.joint_buyers))
    words, references = title_words(notice.title)
    own = {word for buyer in buyers for word in buyer.head}
    text = fold("\n".join((notice.description, *(lot.description for lot in notice.lots)))[:LONGEST_TEXT])
    urls = [lot.documents_url for lot in notice.lots if lot.documents_url]
    return Card(
        number=notice.publication_number,
        origin=notice.origin,
        example=notice.is_example,
        form=notice.form_type,
        published=notice.published,
        deadlines=frozenset(
            # A deadline at 00:00 ends the day before.
            (lot.deadline.astimezone(ZONE) - timedelta(minutes=1)).date()
            for lot in notice.lots
            if lot.deadline and not lot.open_ended
        ),
        open_ended=any(lot.open_ended for lot in notice.lots),
        system="dis" in words or any(lot.codes.dynamic_purchasing not in (None, "none") for lot in notice.lots),
        cancelled=notice.change_reason == "cancel"
        or (notice.closed and notice.form_type in OPEN_FORMS and notice.origin not in known.numbers_procurements),
        again=bool(known.again.search(fold(notice.title))),
        alert=notice.reading == "alert",
        procedure=notice.procedure_id,
        own_id=f"{notice.notice_id}-{notice.version or ''}" if notice.notice_id else None,
        changes=notice.changes_notice,
        buyers=buyers,
        links=tuple(dict.fromkeys(found for url in urls for found in (link(url), portal_link(url)) if found)),
        title=_without(words, own),
        title_with_buyer=words,
        cut=bool(CUT.search(notice.title)),
        lots=tuple(frozenset(title_words(lot.title)[0]) for lot in notice.lots),
        references=references | {squeeze(found) for found in known.labelled_reference.findall(text)},
        described=text,
    )


def fold(text: str) -> str:
    """Case-folded, accents off all letters but å, ä and ö, spaces as one."""
    folded = unicodedata.normalize("NFC", text).casefold()
    kept = ACCENTED.sub(lambda sign: unicodedata.normalize("NFD", sign[0])[0], folded)
    return re.sub(r"\s+", " ", kept)


def squeeze(text: str) -> str:
    """Letters and digits only."""
    return "".join(WORD.findall(text))


@lru_cache(maxsize=50_000)
def title_words(title: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """(the words of a title that tell what is bought, its case numbers).

    >>> title_words("KS 2026/0412 - Upphandling av snöröjning")
    (('snöröjning',), frozenset({'ks20260412'}))
    """
    known = knowledge.load()
    text = known.again.sub(" ", fold(CUT.sub("", title)))
    labelled = known.labelled_reference.findall(text)
    references = [*labelled, *known.reference.findall(text)]
    text = known.labelled_reference.sub(" ", text)
    text = known.reference.sub(" ", text)
    for pattern, word in known.synonyms:
        text = pattern.sub(word, text)
    words = WORD.findall(text)
    kept = tuple(word for word in words if word not in known.title_noise)
    return kept or tuple(words), frozenset(squeeze(found) for found in references)


@lru_cache(maxsize=20_000)
def buyer_name(name: str, org_number: str | None) -> BuyerName:
    """A buyer's name in parts.

    >>> buyer_name("BJÖRKFORS KOMMUN, Socialförvaltningen", None).head
    ('björkfor', 'kommun')
    """
    known = knowledge.load()
    whole = WORD.findall(fold(name))
    head, *rest = HEAD.split(fold(name).strip(), maxsplit=1)
    head_words = WORD.findall(head)
    # "Uppsala kommun, Skolfastigheter AB" is not the municipality: a legal form after the head makes it another body.
    if not head_words or (rest and set(WORD.findall(rest[0])) & known.legal_forms):
        head_words = whole
    digits = re.sub(r"\D", "", org_number or "")
    return BuyerName(
        org=digits[-10:] if len(digits) in (10, 12) else "",
        whole=_name_words(whole),
        head=_name_words(head_words),
        company=bool(set(whole) & known.legal_forms),
        body=any(word in known.bodies for word in head_words),
    )


@lru_cache(maxsize=100_000)
def _name_word(word: str) -> str:
    """A word of a name in one form: "kommunen" is "kommun", and the genitive's s is off."""
    return knowledge.load().bodies.get(word) or (word.removesuffix("s") if len(word) > 3 else word)


def _name_words(words: list[str]) -> tuple[str, ...]:
    known = knowledge.load()
    without = [word for word in words if word not in known.legal_forms and word not in known.legal_noise]
    return tuple(map(_name_word, without or words))


@lru_cache(maxsize=20_000)
def link(url: str) -> Link | None:
    """What a link says of which procurement it leads to; None where it says nothing (a front page, a buyer's list).

    >>> link("https://WWW.Portal.example/annons.aspx?ownerid=1703&utm_source=mail&id=72089").key
    'portal.example/annons.aspx?id=72089&ownerid=1703'
    """
    known = knowledge.load()
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
        pairs = parse_qsl(parts.query, max_num_fields=200)
    except ValueError:
        return None
    # Pages of scripts write their address after the hash.
    path = unquote(parts.path).rstrip("/").casefold()
    if parts.fragment.startswith(("/", "!/")):
        path += "#" + parts.fragment.rstrip("/").casefold()
    query = {name.casefold(): value.casefold() for name, value in pairs if not known.drops(name.casefold())}
    if not host or parts.scheme.lower() not in ("http", "https"):
        return None
    segments = path.split("/")
    by_path = any(NUMBERED.search(segment) and not _is_year(segment) for segment in segments)
    ids = {name for name, value in query.items() if name in known.link_ids and value}
    if not ids and not by_path:
        return None
    shape = "/".join("#" if NUMBERED.search(segment) and not _is_year(segment) else segment for segment in segments)
    rest = "&".join(f"{name}={value}" for name, value in sorted(query.items()))
    return Link(f"{host}{path}" + (f"?{rest}" if rest else ""), f"{host}{shape}?{'&'.join(sorted(ids))}")


@lru_cache(maxsize=20_000)
def portal_link(url: str) -> Link | None:
    """The portal's own number of a procurement, by the forms of links in config/alerts: pages of several names, one id.

    >>> portal_link("https://www.e-avrop.com/norrsjo/e-Upphandling/Announcement.aspx?id=72089").key
    'e-avrop-72089'
    """
    for portal in portals.load().values():
        found = portal.find(url) if portal.file.documents else None
        if found:
            return Link(portal.publication_number(found[0]), "")
    return None


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdecimal() and int(word) in YEARS


def _without(words: tuple[str, ...], own: Collection[str]) -> tuple[str, ...]:
    """A title's words without the buyers' own, unless nothing would be left."""
    return tuple(word for word in words if _name_word(word) not in own) or words


def same_buyer(a: Card, b: Card) -> Literal["same", "joint", "perhaps", ""]:
    """How far the buyers agree. joint: one's text names the other; perhaps: one name is the other with more words."""
    pairs = [(one, other) for one in a.buyers for other in b.buyers]
    if any(_same_name(one, other) for one, other in pairs):
        return "same"
    if _names_buyer(a, b) or _names_buyer(b, a):
        return "joint"
    return "perhaps" if any(_alike_name(one, other) for one, other in pairs) else ""


def _same_name(a: BuyerName, b: BuyerName) -> bool:
    if a.org and a.org == b.org:
        return True
    if a.company != b.company and (a.body or b.body):
        return False
    return any(
        set(one) == set(other) or "".join(one) == "".join(other)
        for one in (a.whole, a.head)
        for other in (b.whole, b.head)
    )


def _alike_name(a: BuyerName, b: BuyerName) -> bool:
    if (a.org and b.org) or a.company != b.company:
        return False
    return set(a.whole) <= set(b.whole) or set(b.whole) <= set(a.whole)


def _names_buyer(a: Card, b: Card) -> bool:
    """Whether the text of `a` names the buyer of `b` in full; one word, such as a town, is no name."""
    return any(len(buyer.head) > 1 and f" {' '.join(buyer.head)} " in a.text for buyer in b.buyers)


def same_title(a: Card, b: Card) -> Literal["equal", "year", "slip", "cut", "lots", ""]:
    """How far the titles agree. year: one has a year more; cut: one is cut off; lots: one names lots of the other."""
    own = {word for buyer in (*a.buyers, *b.buyers) for word in buyer.head}
    first, second = _without(a.title, own), _without(b.title, own)
    if "".join(first) == "".join(second) or Counter(first) == Counter(second):
        return "equal"
    bare = [Counter(word for word in words if not _is_year(word)) for words in (first, second)]
    if bare[0] and bare[0] == bare[1] and not all(any(map(_is_year, words)) for words in (first, second)):
        return "year"
    if _one_slip(first, second):
        return "slip"
    if _cut_off(a, b) or _cut_off(b, a):
        return "cut"
    return "lots" if _with_lots(first, second, a.lots) or _with_lots(second, first, b.lots) else ""


def _one_slip(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether all words agree but a long one that differs by a letter or two (never by a digit)."""
    if len(first) != len(second):
        return False
    other = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    if len(other) != 1 or not "".join(other[0]).isalpha():
        return False
    letters = min(map(len, other[0]))
    allowed = 2 if letters >= LONGER_WORD else 1 if letters >= LONG_WORD else 0
    return Levenshtein.distance(*other[0]) <= allowed


def _cut_off(short: Card, whole: Card) -> bool:
    """Whether the title of `short` is the beginning of the other's."""
    if not short.cut:
        return False
    words = short.title_with_buyer
    # The last word may be what is left of a filling word, which the whole title has lost.
    if any(noise.startswith(words[-1]) for noise in knowledge.load().title_noise):
        words = words[:-1]
    beginning = "".join(words)
    return len(beginning) >= SHORTEST_CUT and "".join(whole.title_with_buyer).startswith(beginning)


def _with_lots(title: tuple[str, ...], other: tuple[str, ...], lots: tuple[frozenset[str], ...]) -> bool:
    """Whether `other` is the title of one of several lots, or the whole title followed by words of its lots' titles."""
    if len(lots) < 2:
        return False
    words, whole = frozenset(other), frozenset(title)
    if any(words == lot and len("".join(lot)) >= LONG_WORD for lot in lots):
        return True
    rest = words - whole
    return bool(rest) and whole <= words and any(rest <= lot | whole for lot in (*lots, frozenset().union(*lots)))
