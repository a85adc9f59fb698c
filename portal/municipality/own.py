"""A municipality's own notices and plans, with how well each suits a reserved contract; never an enterprise's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config import places, trades
from config.errors import NotFoundError
from config.places import Municipality
from matcher import screener, together
from matcher.reservation import Suitability, Verdict
from matcher.screening import reader
from portal import assessors
from portal.visits import Visit
from register import enterprises, expiring, findings, notices
from register.expiring import Expiring
from register.models import Finding, Notice
from register.plans import Kept

AHEAD = timedelta(days=548)
"""How long before its end a contract is shown: a year and a half, so that there is time for a dialogue."""
ORDER: tuple[Verdict, ...] = ("suits", "may suit", "already reserved", "suits less")


@dataclass(frozen=True)
class Row:
    """One notice, plan or contract of a list. best: of its lots the one that suits best."""

    path: str
    title: str
    buyer: str
    example: bool
    best: Suitability
    lots: int
    ends: Expiring | None = None
    published: date | None = None


def home(visit: Visit) -> Municipality:
    """The municipality of who asks. Raises NotFoundError for an account without one."""
    place = places.by_name(visit.account.municipality) if visit.account else None
    if place is None:
        raise NotFoundError("The account belongs to no municipality.")
    return place


def tenders(visit: Visit) -> list[Notice]:
    """The municipality's own notices and its companies'; invented ones only where there are no real ones."""
    found = [notices.get(visit.register, number) for number in expiring.own_numbers(visit.register, home(visit))]
    return [one for one in found if not one.is_example] or found


def tender(visit: Visit, number: str) -> Notice:
    """One of the municipality's own notices. Raises NotFoundError for others."""
    if number not in expiring.own_numbers(visit.register, home(visit)):
        raise NotFoundError(f"No notice {number} of this municipality.")
    return notices.get(visit.register, number)


def ending(visit: Visit) -> list[Expiring]:
    """Contracts that end within AHEAD, the next one first."""
    today = visit.today
    own = {one.publication_number for one in tenders(visit)}
    found = expiring.of(visit.register, home(visit), first=today, last=today + AHEAD)
    return [one for one in found if one.notice.publication_number in own]


def planned(visit: Visit, kept: Kept) -> Notice:
    """A plan as a notice; an example where all enterprises are invented."""
    members = enterprises.everyone(visit.register)
    return kept.plan.notice(kept.id, example=bool(members) and all(one.is_example for one in members))


def assess(visit: Visit, notice: Notice) -> tuple[Suitability, ...]:
    """Each lot of a notice or plan. Raises UnavailableError where there is no model."""
    assessor = assessors.assessor(visit.register, visit.settings, visit.data, examples=notice.is_example)
    return assessor.assess(visit.register, notice, read(visit, notice))


def read(visit: Visit, notice: Notice) -> list[Finding]:
    """The clauses of a notice; where nobody has read it yet, by the rules now, without keeping them."""
    if notice.origin == "own":
        return reader.read_notice(notice)
    found = findings.of(visit.register, notice.publication_number)
    return found or screener.anew(visit.register, notice, now=visit.now, write=False)


def row(visit: Visit, notice: Notice, path: str, *, ends: Expiring | None = None) -> Row:
    """A line of a list."""
    told = [one for one in assess(visit, notice) if ends is None or one.lot == ends.lot]
    return Row(
        path=path,
        title=told[0].title if ends and len(notice.lots) > 1 else notice.title,
        buyer=notice.buyer.name,
        example=notice.is_example,
        best=best(told),
        lots=len(notice.lots),
        ends=ends,
        published=notice.published,
    )


def best(told: Sequence[Suitability]) -> Suitability:
    """Of several lots the one that suits best."""
    return min(told, key=lambda one: ORDER.index(one.verdict))


def is_their_work(notice: Notice) -> bool:
    """Whether a title names work that social enterprises do: a first look that takes no model."""
    known = trades.trades()
    return any(
        known[trade].own for lot in notice.lots for trade in together.named(lot.title) or together.named(notice.title)
    )
