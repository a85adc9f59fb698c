"""The order of the queue, and what a card says in plain words (pure but for what `card` reads)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from config import places
from matcher import calibration
from notifier import facts, wording
from portal.texts import STOCKHOLM, Texts
from register import findings, judgements, matches, notices, placements
from register.database import Register
from register.models import Enterprise, Judgement, Lot, Notice
from register.placing import LotPlace
from register.queue import Waiting

URGENT, CALM = timedelta(days=3), timedelta(days=21)
"""Days left at which a match is as urgent as can be, and not urgent at all."""
BELOW_FLOOR = 0.1
"""How far below the letters' floor matches are judged too: only so is it seen whether the floor is right."""


def uncertainty(probability: float) -> float:
    """0 where it is sure that a reader says yes or no, 1 where it may be either."""
    return 1 - abs(2 * probability - 1)


def urgency(deadline: datetime | None, now: datetime) -> float:
    """1 with URGENT or less left, falling to 0 at CALM; 0 without a last day."""
    if deadline is None:
        return 0.0
    return min(1.0, max(0.0, (CALM - (deadline - now)) / (CALM - URGENT)))


def priority(one: Waiting, now: datetime) -> float:
    """0..1: the most uncertain, or the most urgent of those that may be worth it."""
    probability = one.score if one.probability is None else one.probability
    return max(uncertainty(probability), probability * urgency(one.deadline, now))


def ordered(waiting: Iterable[Waiting], now: datetime) -> list[Waiting]:
    """What a colleague asks about, then by priority; ties by last day, then by name so that the queue stands still."""
    far = now + timedelta(days=10_000)
    return sorted(waiting, key=lambda one: (not one.asked_by, -priority(one, now), one.deadline or far, one.key))


def found(waiting: Iterable[Waiting], words: str, names: dict[str, str]) -> list[Waiting]:
    """Those whose title, buyer or enterprise's name holds every word. names: of enterprises, by id."""
    wanted = words.casefold().split()

    def text(one: Waiting) -> str:
        return f"{one.title} {one.buyer} {names.get(one.enterprise, '')}".casefold()

    return [one for one in waiting if all(word in text(one) for word in wanted)]


@dataclass(frozen=True)
class Card:
    """One match as an adviser reads it. key: of one press of a button on it. said: what has been said by anybody."""

    waiting: Waiting
    key: str
    enterprise: Enterprise
    notice: Notice
    title: str
    sentences: tuple[str, ...]
    place: str
    deadline: str
    size: str
    chance: str
    fits: tuple[str, ...]
    watch: tuple[str, ...]
    clauses: tuple[facts.Clause, ...]
    further_clauses: int
    said: tuple[Judgement, ...]


def card(register: Register, one: Waiting, enterprise: Enterprise, now: datetime, t: Texts) -> Card:
    """A card of what waits."""
    notice = notices.get(register, one.notice)
    lot = next((lot for lot in notice.lots if lot.id == one.lot), notice.lots[0])
    match = next((m for m in matches.between(register, one.enterprise, one.notice) if m.lot == one.lot), None)
    shown, further = facts.clauses(findings.of(register, one.notice), lot)
    reasons = match.reasons if match else ()
    where = placements.of(register, one.notice).get(lot.id, LotPlace())
    return Card(
        waiting=one,
        key=secrets.token_urlsafe(16),
        enterprise=enterprise,
        notice=notice,
        title=facts.plain_title(notice, lot),
        sentences=facts.sentences(notice, lot),
        place=place_words(enterprise, notice, lot, where, t),
        deadline=t.deadline(lot, now),
        size=size_words(notice, lot, t),
        chance=chance_words(one, t),
        fits=tuple(r.text for r in reasons if r.kind == "fits"),
        watch=tuple(r.text for r in reasons if r.kind != "fits"),
        clauses=shown,
        further_clauses=further,
        said=tuple(judgements.of_lot(register, *one.key)),
    )


def place_words(enterprise: Enterprise, notice: Notice, lot: Lot, where: LotPlace, t: Texts) -> str:
    """Where the work is, and how far it is from the enterprise's own municipality: Mora, ungefär 30 km från Orsa."""
    named = facts.place_words(notice, lot) or ", ".join(where.municipalities[:3])
    home = places.by_name(enterprise.municipality)
    there = [m for name in where.municipalities if (m := places.by_name(name))]
    if home is None or not there:
        return named or t("not_stated")
    nearest = min(there, key=lambda m: places.distance_km(home, m))
    named = named or nearest.name
    if nearest == home:
        return t("queue_at_home", place=named)
    kilometres = max(5, round(places.distance_km(home, nearest) / 5) * 5)
    return t("queue_away", place=named, km=kilometres, home=home.name)


def size_words(notice: Notice, lot: Lot, t: Texts) -> str:
    """The buyer's estimate, a year where its duration is told."""
    size = facts.size(notice, lot)
    if size is None:
        return t("not_stated")
    amount = wording.load(t.language).amount(size.amount, size.currency)
    words = t("queue_a_year" if size.yearly else "queue_in_all", amount=amount)
    return words if size.lots == 1 else f"{words} {t('queue_all_lots', n=size.lots)}"


def chance_words(one: Waiting, t: Texts) -> str:
    """How often matches with such a score were judged worth a look; empty where it was not reckoned."""
    if one.probability is None:
        return ""
    return t("chance", share=round(100 * one.probability), judged=calibration.shipped().judged)


def clock(at: datetime) -> str:
    """Local time of day: 07:30."""
    return at.astimezone(STOCKHOLM).strftime("%H:%M")
