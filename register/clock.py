"""How instants are written in the register: ISO 8601 in UTC, so that text order is time order."""

from datetime import UTC, datetime


def stamp(at: datetime) -> str:
    """Write an aware datetime as UTC text; raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_stamp(text: str) -> datetime:
    """The aware datetime that `stamp` wrote."""
    return datetime.fromisoformat(text)
