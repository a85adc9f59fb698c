"""Everything that scoring needs of many lots, as arrays over the lots, built once for all enterprises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from config import demands, refusals, trades
from matcher import texts
from matcher.encoder import Encoder, Vectors, encode_once
from matcher.lexical import Analyser, Bm25
from register.database import Register
from register.models import ASSUMED_MONTHS, Finding, Lot, Money, Notice
from register.placing import LotPlace, locate

Column = npt.NDArray[np.float32]
"""Shape (lots,)."""
LABEL = trades.WEAK
"""What a trade counts that only the label of the code names, against one that the title names."""

IN_BODY = 0.7
"""What counts that only a description asks for, of what an enterprise never takes on."""


@dataclass(frozen=True)
class LotIndex:
    """Lots in a fixed order; every array's first axis (or `passage_lot`) refers to it."""

    notices: tuple[Notice, ...]
    lots: tuple[Lot, ...]
    findings: tuple[tuple[Finding, ...], ...]
    nearness: tuple[float, float]
    """Of the encoder."""
    passages: Vectors
    """Shape (passages, dimensions); the first passage of each lot is its headline."""
    first_passage: npt.NDArray[np.intp]
    """Shape (lots,): where each lot's passages begin."""
    analyser: Analyser
    words: Bm25
    headline_words: Bm25
    trade_title: npt.NDArray[np.float32]
    """Shape (lots, trades): strength of each trade in the titles, and at LABEL of it in the label of the code, which
    many buyers choose loosely.
    """
    trade_body: npt.NDArray[np.float32]
    """Shape (lots, trades): strength in the body, looked up in its first part only."""
    places: tuple[LotPlace, ...]
    value_per_year: Column
    """SEK a year excl. VAT; NaN where unknown."""
    refusable: npt.NDArray[np.float32]
    """Shape (lots, refusals): 1 where the titles ask for what config/refusals.yaml names, IN_BODY where a body does."""
    demands: Column
    """How many kinds of demands on the bidder the text names that often shut small enterprises out."""

    def __len__(self) -> int:
        return len(self.lots)


def build(
    notices: Sequence[Notice],
    findings: Mapping[str, Sequence[Finding]],
    encoder: Encoder,
    *,
    register: Register | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> LotIndex:
    """Index all lots of `notices`. findings: by publication number. Vectors are kept in `register` if given."""
    pairs = [(notice, lot) for notice in notices for lot in notice.lots]
    passages: list[str] = []
    first: list[int] = []
    for notice, lot in pairs:
        first.append(len(passages))
        passages.extend(texts.passages(notice, lot))
    vectors = encode_once(encoder, passages, "passage", register=register, progress=progress)
    headlines = [texts.headline(notice, lot) for notice, lot in pairs]
    bodies = [texts.body(notice, lot) for notice, lot in pairs]
    analyser = Analyser()
    return LotIndex(
        notices=tuple(notice for notice, _ in pairs),
        lots=tuple(lot for _, lot in pairs),
        findings=tuple(
            tuple(f for f in findings.get(notice.publication_number, ()) if f.lot in ("", lot.id))
            for notice, lot in pairs
        ),
        nearness=encoder.nearness,
        passages=vectors,
        first_passage=np.asarray(first, dtype=np.intp),
        analyser=analyser,
        words=Bm25([analyser.terms(texts.search_text(notice, lot)) for notice, lot in pairs]),
        headline_words=Bm25([analyser.terms(headline) for headline in headlines]),
        trade_title=np.maximum(
            trade_matrix([texts.titles(notice, lot) for notice, lot in pairs]),
            LABEL * trade_matrix([texts.code_label(lot) for _, lot in pairs]),
        ),
        trade_body=trade_matrix([body[:1500] for body in bodies]),
        refusable=np.maximum(
            refusal_matrix([texts.titles(notice, lot) for notice, lot in pairs]), IN_BODY * refusal_matrix(bodies)
        ),
        places=tuple(locate(notice, lot) for notice, lot in pairs),
        value_per_year=np.asarray([value_per_year(notice, lot) for notice, lot in pairs], dtype=np.float32),
        demands=np.asarray([len(demanded(notice, lot)) for notice, lot in pairs], dtype=np.float32),
    )


def demanded(notice: Notice, lot: Lot) -> frozenset[str]:
    """Kinds of demands on the bidder (config/demands.yaml) that often shut small enterprises out."""
    return frozenset(demand.kind for demand in demands.find(texts.demanding(notice, lot)) if demand.closes)


def trade_ids() -> tuple[str, ...]:
    """The trades' ids in the order of the trade matrices' columns."""
    return tuple(trades.trades())


def trade_matrix(lines: Sequence[str]) -> npt.NDArray[np.float32]:
    """Shape (lines, trades): the strongest mention of each trade in each line, 0..1; look-alikes count nothing."""
    column = {trade: number for number, trade in enumerate(trade_ids())}
    matrix = np.zeros((len(lines), len(column)), dtype=np.float32)
    known: dict[str, list[tuple[int, float]]] = {}
    for row, line in enumerate(lines):
        if line not in known:
            known[line] = [(column[m.trade], m.strength) for m in trades.find(line) if not m.stopped_by]
        for number, strength in known[line]:
            matrix[row, number] = max(matrix[row, number], strength)
    return matrix


def refusal_matrix(lines: Sequence[str]) -> npt.NDArray[np.float32]:
    """Shape (lines, refusals): 1 where a line asks for what config/refusals.yaml names."""
    column = {entry: number for number, entry in enumerate(refusals.refusals())}
    matrix = np.zeros((len(lines), len(column)), dtype=np.float32)
    for row, line in enumerate(lines):
        for place in refusals.asked(line):
            matrix[row, column[place.refusal]] = 1.0
    return matrix


def sek(money: Money | None) -> float | None:
    """The amount in SEK; other currencies are left unknown rather than converted at a guessed rate."""
    return money.amount if money and money.currency == "SEK" else None


def value_per_year(notice: Notice, lot: Lot) -> float:
    """SEK a year for the lot: its own value, else the procedure's shared evenly; NaN where neither is given."""
    amount = sek(lot.value)
    if amount is None:
        whole = sek(notice.value)
        amount = whole / len(notice.lots) if whole is not None else None
    if amount is None:
        return float("nan")
    months = lot.duration_months or ASSUMED_MONTHS
    return amount / max(months / 12, 1.0)
