"""Takes the names of registered enterprises out of texts that others read: buyers name them in titles at times."""

import re
from collections.abc import Callable, Iterable

from config import places
from register import enterprises
from register.database import Register

SHORTEST = 4
"""Letters of a name that is taken out; shorter ones are words too."""


def names(register: Register) -> Callable[[str], str]:
    """A function that puts […] in place of every registered enterprise's name in a text."""
    return without(one.name for one in enterprises.everyone(register))


def without(named: Iterable[str]) -> Callable[[str], str]:
    """A function that puts […] in place of names in a text, whatever their spaces and case (pure). A municipality's
    name stays, whoever else bears it.
    """
    known = sorted(
        {name for name in named if len(name) >= SHORTEST and not places.by_name(name)}, key=len, reverse=True
    )
    if not known:
        return lambda text: text
    pattern = re.compile("|".join(r"\s+".join(map(re.escape, name.split())) for name in known), re.IGNORECASE)
    return lambda text: pattern.sub("[…]", text)
