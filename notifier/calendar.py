"""Last days as a calendar file (iCalendar, RFC 5545), attached to letters."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar
from icalendar import Event as Entry

from notifier.composed import Event

PRODUCT = "-//Anbudslots//letters//SV"


def file(events: Sequence[Event], *, at: datetime) -> bytes:
    """A file with one entry a last day, the same for the same events. at: when the letter was made.

    An entry's UID is that of the lot, so that the calendar takes a moved day for the same entry, not a second one.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in events:
        entry = Entry()
        entry.add("uid", f"{hashlib.sha256(event.uid.encode()).hexdigest()[:32]}@anbudslots")
        entry.add("dtstamp", at)
        entry.add("sequence", int(at.timestamp()) // 60)
        entry.add("summary", event.summary)
        entry.add("description", event.description)
        if event.at:
            entry.add("dtstart", event.at.astimezone(UTC))
            entry.add("duration", timedelta(0))
        else:
            entry.add("dtstart", event.day)
        if event.address:
            entry.add("url", event.address)
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    return bytes(calendar.to_ical())
