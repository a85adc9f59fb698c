"""The weekly letter in words: a digest's facts become sentences (pure)."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from notifier import cards, facts, foot, wording
from notifier.cards import Link, Telling
from notifier.choosing import SOON_DAYS
from notifier.composed import LONGEST_PREHEADER, Composed, Event, Line, Passage, Section
from notifier.digest import Digest, Item, MarkedDay, Near
from notifier.wording import Wording

MOST_CARDS = 20
LONGEST_NAME, LONGEST_SUBJECT = 40, 90


def compose(digest: Digest, link: Link | None = None) -> Composed:
    """The letter in the digest's language and level. link: None where answers go by reply alone."""
    words = wording.load(digest.language, digest.level)
    telling = Telling(words, ZoneInfo(digest.zone), digest.at.astimezone(ZoneInfo(digest.zone)).date(), digest, link)
    return Composed(
        language=digest.language,
        subject=_subject(digest, telling),
        preheader=_preheader(digest, words),
        heading=words.word("heading", name=digest.name),
        marks=(words.word("example_letter"),) if digest.example else (),
        lead=tuple(_lead(digest, telling)),
        sections=tuple(_sections(digest, telling)),
        footer=foot.section(digest, telling),
        events=tuple(_event(day, telling) for day in digest.marked),
    )


def _subject(digest: Digest, telling: Telling) -> str:
    """What matters, in one line: how many and whether one closes, else what else there is."""
    words = telling.words
    name = facts.one_line(digest.name, LONGEST_NAME)
    if digest.items:
        days = [item.days_left for item in digest.items if item.days_left is not None and item.days_left <= SOON_DAYS]
        kind = "subject.soon" if days else "subject.new"
        day = words.near(telling.today + timedelta(days=min(days)), telling.today) if days else ""
        line = words.count(kind, len(digest.items), name=name, title=digest.items[0].title, day=day)
    elif len(digest.changes) > 1:
        line = words.word("subject.changes", n=words.number(len(digest.changes)), name=name)
    elif digest.changes:
        line = words.word(f"subject.{digest.changes[0].kind}", title=digest.changes[0].title)
    elif digest.marked:
        first = digest.marked[0]
        day = words.near(telling.today + timedelta(days=first.days_left), telling.today)
        line = words.word("subject.marked", day=day, title=first.title)
    elif digest.planned or digest.chances:
        line = words.word(
            "subject.planned" if digest.planned else "subject.chance", title=(*digest.planned, *digest.chances)[0].title
        )
    else:
        line = words.count("subject.sign", digest.read_count, name=name)
    return facts.one_line(f"{words.word('example_subject')}: {line}" if digest.example else line, LONGEST_SUBJECT)


def _preheader(digest: Digest, words: Wording) -> str:
    shown = [f"{item.title} ({item.buyer})" for item in digest.cards] or [day.title for day in digest.marked]
    text = ". ".join(shown) if shown else words.count("summary.read", digest.read_count)
    return facts.one_line(text, LONGEST_PREHEADER)


def _lead(digest: Digest, telling: Telling) -> Iterator[Line]:
    words = telling.words
    yield Line(text=_summary(digest, words, telling.today))
    if words.has("explained"):
        yield Line(text=words.word("explained"))
    if digest.care.note:
        yield Line(label=cards.adviser_says(digest, words), text=digest.care.note, verbatim=True)


def _summary(digest: Digest, words: Wording, today: date) -> str:
    if digest.silent_weeks is not None:
        key = "summary.silent" if digest.silent_weeks else "summary.none"
        parts = [words.word(key, n=words.number(digest.silent_weeks))]
        return " ".join([*parts, words.count("summary.read", digest.read_count), words.word("summary.next")])
    parts = [words.count("summary.new", len(digest.items)) if digest.items else words.word("summary.none")]
    for key, found in (
        ("cancelled", [item for item in digest.changes if item.kind == "cancelled"]),
        ("changed", [item for item in digest.changes if item.kind == "changed"]),
    ):
        if found:
            parts.append(words.count(f"summary.{key}", len(found)))
    left = [item.days_left for item in digest.items if item.days_left is not None]
    soon = [days for days in left if days <= SOON_DAYS]
    if soon:
        parts.append(words.count("summary.soon", len(soon), day=words.day(today + timedelta(days=min(soon)), today)))
    elif left:
        parts.append(words.word("summary.not_soon"))
    return " ".join(parts)


def _sections(digest: Digest, telling: Telling) -> Iterator[Section]:
    words = telling.words
    number = 0
    for key, found in (
        ("new", digest.items),
        ("marked", digest.marked),
        ("changes", digest.changes),
        ("planned", digest.planned),
        ("chances", digest.chances),
        ("near", digest.near),
    ):
        if not found:
            continue
        heading = words.word(f"sections.{key}")
        intro = f"intro.{key}"
        passages = [Passage(kind="text", lines=(Line(text=words.word(intro)),))] if words.has(intro) else []
        if key == "marked":
            passages.append(Passage(kind="bullets", lines=tuple(_marked(day, telling) for day in digest.marked)))
        if key == "near":
            passages.append(Passage(kind="bullets", lines=tuple(_near(one) for one in digest.near)))
        own = [one for one in found if isinstance(one, Item)]
        # By their place among the letter's lots (Digest.lots), which replies go by.
        numbered = list(zip(own, accumulate((1 + len(item.also) for item in own), initial=number + 1), strict=False))
        number += sum(1 + len(item.also) for item in own)
        shown = tuple(cards.card(item, at, telling) for item, at in numbered[:MOST_CARDS])
        yield Section(heading=heading, passages=tuple(passages), cards=shown)
        if len(own) > MOST_CARDS:
            # Only changes can be so many. In a line each, they stay below what mail programs cut off.
            lines = tuple(_change(item, at, telling) for item, at in numbered[MOST_CARDS:])
            yield Section(heading=words.word("sections.more_changes"), passages=(Passage(kind="bullets", lines=lines),))


def _change(item: Item, number: int, telling: Telling) -> Line:
    return Line(text=f"{number}. {item.title}: {cards.news(item, telling)}", verbatim=True)


def _marked(day: MarkedDay, telling: Telling) -> Line:
    words = telling.words
    line = words.word("marked", title=day.title, buyer=day.buyer, day=telling.deadline(day.deadline, day.days_left))
    link = words.word("steps.link", number=day.number) if day.link else ""
    return Line(text=line, address=day.link, link=link, verbatim=True)


def _near(one: Near) -> Line:
    return Line(text=f"{one.title} ({one.buyer})", language=one.language, verbatim=True)


def _event(day: MarkedDay, telling: Telling) -> Event:
    last, clock = facts.last_day(day.deadline, telling.zone)
    return Event(
        uid=f"{day.number}-{day.lot}",
        summary=telling.words.word("event.summary", title=day.title),
        description=telling.words.word("event.description", buyer=day.buyer, number=day.number),
        day=last,
        at=day.deadline if clock else None,
        address=day.link,
    )
