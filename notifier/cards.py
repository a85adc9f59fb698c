"""One tender of the weekly letter in words (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from notifier import facts
from notifier.composed import Card, Line, Passage
from notifier.digest import Digest, Item, OtherLot
from notifier.wording import Wording

REASONS_LANGUAGE = "sv"
"""The matcher gives its reasons in Swedish."""
ANSWERS = ("yes", "no", "talk")


class Link(Protocol):
    """Makes a signed address: notifier.links.maker. purpose: answer and profile, whose subject is the enterprise's id;
    pause and stop, whose subject is the hash of the reader's address.
    """

    def __call__(self, purpose: str, subject: str, **facts: str) -> str:
        """An https address that is good for this purpose alone."""


@dataclass(frozen=True)
class Telling:
    """How a letter tells: in which words, from which day and zone, to whom, and by which links."""

    words: Wording
    zone: ZoneInfo
    today: date
    digest: Digest
    link: Link | None

    def moment(self, at: datetime) -> str:
        """A day, with the time of day where it is not midnight."""
        day, clock = facts.last_day(at, self.zone)
        shown = self.words.day(day, self.today)
        return self.words.word("deadline.at", day=shown, clock=self.words.clock(clock)) if clock else shown

    def deadline(self, at: datetime, days_left: int) -> str:
        """A last day with how long there is left."""
        day = self.moment(at)
        if days_left <= 1:
            return self.words.word("deadline.today" if days_left <= 0 else "deadline.tomorrow", day=day)
        return self.words.word("deadline.days", day=day, n=self.words.number(days_left))


def card(item: Item, number: int, telling: Telling) -> Card:
    """A tender whose first lot has the letter's number `number`, by which a reader may answer; further lots count on.

    Of a change only what is new is told, not all that was told before.
    """
    words = telling.words
    marks = [words.word("example_item")] if item.example else []
    marks += [words.word(f"kind.{item.kind}")] if item.kind != "new" else []
    marks += [words.word("dialogue" if item.dialogue else "planned")] if item.planned else []
    passages = _changed(item, telling) if item.kind in ("changed", "cancelled") else _whole(item, number, telling)
    return Card(
        title=item.title,
        number=number,
        language=_other(item.language if "title" not in item.reworded else "sv", telling),
        marks=tuple(marks),
        passages=(*passages, _number(item, words)),
    )


def _changed(item: Item, telling: Telling) -> Iterator[Passage]:
    words = telling.words
    yield Passage(kind="news", lines=(Line(text=news(item, telling)),))
    rows = [Line(label=words.word("label.buyer"), text=item.buyer, verbatim=True)]
    if item.kind == "changed":
        rows.append(Line(label=words.word("label.last_day"), text=_last_day(item, telling)))
    yield Passage(kind="facts", lines=tuple(rows))
    if item.kind == "changed" and item.link:
        yield Passage(kind="steps", heading=words.word("label.steps"), lines=(_read(item, words),))


def news(item: Item, telling: Telling) -> str:
    """What has changed, in a sentence or two."""
    words = telling.words
    if item.kind == "cancelled":
        return words.word("cancelled")
    if item.before is None or item.deadline is None or item.open_ended:
        return words.word("changed.reopened", new=_last_day(item, telling))
    return words.word("changed.moved", old=telling.moment(item.before), new=telling.moment(item.deadline))


def _whole(item: Item, number: int, telling: Telling) -> Iterator[Passage]:
    words = telling.words
    if item.note:
        note = Line(label=adviser_says(telling.digest, words), text=item.note, verbatim=True)
        yield Passage(kind="news", lines=(note,))
    yield Passage(kind="facts", lines=tuple(_facts(item, telling)))
    about = item.sentences or (words.word("about_none"),)
    ours = not item.sentences or "about" in item.reworded
    language = telling.digest.language if not item.sentences else "sv" if ours else item.language
    line = Line(text=" ".join(about), language=_other(language, telling), verbatim=bool(item.sentences))
    yield Passage(kind="text", heading=words.word("label.about"), lines=(line,))
    reasons = _other(REASONS_LANGUAGE, telling)
    if item.fits:
        lines = tuple(Line(text=text, language=reasons) for text in item.fits)
        yield Passage(kind="bullets", heading=words.word("label.fits"), lines=lines)
    watch = [Line(text=text, language=reasons) for text in item.watch]
    watch += [Line(text=words.word(f"chance.{item.chance}"))] if item.chance else []
    if watch:
        yield Passage(kind="bullets", heading=words.word("label.watch"), lines=tuple(watch))
    yield Passage(kind="bullets", heading=words.word("label.clause"), lines=tuple(_clauses(item, words)))
    yield Passage(kind="quiet", lines=tuple(_how_much(item, words)))
    if item.also or item.further_lots:
        yield Passage(kind="bullets", heading=words.word("label.also"), lines=tuple(_also(item, number, telling)))
    yield Passage(kind="steps", heading=words.word("label.steps"), lines=tuple(_steps(item, telling)))
    if telling.link and not item.planned:
        yield Passage(
            kind="bullets",
            heading=words.word("label.answer"),
            lines=tuple(_answers(item, number, telling, telling.link)),
        )


def adviser_says(digest: Digest, words: Wording) -> str:
    """Before what the adviser wrote: by name, where one is known."""
    name = digest.care.name
    return words.word("adviser.says", name=name) if name else words.word("adviser.says_unnamed")


def _facts(item: Item, telling: Telling) -> Iterator[Line]:
    words = telling.words
    yield Line(label=words.word("label.buyer"), text=item.buyer, verbatim=True)
    yield Line(
        label=words.word("label.place"), text=item.place or words.word("place_unknown"), verbatim=bool(item.place)
    )
    label = "label.answer_day" if item.planned else "label.last_day"
    yield Line(label=words.word(label), text=_last_day(item, telling))
    yield Line(label=words.word("label.size"), text=size_words(item.size, words))


def _last_day(item: Item, telling: Telling) -> str:
    if item.open_ended or item.deadline is None or item.days_left is None:
        return telling.words.word("deadline.planned" if item.planned else "deadline.open")
    return telling.deadline(item.deadline, item.days_left)


def size_words(size: facts.Size | None, words: Wording) -> str:
    """How large, whose estimate, and that it is without VAT; or that it is not stated."""
    if size is None:
        return words.word("size.unknown")
    key = ("yearly" if size.yearly else "whole") + ("_lots" if size.lots > 1 else "")
    amount = words.amount(size.amount, size.currency)
    return f"{words.word(f'size.{key}', amount=amount, n=size.lots)} {words.word('size.note')}"


def _clauses(item: Item, words: Wording) -> Iterator[Line]:
    if not item.clauses:
        yield Line(text=words.word("clause.none" if item.documents == "none" else "clause.none_in_documents"))
    for clause in item.clauses:
        yield Line(text=words.word(f"clauses.{clause.code}.{clause.polarity}"), evidence=_evidence(clause, words))


def _evidence(clause: facts.Clause, words: Wording) -> str:
    if not clause.quote:
        evidence = words.word("clause.coded")
    else:
        evidence = words.word("clause.quote_in_document" if clause.document else "clause.quote", quote=clause.quote)
    where = [clause.document] if clause.document else []
    where += [words.word("clause.page", page=str(clause.page))] if clause.page else []
    where += [words.word("clause.section", section=clause.section)] if clause.section else []
    if where:
        evidence += f" ({', '.join(where)})"
    return f"{evidence} {words.word('clause.conflict')}" if clause.conflict else evidence


def _how_much(item: Item, words: Wording) -> Iterator[Line]:
    if item.further_clauses:
        yield Line(text=words.count("clause.further", item.further_clauses))
    read = f"read.{item.reading}" if item.documents == "none" else f"documents.{item.documents}"
    yield Line(text=words.word(read))


def _also(item: Item, number: int, telling: Telling) -> Iterator[Line]:
    for at, other in enumerate(item.also, start=number + 1):
        yield Line(text=f"{at}. {_lot(other, telling)}", verbatim=True)
    if item.further_lots:
        yield Line(text=telling.words.count("further_lots", item.further_lots))


def _lot(other: OtherLot, telling: Telling) -> str:
    words = telling.words
    parts = [other.title]
    if other.last_day:
        parts.append(words.word("also.day", day=words.day(other.last_day, telling.today)))
    if other.size and other.size.lots == 1:
        key = "size.yearly" if other.size.yearly else "size.whole"
        parts.append(words.word(key, amount=words.amount(other.size.amount, other.size.currency)))
    return ", ".join(parts)


def _steps(item: Item, telling: Telling) -> Iterator[Line]:
    words = telling.words
    yield _read(item, words)
    adviser = telling.digest.care.name
    day = words.day(item.advise_by, telling.today)
    yield Line(
        text=words.word("steps.call_named", name=adviser, day=day) if adviser else words.word("steps.call", day=day)
    )
    yield Line(text=words.word(f"steps.{_last_step(item)}"))


def _last_step(item: Item) -> Literal["dialogue", "planned", "together", "subcontract", "answer"]:
    if item.planned:
        return "dialogue" if item.dialogue else "planned"
    return item.chance or "answer"


def _read(item: Item, words: Wording) -> Line:
    if item.link:
        return Line(
            text=words.word("steps.read_link"), address=item.link, link=words.word("steps.link", number=item.number)
        )
    return Line(text=words.word("steps.example" if item.example else "steps.read_here"))


def _answers(item: Item, number: int, telling: Telling, link: Link) -> Iterator[Line]:
    digest = telling.digest
    for answer in ANSWERS:
        address = link("answer", digest.enterprise, notice=item.number, lot=item.lot, answer=answer)
        yield Line(text="", address=address, link=telling.words.word(f"answers.{answer}", n=number))


def _number(item: Item, words: Wording) -> Passage:
    return Passage(kind="quiet", lines=(Line(label=words.word("label.number"), text=item.number, verbatim=True),))


def _other(language: str, telling: Telling) -> str:
    """The language, where it is another than the letter's."""
    return "" if language == telling.digest.language else language
