"""Last days of tenders as entries of a calendar (pure)."""

from collections.abc import Iterator

from notifier import facts, items
from notifier.composed import Event
from portal.texts import STOCKHOLM, Texts
from register.models import Lot, Notice


def events(notice: Notice, lot: Lot, t: Texts) -> Iterator[Event]:
    """The last day of a lot, and the last day for questions; none for what is open until further notice."""
    title = facts.plain_title(notice, lot)
    example = f"{t('example')}: " if notice.is_example else ""
    about = t("notice_event_text", buyer=notice.buyer.name, number=notice.publication_number)
    key = f"{notice.publication_number}-{lot.id}"
    address = items.link(notice, t.language)
    if lot.deadline is not None and not lot.open_ended:
        day, clock = facts.last_day(lot.deadline, STOCKHOLM)
        yield Event(
            uid=key,
            summary=example + t("notice_event_last", title=title),
            description=about,
            day=day,
            at=lot.deadline if clock else None,
            address=address,
        )
    if lot.question_deadline is not None:
        yield Event(
            uid=f"{key}-questions",
            summary=example + t("notice_event_questions", title=title),
            description=about,
            day=lot.question_deadline,
            address=address,
        )
