"""What a change of profile would have brought of what was published lately, in words that a page shows at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from config import places
from matcher import in_use, index, matching, whatif
from matcher.feedback import Lessons
from matcher.ranking import Ranker
from matcher.whatif import Effect, Lot, Wider
from portal.visits import Visit
from register import matches, notices, placements
from register.models import Enterprise, Match, Notice

DAYS = 30
"""How far back it is looked: "the last month"."""
NAMED = 3
"""Titles that are told of what a change would bring."""


@dataclass(frozen=True)
class Lately:
    """An enterprise's matched lots of the last DAYS days whose work fits, and what scoring them anew takes."""

    lots: tuple[Lot, ...]
    titles: dict[tuple[str, str], str]
    ranker: Ranker
    lessons: Lessons
    line: float

    def effect(self, before: Enterprise, after: Enterprise) -> Effect:
        """What changes for the letter with the profile's place and size."""
        return whatif.effect(before, after, self.lots, self.ranker, self.lessons, line=self.line)

    def wider(self, own: Enterprise) -> list[Wider]:
        """Single further municipalities that would have brought something."""
        return whatif.wider(own, self.lots, self.ranker, self.lessons, line=self.line)

    def named(self, found: Iterable[Match]) -> list[str]:
        """The first few titles."""
        return [self.titles[match.notice, match.lot] for match in list(found)[:NAMED]]


def lately(visit: Visit, own: Enterprise) -> Lately:
    """Read an enterprise's matches of the last DAYS days. Nothing is encoded: it takes no model."""
    register, line = visit.register, visit.settings.digest.floor
    ranker = in_use.ranker(register)
    since = visit.today - timedelta(days=DAYS)
    lots: list[Lot] = []
    titles: dict[tuple[str, str], str] = {}
    read: dict[str, Notice] = {}
    for match in whatif.worth(matches.of(register, own.id, closed=True), ranker, line=line):
        if match.notice not in read:
            read[match.notice] = notices.get(register, match.notice)
        notice = read[match.notice]
        lot = next((lot for lot in notice.lots if lot.id == match.lot), None)
        if lot is None or (notice.published or date.min) < since:
            continue
        place = placements.of(register, match.notice)[match.lot]
        lots.append(Lot(match, place, index.value_per_year(notice, lot)))
        named = notice.titled(lot)
        titles[match.notice, match.lot] = f"{named} ({notice.buyer.name})"
    return Lately(tuple(lots), titles, ranker, matching.taught(register, own.id), line)


def sentences(visit: Visit, before: Enterprise, after: Enterprise, known: Lately) -> list[str]:
    """What the change would have brought and cost, or that it would have changed nothing."""
    t, told = visit.t, known.effect(before, after)
    added = [name for name in after.reach.municipalities if name not in before.reach.municipalities]
    found = []
    if told.gained:
        titles = "; ".join(known.named(told.gained))
        if len(added) == 1 and before.reach.counties == after.reach.counties:
            found.append(t("own_gain_place", place=added[0], count=count(visit, len(told.gained)), titles=titles))
        else:
            found.append(t("own_gain", count=count(visit, len(told.gained)), titles=titles))
    if told.lost:
        titles = "; ".join(known.named(told.lost))
        found.append(t("own_loss", count=count(visit, len(told.lost)), titles=titles))
    return found or [t("own_no_change")]


def count(visit: Visit, number: int) -> str:
    """A small number in words."""
    words = visit.t("own_numbers").split()
    return words[number] if number < len(words) else str(number)


def beside(own: Enterprise) -> list[str]:
    """Municipalities that border on those in reach, by name: what is easily reached too."""
    reached = [place for name in (*own.reach.municipalities, own.municipality) if (place := places.by_name(name))]
    near = {other.name for place in reached for other in places.neighbours(place)}
    return sorted(near - set(own.reach.municipalities))
