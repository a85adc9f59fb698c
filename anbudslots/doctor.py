"""`anbudslots doctor`: each setting and where it came from; checks of database, model, mail server, disk, clock."""

import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from anbudslots.context import DONE, IN_PART, App, echo_rows, pass_app
from config import secret
from config import settings as config_settings
from config.errors import AnbudslotsError
from crawler import imap, postbox
from matcher import bundled_model
from notifier import links, operator, signing
from register import deliveries, notices, pauses
from register.database import FILE_NAME, open_register

LEAST_FREE = 2_000_000_000
"""Bytes: the model takes half a gigabyte, a year of raw notices about one."""


@click.command()
@pass_app
def command(app: App) -> int:
    """Print each setting, where its value came from, and check database, model, mail server, disk and clock."""
    listed = config_settings.listing(app.settings, dict(os.environ), app.data)
    rows = [dict(zip(("setting", "value", "from", "what"), row, strict=True)) for row in listed]
    echo_rows(rows, ["setting", "value", "from", "what"], as_json=False, empty="")
    click.echo("")
    worst = DONE
    for good, name, text in checks(app):
        click.echo(f"{'ok   ' if good else 'WRONG'} {name}: {text}")
        worst = worst if good else IN_PART
    _advise(app)
    return worst


def _advise(app: App) -> None:
    """Print what DNS should hold for the sender's domain; not asked here, since only others' view of it counts."""
    if not app.settings.mail.from_:
        return
    try:
        records = signing.advice(app.settings.mail)
    except AnbudslotsError:
        return  # told above already, as `mail`
    click.echo("\nDNS records (TXT; a long one in pieces) for the sender's domain, so that letters are believed:")
    for what, name, text in records:
        click.echo(f"  {what:5} {name}\n        {text}")


def checks(app: App) -> Iterator[tuple[bool, str, str]]:
    """Yield (good, name, what was seen and what to do)."""
    yield _database(app.data)
    yield _model(app)
    yield _contact(app)
    yield _mail(app)
    yield _letters(app)
    yield _links(app)
    yield _answers(app)
    yield _disk(app.data)
    yield _clock(app)


def _database(data: Path) -> tuple[bool, str, str]:
    if not (data / FILE_NAME).exists():
        return True, "database", f"none yet in {data}; the first command makes it"
    try:
        register = open_register(data)
        count = notices.count(register)
        register.close()
    except AnbudslotsError as error:
        return False, "database", str(error)
    return True, "database", f"{data / FILE_NAME}, {count} notices"


def _model(app: App) -> tuple[bool, str, str]:
    name = app.settings.model.name
    if name != "bundled":
        return True, "model", f"{name} (loaded when it is used)"
    folder = app.data / "model" / bundled_model.FOLDER_NAME
    if (folder / "modules.json").is_file():
        return True, "model", f"bundled, unpacked in {folder}"
    try:
        bundled_model.data_file()
    except AnbudslotsError as error:
        return False, "model", str(error)
    return True, "model", "bundled, unpacked at the first `anbudslots match`"


def _contact(app: App) -> tuple[bool, str, str]:
    if app.settings.crawler.contact:
        return True, "contact", app.settings.crawler.contact
    return False, "contact", "ANBUDSLOTS_CRAWLER__CONTACT is empty: spiders refuse to start without an address"


def _mail(app: App) -> tuple[bool, str, str]:
    mail = app.settings.mail
    where = f"{mail.host}:{mail.port}"
    if not mail.from_:
        return False, "mail", f"{where}; ANBUDSLOTS_MAIL__FROM is empty: set the sender, `Name <address>`"
    try:
        signing.advice(mail)
    except AnbudslotsError as error:
        return False, "mail", str(error)
    try:
        with socket.create_connection((mail.host, mail.port), timeout=5) as connection:
            connection.settimeout(5)
            greeting = connection.recv(200).decode("utf-8", "replace").strip()
    except OSError as error:
        return False, "mail", f"{where} does not answer: {error}. Check ANBUDSLOTS_MAIL__HOST and __PORT"
    return True, "mail", f"{where} answers {greeting!r}"


def _links(app: App) -> tuple[bool, str, str]:
    address = app.settings.serve.public_url
    if not address:
        return (
            True,
            "links",
            "none in letters: ANBUDSLOTS_SERVE__PUBLIC_URL is empty, so that answers go by reply alone",
        )
    try:
        links.base_url(address)
        secret.load(app.data, app.settings.serve.secret)
    except AnbudslotsError as error:
        return False, "links", str(error)
    if not address.startswith("https://"):
        return True, "links", f"to {address}; one-click stop (RFC 8058) needs https"
    return True, "links", f"to {address}, with one-click stop"


def _answers(app: App) -> tuple[bool, str, str]:
    access = imap.Access(app.settings.answers, postbox.SECTION)
    if not access.own.host:
        return True, "answers", "no mailbox: replies and bounces are not read (ANBUDSLOTS_ANSWERS__HOST)"
    try:
        access.check()
        with access.connection(access.context()) as client:
            client.select_folder(access.own.folder, readonly=True)
    except AnbudslotsError as error:
        return False, "answers", str(error)
    except imap.TROUBLES as error:
        return False, "answers", access.told(error)
    return True, "answers", f"{access.own.folder} on {access.own.host} is read"


def _letters(app: App) -> tuple[bool, str, str]:
    """Whether letters wait for a person."""
    if not (app.data / FILE_NAME).exists():
        return True, "letters", "none yet"
    with app.reading() as register:
        paused = pauses.in_force(register)
        uncertain = len(deliveries.in_state(register, "uncertain"))
        waiting = len(deliveries.waiting(register))
    if paused:
        return False, "letters", f"paused: {operator.why(paused[0], 'en')} Then `anbudslots digest resume --by NAME`"
    if uncertain:
        return False, "letters", f"{uncertain} may have gone out, or not: `anbudslots digest status` says what to do"
    return True, "letters", f"{waiting} waiting, none uncertain"


def _disk(data: Path) -> tuple[bool, str, str]:
    folder = data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free"
    return free >= LEAST_FREE, "disk", text if free >= LEAST_FREE else text + "; at least 2 GB are needed"


def _clock(app: App) -> tuple[bool, str, str]:
    real = datetime.now(UTC)
    local = app.now.astimezone(app.zone)
    if real.year < 2026:
        return False, "clock", f"{real.isoformat()}: set the system's clock"
    fixed = " (by --now)" if app.fixed_now else ""
    return True, "clock", f"{local.strftime('%Y-%m-%d %H:%M %Z')}{fixed}"
