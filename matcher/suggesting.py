"""CPV codes that an enterprise could give, each with the words that it came from and how sure it is (pure).

Two witnesses: trades that a line names (config/trades.yaml lists the codes that buyers use for them), and the nearness
of a line to a code's Swedish label. Where both speak, the surer counts and a little more.
"""

from dataclasses import dataclass

import numpy as np

from config import cpv, trades
from matcher.encoder import Encoder, encode_once, text_hash
from matcher.profile import Profile
from register import vectors
from register.database import Register

NAMED = 0.8
"""How sure a code is that belongs to a trade which a line names plainly."""
BOTH = 0.1
KINDS = {"capability": 1.0, "about": 0.7, "could_start": 0.6}


@dataclass(frozen=True)
class SuggestedCode:
    """A code. confidence: 0..1; line: the enterprise's own words; given: whether its profile has the code already."""

    code: str
    label: str
    confidence: float
    line: str
    given: bool


def labels() -> dict[str, str]:
    """The codes that can be suggested, with their labels: groups and what is below them."""
    return {code: label for code, label in cpv.labels().items() if cpv.depth(code) >= 3}


def unread(encoder: Encoder, register: Register) -> int:
    """How many labels have yet to be encoded and kept: minutes at the first time, when all are."""
    keys = {text_hash(label, "passage") for label in labels().values()}
    return len(keys - vectors.get(register, encoder.name, keys).keys())


def codes(
    own: Profile, encoder: Encoder, *, register: Register | None = None, line: float = 0.5, most: int = 12
) -> list[SuggestedCode]:
    """Codes at or above `line`, the surest first; one that is the ancestor of a surer one is left out."""
    lines = [(number, one) for number, one in enumerate(own.lines) if one.kind in KINDS]
    if not lines:
        return []
    codes_of = labels()
    encoded = encode_once(encoder, list(codes_of.values()), "passage", register=register)
    middle, scale = encoder.nearness
    cosines = own.vectors[[number for number, _ in lines]] @ encoded.T
    sure = 1 / (1 + np.exp(-(cosines - middle) * scale)) * np.asarray([KINDS[one.kind] for _, one in lines])[:, None]
    best: dict[str, tuple[float, str]] = {}
    for column, code in enumerate(codes_of):
        row = int(sure[:, column].argmax())
        best[code] = (float(sure[row, column]), lines[row][1].text)
    for _, one in lines:
        for mention in trades.find(one.text):
            if mention.stopped_by or not trades.trades()[mention.trade].own:
                continue
            named = NAMED * mention.strength * KINDS[one.kind]
            for code in trades.trades()[mention.trade].cpv:
                near, words = best.get(code, (0.0, one.text))
                chance = min(0.99, max(near, named) + (BOTH if min(near, named) > 0.3 else 0))
                if chance > near:
                    best[code] = (chance, one.text if named >= near else words)
    ordered = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
    found: list[SuggestedCode] = []
    for code, (chance, words) in ordered:
        if chance < line or len(found) == most:
            break
        if any(code in cpv.ancestors(other.code) for other in found):
            continue
        found.append(SuggestedCode(code, cpv.label(code) or "", round(chance, 2), words, code in own.enterprise.cpv))
    return found
