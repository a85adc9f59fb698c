"""Where a notice can be read at its source: an address that is safe to lead to, or "" (pure)."""

import re

from notifier import facts, items
from register.models import EXAMPLE_NUMBER


def address(origin: str, number: str, link: str, *, language: str = "sv") -> str:
    """TED's own page by its number, built here; else the portal's page if it is a plain https address.

    Invented notices are nowhere to be read.
    """
    if EXAMPLE_NUMBER.match(number):
        return ""
    if origin == "ted" and re.fullmatch(r"\d{1,8}-\d{4}", number):
        return items.TED_NOTICE.format(language=language, number=number)
    return facts.safe_link(link)
