"""An enterprise as its adviser sees it: profile and gaps, letters and answers, matches, near misses, what if."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from matcher import calibration, counterfactual, in_use
from matcher.signals import SIGNALS
from portal.enterprises import effects
from portal.texts import Texts
from portal.visits import Answer, Page, Visit
from register import consents, deliveries, enterprises, evidence, findings, judgements, matches, notices
from register.models import Capacity, Enterprise, Match, Notice

SHOWN = 30
NEAR_MISSES = 10
LETTERS, ANSWERS = 12, 30
OLD = timedelta(days=365)
"""How long after its last change a profile should be looked through."""
TIMES_LARGER = (2, 4)


def show(visit: Visit) -> Answer:
    """One enterprise in care. Raises NotFoundError."""
    own = visit.enterprise(visit.path["id"])
    visit.note(f"enterprise {own.id}")
    register, t = visit.register, visit.t
    found = matches.of(register, own.id)
    seen = _Seen(visit)
    reach = own.reach
    named = [*reach.municipalities, *(f"län {county}" for county in reach.counties)]
    largest = own.capacity.largest_contract_sek_per_year
    line = visit.settings.digest.floor
    values = {
        "enterprise": own,
        "reach": t("nationwide") if reach.nationwide else ", ".join(named) or own.municipality,
        "capacity": f"{largest:,.0f} SEK".replace(",", "\u00a0") if largest else t("not_stated"),
        "gaps": [t(f"enterprise_gap_{gap}") for gap in gaps(visit, own)],
        "papers": evidence.due(register, own.id, visit.today),
        "today": visit.today,
        "letters": letters(visit, own, seen),
        "answers": answers(visit, own, seen),
        "matches": [
            match_row(visit, match, seen.notice(match.notice)) for match in found[:SHOWN] if match.score >= line
        ],
        "below": [
            {"number": match.notice, "title": seen.title(match.notice, match.lot), "score": match.score}
            for match in found[:SHOWN]
            if match.score < line
        ],
        "misses": misses(visit, found, seen),
        "changes": list(changes(visit, own)),
    }
    return Page("enterprise.html.j2", values)


class _Seen:
    """Notices of this request, each read once."""

    def __init__(self, visit: Visit) -> None:
        self._register = visit.register
        self._known: dict[str, Notice] = {}

    def notice(self, number: str) -> Notice:
        if number not in self._known:
            self._known[number] = notices.get(self._register, number)
        return self._known[number]

    def title(self, number: str, lot: str) -> str:
        notice = self.notice(number)
        return next((notice.titled(one) for one in notice.lots if one.id == lot), notice.title)


PERSONAL = re.compile(r"(?!(?:info|post|kontakt|kansli|anbud|upphandling|order|office)[._-])[^\W\d]+[._-][^\W\d]+@")
"""An address of a first and a last name: nobody reads it when that person has left."""


def gaps(visit: Visit, own: Enterprise) -> Iterator[str]:
    """What the profile lacks, the most telling first."""
    papers = {one.kind for one in evidence.in_force(visit.register, own.id)}
    addresses = [address for identity, address in consents.confirmed(visit.register) if identity == own.id]
    lacking = {
        "capabilities": not own.capabilities,
        "cpv": not own.cpv,
        "reach": not (own.reach.municipalities or own.reach.counties or own.reach.nationwide),
        "size": own.capacity.largest_contract_sek_per_year is None,
        "share": own.eligibility.share_target_group_percent is None and "share" not in papers,
        "address": not addresses,
        "role": any(PERSONAL.match(address) for address in addresses),
        "old": visit.now - enterprises.last_changed(visit.register)[own.id] > OLD,
    }
    yield from (name for name, lacks in lacking.items() if lacks)


def match_row(visit: Visit, match: Match, notice: Notice) -> dict[str, Any]:
    """A match with reasons, clauses and signals."""
    t = visit.t
    lot = next((lot for lot in notice.lots if lot.id == match.lot), notice.lots[0])
    return {
        "match": match,
        "chance": chance(match, t),
        "notice": notice,
        "title": notice.titled(lot),
        "place": t.place(notice, lot),
        "deadline": t.deadline(lot, visit.now),
        "value": t.money(lot.value),
        "fits": [r.text for r in match.reasons if r.kind == "fits"],
        "watch": [r.text for r in match.reasons if r.kind == "watch"],
        "findings": [f for f in findings.of(visit.register, match.notice) if f.lot in ("", lot.id)],
    }


def chance(match: Match, t: Texts) -> str:
    """How often matches with such a score were judged worth a look; empty where it was not reckoned."""
    if match.probability is None:
        return ""
    return t("chance", share=round(100 * match.probability), judged=calibration.shipped().judged)


def letters(visit: Visit, own: Enterprise, seen: _Seen) -> list[dict[str, Any]]:
    """What it got: the last letters with their tenders."""
    got = [one for one in deliveries.listing(visit.register) if one.enterprise == own.id and one.kind == "weekly"]
    return [
        {
            "period": one.period,
            "state": visit.t(f"state_{one.state}"),
            "lots": [{"number": number, "title": seen.title(number, lot)} for number, lot in one.lots],
        }
        for one in sorted(got, key=lambda one: one.period, reverse=True)[:LETTERS]
    ]


def answers(visit: Visit, own: Enterprise, seen: _Seen) -> list[dict[str, Any]]:
    """What was said of its matches, by itself and by advisers, the latest first."""
    said = sorted(judgements.of(visit.register, own.id), key=lambda one: one.at, reverse=True)
    return [
        {
            "at": one.at,
            "who": one.who,
            "number": one.notice,
            "title": seen.title(one.notice, one.lot),
            "answer": one.answer,
            "reason": one.reason,
            "note": one.note,
        }
        for one in said[:ANSWERS]
    ]


def misses(visit: Visit, found: Sequence[Match], seen: _Seen) -> list[dict[str, Any]]:
    """Open tenders of its work just below the line, with what stopped each, as they were reckoned at the last match."""
    whole = [match for match in found if len(match.signals) == len(SIGNALS)]
    if not whole:
        return []
    values = np.asarray([_values(match) for match in whole], dtype=np.float32)
    ranker, line = in_use.ranker(visit.register), visit.settings.digest.floor
    return [
        {
            "number": whole[miss.at].notice,
            "title": seen.title(whole[miss.at].notice, whole[miss.at].lot),
            "score": miss.score,
            "stops": [visit.t(f"enterprise_stop_{stop}") for stop in miss.stops or ("work",)],
        }
        for miss in counterfactual.near_misses(values, ranker, line=line, top=NEAR_MISSES)
    ]


def _values(match: Match) -> list[float]:
    by: Mapping[str, float] = {signal.name: signal.value for signal in match.signals}
    return [by[name] for name in SIGNALS]


def changes(visit: Visit, own: Enterprise) -> Iterator[dict[str, Any]]:
    """What one more municipality, or larger contracts, would have brought of the last weeks' tenders."""
    lately = effects.lately(visit, own)
    for one in lately.wider(own):
        text = visit.t("enterprise_if_place", place=one.municipality)
        yield {"text": text, "count": len(one.gained), "titles": lately.named(one.gained)}
    largest = own.capacity.largest_contract_sek_per_year
    for times in TIMES_LARGER if largest else ():
        assert largest is not None
        capacity = Capacity(**{**own.capacity.model_dump(), "largest_contract_sek_per_year": largest * times})
        gained = lately.effect(own, own.model_copy(update={"capacity": capacity})).gained
        if gained:
            amount = f"{largest * times:,.0f}".replace(",", "\u00a0")
            text = visit.t("enterprise_if_size", amount=amount)
            yield {"text": text, "count": len(gained), "titles": lately.named(gained)}
