"""How well tenders of the register suit a reserved contract: what all of them share is made ready once.

`reservation.assess` reckons one lot; here are read what it needs: enterprises, ranker, market.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from matcher import in_use, index, matching, reservation, signals, together
from matcher.encoder import Encoder
from matcher.index import LotIndex
from matcher.lexical import Analyser
from matcher.profile import Profile
from matcher.ranking import Ranker
from matcher.reservation import Suitability
from register import enterprises, judgements, market, purchases, rankers
from register.database import Register
from register.market import History
from register.models import Finding, Notice
from register.placing import LotPlace
from register.purchases import Purchase

KEPT = 5_000
"""Assessments that are kept at most."""


@dataclass
class Assessor:
    """Assesses tenders with the enterprises and the market of one state of the register. Threads may share it."""

    encoder: Encoder
    profiles: list[Profile]
    ranker: Ranker
    bought: list[Purchase]
    _histories: dict[str, History] = field(default_factory=dict)
    _kept: dict[str, tuple[Suitability, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, register: Register, encoder: Encoder, *, examples: bool) -> "Assessor":
        """With the real enterprises, or the invented ones: they never meet."""
        members = [one for one in enterprises.everyone(register) if one.is_example == examples]
        return cls(
            encoder,
            matching.profiles(register, members, encoder, Analyser()),
            in_use.ranker(register),
            purchases.everything(register),
        )

    def assess(self, register: Register, notice: Notice, found: Sequence[Finding]) -> tuple[Suitability, ...]:
        """Each lot of a notice with its findings, in the notice's order. The same again is not reckoned again."""
        key = notice.fingerprint() + "".join(one.fingerprint()[:16] for one in found)
        with self._lock:
            if key not in self._kept:
                if len(self._kept) >= KEPT:
                    self._kept.clear()
                self._kept[key] = self._anew(register, notice, found)
            return self._kept[key]

    def _anew(self, register: Register, notice: Notice, found: Sequence[Finding]) -> tuple[Suitability, ...]:
        built = index.build([notice], {notice.publication_number: found}, self.encoder, register=register)
        work = {own.enterprise.id: self._work(own, built) for own in self.profiles}
        return tuple(
            reservation.assess(built, at, self.profiles, work, self._history(notice, at)) for at in range(len(built))
        )

    def _work(self, own: Profile, built: LotIndex) -> list[float]:
        """How surely the work fits each lot; 0 for who reaches none of them, who can't be able anyway."""
        if not any(_reaches(own, place) for place in built.places):
            return [0.0] * len(built)
        return [float(value) for value in self.ranker.work(signals.matrix(own, built))]

    def _history(self, notice: Notice, at: int) -> History | None:
        """The market of a lot's CPV group, of all buyers; None where it has no code or nothing is imported."""
        code = next(iter(notice.lots[at].cpv or notice.cpv), "")
        group = market.prefix(code)[: market.GROUP]
        if not self.bought or not group:
            return None
        if group not in self._histories:
            self._histories[group] = market.summarise(self.bought, group)
        return self._histories[group]


def _reaches(own: Profile, place: LotPlace) -> bool:
    parts = [LotPlace(municipalities=(name,)) for name in place.municipalities]
    return any(signals.place_value(own, one) >= together.PLACE_LINE for one in (place, *parts))


def state(register: Register) -> str:
    """Changes with everything that an Assessor is made of, but for the encoder."""
    members = [f"{one.fingerprint()} {judgements.state(register, one.id)}" for one in enterprises.everyone(register)]
    ranker = rankers.in_use(register)
    return "\n".join([*members, ranker.version if ranker else rankers.SHIPPED, *map(str, purchases.state(register))])
