"""The common procurement vocabulary (CPV 2008): Swedish labels, ancestors, and how near two codes are."""

from functools import lru_cache

from config.knowledge import read_csv

LEVELS = (2, 3, 4, 5, 6, 7, 8)
"""Significant digits of division, group, class, category and below; the rest are zeros."""


@lru_cache(maxsize=1)
def labels() -> dict[str, str]:
    """Code to Swedish label, for the codes that are listed."""
    return {row["code"]: row["label"] for row in read_csv("cpv.csv")}


@lru_cache(maxsize=20_000)
def label(code: str) -> str | None:
    """The Swedish label of a code, or of its nearest ancestor that is listed; None for an unknown division."""
    return next((labels()[c] for c in (code, *ancestors(code)) if c in labels()), None)


@lru_cache(maxsize=1)
def _by_label() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for code, name in labels().items():
        found[name.casefold()] = None if name.casefold() in found else code
    return found


def by_label(name: str) -> str | None:
    """The code of a Swedish label in any case; None where it is not listed, or is that of several codes."""
    return _by_label().get(name.strip().casefold())


@lru_cache(maxsize=20_000)
def ancestors(code: str) -> tuple[str, ...]:
    """Parents of a code, nearest first, down to its division: 90911300 -> 90911000, 90910000, 90900000, 90000000."""
    own = depth(code)
    found = (code[:level].ljust(8, "0") for level in reversed(LEVELS) if level < own)
    return tuple(dict.fromkeys(c for c in found if c != code))


def depth(code: str) -> int:
    """Significant digits, at least 2: trailing zeros are no digits of the class (90900000 has 3)."""
    return max(2, len(code.rstrip("0")))


@lru_cache(maxsize=200_000)
def similarity(a: str, b: str) -> float:
    """How near two codes are, 0..1: 1 for the same, falling with each level up to the common ancestor.

    Two codes that share d significant digits while the deeper has m: 1 when equal; parent and child 0.9 * d / m;
    siblings 0.6 * d / m; only the division in common 0.1; nothing in common 0. Symmetric.
    """
    if a == b:
        return 1.0
    if a[:2] != b[:2]:
        return 0.0
    deep_a, deep_b = depth(a), depth(b)
    shared = 2
    while shared < min(deep_a, deep_b) and a[shared] == b[shared]:
        shared += 1
    deepest = max(deep_a, deep_b)
    if shared == 2:
        return 0.2 if min(deep_a, deep_b) == 2 else 0.1
    related = shared == min(deep_a, deep_b)
    return (0.9 if related else 0.6) * shared / deepest
