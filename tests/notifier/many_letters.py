"""A register on disk with many enterprises that have one tender to be told of, and a sender as a process of its own.

As a program: `python -m tests.notifier.many_letters` reads one line a run from its standard input, a JSON object with
`folder`, `environment` and `now`, and starts each run as a process of its own by fork, so that a run costs no start of
Python. It prints the process id when the run begins, and its exit status (negative: killed by that signal) at its end.
A run composes and sends as `anbudslots digest send` does.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from register import consents, enterprises, matches, notices
from register.database import Register, open_register
from register.models import Contact
from tests.notifier import given


def fill(folder: Path, count: int, **choice: Any) -> None:
    """`count` enterprises asf-000, asf-001, ... with an address each, and one tender that fits all."""
    register = open_register(folder)
    try:
        add(register, count, **choice)
    finally:
        register.close()


def add(register: Register, count: int, **choice: Any) -> None:
    """As `fill`, in an open register."""
    tender = given.notice()
    notices.add(register, tender, raw=None, at=given.NOW)
    match = given.candidate(tender).match
    for number in range(count):
        identity = f"asf-{number:03}"
        found = given.enterprise(
            id=identity, name=f"Laget {number}", contact=Contact(email=address(number)), digest=choice
        )
        enterprises.add(register, found, at=given.NOW)
        consents.confirm(register, identity, address(number), how="by post", at=given.NOW)
        own = match.model_copy(update={"enterprise": identity})
        matches.replace(register, identity, [own], scope="open", fingerprint="f", at=given.NOW)


def address(number: int) -> str:
    """The address of the enterprise with that number."""
    return f"info@asf-{number:03}.example"


def main() -> None:
    """Runs by order of the standard input."""
    from anbudslots.context import App
    from anbudslots.digest import send_letters

    for line in sys.stdin:
        order = json.loads(line)
        folder = Path(order["folder"])
        child = os.fork()
        if child == 0:
            status = 70
            try:
                os.environ.update(order["environment"])
                app = App(folder, datetime.fromisoformat(order["now"]))
                register = open_register(folder)
                status, _ = send_letters(app, register, by_clock=False)
                register.close()
            finally:
                os._exit(status)
        _say(child)
        _, ended = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(ended))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
