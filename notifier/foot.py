"""The foot of the weekly letter: who sends it and why, what was read, and how to answer, change and stop (pure)."""

from collections.abc import Iterator
from datetime import date

from config import sources
from notifier import facts
from notifier.cards import Telling
from notifier.composed import Line, Passage, Section
from notifier.digest import Digest, SourceState
from notifier.wording import Wording

OWN_NAMES = frozenset({"ted", "uhm", "files"})
"""Sources that the locale has a plain name for."""


def section(digest: Digest, telling: Telling) -> Section:
    """The whole foot."""
    words = telling.words
    states = tuple(Line(text=source_words(state, words, telling.today)) for state in digest.sources)
    passages = [
        Passage(kind="text", lines=tuple(_about(digest, telling))),
        Passage(
            kind="bullets",
            heading=words.word("footer.sources"),
            lines=states or (Line(text=words.word("footer.no_sources")),),
        ),
        Passage(kind="text", lines=tuple(_read(digest, words))),
        Passage(kind="bullets", heading=words.word("footer.choices"), lines=tuple(_choices(digest, telling))),
    ]
    return Section(heading=words.word("footer.heading"), passages=tuple(passages))


def _about(digest: Digest, telling: Telling) -> Iterator[Line]:
    words = telling.words
    care = digest.care
    yield Line(text=words.word("footer.chosen"))
    if care.read:
        yield Line(text=words.word("footer.approved", name=care.read))
    elif care.unread:
        yield Line(text=words.word("footer.unread"))
    sender = words.word("footer.who", sender=digest.sender) if digest.sender else words.word("footer.who_unnamed")
    yield Line(text=f"{sender} {words.word('footer.why', name=digest.name)}", verbatim=True)


def _read(digest: Digest, words: Wording) -> Iterator[Line]:
    yield Line(text=f"{words.count('footer.read', digest.read_count)} {words.word('footer.elsewhere')}")
    if any(not state.complete for state in digest.sources):
        yield Line(text=words.word("footer.some_missing"))
    if digest.summer:
        yield Line(text=words.word("footer.summer"))


def _choices(digest: Digest, telling: Telling) -> Iterator[Line]:
    """How to answer, mend the profile, pause and stop: by link where there are any, and always by reply."""
    words = telling.words
    if digest.cards:
        yield Line(text=words.word("footer.reply"))
    if telling.link:
        subjects = {"profile": digest.enterprise, "pause": digest.reader, "stop": digest.reader}
        for purpose, subject in subjects.items():
            facts_ = {} if purpose == "profile" else {"enterprise": digest.enterprise}
            address = telling.link(purpose, subject, **facts_)
            yield Line(text=words.word(f"footer.{purpose}"), address=address, link=words.word(f"footer.{purpose}_link"))
        return
    yield Line(text=words.word("footer.change"))
    stop = words.word("footer.stop" if digest.stop else "footer.stop_reply")
    yield Line(text=stop, address=digest.stop, link=words.word("footer.stop_link") if digest.stop else "")


def source_words(state: SourceState, words: Wording, today: date) -> str:
    """When a source was read, and whether all came in."""
    known = sources.load().get(state.source)
    own = state.source in OWN_NAMES
    name = words.word(f"sources.{state.source}") if own else known.name if known else facts.one_line(state.source, 60)
    key = "footer.complete" if state.complete else "footer.partial"
    return words.word(key, source=name, day=words.day(state.day, today))
