"""Swedish words: stems, compounds taken apart, and BM25 over them (Robertson and Zaragoza 2009, by bm25s)."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources

import bm25s
import numpy as np
import numpy.typing as npt
import snowballstemmer

from config import cpv

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+", re.UNICODE)
SHORTEST_PART = 4
"""Letters in the shortest part of a compound; shorter ones ("ning", "het") are endings more often than words."""
LINKS = ("", "s", "e", "o")
"""Letters that join the parts of Swedish compounds (städnings|tjänst); "a" often falls away (skola, skol|måltid)."""

_stemmer = snowballstemmer.stemmer("swedish")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball stem of a case-folded Swedish word."""
    return str(_stemmer.stemWord(word))


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that say nothing of the work (config/stop_words.txt)."""
    lines = resources.files("config").joinpath("stop_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def common_parts() -> frozenset[str]:
    """Words that compounds are made of: those that stand alone in CPV's Swedish labels."""
    words = {word for _, label in cpv.labels().items() for word in WORD.findall(label.casefold())}
    return frozenset(word for word in words if len(word) >= SHORTEST_PART)


class Analyser:
    """Turns text into index terms: stems of words and of the parts of compounds.

    vocabulary: further words that may be parts, from the collection itself.
    """

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        words = common_parts() | {word for word in vocabulary if len(word) >= SHORTEST_PART}
        self._parts = {stem(word) for word in words if len(stem(word)) >= SHORTEST_PART - 1} | words
        self._cache: dict[str, tuple[str, ...]] = {}

    def terms(self, text: str) -> list[str]:
        """Index terms in the order of the text; stop words left out, compounds followed by their parts."""
        out: list[str] = []
        for word in WORD.findall(text.casefold()):
            if word in stop_words() or (len(word) < 2 and not word.isdigit()):
                continue
            known = self._cache.get(word)
            if known is None:
                pieces = [piece for piece in word.split("-") if piece]
                terms = [stem(word)]
                for piece in pieces:
                    if len(pieces) > 1:
                        terms.append(stem(piece))
                    terms.extend(stem(part) for part in self.split(piece))
                known = tuple(dict.fromkeys(term for term in terms if len(term) > 1 or term.isdigit()))
                self._cache[word] = known
            out.extend(known)
        return out

    def split(self, word: str) -> tuple[str, ...]:
        """Parts of a compound, or () where it can't be taken apart wholly: split("fönsterputsning") has "fönster"."""
        found = self._split(word, first=True)
        return found if found is not None and len(found) > 1 else ()

    def _split(self, word: str, *, first: bool) -> tuple[str, ...] | None:
        if not first and (word in self._parts or stem(word) in self._parts):
            return (word,)
        # The longest first part wins: "fritids|gård" before "fri|tids|gård".
        for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            head = word[:cut]
            if not self._is_part(head):
                continue
            rest = self._split(word[cut:], first=False)
            if rest is not None:
                return (head, *rest)
        return None

    def _is_part(self, head: str) -> bool:
        if head in self._parts or head + "a" in self._parts:
            return True
        return any(link and head.endswith(link) and head[: -len(link)] in self._parts for link in LINKS)


class Bm25:
    """BM25 over a collection of term lists, with Lucene's idf (never negative)."""

    K1, B = 1.2, 0.6

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self.size = len(documents)
        frequencies: Counter[str] = Counter()
        for document in documents:
            frequencies.update(set(document))
        self._idf = {term: math.log(1 + (self.size - n + 0.5) / (n + 0.5)) for term, n in frequencies.items()}
        self._index = bm25s.BM25(k1=self.K1, b=self.B, method="lucene")
        if frequencies:
            self._index.index([list(document) or [""] for document in documents], show_progress=False)

    def scores(self, query: Sequence[str]) -> npt.NDArray[np.float32]:
        """BM25 of each document for the query's terms, shape (documents,); 0 where no term is shared."""
        terms = [term for term in query if term in self._idf]
        if not terms:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._index.get_scores(terms), dtype=np.float32)

    def share(self, query: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores as a share of the query's upper bound (each term in every other word of a document), 0..1.

        Terms that occur nowhere count as rare ones, so that a query that shares one common word stays low.
        """
        terms = list(dict.fromkeys(query))
        rare = math.log(1 + (self.size + 0.5) / 0.5)
        bound = sum(self._idf.get(term, rare) for term in terms)
        if not bound:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(np.clip(self.scores(terms) / bound, 0, 1), dtype=np.float32)
