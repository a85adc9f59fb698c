"""The page that an operator reads after a crawl: per source what came, when it last was complete, and what is wrong."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from register import runs, windows
from register.database import Register
from register.models import Noun, Run

MOST_WINDOWS = 10
"""Windows that a sentence names one by one."""


def listed(windows: Sequence[str]) -> str:
    """Windows by name, and how many more there are beyond MOST_WINDOWS."""
    more = f" and {len(windows) - MOST_WINDOWS} more" if len(windows) > MOST_WINDOWS else ""
    return ", ".join(windows[:MOST_WINDOWS]) + more


class State(Noun):
    """One source: its last run, when a run last was complete, and which windows are not."""

    source: str
    run: Run | None
    last_complete: datetime | None
    partial: tuple[str, ...]
    wrong: tuple[str, ...]
    """In plain words, each with the next step."""


def state(register: Register, source: str) -> State:
    """The state of a source as the register has it."""
    run = runs.latest(register, source)
    complete = runs.last_complete(register, source)
    partial = tuple(window.window for window in windows.partial(register, source))
    return State(
        source=source,
        run=run,
        last_complete=complete.ended if complete else None,
        partial=partial,
        wrong=tuple(_wrong(source, run, complete, partial)),
    )


def _wrong(source: str, run: Run | None, complete: Run | None, partial: tuple[str, ...]) -> Iterable[str]:
    if run is None:
        yield f"{source} has never been collected. Run `anbudslots crawl {source} --since YYYY-MM-DD`."
        return
    if run.status == "running":
        yield f"The last run was cut off. Run `anbudslots crawl {source}` again: it goes on where it was."
    yield from run.problems
    earlier = [name for name in partial if not any(name in problem for problem in run.problems)]
    if earlier:
        yield f"Still partial from earlier runs: {listed(earlier)}. They are tried again at the next crawl."
    if complete is None and run.status != "complete":
        yield f"{source} has never been complete: until it is, letters say so."
