"""The job of `anbudslots match`: screen, encode and rank what is new, and keep the best of each enterprise."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

import numpy as np

from config.settings import MatcherSettings
from matcher import explanation, feedback, in_use, index, profile, screener, signals
from matcher.encoder import Encoder
from matcher.feedback import Lessons
from matcher.index import LotIndex
from matcher.lexical import Analyser
from matcher.profile import Profile
from matcher.ranking import Ranker
from matcher.screening import reader
from matcher.screening.reader import Judge
from register import corrections, enterprises, findings, judgements, matches, notices, placements, placing
from register.database import Register
from register.matches import Scope
from register.models import Enterprise, Match, Notice, Signal

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""

EXPLAINED = 200
"""Best lots of an enterprise that get reasons; the rest get them when they are looked at."""


@dataclass(frozen=True)
class Summary:
    """What a run of `match` did."""

    screened: int
    notices: int
    lots: int
    enterprises: int
    up_to_date: int
    """Enterprises for which nothing had changed."""
    kept: int


def run(
    register: Register,
    encoder: Encoder,
    settings: MatcherSettings,
    *,
    now: datetime,
    include_closed: bool = False,
    only: str | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    judge: Judge | None = None,
) -> Summary:
    """Screen new notices, encode new texts, and rank lots for every enterprise (or `only` one).

    include_closed: also match notices whose time is over, for evaluation and market evidence. Nothing is reckoned
    again where neither lots, enterprise, rules, corrections, model nor combination have changed. judge: the learned
    reader that is heard beside the rules.
    """
    chosen = [enterprises.get(register, only)] if only else enterprises.everyone(register)
    screened = screener.new(
        register,
        now=now,
        closed=include_closed,
        progress=lambda done, total: progress("screening", done, total),
        judge=judge,
    )
    placements.renew(register)
    found = findings.everything(register)
    ranker = in_use.ranker(register)
    current = list(notices.current(register, closed=None if include_closed else False))
    open_now = [notice for notice in current if notice.is_open(now)]
    scopes: list[tuple[Scope, list[Notice]]] = [("open", open_now)]
    if include_closed:
        open_numbers = {notice.publication_number for notice in open_now}
        scopes.append(("closed", [n for n in current if n.publication_number not in open_numbers]))
    readers = f"{reader.version(judge)}, corrections {corrections.state(register)}"
    up_to_date = kept = lots = 0
    for scope, whole in scopes:
        # Lots close one by one: in an open notice only those that still take bids are matched.
        members = [trimmed for n in whole if (trimmed := _trim(n, now) if scope == "open" else n)]
        lots += sum(len(notice.lots) for notice in members)
        fingerprint = _fingerprint(members, encoder, ranker, settings, readers)
        own_state = {e.id: _own(f"{fingerprint}, judgements {judgements.state(register, e.id)}", e) for e in chosen}
        stale = [e for e in chosen if matches.state(register, e.id, scope) != own_state[e.id]]
        up_to_date += len(chosen) - len(stale)
        if not stale:
            continue
        built = index.build(
            members,
            found,
            encoder,
            register=register,
            progress=lambda done, total: progress("encoding", done, total),
        )
        for number, enterprise in enumerate(stale, start=1):
            (own,) = profiles(register, [enterprise], encoder, built.analyser)
            ranked = rank(own, built, ranker, keep=settings.keep)
            matches.replace(register, enterprise.id, ranked, scope=scope, fingerprint=own_state[enterprise.id], at=now)
            kept += len(ranked)
            progress("ranking", number, len(stale))
    return Summary(screened, len(current), lots, len(chosen), up_to_date, kept)


def rank(own: Profile, built: LotIndex, ranker: Ranker, *, keep: int) -> list[Match]:
    """The best `keep` lots for an enterprise, best first; ties by number and lot. Examples never meet real ones."""
    allowed = _allowed(own.enterprise, built)
    values = signals.matrix(own, built)
    scores = ranker.scores(values)
    order = sorted(
        np.flatnonzero(allowed),
        key=lambda at: (-scores[at], built.notices[at].publication_number, built.lots[at].id),
    )[:keep]
    work = ranker.work(values[order[:EXPLAINED]])
    return [
        to_match(own, built, int(at), values[at], float(scores[at]), ranker, work=sure)
        for at, sure in zip_longest(order, work)
    ]


def between(register: Register, encoder: Encoder, enterprise: Enterprise, notice: Notice) -> list[Match]:
    """Matches of one enterprise with each lot of one notice, reckoned now, best first.

    Rarity of words is taken from this notice alone, so that scores may differ a little from those of a full run.
    """
    built = index.build(
        [notice], {notice.publication_number: findings.of(register, notice.publication_number)}, encoder
    )
    own = profile.build(enterprise, encoder, built.analyser, lessons=taught(register, enterprise.id))
    ranker = in_use.ranker(register)
    values = signals.matrix(own, built)
    scores = ranker.scores(values)
    work = ranker.work(values)
    found = [to_match(own, built, at, values[at], float(scores[at]), ranker, work=work[at]) for at in range(len(built))]
    return sorted(found, key=lambda match: (-match.score, match.lot))


def profiles(register: Register, members: Iterable[Enterprise], encoder: Encoder, analyser: Analyser) -> list[Profile]:
    """What scoring needs of some enterprises, in their order, with what their judgements teach."""
    return [
        profile.build(one, encoder, analyser, register=register, lessons=taught(register, one.id)) for one in members
    ]


def taught(register: Register, enterprise: str) -> Lessons:
    """What an enterprise's judgements teach of it."""
    said = judgements.of(register, enterprise)
    lots = {
        (number, lot.id): (notice, lot)
        for number in feedback.needed(said)
        for notice in [notices.get(register, number)]
        for lot in notice.lots
    }
    return feedback.lessons(said, lots)


