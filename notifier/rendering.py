"""A digest as a letter: worded once, then laid out as HTML and as text (pure but for reading its own templates)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from config import sources
from notifier import facts, wording
from notifier.digest import Digest, Item, OtherLot, SourceState
from notifier.wording import Wording

SOON_DAYS = 10
LONGEST_SUBJECT_TITLE = 60


@dataclass(frozen=True)
class Letter:
    """A letter ready to be addressed: subject on one line, HTML with styles inline, text with the same facts."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class ItemWords:
    """One tender in words. steps: (text, address or "", words of the link)."""

    title: str
    language: str
    marks: tuple[str, ...]
    news: str
    cancelled: bool
    facts: tuple[tuple[str, str], ...]
    about: tuple[str, ...]
    about_language: str
    fits: tuple[str, ...]
    watch: tuple[str, ...]
    clauses: tuple[tuple[str, str], ...]
    """(what it means, evidence)."""
    clause_notes: tuple[str, ...]
    also: tuple[str, ...]
    further: str
    steps: tuple[tuple[str, str, str], ...]
    number: str


def render(digest: Digest) -> Letter:
    """The letter in the digest's language. HTML and text hold the same words in the same order."""
    words = wording.load(digest.language)
    today = digest.at.astimezone(ZoneInfo(digest.zone)).date()
    values = {
        "language": digest.language,
        "heading": words.word("heading", name=digest.name),
        "summary": _summary(digest, words, today),
        "example": words.word("example_letter") if digest.example else "",
        "items": [_item(item, words, digest.zone, today) for item in digest.items],
        "labels": {
            key: words.word(f"label.{key}") for key in ("about", "fits", "watch", "clause", "steps", "also", "number")
        },
        "footer": _footer(digest, words, today),
    }
    html = _html().get_template("letter.html.j2").render(values)
    text = _text().get_template("letter.txt.j2").render(values)
    return Letter(subject=_subject(digest, words), html=_inliner().inline(html), text=text)


def _subject(digest: Digest, words: Wording) -> str:
    new = [item for item in digest.items if item.kind == "new"]
    first = (new or digest.items)[0]
    title = facts.one_line(first.title, LONGEST_SUBJECT_TITLE)
    line = words.count("subject", len(new), title=title) if new else words.word("subject.news", title=title)
    return facts.one_line(f"{words.word('example_item').split(' ')[0]}: {line}" if digest.example else line)


def _summary(digest: Digest, words: Wording, today: date) -> str:
    new = sum(item.kind == "new" for item in digest.items)
    parts = [words.count("summary", new) if new else words.word("summary.none")]
    if changed := len(digest.items) - new:
        parts.append(words.count("summary.changed", changed))
    left = [i.days_left for i in digest.items if i.kind != "cancelled" and i.days_left is not None]
    soon = [days for days in left if days <= SOON_DAYS]
    if soon:
        first = words.day(_plus(today, min(soon)), today)
        parts.append(words.count("summary.soon", len(soon), day=first))
    elif left:
        parts.append(words.word("summary.not_soon"))
    return " ".join(parts)


def _item(item: Item, words: Wording, zone: str, today: date) -> ItemWords:
    cancelled = item.kind == "cancelled"
    deadline = _deadline(item, words, zone, today)
    rows = [
        (words.word("label.buyer"), item.buyer),
        (words.word("label.place"), item.place or words.word("place_unknown")),
    ]
    if not cancelled:
        rows += [
            (words.word("label.last_day"), deadline),
            (words.word("label.size"), size_words(item.size, words)),
        ]
    marks = [words.word(f"kind.{item.kind}")] if item.kind != "new" else []
    marks += [words.word("example_item")] if item.example else []
    marks += [words.word("planned")] if item.planned else []
    notes = [words.count("clause.further", item.further_clauses)] if item.further_clauses else []
    if item.documents == "none":
        notes.append(words.word("only_short" if item.short_form else "only_notice"))
    else:
        notes.append(words.word(f"documents.{item.documents}"))
    nothing = words.word("clause.none" if item.documents == "none" else "clause.none_in_documents")
    clauses = tuple(_clause(clause, words) for clause in item.clauses) or ((nothing, ""),)
    watch = (*item.watch, words.word("subcontract")) if item.subcontract else item.watch
    return ItemWords(
        title=item.title,
        language=item.language,
        marks=tuple(marks),
        news=_news(item, words, zone, today, deadline),
        cancelled=cancelled,
        facts=tuple(rows),
        about=item.sentences or (words.word("about_none"),),
        about_language=item.language if item.sentences else words.language,
        fits=item.fits,
        watch=watch,
        clauses=clauses,
        clause_notes=tuple(notes),
        also=tuple(_also(other, words, today) for other in item.also),
        further=words.count("further_lots", item.further_lots) if item.further_lots else "",
        steps=() if cancelled else _steps(item, words, today),
        number=item.number,
    )


