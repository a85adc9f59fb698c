"""The next letter of an enterprise before it goes: looked at, tenders held back or added, worded anew, approved.

A change takes an approval back: what was approved is what the adviser has read.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from config.errors import InputError, NotFoundError
from notifier import facts, gathering, rendering, slots
from notifier.digest import Digest, Item, Quiet, period_of
from notifier.told import tender_key
from portal.visits import Answer, Page, Redirect, Visit
from register import approvals, deliveries, matches, notices
from register.approvals import Addition, Approval, Edit, Part
from register.models import Enterprise

PARTS: tuple[Part, ...] = get_args(Part)
OFFERED = 30
"""Of the best matches that are not in the letter, how many can be added by one press."""
LOOKED_AT = 100
LONGEST = {"title": 200, "about": 1000, "fits": 1000, "watch": 1000}
LONGEST_NOTE = 500
LONGEST_GREETING = 1000


@dataclass(frozen=True)
class Next:
    """The next letter. seen: changes with what it says, so that only what was read is approved."""

    enterprise: Enterprise
    period: str
    approval: Approval
    made: Digest | Quiet

    @property
    def seen(self) -> str:
        """Of its tenders and the adviser's own words; not of the foot, which each collection changes."""
        if isinstance(self.made, Quiet):
            return ""
        told = [one.fingerprint() for one in (*self.made.cards, *self.made.marked, *self.made.near)]
        return hashlib.sha256("\n".join([*told, self.approval.note]).encode()).hexdigest()[:32]


def coming(visit: Visit) -> Next:
    """The letter of this week, or of the next where this week's has been made. Raises NotFoundError."""
    own = visit.enterprise(visit.path["id"])
    settings = visit.settings
    period = period_of(visit.now, settings.digest.timezone)
    if deliveries.of_period(visit.register, own.id, period):
        period = slots.following(own.digest, settings.digest, visit.now).period
    approval = approvals.of(visit.register, own.id, period)
    made = gathering.draft(visit.register, own, settings=settings, now=visit.now, period=period)
    return Next(own, period, approval, made)


def show(visit: Visit) -> Answer:
    """The letter as it would go now, with a form for each of its tenders."""
    letter = coming(visit)
    own = letter.enterprise
    visit.note(f"enterprise {own.id}")
    made = None if isinstance(letter.made, Quiet) else letter.made
    inside = set(made.lots) if made else set()
    values = {
        "enterprise": own,
        "letter": letter,
        "written": rendering.render(made) if made else None,
        "cards": [card(item, letter.approval) for item in made.cards] if made else [],
        "held": [named(visit, *key) for key in letter.approval.held],
        "offered": offered(visit, letter, inside | set(letter.approval.held)),
        "changed": "andrat" in visit.query,
        "waits_until": waits_until(visit, letter),
    }
    return Page("adviser_letter.html.j2", values)


def waits_until(visit: Visit, letter: Next) -> datetime | None:
    """When the letter goes without an approval; None where it does not wait for one."""
    own = letter.enterprise
    goes = gathering.letter(visit.register, own, settings=visit.settings, now=visit.now, period=letter.period)
    return goes.until if isinstance(goes, Quiet) else None


def card(item: Item, approval: Approval) -> dict[str, Any]:
    """A tender of the letter with its texts, as they can be worded anew."""
    added = [one for one in approval.added if (one.notice, one.lot) == (item.number, item.lot)]
    return {
        "item": item,
        "added": bool(added),
        "texts": {
            "title": item.title,
            "about": " ".join(item.sentences),
            "fits": " ".join(item.fits),
            "watch": " ".join(item.watch),
        },
    }


def named(visit: Visit, number: str, lot: str) -> dict[str, str]:
    """A lot by its title."""
    notice = notices.get(visit.register, number)
    own = next((one for one in notice.lots if one.id == lot), notice.lots[0])
    return {"number": number, "lot": lot, "title": facts.plain_title(notice, own), "buyer": notice.buyer.name}


def offered(visit: Visit, letter: Next, inside: set[tuple[str, str]]) -> list[dict[str, str]]:
    """The best open matches that are neither in the letter nor told before: nothing is told twice."""
    own = letter.enterprise
    told = {(tender, lot) for tender, lot, _ in deliveries.told(visit.register, own.id, besides=letter.period)}
    found = []
    for match in matches.of(visit.register, own.id, top=LOOKED_AT):
        notice = notices.get(visit.register, match.notice)
        lot = next((one for one in notice.lots if one.id == match.lot), None)
        if lot is None or (match.notice, match.lot) in inside or (tender_key(notice), match.lot) in told:
            continue
        if notice.lot_is_open(lot, visit.now):
            found.append(named(visit, match.notice, match.lot))
    return found[:OFFERED]


