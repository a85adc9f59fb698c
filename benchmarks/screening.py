"""Segments a second: the screener with its gates beside cutting into segments alone."""

from collections.abc import Iterator

from benchmarks.figure import Figure, seconds
from matcher.screening import reader, rules, segments


def run() -> Iterator[Figure]:
    """Segments a second on a document of about 200 pages made of the clauses' examples and plain sentences."""
    examples = [text for clause in rules.clauses().values() for texts in clause.examples.values() for text in texts]
    plain = [f"Ytan i rum {n} är {n % 90 + 10} kvadratmeter och golvet är av linoleum." for n in range(60)]
    document = "\n\n".join((examples + plain * 3) * 12)
    parts = segments.split(document)
    whole = seconds(lambda: reader.read(document), times=1)
    bare = seconds(lambda: segments.split(document), times=1)
    yield Figure("segments screened", len(parts) / whole, len(parts) / bare, "segments a second")
