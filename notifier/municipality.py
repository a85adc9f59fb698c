"""The municipality's monthly letter: own procurements that may suit a reservation, and contracts that end (pure).

It names no enterprise and says of none that it may take part: only how many do such work in reach.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from pydantic import AwareDatetime

from notifier import facts, foot, wording
from notifier.composed import LONGEST_PREHEADER, Card, Composed, Line, Passage, Section
from notifier.digest import SourceState
from notifier.wording import Wording
from register.models import Noun

MOST_CARDS, MOST_EXPIRING, MOST_POINTS = 5, 10, 3


class OwnProcurement(Noun):
    """A procurement of the municipality that suits a reservation (LOU 4 kap. 18 §), with reasons in Swedish."""

    number: str
    title: str
    buyer: str
    planned: bool = False
    last_day: date | None = None
    """Until when bids are taken, after which its terms can't change."""
    verdict: Literal["suits", "may suit"]
    reasons_for: tuple[str, ...] = ()
    reasons_against: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    able: Literal["0", "1", "2-3", "4+"] | None = None
    """How many registered enterprises do such work in reach, as a band; None where the place is not known."""
    warning: str = ""
    """Of too little competition."""
    law: str
    verified: str = ""
    """The day on which the paragraph was last compared with the statute; empty where it never was."""
    attribution: str = ""
    """Must stand beside the reasons where they rest on statistics."""
    link: str = ""


class ExpiringContract(Noun):
    """A contract that ends by the notice's own words. estimated: the end is reckoned, the notice gives a duration."""

    number: str
    title: str
    buyer: str
    ends: date
    estimated: bool
    link: str = ""


class MunicipalityDigest(Noun):
    """One letter's content."""

    municipality: str
    language: Literal["sv", "en"] = "sv"
    month: str
    """2026-12."""
    at: AwareDatetime
    zone: str
    procurements: tuple[OwnProcurement, ...] = ()
    expiring: tuple[ExpiringContract, ...] = ()
    read_count: int = 0
    """The municipality's own notices that have come in since the last letter."""
    sources: tuple[SourceState, ...] = ()
    example: bool = False
    portal: str = ""
    stop: str = ""


def compose(digest: MunicipalityDigest) -> Composed:
    """The letter in words."""
    words = wording.load(digest.language)
    today = digest.at.astimezone(ZoneInfo(digest.zone)).date()
    month = format_date(date.fromisoformat(f"{digest.month}-01"), "MMMM y", locale=digest.language)
    lead = _lead(digest, words)
    subject = words.count("municipality.subject", len(digest.procurements), name=digest.municipality)
    if not digest.procurements:
        subject = words.count("municipality.subject_ends", len(digest.expiring), name=digest.municipality)
    return Composed(
        language=digest.language,
        subject=facts.one_line(f"{words.word('example_subject')}: {subject}" if digest.example else subject, 90),
        preheader=facts.one_line(". ".join(one.title for one in digest.procurements) or lead, LONGEST_PREHEADER),
        heading=words.word("municipality.heading", name=digest.municipality, month=month),
        marks=(words.word("example_letter"),) if digest.example else (),
        lead=(Line(text=lead),),
        sections=tuple(_sections(digest, words, today)),
        footer=_footer(digest, words, today),
    )


def _lead(digest: MunicipalityDigest, words: Wording) -> str:
    parts = [words.count("municipality.lead", len(digest.procurements))] if digest.procurements else []
    parts += [words.count("municipality.lead_ends", len(digest.expiring))] if digest.expiring else []
    return " ".join(parts) if parts else words.word("municipality.nothing")