def change(visit: Visit) -> Answer:
    """Hold back, take in again, add, or word anew. Raises InputError for what can't be meant, NotFoundError."""
    # Two advisers at once: the second one's change is laid on the first one's.
    with visit.register.atomic():
        letter = coming(visit)
        new = {**_changed(visit, letter), "by": "", "at": None}
        # Whoever approved it has not read this.
        approvals.save(visit.register, letter.approval.model_copy(update=new))
        visit.note(f"enterprise {letter.enterprise.id}")
    return Redirect(f"/foretag/{letter.enterprise.id}/brev")


def _changed(visit: Visit, letter: Next) -> dict[str, Any]:
    """The fields of the approval that the form changes."""
    action = visit.form.get("do", "")
    if action == "greet":
        return {"note": facts.one_line(visit.form.get("note", ""), LONGEST_GREETING)}
    change_of = {"hold": _hold, "let_in": _let_in, "add": _add, "word": _word}.get(action)
    if change_of is None:
        raise InputError("letter", "do", visit.t("letter_bad_form"))
    return change_of(visit, letter, _lot(visit))


def _lot(visit: Visit) -> tuple[str, str]:
    """The lot that is meant: in fields of its own, or chosen in a list as "number lot". Raises NotFoundError."""
    number, _, identity = visit.form.get("which", "").rpartition(" ")
    notice = notices.get(visit.register, visit.form.get("notice", number))
    lot = visit.form.get("lot", identity)
    if lot not in {one.id for one in notice.lots}:
        raise NotFoundError(f"{notice.publication_number} has no lot {lot!r}.")
    return notice.publication_number, lot


def _hold(_: Visit, letter: Next, key: tuple[str, str]) -> dict[str, Any]:
    kept = tuple(one for one in letter.approval.added if (one.notice, one.lot) != key)
    return {"held": tuple(dict.fromkeys((*letter.approval.held, key))), "added": kept}


def _let_in(_: Visit, letter: Next, key: tuple[str, str]) -> dict[str, Any]:
    return {"held": tuple(one for one in letter.approval.held if one != key)}


def _add(visit: Visit, letter: Next, key: tuple[str, str]) -> dict[str, Any]:
    """Examples and real ones never meet."""
    if notices.get(visit.register, key[0]).is_example != letter.enterprise.is_example:
        raise InputError("letter", "notice", visit.t("letter_other_world"))
    others = [one for one in letter.approval.added if (one.notice, one.lot) != key]
    note = facts.one_line(visit.form.get("note", ""), LONGEST_NOTE)
    added = Addition(notice=key[0], lot=key[1], note=note)
    return {"added": (*others, added), **_let_in(visit, letter, key)}


def _word(visit: Visit, letter: Next, key: tuple[str, str]) -> dict[str, Any]:
    """Keep what differs from what the letter says now; an empty title says that the notice's own is to stand."""
    others = [one for one in letter.approval.edits if (one.notice, one.lot) != key]
    before = {one.part: one for one in letter.approval.edits if (one.notice, one.lot) == key}
    cards = () if isinstance(letter.made, Quiet) else letter.made.cards
    shown: dict[str, str] = next(
        (card(one, letter.approval)["texts"] for one in cards if (one.number, one.lot) == key), {}
    )
    edits = []
    for part in PARTS:
        text = facts.one_line(visit.form.get(part, ""), LONGEST[part])
        if part == "title" and not text:
            continue
        if text != shown.get(part, ""):
            edits.append(Edit(notice=key[0], lot=key[1], part=part, text=text))
        elif part in before:
            edits.append(before[part])
    return {"edits": (*others, *edits)}


def approve(visit: Visit) -> Answer:
    """Let the letter go as it was read; where it has changed meanwhile, it is to be read again."""
    with visit.register.atomic():
        letter = coming(visit)
        path = f"/foretag/{letter.enterprise.id}/brev"
        if not letter.seen or visit.form.get("seen") != letter.seen or visit.form.get("period") != letter.period:
            return Redirect(f"{path}?andrat")
        approvals.save(visit.register, letter.approval.model_copy(update={"by": visit.who, "at": visit.now}))
        visit.note(f"enterprise {letter.enterprise.id}")
    return Redirect(path)