def to_match(
    own: Profile,
    built: LotIndex,
    at: int,
    values: np.ndarray,
    score: float,
    ranker: Ranker,
    *,
    work: float | None,
) -> Match:
    """The Match of one lot of the index with its signals and its reasons. work: how surely the kind of work fits, which
    the reasons take; None for none.
    """
    return Match(
        enterprise=own.enterprise.id,
        notice=built.notices[at].publication_number,
        lot=built.lots[at].id,
        score=round(score, 6),
        probability=round(float(ranker.probabilities([score])[0]), 4),
        signals=tuple(
            Signal(name=name, value=round(float(value), 4)) for name, value in zip(signals.SIGNALS, values, strict=True)
        ),
        reasons=() if work is None else explanation.reasons(own, built, at, work=work),
        ranker=ranker.version,
    )


def allowed_notices(enterprise: Enterprise, whole: Sequence[Notice], now: datetime, *, closed: bool) -> list[Notice]:
    """The notices that an enterprise may see, with the lots that still take bids, or also those whose time is over."""
    shown = whole if closed else [trimmed for notice in whole if (trimmed := _trim(notice, now))]
    examples = [notice for notice in shown if notice.is_example]
    real = [notice for notice in shown if not notice.is_example]
    return examples if enterprise.is_example or not real else real


def _allowed(enterprise: Enterprise, built: LotIndex) -> np.ndarray:
    """Which lots may be shown: invented ones to invented enterprises, or where nothing real is there at all."""
    example = np.asarray([notice.is_example for notice in built.notices], dtype=bool)
    if enterprise.is_example or example.all():
        return example
    return ~example


def _trim(notice: Notice, now: datetime) -> Notice | None:
    open_lots = tuple(lot for lot in notice.lots if notice.lot_is_open(lot, now))
    if not open_lots:
        return None
    return notice if len(open_lots) == len(notice.lots) else notice.model_copy(update={"lots": open_lots})


def _fingerprint(
    members: Sequence[Notice], encoder: Encoder, ranker: Ranker, settings: MatcherSettings, readers: str
) -> str:
    content = [
        readers,
        placing.version(),
        encoder.name,
        ranker.version,
        settings.keep,
        *([n.publication_number, n.fingerprint(), len(n.lots)] for n in members),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _own(fingerprint: str, enterprise: Enterprise) -> str:
    return hashlib.sha256((fingerprint + enterprise.fingerprint()).encode()).hexdigest()
