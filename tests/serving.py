"""What it takes to ask the real program's pages: `anbudslots serve` on a free port of loopback, and a session."""

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from register import accounts
from register.accounts import Account
from register.database import Register


def start(data: Path, now: datetime, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The program, started; without `environment` in that of this process. Whoever starts it ends it."""
    program = [sys.executable, "-m", "anbudslots", "--data", str(data), "--now", now.isoformat()]
    return subprocess.Popen([*program, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, env=environment)


def told(process: subprocess.Popen[str], pattern: str) -> str:
    """The first thing that the program says which `pattern` finds."""
    assert process.stderr
    for line in process.stderr:
        if found := re.search(pattern, line):
            return found[0]
    raise AssertionError(f"the program never said {pattern!r}")


def address(process: subprocess.Popen[str]) -> str:
    """Where it serves, without a slash at the end."""
    return told(process, r"http://127\.0\.0\.1:\d+")


def session(register: Register, account: Account, *, at: datetime, lasts: timedelta) -> str:
    """A session of an account, by a link that the operator handed over."""
    token = accounts.make_link(register, account, browser="", at=at)
    assert token is not None
    made = accounts.use_link(register, token, browser="", at=at, lasts=lasts)
    assert made is not None
    return made
