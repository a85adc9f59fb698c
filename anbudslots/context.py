"""What every command shares: data folder, clock, settings, output on stdout, progress on stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config import settings as config_settings
from config.settings import Settings
from register.database import Register, open_register
from register.lock import folder_lock
from register.models import SetAside

DONE, IN_PART, WRONG_USE, NOTHING_DONE = 0, 1, 2, 3
"""Exit statuses: all done; done in part, what was set aside is listed; wrong use or settings; nothing done."""

console = Console(stderr=True, highlight=False, soft_wrap=True)
"""For progress and warnings; results go to stdout by `click.echo`."""


@dataclass(frozen=True)
class App:
    """The options before the command."""

    data: Path
    fixed_now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The instant of this run: --now, else the clock. Only the command line asks the clock."""
        return self.fixed_now or self.clock

    @property
    def clock(self) -> datetime:
        """The real instant, for what --now must not change."""
        return datetime.now(UTC)

    @cached_property
    def settings(self) -> Settings:
        """Settings from the environment, the data folder's file, and the defaults."""
        return config_settings.load(self.data)

    def data_only(self) -> "App":
        """The same folder with a running clock and settings read anew, for jobs that start later."""
        return App(self.data)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of local times."""
        return ZoneInfo(self.settings.digest.timezone)

    @contextmanager
    def reading(self) -> Iterator[Register]:
        """The register, for commands that only look."""
        register = open_register(self.data)
        try:
            yield register
        finally:
            register.close()

    @contextmanager
    def writing(self) -> Iterator[Register]:
        """The register with the data folder held against other writers."""
        with folder_lock(self.data), self.reading() as register:
            yield register


pass_app = click.make_pass_decorator(App)

json_option = click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")


def echo_rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str, title: str = ""
) -> None:
    """Print rows on stdout: as JSON with all fields, or as a table with `columns`."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2, default=str))
        return
    if not rows:
        click.echo(empty)
        return
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    stdout = Console(file=sys.stdout, highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)
    stdout.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)


def echo_set_aside(items: Iterable[SetAside]) -> None:
    """List on stderr what could not be used, and why."""
    for item in items:
        where = f"{item.item}, {item.field}" if item.field else item.item
        console.print(f"[yellow]set aside[/] {_plain(where)}: {_plain(item.reason)}")


def warn(text: str) -> None:
    """A warning on stderr."""
    console.print(f"[yellow]warning[/] {_plain(text)}")


def note(text: str) -> None:
    """A line of progress on stderr."""
    console.print(_plain(text))


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; call the given function with (done, all)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def parse_now(text: str, zone: str = "Europe/Stockholm") -> datetime:
    """An ISO 8601 instant; without an offset it is Swedish local time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not ISO 8601, for example 2026-11-24T08:00+01:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
