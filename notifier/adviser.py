"""The adviser's summary: letters that wait, matches to look at, disagreements, profiles, papers and addresses."""

from collections.abc import Iterator
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from notifier import facts, wording
from notifier.composed import LONGEST_PREHEADER, Composed, Line, Passage, Section
from notifier.wording import Wording
from register.evidence import EvidenceKind
from register.models import Noun

MOST = 8
"""Lines of one kind; the others are counted."""
Missing = Literal["capacity", "reach", "capabilities", "email"]
"""What a profile lacks that matching or the letter needs."""


class Waiting(Noun):
    """A letter that waits for an approval. until: when it goes without."""

    enterprise: str
    tenders: int
    until: AwareDatetime


class ToLookAt(Noun):
    """An enterprise's matches that nobody has judged. first: of the best one; last_day: of the first that closes."""

    enterprise: str
    count: int
    first: str
    last_day: date | None


class Disagreement(Noun):
    """A tender that some say yes to and others no."""

    enterprise: str
    title: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Stale(Noun):
    """A profile that should be looked through. missing: what it does not tell; changed: when it last did."""

    enterprise: str
    changed: date | None = None
    missing: tuple[Missing, ...] = ()


class Renewal(Noun):
    """A paper of an enterprise that is out of date, or soon will be. kind: as in register/evidence.py."""

    enterprise: str
    kind: EvidenceKind
    last_day: date
    over: bool


class Bounced(Noun):
    """An address that letters do not reach; of it only the enterprise is told."""

    enterprise: str
    state: Literal["bounced", "failed", "complained"]


class AdviserDigest(Noun):
    """One summary's content. enterprise names only: whoever reads it cares for all of them."""

    adviser: str
    language: Literal["sv", "en"] = "sv"
    at: AwareDatetime
    zone: str
    waiting: tuple[Waiting, ...] = ()
    unread: tuple[str, ...] = ()
    """Enterprises whose letters went without an approval since the last summary."""
    to_look_at: tuple[ToLookAt, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    stale: tuple[Stale, ...] = ()
    papers: tuple[Renewal, ...] = ()
    bounced: tuple[Bounced, ...] = ()
    example: bool = False
    portal: str = ""
    """Address of the pages, or empty where they have none."""
    stop: str = ""
    """A mailto: address that stops the summaries."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        found = (self.waiting, self.unread, self.to_look_at, self.disagreements, self.stale, self.papers, self.bounced)
        return not any(found)


def compose(digest: AdviserDigest) -> Composed:
    """The summary in words: first what has a date."""
    words = wording.load(digest.language)
    today = digest.at.astimezone(ZoneInfo(digest.zone)).date()
    sections = tuple(_sections(digest, words, today))
    lead = _lead(digest, words)
    return Composed(
        language=digest.language,
        subject=facts.one_line(_subject(digest, words), 90),
        preheader=facts.one_line(lead, LONGEST_PREHEADER),
        heading=words.word("advisers.heading", name=digest.adviser),
        marks=(words.word("example_letter"),) if digest.example else (),
        lead=(Line(text=lead),),
        sections=sections,
        footer=_footer(digest, words),
    )


def _subject(digest: AdviserDigest, words: Wording) -> str:
    counts = [(key, len(found)) for key, found in (("waiting", digest.waiting), ("unread", digest.unread)) if found]
    counts += [("to_look_at", sum(one.count for one in digest.to_look_at))] if digest.to_look_at else []
    parts = [words.count(f"advisers.subject.{key}", count) for key, count in counts[:2]]
    line = words.join(parts) if parts else words.word("advisers.subject.other")
    return f"{words.word('example_subject')}: {line}" if digest.example else line


def _lead(digest: AdviserDigest, words: Wording) -> str:
    if digest.empty:
        return words.word("advisers.nothing")
    if not digest.waiting:
        return words.word("advisers.lead")
    return words.count("advisers.lead_waiting", len(digest.waiting))


def _sections(digest: AdviserDigest, words: Wording, today: date) -> Iterator[Section]:
    zone = ZoneInfo(digest.zone)
    lines: dict[str, list[Line]] = {
        "waiting": [_waiting(one, words, today, zone) for one in digest.waiting],
        "unread": [Line(text=name, verbatim=True) for name in digest.unread],
        "to_look_at": [_to_look_at(one, words, today) for one in digest.to_look_at],
        "disagreements": [_disagreement(one, words) for one in digest.disagreements],
        "stale": [_stale(one, words, today) for one in digest.stale],
        "papers": [_paper(one, words, today) for one in digest.papers],
        "bounced": [
            Line(label=one.enterprise, text=words.word(f"advisers.bounced.{one.state}")) for one in digest.bounced
        ],
    }
    for key, found in lines.items():
        if not found:
            continue
        more = [Line(text=words.count("advisers.more", len(found) - MOST))] if len(found) > MOST else []
        intro = Passage(kind="text", lines=(Line(text=words.word(f"advisers.intro.{key}")),))
        listing = Passage(kind="bullets", lines=(*found[:MOST], *more))
        yield Section(heading=words.word(f"advisers.sections.{key}"), passages=(intro, listing))


def _waiting(one: Waiting, words: Wording, today: date, zone: ZoneInfo) -> Line:
    local = one.until.astimezone(zone)
    until = words.word("deadline.at", day=words.day(local.date(), today), clock=words.clock(local.time()))
    return Line(label=one.enterprise, text=words.count("advisers.waiting", one.tenders, until=until))


def _to_look_at(one: ToLookAt, words: Wording, today: date) -> Line:
    text = words.count("advisers.to_look_at", one.count, title=one.first)
    if one.last_day:
        text += " " + words.word("advisers.closes", day=words.day(one.last_day, today))
    return Line(label=one.enterprise, text=text, verbatim=True)


def _disagreement(one: Disagreement, words: Wording) -> Line:
    text = words.word("advisers.disagreement", title=one.title, yes=words.join(one.yes), no=words.join(one.no))
    return Line(label=one.enterprise, text=text, verbatim=True)


def _stale(one: Stale, words: Wording, today: date) -> Line:
    parts = [words.word("advisers.stale.changed", day=words.day(one.changed, today))] if one.changed else []
    if one.missing:
        missing = words.join([words.word(f"advisers.missing.{field}") for field in one.missing])
        parts.append(words.word("advisers.stale.missing", missing=missing))
    return Line(label=one.enterprise, text=" ".join(parts))


def _paper(one: Renewal, words: Wording, today: date) -> Line:
    paper = words.word(f"advisers.paper.{one.kind}")
    key = "advisers.papers.over" if one.over else "advisers.papers.soon"
    return Line(label=one.enterprise, text=words.word(key, paper=paper, day=words.day(one.last_day, today)))


def _footer(digest: AdviserDigest, words: Wording) -> Section:
    lines = [Line(text=words.word("advisers.why")), Line(text=words.word("advisers.no_verdict"))]
    if digest.portal:
        link = words.word("advisers.portal_link")
        lines.append(Line(text=words.word("advisers.portal"), address=digest.portal, link=link))
    stop = words.word("footer.stop" if digest.stop else "footer.stop_reply")
    lines.append(Line(text=stop, address=digest.stop, link=words.word("advisers.stop_link") if digest.stop else ""))
    return Section(heading=words.word("footer.heading"), passages=(Passage(kind="text", lines=tuple(lines)),))
