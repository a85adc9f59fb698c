"""A document of 200 pages: the screener with its gates beside the same without, and what reaches the encoder."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figure import Figure, seconds
from matcher.screening import learned, reader, rules, segments
from matcher.screening.learned import Judged, LearnedReader
from matcher.screening.windows import Window, windows

PAGES = 200
PARAGRAPHS = 14
"""A page has so many, of about 30 words each."""
ROOMS = ("rum", "korridor", "trapphus", "kapprum", "förråd", "personalrum", "kök", "matsal", "entré", "verkstad")
WORKS = (
    "Golvet i {room} {n} är av linoleum, {m} m2, och moppas {k} gånger i veckan med mikrofiber och vatten.",
    "Leveransen till {room} {n} sker före klockan {k}, och följesedeln lämnas till den som räknar kollin.",
    "Ventilationen i {room} {n} ska klara {m} liter i sekunden vid full drift, mätt vid donet enligt svensk standard.",
    "Fakturan för {room} {n} skickas elektroniskt med referens {m}, och betalas inom {k} dagar efter godkänd leverans.",
    "Skadas möblerna i {room} {n} anmäls det till fastighetsjouren inom {k} timmar, med bild och en kort beskrivning.",
)


class Counting:
    """A learned reader that counts what it is given. everything: whether its gate is open to all."""

    def __init__(self, own: LearnedReader, *, everything: bool) -> None:
        self.version = own.version
        self.seen = 0
        self._own = own
        self._everything = everything

    def candidates(self, texts: Sequence[str]) -> list[bool]:
        return [True] * len(texts) if self._everything else self._own.candidates(texts)

    def judge(self, cut: Sequence[Window]) -> list[Judged]:
        self.seen += sum(len(window.numbers) for window in cut)
        return self._own.judge(cut)


def document(pages: int = PAGES) -> str:
    """A requirement document of so many pages: plain work, and on every fifth page an example of a clause file."""
    examples = [text for clause in rules.clauses().values() for texts in clause.examples.values() for text in texts]
    out = []
    for page in range(pages):
        for number in range(PARAGRAPHS):
            n = page * PARAGRAPHS + number
            plain = WORKS[n % len(WORKS)].format(room=ROOMS[n % len(ROOMS)], n=n, m=n % 90 + 10, k=n % 9 + 2)
            out.append(plain)
        if page % 5 == 0:
            out.append(examples[page // 5 % len(examples)])
        out.append(f"Sida {page + 1} ({pages})")
    return "\n\n".join(out)


def run() -> Iterator[Figure]:
    """A document of 200 pages."""
    text = document()
    parts = segments.split(text)
    bare = seconds(lambda: segments.split(text), times=1)
    yield Figure("segments, rules only", len(parts) / seconds(lambda: reader.read(text), times=1), len(parts) / bare,
                 "segments a second")  # fmt: skip
    own = learned.shipped(Path("data/model"))
    if own is None:
        return
    gated, all_of_it = Counting(own, everything=False), Counting(own, everything=True)
    with_gates = seconds(lambda: reader.read(text, gated), times=1)
    without = seconds(lambda: reader.read(text, all_of_it), times=1)
    yield Figure("segments, gated", len(parts) / with_gates, len(parts) / without, "segments a second")
    yield Figure("reach the encoder", 100 * gated.seen / len(parts), 100 * all_of_it.seen / len(parts), "per cent")
    yield Figure("200 pages", with_gates, without, "seconds")
    yield Figure("windows", float(len(list(windows(parts)))), float(len(parts)), "of segments")
