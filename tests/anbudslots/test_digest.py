"""`digest` and `schedule` as their user runs them, with a mail server on loopback."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from anbudslots import main
from register import deliveries, pauses, sending
from register.database import open_register
from tests.notifier import given, many_letters
from tests.notifier.given import NOW
from tests.notifier.mailserver import Recorder, free_port, serving


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def run(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs the program on a register of two enterprises, on a Monday at seven; in this process, which is quicker."""
    many_letters.fill(tmp_path, 2)
    with serving(recorder) as port:

        def program(*arguments: str, **environment: str) -> Done:
            own = {
                "ANBUDSLOTS_MAIL__HOST": "127.0.0.1",
                "ANBUDSLOTS_MAIL__PORT": str(port),
                "ANBUDSLOTS_MAIL__FROM": given.SENDER,
                **environment,
            }
            with monkeypatch.context() as patch:
                for name, value in own.items():
                    patch.setenv(name, value)
                patch.setattr(
                    sys, "argv", ["anbudslots", "--data", str(tmp_path), "--now", NOW.isoformat(), *arguments]
                )
                with pytest.raises(SystemExit) as ended:
                    main.main()
            captured = capsys.readouterr()
            return Done(int(ended.value.code or 0), captured.out, captured.err)

        yield program


def test_dry_run_says_what_would_go_and_leaves_no_trace(tmp_path: Path, run: Run, recorder: Recorder) -> None:
    done = run("digest", "send", "--dry-run")
    assert done.returncode == 0
    assert many_letters.address(1) in done.stdout
    assert recorder.taken == []
    register = open_register(tmp_path)
    assert deliveries.listing(register) == []
    assert deliveries.told(register, "asf-000") == set()
    register.close()


def test_send_then_status_and_a_letter_that_may_have_gone_out(tmp_path: Path, run: Run, recorder: Recorder) -> None:
    done = run("digest", "send")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 accepted")
    assert sorted(recipient for recipient, _ in recorder.taken) == [many_letters.address(0), many_letters.address(1)]
    # As after a crash at the worst moment.
    register = open_register(tmp_path)
    message_id = deliveries.listing(register)[0].message_id
    assert sending.move(register, message_id, ["accepted"], "uncertain", answer="?", at=NOW)
    register.close()
    shown = run("digest", "status")
    assert message_id in shown.stderr
    assert run("digest", "drop", "--arrived", message_id).returncode == 0
    assert run("digest", "release", message_id).returncode == 3
    rows = json.loads(run("digest", "status", "--json").stdout)
    assert [row["state"] for row in rows] == ["accepted", "accepted"]


def test_a_pause_is_told_and_lifted(tmp_path: Path, run: Run, recorder: Recorder) -> None:
    own = {"ANBUDSLOTS_DIGEST__MOST_A_DAY": "1", "ANBUDSLOTS_MAIL__OPERATOR": "drift@example.org"}
    done = run("digest", "send", **own)
    assert done.returncode == 3
    assert "The sending is paused" in done.stderr
    assert [recipient for recipient, _ in recorder.taken] == ["drift@example.org"]
    register = open_register(tmp_path)
    assert [pause.kind for pause in pauses.in_force(register)] == ["volume"]
    register.close()
    assert run("digest", "resume", "--by", "Asta").stdout == "1 pauses lifted.\n"
    assert run("digest", "send", **own).stdout.splitlines()[-1] == "2 accepted"


def test_without_a_mail_server_the_letters_stay_due(run: Run) -> None:
    done = run("digest", "send", ANBUDSLOTS_MAIL__PORT=str(free_port()))
    assert done.returncode == 3
    assert "stay due" in done.stderr
    assert run("digest", "send").stdout.splitlines()[-1] == "2 accepted"


def test_verify_without_an_archive_is_a_wrong_setting(run: Run) -> None:
    done = run("digest", "send", ANBUDSLOTS_MAIL__UNCERTAIN="verify")
    assert done.returncode == 2
    assert "ANBUDSLOTS_ARCHIVE__HOST" in done.stderr


def test_schedule_status_in_local_time(run: Run) -> None:
    done = run("schedule", "status")
    assert done.returncode == 0
    assert "Tue 2026-11-24 04:00 CET  crawl, then match" in done.stdout
    assert "Mon 2026-11-30 07:00 CET  letters of 2 enterprises" in done.stdout


def test_a_port_without_pages_is_wrong_use(run: Run) -> None:
    done = run("schedule", "--port", "8123")
    assert done.returncode == 2
    assert "--serve" in done.stderr


def test_doctor_prints_what_dns_should_hold(run: Run) -> None:
    shown = run("doctor").stdout
    assert "ok    letters: 0 waiting, none uncertain" in shown
    for name in ("v=spf1", "anbudslots._domainkey.example.org", "v=DMARC1"):
        assert name in shown
