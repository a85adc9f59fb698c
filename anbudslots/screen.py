"""`anbudslots screen`: find social clauses in a text."""

import json
from pathlib import Path
from typing import Any

import click

from anbudslots.context import DONE, IN_PART, App, echo_rows, echo_set_aside, json_option, note, pass_app, progress_bar
from matcher.screening import learned, reader
from register.models import Finding, SetAside

TOGETHER = 64
"""Rows that are read at once."""
FIELDS = ("clause", "polarity", "start", "end", "quote", "legal_basis", "rule", "confidence", "effect")


class Screen(click.Command):
    """`screen explain TEXT` is a command of its own; all else is a file or rows, as it was before there was another."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant. A file named "explain" is screened by `screen explain`."""
        if args[:1] == ["explain"] and (len(args) > 1 or not Path("explain").is_file()):
            return explain.make_context(f"{info_name} explain", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(cls=Screen)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--jsonl",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="IN OUT",
    help='Rows {"id", "text"} in IN to rows {"id", "findings"} in OUT.',
)
@pass_app
def command(app: App, file: Path | None, jsonl: tuple[Path, Path] | None) -> int:
    """Find social clauses in FILE (plain text), or in each row of a JSON lines file.

    `anbudslots screen explain TEXT` shows which rule fired on which words, and what stopped it.

    Example: anbudslots screen underlag.txt
    """
    if (file is None) == (jsonl is None):
        raise click.UsageError("Name a text FILE, or --jsonl IN OUT.")
    judge = learned.shipped(app.data / "model", note)
    if file is not None:
        text = file.read_text(encoding="utf-8-sig", errors="replace")
        click.echo(json.dumps([as_row(finding) for finding in reader.read(text, judge)], ensure_ascii=False, indent=2))
        return DONE
    assert jsonl is not None
    return screen_rows(*jsonl, judge)


@click.command()
@click.argument("text")
@click.option("--rules-only", is_flag=True, help="Without the learned reader.")
@json_option
@pass_app
def explain(app: App, text: str, rules_only: bool, as_json: bool) -> None:
    """Show which rule fires on which words of TEXT (a text, or a file's name), and what stops it.

    Below stands what is found when all is weighed.

    Example: anbudslots screen explain "Kommunen har valt att inte reservera upphandlingen."
    """
    whole = text_of(text)
    judge = None if rules_only else learned.shipped(app.data / "model", note)
    rows = reader.explain(whole, judge)
    found = [as_row(finding) for finding in reader.read(whole, judge)]
    if as_json:
        click.echo(json.dumps({"firings": rows, "findings": found}, ensure_ascii=False, indent=2))
        return
    shown = [{**row, "words": " ".join(str(row["words"]).split())} for row in rows]
    columns = ["clause", "rule", "words", "polarity", "stopped_by"]
    echo_rows(shown, columns, as_json=False, empty="No rule fires on this text.")
    told = ", ".join(f"{row['clause']} ({row['polarity']})" for row in found) or "nothing"
    click.echo(f"Found: {told}")


def text_of(argument: str) -> str:
    """The text of the file of this name; where there is none, the argument itself."""
    try:
        is_file = Path(argument).is_file()
    except (OSError, ValueError):  # longer than a file's name can be
        is_file = False
    return Path(argument).read_text(encoding="utf-8-sig", errors="replace") if is_file else argument


def screen_rows(source: Path, target: Path, judge: reader.Judge | None) -> int:
    """Screen each row of `source` into `target`; a row without id and text is set aside."""
    if not source.is_file():
        raise click.UsageError(f"{source} is not there.")
    lines = source.read_text(encoding="utf-8").splitlines()
    aside: list[SetAside] = []
    waiting: list[tuple[str, str]] = []
    with target.open("w", encoding="utf-8") as out, progress_bar("screening") as progress:

        def write() -> None:
            found = reader.read_all([text for _, text in waiting], judge)
            for (identity, _), own in zip(waiting, found, strict=True):
                row = {"id": identity, "findings": [as_row(finding) for finding in own]}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            waiting.clear()

        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                identity, text = row["id"], row["text"]
                if not isinstance(text, str):
                    raise TypeError("text is no string")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                reason = f'is no object with "id" and "text": {error}'
                aside.append(SetAside(item=f"{source.name} line {number}", reason=reason))
                continue
            waiting.append((identity, text))
            if len(waiting) >= TOGETHER:
                write()
                progress(number, len(lines))
        write()
        progress(len(lines), len(lines))
    echo_set_aside(aside)
    return IN_PART if aside else DONE


def as_row(finding: Finding) -> dict[str, object]:
    """A finding in the form of the contract; further fields where they say something."""
    data = finding.model_dump(mode="json")
    return {name: data[name] for name in FIELDS} | {
        name: data[name] for name in ("force", "section", "lot", "numbers") if data[name]
    }
