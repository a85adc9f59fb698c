"""Part of `anbudslots match`: tenders too large for an enterprise alone of which it could do a part, for its letter."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from matcher import in_use, index, matching, together
from matcher.encoder import Encoder
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.together import Work
from register import chances, enterprises, findings, notices
from register.chances import Chance
from register.database import Register
from register.models import Enterprise, Notice


def renew(register: Register, encoder: Encoder, *, now: datetime) -> int:
    """Reckon all chances anew, for the enterprises that want to bid with others or work under a winner.

    Scores are no guide here, since they fall with the size: asked are all tenders whose work somebody willing does.
    Returns how many there are. Each notice's chances are replaced in a transaction of their own.
    """
    willing = [one for one in enterprises.everyone(register) if _wants(one)]
    tenders = [one for one in notices.current(register, closed=False) if one.is_open(now)] if willing else []
    made = _of_all(register, encoder, tenders, {one.id for one in willing}, now) if tenders else {}
    for number in chances.noticed(register) | set(made):
        chances.replace(register, number, made.get(number, []))
    return sum(map(len, made.values()))


def _of_all(
    register: Register, encoder: Encoder, tenders: Sequence[Notice], willing: Set[str], now: datetime
) -> dict[str, list[Chance]]:
    """The chances in each tender that holds any, by number."""
    found = {tender.publication_number: findings.of(register, tender.publication_number) for tender in tenders}
    built = index.build(tenders, found, encoder, register=register)
    profiles = matching.profiles(register, enterprises.everyone(register), encoder, built.analyser)
    work = together.sureness(profiles, built, in_use.ranker(register))
    made = {}
    start = 0
    for tender in tenders:
        # The index holds the lots of all tenders in their order.
        positions = range(start, start + len(tender.lots))
        start = positions.stop
        if not any(work[one][at] >= together.WORK_LINE for one in willing for at in positions):
            continue
        own = [one for one in profiles if one.enterprise.is_example == tender.is_example]
        if there := list(of_tender(tender, built, positions, own, work, now)):
            made[tender.publication_number] = there
    return made


def of_tender(
    tender: Notice, built: LotIndex, positions: Sequence[int], profiles: Sequence[Profile], work: Work, now: datetime
) -> Iterator[Chance]:
    """The chances in one tender, whose lots stand in the index at `positions`: none in a lot that the enterprise can
    take alone.
    """
    takes_bids = [at for at in positions if tender.lot_is_open(built.lots[at], now)]
    able = {at: {own.enterprise.id for own in together.alone(built, [at], profiles, work)} for at in takes_bids}
    number = tender.publication_number
    known: set[tuple[str, str]] = set()
    for bid in together.joint(built, takes_bids, profiles, work):
        for part in bid.parts:
            for lot in dict.fromkeys(task.lot for task in (*part.tasks, *part.shared)):
                alone = any(part.enterprise in able[at] for at in takes_bids if built.lots[at].id == lot)
                if not alone and (part.enterprise, lot) not in known:
                    known.add((part.enterprise, lot))
                    yield Chance(enterprise=part.enterprise, notice=number, lot=lot, way="together")
    for share in together.subcontracts(built, takes_bids, profiles, work):
        quote = " ".join(share.quote.split())
        yield Chance(enterprise=share.enterprise, notice=number, lot=share.lot, way="subcontract", quote=quote)


def _wants(enterprise: Enterprise) -> bool:
    return enterprise.cooperation.joint_bids or enterprise.cooperation.subcontract
