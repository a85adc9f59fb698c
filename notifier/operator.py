"""What the operator is told when the sending pauses: in words, and as a letter of the outbox's own."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from config.settings import Settings
from notifier import facts, message, signing
from notifier.wording import Wording
from register import deliveries
from register.database import Register
from register.models import Delivery
from register.pauses import Pause

FOLDER = Path(__file__).parent / "locales" / "operator"


def why(pause: Pause, language: str) -> str:
    """One sentence on what stopped the sending."""
    words = _words(language)
    values = dict(pause.facts)
    if "state" in values:
        values["state"] = words.word(f"state.{values['state']}")
    return words.word(f"why.{pause.kind}", **values)


def tell(register: Register, pause: Pause, *, settings: Settings, now: datetime) -> bool:
    """Put a letter on a pause into the outbox; False where mail.operator names nobody, or it is there already.

    Raises SettingsError for a wrong sender, InputError for a wrong operator's address.
    """
    if not settings.mail.operator:
        return False
    to = message.mailbox(settings.mail.operator, "ANBUDSLOTS_MAIL__OPERATOR")
    sender = message.sender_of(settings.mail)
    period = f"pause-{pause.id}"
    key = message.message_id("operator", period, to.addr_spec, str(sender))
    words = _words("sv")
    local = pause.at.astimezone(ZoneInfo(settings.digest.timezone))
    lines = [
        words.word("intro"),
        why(pause, "sv"),
        words.word("since", at=f"{local:%Y-%m-%d %H:%M}"),
        *(_later(pause, settings, words)),
        words.word("next"),
        words.word("look"),
    ]
    subject = facts.one_line(words.word("subject", what=words.word(f"what.{pause.kind}")), 200)
    made = message.plain(
        subject, "\n\n".join(lines) + "\n", sender=sender, to=to, language="sv", message_id=key, at=now
    )
    delivery = Delivery(
        message_id=key,
        kind="operator",
        enterprise="",
        recipient=to.addr_spec,
        period=period,
        state="due",
        subject=subject,
        created=now,
        changed=now,
    )
    mime = signing.sign(made.as_bytes(), settings.mail)
    return deliveries.queue(register, delivery, mime=mime, html="", told=())


def _later(pause: Pause, settings: Settings, words: Wording) -> list[str]:
    hours = settings.digest.partial_crawl_hours
    return [words.word("later", hours=f"{hours:g}")] if pause.kind == "crawl" and hours else []


@lru_cache(maxsize=4)
def _words(language: str) -> Wording:
    path = FOLDER / f"{language}.yaml"
    return Wording(f"operator/{language}", yaml.safe_load(path.read_text(encoding="utf-8")))
