import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from config.errors import FolderInUseError, UnavailableError
from register import consents
from register.database import open_register
from register.lock import folder_lock
from tests.conftest import NOW, ROOT


def test_a_register_is_made_and_opened_again(tmp_path: Path) -> None:
    first = open_register(tmp_path)
    assert first.db.journal_mode == "wal"
    first.close()
    second = open_register(tmp_path)
    assert "notices" in second.db.table_names()
    second.close()


def test_a_file_that_is_no_register_is_named(tmp_path: Path) -> None:
    (tmp_path / "anbudslots.db").write_bytes(b"this is no database, it is only text" * 100)
    with pytest.raises(UnavailableError, match=r"anbudslots\.db"):
        open_register(tmp_path)


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from register.lock import folder_lock\n"
        "with folder_lock(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.readline()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert other.stdin and other.stdout
    assert other.stdout.readline() == "held\n"
    with pytest.raises(FolderInUseError, match=str(other.pid)), folder_lock(tmp_path):
        pass
    # The lock goes with its process, however that ends.
    other.kill()
    other.wait()
    other.stdin.close()
    other.stdout.close()
    with folder_lock(tmp_path):
        pass


def test_a_transaction_that_reads_first_does_not_fail_where_another_writes_meanwhile(tmp_path: Path) -> None:
    first, second = open_register(tmp_path), open_register(tmp_path)
    second.db.conn.execute("PRAGMA busy_timeout = 50")
    with first.atomic():
        assert consents.suppressed_hash(first, "a") is None
        with pytest.raises(sqlite3.OperationalError, match="locked"), second.atomic():
            raise AssertionError("it waits for its turn")
        assert consents.suppress_hash(first, "a", reason="asked", at=NOW)
    assert consents.suppress_hash(second, "b", reason="asked", at=NOW)
    with pytest.raises(RuntimeError), first.atomic():
        consents.suppress_hash(first, "c", reason="asked", at=NOW)
        raise RuntimeError
    assert [consents.suppressed_hash(second, one) is not None for one in "abc"] == [True, True, False]
    first.close()
    second.close()
