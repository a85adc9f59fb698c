"""Letters a second over one connection to a mail server on loopback: ours beside bare smtplib, which sends the same
bytes and notes nothing.

`letters handed over` is the sending alone, of letters that are frozen; `letters composed and sent` begins with the
choice of the lots.
"""

import multiprocessing
import smtplib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from config.settings import DigestSettings, MailSettings, Settings
from notifier import dispatch, mail, outbox
from register import deliveries
from register.database import Register, open_register
from tests.notifier import given, many_letters

LETTERS = 1000
SENDER = "brev@example.org"


def serve(port: Any, end: Any) -> None:
    """A mail server that takes everything, in a process of its own."""
    from tests.notifier.mailserver import Recorder, serving

    recorder = Recorder()
    with serving(recorder) as own:
        port.value = own
        end.wait()


@contextmanager
def server() -> Iterator[int]:
    """The port of a mail server in another process."""
    context = multiprocessing.get_context("spawn")
    port, end = context.Value("i", 0), context.Event()
    process = context.Process(target=serve, args=(port, end))
    process.start()
    try:
        while not port.value:
            time.sleep(0.05)
        yield int(port.value)
    finally:
        end.set()
        process.join()


def run() -> Iterator[Figure]:
    """Two figures, each beside the same bytes by smtplib over one connection."""
    with tempfile.TemporaryDirectory() as folder, server() as port:
        register = open_register(Path(folder))
        many_letters.add(register, LETTERS)
        settings = Settings(
            mail=MailSettings(**{"from": given.SENDER, "host": "127.0.0.1", "port": port}),
            digest=DigestSettings(most_a_day=10 * LETTERS),
        )
        composing = _seconds(lambda: outbox.queue_letters(register, settings=settings, now=given.NOW))
        letters = [(d.recipient, deliveries.mime(register, d.message_id)) for d in deliveries.waiting(register)]
        assert len(letters) == LETTERS
        # In turn, so that what else the machine does falls on both.
        ours, bare = [], []
        for _ in range(3):
            bare.append(_seconds(lambda: _bare(port, letters)))
            ours.append(_seconds(lambda: _ours(register, settings)))
            register.db.execute("UPDATE deliveries SET state = 'due', attempts = 0, handed = NULL")
            register.db.conn.commit()
        register.close()
    yield Figure("letters handed over", LETTERS / min(ours), LETTERS / min(bare), "letters a second")
    whole = composing + min(ours)
    yield Figure("letters composed and sent", LETTERS / whole, LETTERS / min(bare), "letters a second")


def _ours(register: Register, settings: Settings) -> None:
    with mail.SmtpTransport(settings.mail) as transport:
        sent = dispatch.send_due(register, transport, settings=settings, clock=lambda: given.NOW)
    assert sent.states == {"accepted": LETTERS}


def _bare(port: int, letters: list[tuple[str, bytes]]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for recipient, data in letters:
            client.sendmail(SENDER, [recipient], data)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
