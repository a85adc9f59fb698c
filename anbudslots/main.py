"""`anbudslots [--data DIR] [--now ISO-8601] COMMAND`: finds the command's file, and turns errors into exit statuses."""

import importlib
import os
import sys
from pathlib import Path

import click

from anbudslots import __version__
from anbudslots.context import IN_PART, App, console, parse_now
from config.errors import AnbudslotsError

COMMANDS = {
    "accounts": "who may sign in to the pages",
    "answers": "what came back to letters and waits for a person",
    "clauses": "figures on social clauses; check the files that describe them",
    "consents": "who gets letters: asked, confirmed, paused, stopped",
    "crawl": "collect notices from a source",
    "demo": "the whole way once, on invented examples",
    "digest": "the weekly letters: preview, send, status",
    "doctor": "settings and where they come from; checks",
    "documents": "a notice's files: add, list, show their text",
    "dump": "the whole register as ordered text",
    "enterprises": "import, list and show enterprises",
    "evaluate": "measure matching and screening on gold data",
    "findings": "correct what the screener found; corrections as gold data",
    "match": "screen, encode and rank what is new",
    "market": "who bought what, and from whom, by statistics",
    "matches": "list, show and export matches",
    "notices": "import, list and show notices",
    "opendata": "figures on social clauses as open data: export, import",
    "ranker": "the combination of signals: learn from judgements, compare, roll back",
    "reparse": "today's parsers over what was received before",
    "reservation": "how well a tender suits a reserved contract",
    "rescreen": "today's rules over all notices",
    "schedule": "run the weekly letters by the clock",
    "screen": "find social clauses in a text",
    "serve": "the pages",
    "sources": "the sources' dossiers",
}


class Commands(click.Group):
    """Commands are files of this package; only the one that is called is imported, so that help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names, as shown by --help."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The object `command` of the file that bears the command's name."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"anbudslots.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ANBUDSLOTS_DATA",
    default=Path("data"),
    show_default="./data",
    help="Folder of the register, the raw archive and the model (or ANBUDSLOTS_DATA).",
)
@click.option("--now", "now_text", metavar="ISO-8601", help="Run as if at this time, for example 2026-11-24T08:00.")
@click.version_option(__version__, prog_name="anbudslots")
@click.pass_context
def cli(context: click.Context, data: Path, now_text: str | None) -> None:
    """Find the public tenders that a work-integration social enterprise could win.

    Exit status: 0 all done; 1 done in part, what was set aside is listed; 2 wrong use or settings; 3 nothing done.
    """
    context.obj = App(data, parse_now(now_text) if now_text else None)


def main() -> None:
    """Run the command line; the project's errors end with their own exit status and one plain sentence."""
    try:
        status = cli.main(standalone_mode=False)
    except AnbudslotsError as error:
        console.print(f"[red]error[/] {str(error).replace('[', chr(92) + '[')}", soft_wrap=True)
        sys.exit(error.exit_status)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code if error.exit_code > 1 else 2)
    except (click.Abort, KeyboardInterrupt):
        console.print("Stopped. What was done is kept; run the same command again to go on.")
        sys.exit(IN_PART)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong with what was done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
