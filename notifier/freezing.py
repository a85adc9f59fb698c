"""A letter frozen: its bytes made, signed and put into the outbox, so that each attempt sends the very same."""

from collections.abc import Sequence

from config.settings import Settings
from notifier import links, message, signing
from notifier.cards import Link
from notifier.rendering import Letter
from register import consents, deliveries
from register.database import Register
from register.models import Delivery


def freeze(
    register: Register,
    delivery: Delivery,
    letter: Letter,
    *,
    language: str,
    link: Link | None,
    settings: Settings,
    told: Sequence[tuple[str, str, str]] = (),
) -> bool:
    """Queue a letter whose delivery says to whom and under which id it goes; False where it is there already.

    link: makes the letter's signed links; None where it has none. told: as `deliveries.queue` keeps it.
    Raises InputError where an address can't be used, SettingsError where the settings of mail can't.
    """
    reader = consents.address_hash(delivery.recipient)
    mime = message.build(
        letter,
        kind=delivery.kind,
        language=language,
        sender=str(message.sender_of(settings.mail)),
        reply_to=settings.mail.reply_to,
        recipient=delivery.recipient,
        message_id=delivery.message_id,
        at=delivery.created,
        stop_url=links.stop_url(settings, delivery.message_id, link, reader, delivery.enterprise),
    )
    return deliveries.queue(register, delivery, mime=signing.sign(mime, settings.mail), html=letter.html, told=told)
