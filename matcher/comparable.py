"""Which reserved procurements elsewhere are of the same kind of work as a tender (pure)."""

from collections.abc import Iterable, Sequence

from config import places
from config.places import Municipality
from matcher import together
from register.market import GROUP
from register.models import Lot, Notice
from register.reserved import Reserved


def find(
    notice: Notice, lot: Lot, reserved: Sequence[Reserved], *, own: Municipality | None, most: int
) -> list[Reserved]:
    """Those of other buyers than those of the municipality `own`, of the same trade by title first, then of the same
    CPV group; newest first. Invented ones are for invented tenders only, and the other way round.
    """
    trades = set(together.named(lot.title)) or set(together.named(notice.title))
    group = next(iter(lot.cpv or notice.cpv), "")[:GROUP]

    def alike(one: Reserved) -> int:
        if trades & set(together.named(one.title)):
            return 2
        return int(bool(group) and one.cpv[:GROUP] == group)

    others = [
        one
        for one in reserved
        if one.example == notice.is_example
        and one.number != notice.publication_number
        and (own is None or places.buyer_place(one.buyer) != own)
    ]
    ranked = sorted(((alike(one), one) for one in others), key=lambda pair: -pair[0])
    return _once(one for likeness, one in ranked if likeness)[:most]


def _once(found: Iterable[Reserved]) -> list[Reserved]:
    """The newest of a buyer's with the same title."""
    return list({(one.title.casefold(), one.buyer.casefold()): one for one in reversed(list(found))}.values())[::-1]
