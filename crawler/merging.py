"""One tender, once: rules that tell whether two notices are of one tender, and the pass over the register.

The rules (`judge`) are pure and look at two cards at a time. They join on: the same page of a portal (BT-15); the same
buyer and title with the same last day, or published together where a last day is unknown; a preparing notice and what
it prepared; a result and what it ended. Ids of eForms tie by themselves (register/joins.py). What was announced again,
or a year later, is another tender.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from itertools import combinations
from typing import Literal

from config import joins as knowledge
from crawler.likeness import Card, card, same_buyer, same_title
from register import joins, notices
from register.database import Register
from register.joins import Keys, Tie

STEM = 5
"""Letters of a word by which notices are looked up; spellings differ later."""
LOOKED_UP_WORDS = 3
LARGEST_GROUP = 60
"""Tied notices beyond which no further pairs are compared within the group."""
RULES = hashlib.sha256(
    b"".join(
        [
            *(resources.files("crawler").joinpath(name).read_bytes() for name in ("merging.py", "likeness.py")),
            resources.files("config").joinpath("joins.yaml").read_bytes(),
            *(
                found.read_bytes()
                for found in sorted(resources.files("config").joinpath("alerts").iterdir(), key=lambda file: file.name)
                if found.name.endswith(".yaml")
            ),
        ]
    )
).hexdigest()[:16]
"""Version of the rules: where it changes, all notices are looked at again."""


@dataclass(frozen=True)
class Verdict:
    """same: one tender; apart: surely two, so that no third notice may tie them. rank: 0 the surest, then days."""

    kind: Literal["same", "apart"]
    rank: int
    evidence: tuple[str, ...]


def settle(register: Register, at: datetime, also: Iterable[str] = ()) -> int:
    """Look at all notices that these rules have not seen in their latest version; returns how many there were.

    Doing it again changes nothing, nor does the order in which notices came. also: numbers to look at once more.
    """
    pending = sorted({*joins.unsettled(register, RULES), *also})
    if not pending:
        return 0
    cards: dict[str, Card] = {}

    def of(number: str) -> Card:
        if number not in cards:
            cards[number] = card(notices.get(register, number))
        return cards[number]

    with register.atomic():
        bare = joins.without_keys(register, RULES)
        joins.put_keys(register, [(number, version, keys(of(number))) for number, version in bare.items()], rules=RULES)
        touched = joins.connected(register, pending)
        ties: dict[tuple[str, str], Verdict] = {}
        for pair in sorted(joins.candidates(register, pending)):
            verdict = judge(of(pair[0]), of(pair[1]))
            if verdict and verdict.kind == "same":
                ties[pair] = verdict
        found = [Tie(*pair, True, verdict.evidence, verdict.rank) for pair, verdict in ties.items()]
        joins.put_ties(register, pending, found, same=True, at=at)
        touched |= joins.connected(register, touched)
        apart = [tie for group in joins.tied_groups(register, touched) for tie in _apart(register, group, of)]
        joins.put_ties(register, touched, apart, same=False, at=at)
        joins.regroup(register, touched)
        joins.settled(register, pending)
    return len(pending)


def _procedure(own: Card) -> str:
    """The procedure (BT-04) of a notice on which bids can be made, else "".

    Two such notices are never joined by a rule: of one procedure they are tied by it, of two they are two tenders, also
    where they share a page, since some buyers give one address for all they buy. So a server that lists thousands of
    like notices of one buyer does not have each compared with each.
    """
    return own.procedure if own.procedure and own.competes else ""


def _apart(register: Register, group: list[str], of: Callable[[str], Card]) -> Iterator[Tie]:
    """What must not be united within a group of tied notices; what a later version has replaced is not looked at."""
    latest = joins.latest_of_lines(register, group)[:LARGEST_GROUP]
    for one, other in combinations(latest, 2):
        verdict = judge(of(one), of(other))
        if verdict and verdict.kind == "apart":
            yield Tie(one, other, False, verdict.evidence)


def keys(own: Card) -> Keys:
    """By which keys a notice is found; what prepares or ends a procurement is looked for from what takes bids."""
    return joins.keys(
        _shared(own), _stems(own), side=int(own.competes), published=own.published, own_procedure=bool(_procedure(own))
    )


def _shared(own: Card) -> set[str]:
    buyers = _buyer_stems(own)
    found = {f"link:{link.key}" for link in own.links}
    found |= {f"day:{day}:{buyer}" for day in own.deadlines for buyer in buyers}
    found |= {f"joint:{day}:{''.join(sorted(own.title))}" for day in own.deadlines}
    found |= {f"reference:{reference}:{buyer}" for reference in own.references for buyer in buyers}
    if own.open_ended:
        found |= {f"system:{stem}" for stem in _stems(own)}
    return found


def _buyer_stems(own: Card) -> set[str]:
    bodies = frozenset(knowledge.load().public_bodies)
    return {
        word[:STEM]
        for buyer in own.buyers
        for word in [word for word in buyer.whole if word not in bodies][:LOOKED_UP_WORDS] or buyer.whole[:1]
    }


def _stems(own: Card) -> set[str]:
    words = {"".join(own.title)[:STEM], *(word[:STEM] for word in own.title[:LOOKED_UP_WORDS])}
    return {f"{buyer}:{word}" for buyer in _buyer_stems(own) for word in words}


def judge(a: Card, b: Card) -> Verdict | None:
    """Whether two notices are of one tender, surely of two, or neither can be told (None).

    Notices that their own ids tie are not judged: no rule is needed for them.
    """
    known = knowledge.load()
    if a.example != b.example:
        return Verdict("apart", 0, ("den ena är ett påhittat exempel",))
    if (a.procedure and a.procedure == b.procedure) or _changes(a, b) or _changes(b, a):
        return None
    if a.again != b.again:
        return Verdict("apart", 0, ("bara den ena säger att den annonseras på nytt",))
    if a.origin == b.origin and a.origin in known.numbers_procurements:
        return Verdict("apart", 0, (f"källan {a.origin} numrerar upphandlingar, och numren är två",))
    if _procedure(a) and _procedure(b):
        return Verdict("apart", 0, ("två förfaranden (BT-04)",))
    buyer, title = same_buyer(a, b), same_title(a, b)
    days = a.deadlines & b.deadlines
    links = sorted({link.key for link in a.links} & {link.key for link in b.links})
    if links and ((buyer and (title or days)) or title == "equal"):
        return Verdict("same", 1, (f"samma sida för underlaget (BT-15): {links[0]}", *_agreeing(buyer, title, days)))
    passed = _passed(a, b) or _passed(b, a)
    if passed:
        return Verdict("apart", 0, (passed,))
    # What was prepared under one id may be announced under another; else two ids are two procedures.
    prepared = {a.prepares, b.prepares} == {a.competes, b.competes} == {True, False}
    if a.procedure and b.procedure and not prepared:
        return Verdict("apart", 0, ("två förfaranden (BT-04)",))
    if not buyer or not title or _other_ids(a, b):
        return None
    if buyer == "perhaps" and not all(any(name.body for name in own.buyers) for own in (a, b)):
        return None
    rank = _rank(a, b, days, whole=title in ("equal", "slip"), own=buyer == "same")
    if rank is None:
        return None
    return Verdict("same", rank, _agreeing(buyer, title, days) + _told_by_time(a, b, days))


def _rank(a: Card, b: Card, days: frozenset[date], *, whole: bool, own: bool) -> int | None:
    """How sure it is that two notices with one buyer and title are one tender; None where time speaks against it.

    whole: the titles agree in whole; own: so do the buyers.
    """
    known = knowledge.load()
    gap = abs((a.published - b.published).days) if a.published and b.published else None
    if a.competes and b.competes:
        if days:
            return 100 + min(gap or 0, 99) if gap is None or gap <= known.planning_days else None
        if not (whole and own):
            return None
        if a.open_ended and b.open_ended:
            return 200 + gap if gap is not None and gap <= known.system_days else None
        if not (a.deadlines and b.deadlines):
            return 300 + gap if gap is not None and gap <= known.copy_days else None
        moved = a.references & b.references and gap is not None and gap <= known.moved_days
        return 400 + (gap or 0) if moved else None
    if not own or gap is None:
        return None
    if a.form == b.form:
        return (
            300 + gap if whole and gap <= known.copy_days and a.form in ("planning", "consultation", "result") else None
        )
    first, then = sorted((a, b), key=lambda card: (card.published or date.min, not card.prepares))
    if first.prepares and then.competes and not first.cancelled:
        return 1000 + gap if gap <= known.planning_days else None
    if first.competes and then.form == "result" and not first.cancelled:
        if first.last_day is None:
            return 2000 + gap if gap <= known.result_days_unknown else None
        since = ((then.published or date.min) - first.last_day).days
        return 2000 + since if 0 <= since <= known.result_days else None
    return None


def _passed(first: Card, then: Card) -> str:
    """Why `then` must be of a later tender: the first had closed, or was cancelled, when it was published."""
    if not (first.published and then.published) or not first.competes or then.form == "result":
        return ""
    if first.last_day and then.published > first.last_day:
        return f"{then.number} publicerades {then.published}, efter sista anbudsdag {first.last_day}"
    if first.cancelled and then.published > first.published:
        return f"{then.number} publicerades efter att {first.number} avbrutits"
    return ""


def _other_ids(a: Card, b: Card) -> bool:
    """Whether case numbers or a portal's own ids tell them apart."""
    if a.references and b.references and not a.references & b.references:
        return True
    if {link.key for link in a.links} & {link.key for link in b.links}:
        return False
    return bool({link.shape for link in a.links} & {link.shape for link in b.links} - {""})


def _changes(one: Card, other: Card) -> bool:
    return one.changes is not None and one.changes == other.own_id


BUYERS = {
    "same": "samma köpare",
    "joint": "den ena nämner den andras köpare som medköpare",
    "perhaps": "köparens namn är det andra med fler ord",
}
TITLES = {
    "equal": "samma rubrik",
    "year": "samma rubrik, den ena med årtal",
    "slip": "samma rubrik så när som på en bokstav",
    "cut": "den ena rubriken är början på den andra",
    "lots": "rubriken är den andras med dess delar",
}


def _agreeing(buyer: str, title: str, days: Iterable[date]) -> tuple[str, ...]:
    found = [words[key] for words, key in ((BUYERS, buyer), (TITLES, title)) if key]
    return (*found, *(f"samma sista anbudsdag {day}" for day in sorted(days)[:1]))


def _told_by_time(a: Card, b: Card, days: Iterable[date]) -> tuple[str, ...]:
    """What else was needed where no last day is shared."""
    if days or not (a.published and b.published):
        return ()
    first, then = sorted((a.published, b.published))
    found = [f"publicerade {first} och {then}"]
    shared = sorted(a.references & b.references)
    return (*found, *(f"samma diarienummer {number}" for number in shared[:1]))
