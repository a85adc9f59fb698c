"""Double opt-in: an address is asked once whether it wants letters, by a mail that goes through the outbox like all.

Nothing else is sent to it before its own yes, by the link or by answering "ja".
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from config.settings import Settings
from notifier import facts, links, message
from notifier.cards import Link
from notifier.composed import Composed, Line, Passage, Section
from notifier.freezing import freeze
from notifier.outbox import shown
from notifier.rendering import lay_out
from notifier.wording import Wording
from register import consents, enterprises
from register.database import Register
from register.models import Delivery, Enterprise

FOLDER = Path(__file__).parent / "locales" / "confirming"
LONGEST_NAME = 60


def ask(register: Register, enterprise_id: str, email: str, *, how: str, settings: Settings, now: datetime) -> bool:
    """Put the question to an address into the outbox; False where it must not be asked (see `consents.request`).

    how: who gave the address, for the record. Raises NotFoundError, InputError for an address that can't be used,
    SettingsError for a wrong sender.
    """
    enterprise = enterprises.get(register, enterprise_id)
    sender = message.sender_of(settings.mail)
    to = message.mailbox(email, "address")
    local = now.astimezone(ZoneInfo(settings.digest.timezone)).date()
    with register.atomic():
        if not consents.request(register, enterprise_id, to.addr_spec, how=how, at=now):
            return False
        key = message.message_id(
            enterprise_id,
            f"confirmation {local}",
            to.addr_spec,
            str(sender),
            key=links.message_key(register, settings),
        )
        hashed = consents.address_hash(to.addr_spec)
        link = links.of_letters(register, settings, now)
        letter = lay_out(compose(enterprise, hashed, link, sender=shown(str(sender)), today=local), at=now)
        delivery = Delivery(
            message_id=key,
            kind="confirmation",
            enterprise=enterprise_id,
            recipient=to.addr_spec,
            period=local.isoformat(),
            state="due",
            subject=letter.subject,
            created=now,
            changed=now,
        )
        return freeze(register, delivery, letter, language=enterprise.contact.language, link=link, settings=settings)


def compose(enterprise: Enterprise, hashed: str, link: Link | None, *, sender: str, today: date) -> Composed:
    """The question in words. hashed: of the address; link: None where the answer goes by reply alone."""
    words = _words(enterprise.contact.language)
    name = facts.one_line(enterprise.name, LONGEST_NAME)
    if link is not None:
        address = link("confirm", enterprise.id, address=hashed)
        choices = [
            Line(text=words.word("choice.link"), link=words.word("choice.link_words"), address=address),
            Line(text=words.word("choice.or_reply")),
        ]
    else:
        choices = [Line(text=words.word("choice.reply"))]
    choices += [Line(text=words.word(f"choice.{key}")) for key in ("refuse", "never")]
    last = words.day(today + consents.OPT_IN - timedelta(days=1), today)
    return Composed(
        language=words.language,
        subject=facts.one_line(words.word("subject", name=name), 200),
        preheader=words.word("preheader"),
        heading=words.word("heading"),
        marks=(words.word("example"),) if enterprise.is_example else (),
        lead=tuple(Line(text=words.word(f"lead.{key}", name=name)) for key in ("why", "what", "nothing")),
        sections=(
            Section(
                heading=words.word("section"),
                passages=(
                    Passage(kind="bullets", lines=tuple(choices)),
                    Passage(kind="text", lines=(Line(text=words.word("choice.until", day=last)),)),
                ),
            ),
        ),
        footer=Section(
            heading=words.word("footer.heading"),
            passages=(
                Passage(
                    kind="text",
                    lines=tuple(
                        Line(text=words.word(f"footer.{key}", sender=sender)) for key in ("who", "keep", "end")
                    ),
                ),
            ),
        ),
    )


@lru_cache(maxsize=4)
def _words(language: str) -> Wording:
    path = FOLDER / f"{language}.yaml"
    return Wording(language, yaml.safe_load(path.read_text(encoding="utf-8")))
