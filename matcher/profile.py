"""Everything that scoring needs of one enterprise, encoded once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from config import places, refusals, trades
from matcher import texts
from matcher.encoder import Encoder, Vectors, encode_once
from matcher.feedback import Lessons
from matcher.index import trade_ids, trade_matrix
from matcher.lexical import Analyser
from matcher.texts import ProfileLine
from register.database import Register
from register.models import Enterprise

NOTHING_LEARNED = Lessons()
KIND_WEIGHT = {"capability": 1.0, "could_start": 0.7, "about": 0.6}
"""How much a line of each kind says of what the enterprise would take on; "never" lines count apart."""


@dataclass(frozen=True)
class Profile:
    """An enterprise as lines with vectors, terms and trades."""

    enterprise: Enterprise
    lines: tuple[ProfileLine, ...]
    vectors: Vectors
    """Shape (lines, dimensions)."""
    terms: tuple[tuple[str, ...], ...]
    weights: npt.NDArray[np.float32]
    """Shape (lines,): KIND_WEIGHT, 0 for "never" lines."""
    trades: npt.NDArray[np.float32]
    """Shape (trades,): how much each trade is the enterprise's own, 0..1."""
    never_trades: npt.NDArray[np.float32]
    """Shape (trades,): trades that only its "never" lines name."""
    refuses: npt.NDArray[np.float32]
    """Shape (refusals,): 1 for what a "never" line names of config/refusals.yaml."""
    cpv: tuple[tuple[str, float], ...]
    """(code, weight): its own codes, and the codes of its trades at a lower weight."""
    reach: tuple[str, ...]
    """Names of the municipalities that it reaches, home among them unless it names others only."""
    lessons: Lessons
    """What its own answers taught."""
    refused: Vectors
    """Of the headlines of lots whose work was wrong, shape (lots, dimensions)."""
    wanted: Vectors
    """Of the headlines of lots that it wanted, likewise."""


def build(
    enterprise: Enterprise,
    encoder: Encoder,
    analyser: Analyser,
    *,
    register: Register | None = None,
    lessons: Lessons = NOTHING_LEARNED,
) -> Profile:
    """Read an enterprise's profile. lessons: from its answers (matcher/feedback.py)."""
    lines = texts.profile_lines(enterprise)
    matrix = trade_matrix([line.text for line in lines])
    weights = np.asarray([KIND_WEIGHT.get(line.kind, 0.0) for line in lines], dtype=np.float32)
    # A line that names several trades says less of each: "städa ur bilar" is care of cars more than cleaning.
    named = np.maximum((matrix > 0).sum(axis=1, keepdims=True), 1)
    own = (
        (matrix * weights[:, None] / np.sqrt(named)).max(axis=0)
        if lines
        else np.zeros(len(trade_ids()), dtype=np.float32)
    )
    # A trade that no social enterprise works in is what a tender is about, never what an enterprise sells.
    social = np.asarray([trade.own for trade in trades.trades().values()], dtype=np.float32)
    own = own * social
    never = np.asarray([line.kind == "never" for line in lines], dtype=bool)
    refused = matrix[never].max(axis=0) if never.any() else np.zeros_like(own)
    return Profile(
        enterprise=enterprise,
        lines=tuple(lines),
        vectors=encode_once(encoder, [line.text for line in lines], "query", register=register),
        terms=tuple(tuple(analyser.terms(line.text)) for line in lines),
        weights=weights,
        trades=own,
        never_trades=np.where(own > 0, 0, refused * social).astype(np.float32),
        refuses=_refuses(lines),
        cpv=_codes(enterprise, own),
        reach=_reach(enterprise),
        lessons=lessons,
        refused=encode_once(encoder, lessons.wrong_work, "query", register=register),
        wanted=encode_once(encoder, lessons.wanted, "query", register=register),
    )


def placed(enterprise: Enterprise, lessons: Lessons = NOTHING_LEARNED) -> Profile:
    """What scoring by place and size needs of an enterprise, without a model: it has no lines and no trades."""
    none, no_trades = np.zeros((0, 1), dtype=np.float32), np.zeros(len(trade_ids()), dtype=np.float32)
    weights = np.zeros(0, dtype=np.float32)
    reach = _reach(enterprise)
    return Profile(
        enterprise, (), none, (), weights, no_trades, no_trades, _refuses(()), (), reach, lessons, none, none
    )


def _refuses(lines: Sequence[ProfileLine]) -> npt.NDArray[np.float32]:
    named = frozenset[str]().union(*(refusals.said(line.text) for line in lines if line.kind == "never"))
    return np.asarray([entry in named for entry in refusals.refusals()], dtype=np.float32)


def _codes(enterprise: Enterprise, own: npt.NDArray[np.float32]) -> tuple[tuple[str, float], ...]:
    codes = dict.fromkeys(enterprise.cpv, 1.0)
    for trade, weight in zip(trades.trades().values(), own, strict=True):
        if weight >= 0.5:
            for code in trade.cpv:
                codes.setdefault(code, 0.8 * float(weight))
    return tuple(codes.items())


def _reach(enterprise: Enterprise) -> tuple[str, ...]:
    named: Sequence[str] = enterprise.reach.municipalities
    names = [found.name for name in named if (found := places.by_name(name))]
    home = places.by_name(enterprise.municipality)
    if home and not names and not enterprise.reach.counties:
        names = [home.name]
    names += [m.name for m in places.municipalities() if m.county in enterprise.reach.counties]
    return tuple(dict.fromkeys(names))
