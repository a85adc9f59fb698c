"""Notices from files into the register, as one run: archived, parsed, put in; what can't be used is listed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from config.errors import InputError
from crawler import eforms, merging, packages, uhm
from crawler.archive import Archive
from crawler.mails import files, taking
from crawler.sandbox import Sandbox
from register import notices, runs
from register.database import Register
from register.models import Notice, Run, SetAside

Progress = Callable[[int, int], None]
Format = Literal["eforms", "uhm", "mail"]
BATCH = 500
"""Notices a transaction: quick, and a broken import keeps what was done."""


def import_notices(
    paths: Sequence[Path],
    *,
    format: Format,
    register: Register,
    archive: Archive,
    at: datetime,
    progress: Progress = lambda _done, _all: None,
) -> Run:
    """Import all notices below `paths`; returns the run with its counts and what was set aside."""
    source, reader = FORMATS[format]
    run_id = runs.start(register, source, at=at)
    counts: Counter[str] = Counter()
    aside: list[SetAside] = []
    for batch in _batches(reader(paths, archive, at)):
        with register.atomic():
            for item in batch:
                counts["announced"] += 1
                if isinstance(item, SetAside):
                    aside.append(item)
                else:
                    notice, raw = item
                    counts[notices.add(register, notice, raw=raw, at=at)] += 1
        progress(counts["announced"], counts["announced"])
    merging.settle(register, at)
    received = counts["new"] + counts["changed"] + counts["unchanged"]
    run = Run(
        id=run_id,
        source=source,
        started=at,
        ended=at,
        status="failed" if not received and aside else "partial" if aside else "complete",
        announced=counts["announced"],
        received=received,
        new=counts["new"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        set_aside=tuple(aside),
    )
    runs.finish(register, run)
    return run


Item = tuple[Notice, str] | SetAside


def _eforms(paths: Sequence[Path], archive: Archive, at: datetime) -> Iterator[Item]:
    for path in paths:
        for member in packages.members(path):
            if isinstance(member, SetAside):
                yield member
                continue
            raw = archive.put(
                member.data, url=f"file:{member.name}", at=at, method="IMPORT", source="files", kind="eforms"
            )
            try:
                yield eforms.read(member.data, origin="ted", item=member.name), raw
            except InputError as error:
                yield SetAside(item=error.item, field=error.field, reason=error.reason)


def _uhm(paths: Sequence[Path], archive: Archive, at: datetime) -> Iterator[Item]:
    for path in paths:
        try:
            raw = archive.put(path.read_bytes(), url=f"file:{path.name}", at=at, method="IMPORT")
            for row in uhm.read(path):
                yield row if isinstance(row, SetAside) else (row, raw)
        except InputError as error:
            yield SetAside(item=error.item, field=error.field, reason=error.reason)
        except OSError as error:
            yield SetAside(item=path.name, reason=f"can't be read: {error.strerror}")


def _mail(paths: Sequence[Path], archive: Archive, at: datetime) -> Iterator[Item]:
    with Sandbox() as sandbox:
        for path in paths:
            for mail in files.mails(path):
                if isinstance(mail, SetAside):
                    yield mail
                else:
                    yield from taking.take(mail.data, mail.name, archive=archive, at=at, sandbox=sandbox)


Reader = Callable[[Sequence[Path], Archive, datetime], Iterator[Item]]
FORMATS: dict[Format, tuple[str, Reader]] = {
    "eforms": ("files", _eforms),
    "uhm": ("uhm", _uhm),
    "mail": ("mail", _mail),
}
"""By format: the source of config/sources.yaml that a run is of, and what reads its files."""


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
