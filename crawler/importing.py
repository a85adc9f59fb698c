"""Notices and awards from files into the register: archived, parsed, put in; what can't be used is listed.

Each source has a run of its own. Files are read in the sandbox; a batch is one transaction, with what the run did with
each of its items, so that a broken import keeps what was done.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from config.errors import InputError
from crawler import eforms, filling, merging, packages, sniffing, uhm
from crawler.archive import Archive
from crawler.mails import files, taking
from crawler.sandbox import Sandbox
from crawler.sniffing import Format
from crawler.tables import reader as table_reader
from register import awards, joins, notices, runs
from register.database import Register
from register.models import Award, Notice, Run, SetAside

Progress = Callable[[int, int], None]
BATCH = 500
"""Notices or awards a transaction."""
MAX_BYTES = 200_000_000
"""Of one file that is read whole."""
SECONDS = 60.0
"""Longest time for one table or export; those of a year have some ten thousand rows."""

Item = tuple[Notice | Award, str] | SetAside
"""What was read, with the SHA-256 of the bytes it was read from."""


@dataclass(frozen=True)
class Means:
    """What every reader needs. at: the time of the import; notes: what readers tell of files that they could read."""

    archive: Archive
    at: datetime
    sandbox: Sandbox
    notes: list[str] = field(default_factory=list)


def import_files(
    paths: Sequence[Path],
    *,
    register: Register,
    archive: Archive,
    at: datetime,
    progress: Progress = lambda _done, _all: None,
) -> list[Run]:
    """Import all that lies at or below `paths`, each file by its own kind; one run a source."""
    found = sniffing.sort(paths)
    sources: dict[str, list[tuple[Format, list[Path]]]] = {}
    for form, own in found.by_format.items():
        sources.setdefault(FORMATS[form][0], []).append((form, own))
    if found.set_aside:
        sources.setdefault(FORMATS["eforms"][0], [])
    made = []
    for number, (source, groups) in enumerate(sources.items()):
        last = number == len(sources) - 1
        left = found.left if last else ()
        aside = found.set_aside if source == FORMATS["eforms"][0] else ()
        made.append(_import(source, _reader(groups), register, archive, at, progress, aside=aside, left=left))
    return made


def import_notices(
    paths: Sequence[Path],
    *,
    format: Format,
    register: Register,
    archive: Archive,
    at: datetime,
    progress: Progress = lambda _done, _all: None,
) -> Run:
    """Import all of one format below `paths`; returns the run with its counts and what was set aside."""
    return _import(FORMATS[format][0], _reader([(format, paths)]), register, archive, at, progress)


def add_row(row: bytes, *, register: Register, archive: Archive, at: datetime) -> Run:
    """Put in what a person has added by hand: a table of one row (crawler/tables/pasted.py)."""

    def read(means: Means) -> Iterator[Item]:
        return _table_items(row, "the notice", means, source="hand")

    return _import("hand", read, register, archive, at)


def _reader(groups: Sequence[tuple[Format, Sequence[Path]]]) -> Callable[[Means], Iterator[Item]]:
    return lambda means: (item for form, paths in groups for item in FORMATS[form][1](paths, means))


def _import(
    source: str,
    read: Callable[[Means], Iterator[Item]],
    register: Register,
    archive: Archive,
    at: datetime,
    progress: Progress = lambda _done, _all: None,
    *,
    aside: Iterable[SetAside] = (),
    left: Sequence[str] = (),
) -> Run:
    run = runs.start(register, source, at=at)
    counts: Counter[str] = Counter()
    set_aside = list(aside)
    with Sandbox(seconds=SECONDS) as sandbox:
        means = Means(archive, at, sandbox)
        for batch in _batches(read(means)):
            set_aside += [item for item in batch if isinstance(item, SetAside)]
            counts += _put(register, run, batch, at)
            progress(counts.total() + len(set_aside), counts.total() + len(set_aside))
    archive.sync()
    merging.settle(register, at)
    received = counts.total()
    told = [f"Left alone, of no known kind: {', '.join(left[:20])}{', ...' if left[20:] else ''}"] if left else []
    done = Run(
        id=run,
        source=source,
        started=at,
        ended=at,
        status="failed" if not received and set_aside else "partial" if set_aside else "complete",
        announced=received + len(set_aside),
        received=received,
        new=counts["new"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        set_aside=tuple(set_aside),
        notes=(*means.notes, *told),
    )
    done = done.model_copy(update={"problems": tuple(filling.watch(register, done))})
    runs.finish(register, done)
    return done


def _put(register: Register, run: int, batch: Sequence[Item], at: datetime) -> Counter[str]:
    """Put a batch in, in one transaction, with what was done with each notice; awards are counted only."""
    counts: Counter[str] = Counter()
    awarded: dict[str, list[Award]] = {}
    numbers = []
    with register.atomic():
        for item in batch:
            if isinstance(item, SetAside):
                runs.note(register, run, {item.item: "set aside"})
                continue
            noun, raw = item
            if isinstance(noun, Award):
                awarded.setdefault(raw, []).append(noun)
                continue
            outcome = notices.add(register, noun, raw=raw, at=at, regroup=False)
            runs.note(register, run, {noun.publication_number: outcome})
            counts[outcome] += 1
            numbers.append(noun.publication_number)
        joins.regroup(register, numbers)
        for raw, group in awarded.items():
            counts += awards.add_all(register, group, raw=raw)
    return counts


def _eforms(paths: Sequence[Path], means: Means) -> Iterator[Item]:
    for path in paths:
        for member in packages.members(path):
            if isinstance(member, SetAside):
                yield member
                continue
            raw = means.archive.put(
                member.data, url=f"file:{member.name}", at=means.at, method="IMPORT", source="files", kind="eforms"
            )
            try:
                notice = means.sandbox.run(member.name, _read_eforms, member.data, member.name)
            except InputError as error:
                yield SetAside.of(error)
            else:
                yield notice, raw


def _read_eforms(data: bytes, name: str) -> Notice:
    return eforms.read(data, origin="ted", item=name)


def _uhm(paths: Sequence[Path], means: Means) -> Iterator[Item]:
    for path in paths:
        try:
            data = _bytes(path)
            raw = means.archive.put(
                data, url=f"file:{path.name}", at=means.at, method="IMPORT", source="uhm", kind="uhm-export"
            )
            for row in means.sandbox.run(path.name, uhm.take, data, path.name):
                yield row if isinstance(row, SetAside) else (row, raw)
        except InputError as error:
            yield SetAside.of(error)


def _mail(paths: Sequence[Path], means: Means) -> Iterator[Item]:
    for path in paths:
        for mail in files.mails(path):
            if isinstance(mail, SetAside):
                yield mail
            else:
                yield from taking.take(mail.data, mail.name, archive=means.archive, at=means.at, sandbox=means.sandbox)


def _table(paths: Sequence[Path], means: Means) -> Iterator[Item]:
    for path in paths:
        try:
            data = _bytes(path)
        except InputError as error:
            yield SetAside.of(error)
        else:
            yield from _table_items(data, path.name, means, source="table")


def _table_items(data: bytes, name: str, means: Means, *, source: Literal["table", "hand"]) -> Iterator[Item]:
    raw = means.archive.put(data, url=f"file:{name}", at=means.at, method="IMPORT", source=source, kind=source)
    try:
        reading = means.sandbox.run(name, table_reader.read, data, name, source)
    except InputError as error:
        yield SetAside.of(error)
        return
    means.notes.extend(reading.notes)
    for notice in reading.notices:
        yield notice, raw
    yield from reading.set_aside


Reader = Callable[[Sequence[Path], Means], Iterator[Item]]
FORMATS: dict[Format, tuple[str, Reader]] = {
    "eforms": ("files", _eforms),
    "uhm": ("uhm", _uhm),
    "mail": ("mail", _mail),
    "table": ("table", _table),
}
"""By format: the source of config/sources.yaml that a run is of, and what reads its files."""


def _bytes(path: Path) -> bytes:
    """A file whole. Raises InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(path.name, None, f"can't be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise InputError(path.name, None, f"is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