def _deadline(item: Item, words: Wording, zone: str, today: date) -> str:
    if item.open_ended or item.deadline is None or item.days_left is None:
        return words.word("deadline.planned" if item.planned else "deadline.open")
    day = _moment(item.deadline, words, zone, today)
    if item.days_left <= 1:
        return words.word("deadline.today" if item.days_left <= 0 else "deadline.tomorrow", day=day)
    return words.word("deadline.days", day=day, n=words.number(item.days_left))


def _moment(at: datetime, words: Wording, zone: str, today: date) -> str:
    day, clock = facts.last_day(at, ZoneInfo(zone))
    shown = words.day(day, today)
    return words.word("deadline.at", day=shown, clock=words.clock(clock)) if clock else shown


def _news(item: Item, words: Wording, zone: str, today: date, deadline: str) -> str:
    if item.kind == "cancelled":
        return words.word("cancelled")
    if item.kind != "changed":
        return ""
    if item.before is None or item.deadline is None:
        return words.word("changed.reopened", new=deadline)
    old = _moment(item.before, words, zone, today)
    return words.word("changed.moved", old=old, new=_moment(item.deadline, words, zone, today))


def size_words(size: facts.Size | None, words: Wording) -> str:
    """How large, whose estimate, and that it is without VAT; or that it is not stated."""
    if size is None:
        return words.word("size.unknown")
    key = ("yearly" if size.yearly else "whole") + ("_lots" if size.lots > 1 else "")
    amount = words.amount(size.amount, size.currency)
    return f"{words.word(f'size.{key}', amount=amount, n=size.lots)} {words.word('size.note')}"


def _clause(clause: facts.Clause, words: Wording) -> tuple[str, str]:
    if not clause.quote:
        evidence = words.word("clause.coded")
    else:
        evidence = words.word("clause.quote_in_document" if clause.document else "clause.quote", quote=clause.quote)
    where = [clause.document] if clause.document else []
    where += [words.word("clause.page", page=str(clause.page))] if clause.page else []
    where += [words.word("clause.section", section=clause.section)] if clause.section else []
    if where:
        evidence += f" ({', '.join(where)})"
    if clause.conflict:
        evidence += f" {words.word('clause.conflict')}"
    return words.word(f"clauses.{clause.code}.{clause.polarity}"), evidence


def _also(other: OtherLot, words: Wording, today: date) -> str:
    parts = [words.word("also.lot", title=other.title)]
    if other.last_day:
        parts.append(words.word("also.day", day=words.day(other.last_day, today)))
    if other.size and other.size.lots == 1:
        key = "size.yearly" if other.size.yearly else "size.whole"
        parts.append(words.word(key, amount=words.amount(other.size.amount, other.size.currency)))
    return ", ".join(parts)


def _steps(item: Item, words: Wording, today: date) -> tuple[tuple[str, str, str], ...]:
    if item.link:
        read = (words.word("steps.read_link"), item.link, words.word("steps.link", number=item.number))
    else:
        read = (words.word("steps.example" if item.example else "steps.read_here"), "", "")
    last = "planned" if item.planned else "partner" if item.subcontract else "answer"
    call = words.word("steps.call", day=words.day(item.advise_by, today))
    return (read, (call, "", ""), (words.word(f"steps.{last}"), "", ""))


def _footer(digest: Digest, words: Wording, today: date) -> dict[str, object]:
    sender = words.word("footer.who", sender=digest.sender) if digest.sender else words.word("footer.who_unnamed")
    return {
        "heading": words.word("footer.heading"),
        "lines": (
            words.word("footer.chosen"),
            f"{sender} {words.word('footer.why', name=digest.name)}",
            words.word("footer.change"),
        ),
        "sources_heading": words.word("footer.sources"),
        "sources": [_source(state, words, today) for state in digest.sources] or [words.word("footer.no_sources")],
        "read": f"{words.count('footer.read', digest.read_count)} {words.word('footer.elsewhere')}",
        "stop": words.word("footer.stop" if digest.stop else "footer.stop_reply"),
        "stop_address": digest.stop,
        "stop_link": words.word("footer.stop_link"),
    }


def _source(state: SourceState, words: Wording, today: date) -> str:
    known = sources.load().get(state.source)
    own = state.source in ("ted", "uhm", "files")
    name = words.word(f"sources.{state.source}") if own else known.name if known else facts.one_line(state.source, 60)
    key = "footer.complete" if state.complete else "footer.partial"
    return words.word(key, source=name, day=words.day(state.day, today))


def _plus(day: date, days: int) -> date:
    return day + timedelta(days=days)


@lru_cache(maxsize=1)
def _html() -> Environment:
    return Environment(
        loader=PackageLoader("notifier"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def _text() -> Environment:
    return Environment(
        loader=PackageLoader("notifier"),
        autoescape=False,  # noqa: S701  (plain text: nothing in it is markup)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Styles into the elements; rules in @media (dark mode) stay in the head. Nothing is ever fetched."""
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
