"""One mail in: archived without its envelope, read in the sandbox; out come notices and what was set aside."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from config.errors import InputError
from crawler.archive import Archive
from crawler.mails import envelope, reader
from crawler.mails.files import HEAD
from crawler.mails.message import is_mail
from crawler.sandbox import Sandbox
from register.models import Notice, SetAside


def take(
    data: bytes, item: str, *, archive: Archive, at: datetime, sandbox: Sandbox
) -> Iterator[tuple[Notice, str] | SetAside]:
    """Yield (notice, SHA-256 of the archived mail) of each notice in a mail. item: what it is called in messages."""
    if not is_mail(data[:HEAD]):
        yield SetAside(item=item, reason="is no mail: it does not begin with a mail's headers")
        return
    kept = envelope.reduce(data)
    identity = envelope.identity(data) or hashlib.sha256(kept).hexdigest()
    raw = archive.put(kept, url=f"mail:{identity}", at=at, method="MAIL", source="mail", kind="alert-mail")
    try:
        reading = sandbox.run(item, reader.read, kept, item)
    except InputError as error:
        yield SetAside.of(error)
        return
    for notice in reading.notices:
        yield notice, raw
    yield from reading.set_aside