def _sections(digest: MunicipalityDigest, words: Wording, today: date) -> Iterator[Section]:
    if digest.procurements:
        intro = Passage(kind="text", lines=(Line(text=words.word("municipality.intro.procurements")),))
        more = len(digest.procurements) - MOST_CARDS
        after = (Passage(kind="text", lines=(Line(text=words.count("municipality.more", more)),)),) if more > 0 else ()
        yield Section(
            heading=words.word("municipality.sections.procurements"),
            passages=(intro, *after),
            cards=tuple(_card(one, words, today, digest.language) for one in digest.procurements[:MOST_CARDS]),
        )
    if digest.expiring:
        intro = Passage(kind="text", lines=(Line(text=words.word("municipality.intro.expiring")),))
        lines = [_expiring(one, words, today) for one in digest.expiring[:MOST_EXPIRING]]
        more = len(digest.expiring) - MOST_EXPIRING
        lines += [Line(text=words.count("municipality.more", more))] if more > 0 else []
        yield Section(
            heading=words.word("municipality.sections.expiring"),
            passages=(intro, Passage(kind="bullets", lines=tuple(lines))),
        )


def _card(one: OwnProcurement, words: Wording, today: date, language: str) -> Card:
    return Card(
        title=one.title,
        language="" if language == "sv" else "sv",
        marks=(words.word("planned"),) if one.planned else (),
        passages=tuple(_passages(one, words, today, "" if language == "sv" else "sv")),
    )


def _passages(one: OwnProcurement, words: Wording, today: date, swedish: str) -> Iterator[Passage]:
    rows = [Line(label=words.word("label.buyer"), text=one.buyer, verbatim=True)]
    if one.last_day:
        rows.append(Line(label=words.word("label.last_day"), text=words.day(one.last_day, today)))
    able = words.word(f"municipality.able.{one.able}" if one.able else "municipality.able.unknown")
    rows.append(Line(label=words.word("municipality.label.able"), text=able))
    yield Passage(kind="news", lines=(Line(text=words.word(f"municipality.verdict.{one.verdict}")),))
    yield Passage(kind="facts", lines=tuple(rows))
    for key, points in (("for", one.reasons_for), ("against", one.reasons_against), ("unknown", one.unknown)):
        if points:
            lines = tuple(Line(text=point, language=swedish) for point in points[:MOST_POINTS])
            yield Passage(kind="bullets", heading=words.word(f"municipality.label.{key}"), lines=lines)
    if one.warning:
        warning = (Line(text=one.warning, language=swedish),)
        yield Passage(kind="bullets", heading=words.word("label.watch"), lines=warning)
    checked = words.word("municipality.verified" if one.verified else "municipality.unverified", day=one.verified)
    quiet = [Line(text=f"{one.law}. {checked}", verbatim=True)]
    quiet += [Line(text=one.attribution, verbatim=True)] if one.attribution else []
    link = words.word("steps.link", number=one.number) if one.link else ""
    quiet.append(Line(label=words.word("label.number"), text=one.number, address=one.link, link=link, verbatim=True))
    yield Passage(kind="quiet", lines=tuple(quiet))


def _expiring(one: ExpiringContract, words: Wording, today: date) -> Line:
    key = "municipality.ends_about" if one.estimated else "municipality.ends"
    text = words.word(key, title=one.title, buyer=one.buyer, day=words.day(one.ends, today))
    link = words.word("steps.link", number=one.number) if one.link else ""
    return Line(text=text, address=one.link, link=link, verbatim=True)


def _footer(digest: MunicipalityDigest, words: Wording, today: date) -> Section:
    lines = [Line(text=words.word(f"municipality.{key}")) for key in ("chosen", "neutral", "no_advice")]
    lines.append(Line(text=words.count("municipality.read", digest.read_count)))
    if digest.portal:
        link = words.word("municipality.portal_link")
        lines.append(Line(text=words.word("municipality.portal"), address=digest.portal, link=link))
    states = tuple(Line(text=foot.source_words(state, words, today)) for state in digest.sources)
    stop = words.word("footer.stop" if digest.stop else "footer.stop_reply")
    stopping = Line(text=stop, address=digest.stop, link=words.word("footer.stop_link") if digest.stop else "")
    passages = [Passage(kind="text", lines=tuple(lines))]
    passages += [Passage(kind="bullets", heading=words.word("footer.sources"), lines=states)] if states else []
    return Section(heading=words.word("footer.heading"), passages=(*passages, Passage(kind="text", lines=(stopping,))))
