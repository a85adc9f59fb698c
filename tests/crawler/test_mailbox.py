"""The mailbox against a real IMAP server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import SettingsError
from config.settings import MailboxSettings, Settings
from crawler import mailbox
from crawler.archive import Archive
from register import notices, runs
from register.database import Register, memory_register, open_register
from register.models import Run
from tests.conftest import NOW, ROOT, guarded_environment
from tests.crawler import dovecot
from tests.crawler.dovecot import Dovecot

EXAMPLES = ROOT / "tests" / "examples" / "mails"
LIST = "fornamn@exempel.example, @e-avrop.com"
needs_dovecot = pytest.mark.skipif(
    dovecot.PROGRAM is None, reason="Dovecot is not installed here (Debian's package dovecot-imapd)"
)


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot.running() as running:
        yield running


def example(name: str) -> bytes:
    return (EXAMPLES / name / "mail.eml").read_bytes()


def settings(server: Dovecot, **changes: object) -> Settings:
    own = {
        "host": "localhost",
        "port": server.tls_port,
        "user": dovecot.USER,
        "password": dovecot.PASSWORD,
        "ca_file": str(server.ca_file),
        "senders": LIST,
    }
    return Settings(mailbox=MailboxSettings.model_validate({**own, **changes}))


def numbers(register: Register) -> set[str]:
    return {row["publication_number"] for row in notices.listing(register)}


@needs_dovecot
@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_each_message_is_read_once_over_each_kind_of_line(server: Dovecot, tmp_path: Path, security: str) -> None:
    server.deliver(example("e-avrop-tabell"))
    server.deliver(example("e-avrop-citerad"))
    register, archive = memory_register(), Archive(tmp_path)
    own = settings(server, security=security, port=server.tls_port if security == "tls" else server.port)
    first = mailbox.crawl(register, archive, own, NOW)
    assert (first.status, first.announced, first.received, first.new) == ("complete", 4, 4, 4)
    assert numbers(register) == {f"e-avrop-99000001{number}" for number in ("01", "02", "11", "12")}
    assert server.seen() == {1: True, 2: True}
    again = mailbox.crawl(register, archive, own, NOW)
    assert (again.status, again.announced) == ("complete", 0)
    server.deliver(example("e-avrop-bilaga").replace(b"adviser@", b"fornamn@"))
    assert mailbox.crawl(register, archive, own, NOW).new == 2


@needs_dovecot
def test_a_strangers_mail_is_refused_until_the_sender_is_named(
    server: Dovecot, register: Register, tmp_path: Path
) -> None:
    server.deliver(example("clira-klartext"))
    server.deliver(example("e-avrop-tabell").replace(b"From: ", b"From: planted@ond.example\r\nFrom: ", 1))
    refused = mailbox.crawl(register, Archive(tmp_path), settings(server), NOW)
    assert (refused.status, refused.announced, refused.received) == ("complete", 2, 0)
    assert ["not on the list" in aside.reason for aside in refused.set_aside] == [True, True]
    assert "x@exempel.example" not in refused.model_dump_json(), "no person's address in the report"
    assert (numbers(register), server.seen(), list(tmp_path.iterdir())) == (set(), {1: False, 2: False}, [])
    silent = mailbox.crawl(register, Archive(tmp_path), settings(server), NOW)
    assert (silent.status, silent.set_aside) == ("complete", ()), "it is told once"
    named = mailbox.crawl(register, Archive(tmp_path), settings(server, senders=LIST + ",X@exempel.example"), NOW)
    assert (named.new, server.seen()) == (1, {1: True, 2: False})


@needs_dovecot
def test_wrong_certificate_password_or_folder_is_said_and_nothing_is_sent_in_the_clear(
    server: Dovecot, register: Register, tmp_path: Path
) -> None:
    def run(**changes: object) -> Run:
        return mailbox.crawl(register, Archive(tmp_path), settings(server, **changes), NOW)

    untrusted = run(ca_file=str(server.other_ca))
    assert untrusted.status == "failed" and "certificate" in untrusted.problems[0]
    unknown = run(ca_file="")
    assert unknown.status == "failed" and "certificate" in unknown.problems[0]
    refused = run(password="fel")
    assert refused.status == "failed" and "password" in refused.problems[0]
    missing = run(folder="Finns inte")
    assert missing.status == "failed" and "next run" in missing.problems[0]
    closed = run(port=dovecot._free_port())
    assert closed.status == "failed"
    for text in (problem for run in (untrusted, refused, missing, closed) for problem in run.problems):
        assert dovecot.PASSWORD not in text


@needs_dovecot
def test_mails_that_hold_nothing_are_set_aside_once(server: Dovecot, register: Register, tmp_path: Path) -> None:
    server.deliver(example("e-avrop-losenord"))
    archive = Archive(tmp_path)
    run = mailbox.crawl(register, archive, settings(server), NOW)
    assert [aside.item for aside in run.set_aside] == ["mailbox message 1"]
    assert len(list(tmp_path.rglob("*.gz"))) == 1, "its bytes are kept for a better reader"
    assert mailbox.crawl(register, archive, settings(server), NOW).set_aside == ()


@needs_dovecot
def test_a_folder_that_the_server_numbers_anew_is_read_anew_without_doubling(
    server: Dovecot, register: Register, tmp_path: Path
) -> None:
    own = settings(server, folder="Bevakning å")
    for outcome in ("new", "unchanged"):
        with server.client() as client:
            if outcome == "unchanged":
                client.delete_folder("Bevakning å")
            client.create_folder("Bevakning å")
        server.deliver(example("e-avrop-tabell"), "Bevakning å")
        run = mailbox.crawl(register, Archive(tmp_path), own, NOW)
        assert (run.status, getattr(run, outcome)) == ("complete", 2)


@needs_dovecot
def test_the_command_reads_the_mailbox(server: Dovecot, tmp_path: Path) -> None:
    server.deliver(example("e-avrop-tabell"))
    log = tmp_path / "guard.log"
    command = [sys.executable, "-m", "anbudslots", "--data", str(tmp_path / "data"), "crawl", "mailbox"]
    done = subprocess.run(command, env=environment(server, log), cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert "complete; announced 2, received 2, new 2" in done.stdout
    assert not log.exists() or not log.read_text(encoding="utf-8")


def environment(server: Dovecot, log: Path) -> dict[str, str]:
    """The environment of an operator who has set the mailbox."""
    own = settings(server).mailbox
    named = {f"ANBUDSLOTS_MAILBOX__{name.upper()}": str(getattr(own, name)) for name in SET}
    return guarded_environment(log, **named, ANBUDSLOTS_MAILBOX__PASSWORD=dovecot.PASSWORD)


SET = ("host", "port", "user", "ca_file", "senders")

KILLED = """
import os, sys
from datetime import datetime
from pathlib import Path
from config import settings
from crawler import mailbox
from crawler.archive import Archive
from register import mailboxes
from register.database import open_register
if __name__ == "__main__":
    data, when = Path(sys.argv[1]), sys.argv[2]
    mark, seen = mailboxes.mark, mailbox._Reading._mark_seen
    def marking(register, box, validity, uid, *rest, **more):
        if when == "in the transaction" and uid == 2:
            os._exit(9)
        mark(register, box, validity, uid, *rest, **more)
    def seeing(reading):
        if when == "before marking as seen":
            os._exit(9)
        seen(reading)
    mailboxes.mark, mailbox._Reading._mark_seen = marking, seeing
    mailbox.crawl(open_register(data), Archive(data / "raw"), settings.load(), datetime.fromisoformat(sys.argv[3]))
