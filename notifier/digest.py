"""A weekly letter's content as facts: the single source of its HTML, its text and its calendar file."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from notifier import facts, slots
from register.chances import Way
from register.documents import Extent
from register.models import Finding, Lot, Match, Notice, Noun


@dataclass(frozen=True)
class Candidate:
    """A match with what it speaks of."""

    match: Match
    notice: Notice
    lot: Lot
    findings: tuple[Finding, ...]
    misread: tuple[Notice, ...] = ()
    """What earlier parsers read in the same bytes, where they read other last days."""
    documents: Extent = "none"
    """How much of the tender's documents has been read."""
    chance: Way | None = None
    """How the enterprise could do a part of it, where the matcher has found that it is too large for it alone; it comes
    whatever its score, which falls with the size.
    """
    declined: bool = False
    """Whether somebody has said no to it: only what changes of what was told is told then."""
    marked: bool = False
    """Whether somebody has said yes to it: its last day is told again."""


class OtherLot(Noun):
    """A second lot of the same tender, told in one line."""

    lot: str
    title: str
    last_day: date | None
    size: facts.Size | None


class Item(Noun):
    """One tender in a letter: facts only, worded by `weekly`."""

    kind: Literal["new", "opened", "changed", "cancelled"]
    """opened: told as a plan before, and now bids are taken."""
    number: str
    lot: str
    title: str
    language: str
    """Of the notice, ISO 639-1."""
    buyer: str
    place: str
    deadline: AwareDatetime | None
    open_ended: bool
    before: AwareDatetime | None
    """What an earlier letter gave as deadline, where it has changed."""
    days_left: int | None
    """Whole local days from today to the last day; 0: today."""
    advise_by: date
    size: facts.Size | None
    sentences: tuple[str, ...]
    fits: tuple[str, ...]
    watch: tuple[str, ...]
    clauses: tuple[facts.Clause, ...]
    further_clauses: int
    also: tuple[OtherLot, ...]
    further_lots: int
    planned: bool
    """A planning notice or an early dialogue: no bids yet."""
    dialogue: bool = False
    """Of the planned ones, those in which the buyer asks for answers now."""
    chance: Way | None = None
    """Too large alone: with others, or for a share under the winner."""
    reading: Literal["full", "short", "alert"] = "full"
    """How much of the notice has been read."""
    documents: Extent = "none"
    """How much of the tender's documents has been read."""
    example: bool
    link: str
    """The original, or empty where no address is known."""
    note: str = ""
    """What the adviser says of it."""
    reworded: tuple[str, ...] = ()
    """Parts that are in the adviser's words: title, about, fits, watch."""


class MarkedDay(Noun):
    """The last day of a tender that the enterprise has said yes to."""

    number: str
    lot: str
    title: str
    language: str
    buyer: str
    deadline: AwareDatetime
    days_left: int
    link: str


class Near(Noun):
    """What was nearly good enough for a letter, told only in a sign of life."""

    number: str
    title: str
    language: str
    buyer: str


class SourceState(Noun):
    """The last run of a source, as the letter tells of it."""

    source: str
    day: date
    complete: bool
    """Whether everything that was ever announced came in."""


class Care(Noun):
    """Who looks after an enterprise. name: of the adviser; read: by whom the letter was approved, empty for nobody."""

    name: str = ""
    read: str = ""
    unread: bool = False
    """Whether the letter waited for an approval and went without."""
    note: str = ""
    """The adviser's words at the letter's beginning."""


class Digest(Noun):
    """One letter's content."""

    enterprise: str
    name: str
    language: Literal["sv", "en"]
    level: Literal["plain", "easy"] = "plain"
    period: str
    at: AwareDatetime
    zone: str
    items: tuple[Item, ...]
    """New tenders to answer, best first."""
    marked: tuple[MarkedDay, ...] = ()
    changes: tuple[Item, ...] = ()
    planned: tuple[Item, ...] = ()
    chances: tuple[Item, ...] = ()
    near: tuple[Near, ...] = ()
    silent_weeks: int | None = None
    """In a sign of life: for how many weeks no letter came."""
    sources: tuple[SourceState, ...]
    read_count: int
    """Notices that came in since the last letter."""
    summer: bool = False
    care: Care = Care()
    told: tuple[tuple[str, str, str], ...]
    """(tender key, lot id, fingerprint) of each lot, those counted as further ones too."""
    example: bool
    """Whether the enterprise or any tender is invented."""
    sender: str = ""
    """Who sends, as shown; set when the letter is addressed."""
    stop: str = ""
    """A mailto: address that stops the letters; set when the letter is addressed."""
    reader: str = ""
    """Hash of the address that links are made for (consents.address_hash); set when the letter is addressed."""

    @property
    def cards(self) -> tuple[Item, ...]:
        """All tenders in the order in which the letter numbers them."""
        return (*self.items, *self.changes, *self.planned, *self.chances)

    @property
    def lots(self) -> tuple[tuple[str, str], ...]:
        """(publication number, lot id) of each lot shown, by the letter's numbers."""
        return tuple((item.number, lot) for item in self.cards for lot in (item.lot, *(o.lot for o in item.also)))


class Quiet(Noun):
    """No letter now, and why, in the operator's words."""

    reason: str
    until: AwareDatetime | None = None
    """Where it only waits, for an adviser's approval: when it goes without. None: no letter this period."""


def period_of(now: datetime, zone: str | ZoneInfo) -> str:
    """The local ISO week: "2026-W48"."""
    return slots.period(now.astimezone(zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)).date())
