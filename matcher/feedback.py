"""What an enterprise's answers teach of it (pure): each reason of a no moves the signal that it speaks of, no other.

"Too far" makes the reach shorter and leaves the trade alone, "too big" lowers the size that is borne, "wrong work"
turns from tenders of that kind. What one enterprise refuses changes nothing for another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matcher import index, texts
from register.models import Judgement, Lot, Notice
from register.placing import locate

Judged = Mapping[tuple[str, str], tuple[Notice, Lot]]
"""The lots that were judged, by publication number and lot."""


@dataclass(frozen=True)
class Lessons:
    """Empty where nothing was answered."""

    too_far: tuple[str, ...] = ()
    """Municipalities that were too far, and to which no yes was said since."""
    too_big: float | None = None
    """SEK a year of the smallest contract that was too big; None where none was, or a larger one was wanted."""
    wrong_work: tuple[str, ...] = ()
    """Headlines of lots whose work was wrong."""
    wanted: tuple[str, ...] = ()
    """Headlines of lots that were a yes or a maybe."""


def lessons(judgements: Sequence[Judgement], lots: Judged) -> Lessons:
    """What one enterprise's judgements teach, the later word over the earlier one."""
    far: dict[str, None] = {}
    big: list[float] = []
    borne: list[float] = []
    wrong: dict[str, None] = {}
    wanted: dict[str, None] = {}
    for one in sorted(judgements, key=lambda judgement: judgement.at):
        found = lots.get((one.notice, one.lot))
        if found is None:
            continue
        notice, lot = found
        headline, value = texts.headline(notice, lot), index.value_per_year(notice, lot)
        municipalities = locate(notice, lot).municipalities
        if one.answer != "no":
            wanted[headline] = None
            wrong.pop(headline, None)
            for name in municipalities:
                far.pop(name, None)
            borne += _known(value)
        elif one.reason == "too_far":
            far.update(dict.fromkeys(municipalities))
        elif one.reason == "too_big":
            big += _known(value)
        elif one.reason == "wrong_work":
            wrong[headline] = None
            wanted.pop(headline, None)
    unbearable = [value for value in big if value > max(borne, default=0.0)]
    return Lessons(tuple(far), min(unbearable, default=None), tuple(wrong), tuple(wanted))


def _known(value: float) -> list[float]:
    return [value] if value == value else []  # NaN is not itself


def needed(judgements: Iterable[Judgement]) -> set[str]:
    """Publication numbers that `lessons` wants to see."""
    return {one.notice for one in judgements}
