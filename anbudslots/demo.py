"""`anbudslots demo`: the whole way once on invented examples, with real parts on loopback: nothing leaves this machine.

Every step is the ordinary command, run as its user would run it.
"""

import email
import email.policy
import os
import re
import socket
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import click
from aiosmtpd.controller import Controller

from anbudslots.context import DONE, App, echo_rows, note, pass_app
from config.errors import UnavailableError
from crawler.standin import StandIn
from matcher import bundled_model
from register import deliveries, enterprises, matches, notices
from register.database import Register, open_register

NOW = "2026-11-24T07:30:00+01:00"
"""The day the examples were written for; their deadlines lie after it."""
SINCE, UNTIL = "2026-11-16", "2026-11-24"


class Mailbox:
    """Takes every mail in on loopback and leaves it as .eml and .html."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[Path] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802
        """Called by aiosmtpd with a whole mail."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        name = re.sub(r"[^\w.@-]", "_", str(message["To"] or "unknown"))[:80]
        path = self.folder / f"{name}.eml"
        path.write_bytes(envelope.content)
        html = message.get_body(("html",))
        if html is not None:
            path.with_suffix(".html").write_text(html.get_content(), encoding="utf-8")
        self.taken.append(path)
        return "250 2.0.0 taken by the demonstration's mailbox"


@click.command()
@pass_app
def command(app: App) -> int:
    """Collect, screen, match and mail this week's letters on invented examples; may be run again."""
    folder = app.data / "demo"
    mails = folder / "mails"
    mails.mkdir(parents=True, exist_ok=True)
    examples = resources.files("config.examples")
    note("EXEMPEL: every notice and enterprise here is invented (numbers beginning with 99).")
    bundled_model.ensure(app.data / "model", note)
    link = folder / "model"
    if not link.exists():
        link.symlink_to((app.data / "model").resolve(), target_is_directory=True)
    documents = [
        item.read_bytes()
        for item in sorted(examples.joinpath("notices").iterdir(), key=lambda item: item.name)
        if item.name.endswith(".xml")
    ]
    mailbox = Mailbox(mails)
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with StandIn(documents) as ted, resources.as_file(examples.joinpath("enterprises.jsonl")) as file:
            environment = environment_of(ted, port)
            steps = [
                ("Enterprises in", ["enterprises", "import", str(file), "--confirmed"]),
                ("Notices in, by the TED spider from a stand-in on this machine",
                 ["crawl", "ted", "--since", SINCE, "--until", UNTIL]),
                ("Screened, encoded, ranked", ["match"]),
                ("Letters composed and sent to a mail server on this machine", ["digest", "send"]),
            ]  # fmt: skip
            for number, (title, arguments) in enumerate(steps, start=1):
                note(f"\n[{number}/{len(steps)}] {title}: anbudslots {' '.join(arguments[:2])}")
                run(folder, environment, arguments)
    finally:
        controller.stop()
    register = open_register(folder)
    try:
        tell(register)
    finally:
        register.close()
    here = sorted(mails.glob("*.html"))
    click.echo(f"\n{len(mailbox.taken)} mails came in this time; {len(here)} lie in {mails}:")
    for path in here:
        click.echo(f"  {path}  (and .eml)")
    click.echo(
        "\nNext: open one of the .html files in a browser; see the pages (the command prints a sign-in link) with\n"
        f"  anbudslots --data {folder} --now {NOW} serve\n"
        "or look closer with\n"
        f"  anbudslots --data {folder} --now {NOW} matches list --enterprise 99-01\n"
        "Then the real thing: README.md, section 'On real notices'."
    )
    return DONE


def free_port() -> int:
    """A port of loopback that is free now (the mail server's library can't choose one itself)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(ted: StandIn, mail_port: int) -> dict[str, str]:
    """The steps' environment: only the demonstration's own settings, none of the operator's."""
    own = {key: value for key, value in os.environ.items() if not key.upper().startswith("ANBUDSLOTS_")}
    return own | ted.environment | {
        "ANBUDSLOTS_CRAWLER__CONTACT": "https://example.org/anbudslots-demo",
        "ANBUDSLOTS_CRAWLER__DELAY_SECONDS": "0",
        "ANBUDSLOTS_MAIL__HOST": "127.0.0.1",
        "ANBUDSLOTS_MAIL__PORT": str(mail_port),
        "ANBUDSLOTS_MAIL__FROM": "Anbudslots exempel <anbudslots@exempel.example>",
    }  # fmt: skip


def run(folder: Path, environment: dict[str, str], arguments: list[str]) -> None:
    """Run one command of ours in the demonstration's folder. Raises UnavailableError where it fails."""
    done = subprocess.run(  # noqa: S603  (our own program, our own arguments)
        [sys.executable, "-m", "anbudslots", "--data", str(folder), "--now", NOW, *arguments],
        env=environment,
        check=False,
    )
    if done.returncode != DONE:
        raise UnavailableError(f"`anbudslots {' '.join(arguments[:2])}` ended with status {done.returncode}.")


def tell(register: Register) -> None:
    """Print who got what and why."""
    rows = []
    for enterprise in enterprises.everyone(register):
        letters = [d for d in deliveries.listing(register) if d.enterprise == enterprise.id]
        for letter in letters:
            for number, lot_id in letter.lots:
                notice = notices.get(register, number)
                lot = next((lot for lot in notice.lots if lot.id == lot_id), notice.lots[0])
                found = [m for m in matches.between(register, enterprise.id, number) if m.lot == lot_id]
                reasons = [reason.text for match in found for reason in match.reasons if reason.kind == "fits"]
                rows.append(
                    {
                        "enterprise": enterprise.name,
                        "score": f"{found[0].score:.2f}" if found else "",
                        "got": notice.title if lot.title == notice.title else f"{notice.title}: {lot.title}",
                        "why": " ".join(reasons[:2]),
                    }
                )
        if not any(letter.lots for letter in letters):
            rows.append({"enterprise": enterprise.name, "score": "", "got": "inget brev den här veckan", "why": ""})
    click.echo("")
    title = "Who got what, and why (EXEMPEL, påhittade upphandlingar)"
    echo_rows(rows, ["enterprise", "score", "got", "why"], as_json=False, empty="No letters.", title=title)
