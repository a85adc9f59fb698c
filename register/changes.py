"""What changed from one version of a notice to the next, in plain Swedish (pure).

When it was fetched or published is no change, nor is what a better parser reads out of the same bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz.distance import Indel

from config import cpv
from register import swedish
from register.models import OPEN_FORMS, Lot, Money, Notice, Place

ZONE = ZoneInfo("Europe/Stockholm")
MOST_WORDS = 20_000
"""Words of a description that are compared."""


@dataclass(frozen=True)
class Change:
    """One change. lot: its id, empty for the whole; before, after: plain text, empty where nothing was stated."""

    field: str
    lot: str
    before: str
    after: str
    sentence: str


def between(before: Notice, after: Notice) -> tuple[Change, ...]:
    """What a reader of `before` has to know of `after`; empty for equal content.

    Where one was read more fully than the other (only an alert, say), only what both tell is compared: last days and
    whether it is cancelled.
    """
    fully = before.reading == after.reading
    found = [*_state(before, after)]
    if fully:
        found += _whole(before, after)
    pairs, added, removed = _paired(before.lots, after.lots)
    if fully:
        found += [Change("lots", lot.id, "", swedish.named(lot), f"Ny del: {swedish.named(lot)}.") for lot in added]
        found += [
            Change("lots", lot.id, swedish.named(lot), "", f"Borttagen del: {swedish.named(lot)}.") for lot in removed
        ]
    several = len(before.lots) > 1 or len(after.lots) > 1
    told = {(change.field, change.before, change.after) for change in found}
    for compare in LOT_FIELDS if fully else (_deadline,):
        changes = [(new, change) for old, new in pairs for change in compare(old, new)]
        same = {(change.field, change.before, change.after) for _, change in changes}
        if len(pairs) > 1 and len(same) == 1 and len(changes) == len(pairs):
            changes = [(None, changes[0][1])]  # type: ignore[list-item]
        for lot, change in changes:
            if (change.field, change.before, change.after) in told:
                continue
            found.append(_placed(change, lot if several else None, lot.id if lot else ""))
    return tuple(found)


def _placed(change: Change, lot: Lot | None, identity: str) -> Change:
    """The change with its lot, which its sentence names where there are several."""
    sentence = (
        f"Del {swedish.named(lot)}: {change.sentence[:1].lower()}{change.sentence[1:]}" if lot else change.sentence
    )
    return Change(change.field, identity, change.before, change.after, sentence)


def _paired(before: Sequence[Lot], after: Sequence[Lot]) -> tuple[list[tuple[Lot, Lot]], list[Lot], list[Lot]]:
    """(lots of both, added, removed): by id, and where each has only one, whatever its id."""
    if len(before) == len(after) == 1:
        return [(before[0], after[0])], [], []
    old = {lot.id: lot for lot in before}
    new = {lot.id: lot for lot in after}
    both = [(old[key], new[key]) for key in old if key in new]
    return both, [new[key] for key in new if key not in old], [old[key] for key in old if key not in new]


def _state(before: Notice, after: Notice) -> Iterator[Change]:
    was, is_now = (notice.closed and notice.form_type in OPEN_FORMS for notice in (before, after))
    if is_now and not was:
        yield Change("cancelled", "", "", "cancel", "Upphandlingen är avbruten.")
    elif was and not is_now:
        yield Change("cancelled", "", "cancel", "", "Upphandlingen är inte längre avbruten.")
    if before.form_type in PREPARING and after.form_type == "competition":
        yield Change("form_type", "", before.form_type, after.form_type, "Upphandlingen är nu annonserad.")


def _whole(before: Notice, after: Notice) -> Iterator[Change]:
    yield from _quoted("title", "Rubriken", before.title, after.title)
    yield from _quoted("buyer", "Köparen", before.buyer.name, after.buyer.name)
    yield from _plain("procedure", "Förfarandet", before.procedure, after.procedure)
    yield from _description(before.description, after.description)
    yield from _cpv(before.cpv, after.cpv)
    yield from _places(before.places, after.places)
    yield from _value(before.value, after.value)


def _lot_title(before: Lot, after: Lot) -> Iterator[Change]:
    yield from _quoted("title", "Rubriken", before.title, after.title)


def _lot_description(before: Lot, after: Lot) -> Iterator[Change]:
    yield from _description(before.description, after.description)


def _lot_cpv(before: Lot, after: Lot) -> Iterator[Change]:
    yield from _cpv(before.cpv, after.cpv)


def _lot_places(before: Lot, after: Lot) -> Iterator[Change]:
    yield from _places(before.places, after.places)


def _lot_value(before: Lot, after: Lot) -> Iterator[Change]:
    yield from _value(before.value, after.value)


def _deadline(before: Lot, after: Lot) -> Iterator[Change]:
    old, new = _moment(before), _moment(after)
    if before.open_ended or after.open_ended:
        if not after.open_ended:
            until = f"sista anbudsdag är {swedish.day(new[0])}" if new else "sista anbudsdag är inte angiven"
            yield Change("deadline", "", "tills vidare", _iso(new), f"Inte längre öppen tills vidare: {until}.")
        elif not before.open_ended:
            yield Change("deadline", "", _iso(old), "tills vidare", "Upphandlingen är nu öppen tills vidare.")
    elif old and new and old[0] != new[0]:
        year = old[0].year != new[0].year
        sentence = f"Sista anbudsdag flyttad från {swedish.day(old[0], year)} till {swedish.day(new[0], year)}."
        yield Change("deadline", "", _iso(old), _iso(new), sentence)
    elif old and new and old[1] != new[1]:
        clocks = f"från kl. {old[1]:%H.%M} till kl. {new[1]:%H.%M}"
        yield Change(
            "deadline",
            "",
            _iso(old),
            _iso(new),
            f"Klockslaget på sista anbudsdag, {swedish.day(new[0])}, ändrat {clocks}.",
        )
    elif new and not old:
        yield Change("deadline", "", "", _iso(new), f"Sista anbudsdag är nu angiven: {swedish.day(new[0], True)}.")
    elif old and not new:
        yield Change(
            "deadline", "", _iso(old), "", f"Sista anbudsdag, {swedish.day(old[0], True)}, är inte längre angiven."
        )


def _question_deadline(before: Lot, after: Lot) -> Iterator[Change]:
    old, new = before.question_deadline, after.question_deadline
    if old == new:
        return
    texts = old.isoformat() if old else "", new.isoformat() if new else ""
    if old and new:
        year = old.year != new.year
        sentence = f"Sista dag för frågor flyttad från {swedish.day(old, year)} till {swedish.day(new, year)}."
    elif new:
        sentence = f"Sista dag för frågor är nu angiven: {swedish.day(new, True)}."
    else:
        sentence = "Sista dag för frågor är inte längre angiven."
    yield Change("question_deadline", "", *texts, sentence)


def _reservation(before: Lot, after: Lot) -> Iterator[Change]:
    """BT-71 and BT-736; a field that is absent and one that says none are the same to a reader."""
    old, new = (lot.codes.reserved_participation or "none" for lot in (before, after))
    if old != new:
        if new == "none":
            sentence = "Upphandlingen är inte längre reserverad."
        else:
            sentence = f"Upphandlingen är nu reserverad: {swedish.RESERVED.get(new, new)} (BT-71)."
        yield Change("reserved_participation", "", old, new, sentence)
    old, new = (lot.codes.reserved_execution or "no" for lot in (before, after))
    if old != new:
        yield Change(
            "reserved_execution", "", old, new, swedish.EXECUTION.get(new, f"Reserverat utförande: {new} (BT-736).")
        )


def _codes(before: Lot, after: Lot) -> Iterator[Change]:
    for field, name in swedish.CODES.items():
        old, new = (swedish.text(getattr(lot.codes, field)) for lot in (before, after))
        yield from _plain(field, name, old, new)


def _time(before: Lot, after: Lot) -> Iterator[Change]:
    old, new = (swedish.months(lot.duration_months) for lot in (before, after))
    yield from _plain("duration_months", "Avtalstiden", old, new)
    for field, name in (("start", "Startdatum"), ("end", "Slutdatum")):
        dates = (getattr(lot, field) for lot in (before, after))
        yield from _plain(field, name, *(swedish.day(at, True) if at else "" for at in dates))


def _documents(before: Lot, after: Lot) -> Iterator[Change]:
    old, new = before.documents_url or "", after.documents_url or ""
    if old != new:
        sentence = f"Länken till underlaget är nu {new}." if new else "Länken till underlaget är borttagen."
        yield Change("documents_url", "", old, new, sentence)


def _texts(before: Lot, after: Lot) -> Iterator[Change]:
    for field, name in swedish.TEXTS.items():
        old, new = (Counter(filter(None, map(swedish.text, getattr(lot, field)))) for lot in (before, after))
        if old != new:
            more, less = (new - old).total(), (old - new).total()
            counts = [f"{more} tillagda" if more else "", f"{less} borttagna" if less else ""]
            sentence = f"{name} ändrade: {' och '.join(filter(None, counts))}."
            yield Change(field, "", "\n".join(old.elements()), "\n".join(new.elements()), sentence)
    old_text, new_text = before.strategic_description, after.strategic_description
    if swedish.spaced(old_text) != swedish.spaced(new_text):
        yield Change("strategic_description", "", old_text, new_text, "Texten om särskilda mål (BT-777) ändrad.")


PREPARING = ("planning", "consultation")

LotField = Callable[[Lot, Lot], Iterator[Change]]
LOT_FIELDS: tuple[LotField, ...] = (
    _deadline,
    _question_deadline,
    _reservation,
    _lot_title,
    _lot_value,
    _lot_places,
    _lot_cpv,
    _time,
    _documents,
    _codes,
    _lot_description,
    _texts,
)


def _moment(lot: Lot) -> tuple[date, time] | None:
    """The last local day and the minute on it; a deadline at 00:00 is the end of the day before."""
    if lot.deadline is None or lot.open_ended:
        return None
    local = lot.deadline.astimezone(ZONE)
    if local.time() == time(0):
        return local.date() - timedelta(days=1), time(23, 59)
    return local.date(), local.time().replace(second=0, microsecond=0)


def _iso(moment: tuple[date, time] | None) -> str:
    return f"{moment[0].isoformat()} {moment[1]:%H:%M}" if moment else ""


def _plain(field: str, name: str, before: str | None, after: str | None) -> Iterator[Change]:
    old, new = before or "", after or ""
    if old == new:
        return
    if old and new:
        sentence = f"{name}: ändrat från {old} till {new}."
    else:
        sentence = f"{name}: nu angivet, {new}." if new else f"{name}: inte längre angivet (var {old})."
    yield Change(field, "", old, new, sentence)


def _quoted(field: str, name: str, before: str, after: str) -> Iterator[Change]:
    if swedish.spaced(before) != swedish.spaced(after):
        yield Change(
            field, "", before, after, f"{name} ändrad från {swedish.quote(before)} till {swedish.quote(after)}."
        )


def _description(before: str, after: str) -> Iterator[Change]:
    old, new = (text.split()[:MOST_WORDS] for text in (before, after))
    if old == new:
        return
    if not old:
        sentence = "Beskrivning tillagd."
    elif not new:
        sentence = "Beskrivningen borttagen."
    else:
        common = (len(old) + len(new) - Indel.distance(old, new)) // 2
        added, removed = len(new) - common, len(old) - common
        parts = [f"{added} ord tillagda" if added else "", f"{removed} ord borttagna" if removed else ""]
        share = round(100 * (added + removed) / (len(old) + len(new)))
        sentence = f"Beskrivningen ändrad: {' och '.join(filter(None, parts))} (omkring {max(1, share)} %)."
    yield Change("description", "", before, after, sentence)


def _cpv(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    old, new = ([f"{code} {cpv.label(code) or ''}".strip() for code in codes] for codes in (before, after))
    if set(old) == set(new):
        if old[:1] == new[:1]:
            return
        sentence = f"Huvudsaklig CPV-kod ändrad från {old[0]} till {new[0]}."
    else:
        sentence = swedish.more_and_less("CPV-koder", old, new)
    yield Change("cpv", "", ", ".join(old), ", ".join(new), sentence)


def _places(before: Sequence[Place], after: Sequence[Place]) -> Iterator[Change]:
    old, new = (list(dict.fromkeys(filter(None, map(swedish.place, found)))) for found in (before, after))
    if set(old) != set(new):
        yield Change("places", "", ", ".join(old), ", ".join(new), swedish.more_and_less("Platser", old, new))


def _value(before: Money | None, after: Money | None) -> Iterator[Change]:
    old, new = (swedish.amount(money) if money else "" for money in (before, after))
    if old == new:
        return
    if old and new:
        sentence = f"Uppskattat värde ändrat från {old} till {new}."
    else:
        sentence = (
            f"Uppskattat värde är nu angivet: {new}." if new else f"Uppskattat värde, {old}, är inte längre angivet."
        )
    yield Change("value", "", old, new, sentence)
