"""Who a mail was first sent by, when somebody forwarded it: the header that mail programs print over it (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.mails import portals
from crawler.mails.html import Line
from crawler.mails.portals import Forwarded, Portal

ADDRESS = re.compile(r"[\w.+-]{1,80}@[\w.-]{1,200}")
WROTE = re.compile(r"\b(?:skrev|wrote)\b", re.IGNORECASE)
LONGEST_HEADER = 12
"""Lines; longer ones name hundreds of recipients."""


@dataclass(frozen=True)
class Original:
    """A portal's mail within another: lines from `start` on are its own."""

    portal: Portal
    start: int


def find(lines: Sequence[Line], words: Forwarded) -> Original | None:
    """The last header of a portal's mail in a text, None where there is none."""
    found = None
    index = 0
    while index < len(lines):
        end, sender = _header(lines, index, words)
        if end > index:
            portal = _portal(sender)
            if portal is not None:
                found = Original(portal, end)
            index = end
            continue
        if WROTE.search(lines[index].text) and ADDRESS.search(lines[index].text):
            # "Den tors 26 nov. 2026 kl 08:00 skrev e-Avrop <...>:"
            portal = portals.of_sender("", ADDRESS.findall(lines[index].text)[-1])
            if portal is not None:
                found = Original(portal, index + 1)
        index += 1
    return found


def _header(lines: Sequence[Line], start: int, words: Forwarded) -> tuple[int, str]:
    """(the line after a printed header that begins at `start`, its sender); (start, "") where there is none."""
    pattern, kinds = _pattern(words)
    seen: dict[str, str] = {}
    index = start
    while index < min(start + 2 * LONGEST_HEADER, len(lines)):
        text = lines[index].text
        match = pattern.match(text)
        if match:
            kind, value = kinds[match["label"].casefold()], match["value"]
            if not value and index + 1 < len(lines):
                # The value stands in the next cell.
                index += 1
                value = lines[index].text
            seen.setdefault(kind, value)
        elif text or index == start:
            break
        index += 1
    if "from" not in seen or len(seen) < 2:
        return start, ""
    return index, seen["from"]


@lru_cache(maxsize=4)
def _pattern(words: Forwarded) -> tuple[re.Pattern[str], dict[str, str]]:
    kinds = {
        **{word.casefold(): word.casefold() for word in words.others},
        **{word.casefold(): "subject" for word in words.subject},
        **{word.casefold(): "from" for word in words.from_},
    }
    labels = "|".join(re.escape(label) for label in sorted(kinds, key=len, reverse=True))
    return re.compile(rf"^\*?(?P<label>{labels})\s*:\*?\s*(?P<value>.*)$", re.IGNORECASE), kinds


def _portal(sender: str) -> Portal | None:
    address = ADDRESS.search(sender)
    name = re.split(r"[<\[(]", sender, maxsplit=1)[0].strip(" \"'*")
    return portals.of_sender(name, address[0] if address else "")
