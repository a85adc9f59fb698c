"""Each field's fill rate per run, and a plain sentence where one has fallen beyond what its own history explains."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from register import fills
from register.database import Register
from register.fills import Fill
from register.models import Lot, Notice, Run

RUNS = 5
"""Earlier runs that a history needs."""
NOTICES = 20
"""Notices that a run needs to be judged, or to count in a history."""
DEVIATIONS = 3.0
LEAST_FALL = 0.02
"""Below two notices in a hundred a fall is not worth a person's look."""

LOT_FIELDS: Mapping[str, Callable[[Lot], object]] = {
    "BT-5071 NUTS": lambda lot: any(place.nuts for place in lot.places),
    "BT-5131 city": lambda lot: any(place.city for place in lot.places),
    "BT-262 CPV": lambda lot: lot.cpv,
    "BT-24 description": lambda lot: lot.description,
    "BT-27 value": lambda lot: lot.value,
    "BT-36 duration": lambda lot: lot.duration_months,
    "BT-131 deadline": lambda lot: lot.deadline or lot.open_ended,
    "BT-15 documents": lambda lot: lot.documents_url,
    "BT-71 reserved participation": lambda lot: lot.codes.reserved_participation,
    "BT-736 reserved execution": lambda lot: lot.codes.reserved_execution,
    "BT-06 strategic procurement": lambda lot: lot.codes.strategic,
    "BT-539 award criteria": lambda lot: lot.award_criteria,
    "BT-750 selection criteria": lambda lot: lot.selection_criteria,
    "BT-70 performance terms": lambda lot: lot.performance_terms,
}
NOTICE_FIELDS: Mapping[str, Callable[[Notice], object]] = {
    "BT-04 procedure": lambda notice: notice.procedure_id,
    "BT-501 buyer's number": lambda notice: notice.buyer.org_number,
    "OPP-012 published": lambda notice: notice.published,
    "BT-105 procedure type": lambda notice: notice.procedure,
}


def measure(notices: Iterable[Notice]) -> dict[str, Fill]:
    """How many of the notices have each field; a field of lots counts where one of the lots has it."""
    counted = dict.fromkeys([*NOTICE_FIELDS, *LOT_FIELDS], 0)
    total = 0
    for notice in notices:
        total += 1
        for name, read in NOTICE_FIELDS.items():
            counted[name] += bool(read(notice))
        for name, of_lot in LOT_FIELDS.items():
            counted[name] += any(of_lot(lot) for lot in notice.lots)
    return {name: Fill(filled, total) for name, filled in counted.items()}


def falls(now: Mapping[str, Fill], history: Mapping[str, Sequence[Fill]]) -> list[str]:
    """A sentence for each field whose rate is more than three standard deviations below its history's mean.

    The deviation is that of the earlier runs' rates, but at least what chance alone gives a run of this size (binomial,
    the mean drawn a little to the middle, so that a history of only 100 % does not make one gap an alarm).
    """
    sentences = []
    for name, fill in now.items():
        earlier = [past for past in history.get(name, ()) if past.total >= NOTICES]
        if len(earlier) < RUNS or fill.total < NOTICES:
            continue
        rates = [past.rate for past in earlier]
        mean = sum(rates) / len(rates)
        spread = math.sqrt(sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1))
        seen = sum(past.total for past in earlier)
        drawn = (sum(past.filled for past in earlier) + 1) / (seen + 2)
        chance = math.sqrt(drawn * (1 - drawn) / fill.total)
        bound = mean - DEVIATIONS * max(spread, chance)
        if fill.rate < bound and mean - fill.rate > LEAST_FALL:
            sentences.append(
                f"{name} is filled in {fill.rate:.0%} of {fill.total} notices; in the {len(earlier)} runs before it "
                f"was {mean:.0%} (standard deviation {spread:.1%}). The source or its parser may have changed: look at "
                "a notice with `anbudslots notices show`, mend the parser, and run `anbudslots reparse`."
            )
    return sentences


def watch(register: Register, run: Run) -> list[str]:
    """Measure a run whose notices are in, store its rates, and say which have fallen."""
    if run.id is None:
        raise ValueError("a run that is watched has an id")
    now = measure(fills.notices_of(register, run.id))
    fills.put(register, run.id, run.source, now)
    return falls(now, fills.history(register, run.source, before=run.id))