"""


@needs_dovecot
@pytest.mark.parametrize(
    ("when", "before", "seen"), [("in the transaction", 2, False), ("before marking as seen", 4, False)]
)
def test_a_run_that_is_killed_is_made_good_without_doubling(
    server: Dovecot, tmp_path: Path, when: str, before: int, seen: bool
) -> None:
    server.deliver(example("e-avrop-tabell"))
    server.deliver(example("e-avrop-citerad"))
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    own = environment(server, tmp_path / "guard.log")
    own["PYTHONPATH"] = os.pathsep.join([own["PYTHONPATH"], str(ROOT)])
    data = tmp_path / "data"
    killed = subprocess.run(
        [sys.executable, str(script), str(data), when, NOW.isoformat()], env=own, cwd=tmp_path, timeout=60
    )
    assert killed.returncode == 9
    register = open_register(data)
    assert len(numbers(register)) == before
    assert set(server.seen().values()) == {seen}
    run = mailbox.crawl(register, Archive(data / "raw"), settings(server), NOW)
    assert (run.status, run.new) == ("complete", 4 - before)
    assert all(len(notices.versions(register, number)) == 1 for number in numbers(register))
    assert len(numbers(register)) == 4
    assert server.seen() == {1: True, 2: True}
    register.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": ""}, "HOST"),
        ({"senders": ""}, "stranger"),
        ({"senders": "Anna <anna@exempel.example>"}, "SENDERS"),
        ({"security": "none", "host": "imap.exempel.example"}, "SECURITY"),
    ],
)
def test_a_mailbox_that_is_not_safe_to_read_is_not_read(changes: dict[str, str], words: str) -> None:
    own = {"host": "localhost", "user": "inkorg", "senders": "@e-avrop.com", **changes}
    with pytest.raises(SettingsError, match=words):
        mailbox.check(Settings(mailbox=MailboxSettings.model_validate(own)))


def test_a_missing_authority_is_told_before_a_run_begins(register: Register, tmp_path: Path) -> None:
    own = {"host": "localhost", "user": "inkorg", "senders": "@e-avrop.com", "ca_file": str(tmp_path / "none.pem")}
    with pytest.raises(SettingsError, match="CA_FILE"):
        mailbox.crawl(register, Archive(tmp_path), Settings(mailbox=MailboxSettings.model_validate(own)), NOW)
    assert runs.listing(register) == []


@pytest.mark.parametrize(
    ("froms", "taken"),
    [
        (["anna@exempel.example"], True),
        (["noreply@e-avrop.com"], True),
        (["noreply@x.e-avrop.com"], False),
        (["anna@exempel.example.ond.example"], False),
        (["anna@exempel.example", "x@ond.example"], False),
        ([], False),
    ],
)
def test_who_is_on_the_list(froms: list[str], taken: bool) -> None:
    assert mailbox.allowed(froms, ("anna@exempel.example", "@e-avrop.com")) is taken
