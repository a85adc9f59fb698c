"""One window of the Search API, walked until it is proven complete (pure).

In iteration mode a token still comes with and after the last record, so neither a missing token nor a short page ends
a walk. It is complete when the announced total has been received, no id came twice, and a further page is empty. An
answer that does not fit (another total, an id that came before, a hit without a number) may be a fault of that one
answer, so the same page is asked for again; if it still does not fit, the window is walked again from its start.

What several walks of a window have seen counts together: the announced total is proven by as many different ids that
the server itself listed in the window, whichever walk brought them, once a walk has come to its empty page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from crawler.answers import number_of

Step = Literal["more", "same page", "again", "complete", "partial"]

PAGE_TRIES = 3
"""How often an answer that does not fit is asked for before the window is walked anew."""
SAME_ENDS = 3
"""Walks that end alike, short of the announced total, are no chance: the server does not give the rest."""


@dataclass
class Walk:
    """The state of one window. hits: all that was ever seen, by publication number, also of walks begun again."""

    day: date
    restarts_left: int
    hits: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    """What this walk has listed, in answers that fitted."""
    listed: set[str] = field(default_factory=set)
    """What all walks have listed, in answers that fitted."""
    total: int | None = None
    announced: int = 0
    """The total that the last answer that fitted announced."""
    token: str | None = None
    tokens: set[str] = field(default_factory=set)
    page_tries: int = 0
    ends: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    """How walks without an odd answer ended: announced total and what was listed."""
    troubles: list[str] = field(default_factory=list)

    def take(self, page: Mapping[str, Any]) -> Step:
        """Take in a page; says whether to ask for more, ask the same again, begin again, or stop."""
        total = int(page["totalNoticeCount"])
        numbers = [number for hit in page["notices"] if (number := number_of(hit))]
        for hit in page["notices"]:
            number = number_of(hit)
            if number:
                self.hits.setdefault(number, hit)
        wrong = self._wrong(page, total, numbers)
        if wrong:
            return self._odd(wrong, total)
        self.page_tries = 0
        self.total = self.announced = total
        self.seen.update(numbers)
        self.listed.update(numbers)
        token = page.get("iterationNextToken")
        if numbers and token:
            self.token = str(token)
            self.tokens.add(self.token)
            return "more"
        if total in (len(self.seen), len(self.listed)):
            return "complete"
        self.ends.append((total, frozenset(self.seen)))
        came = f"{len(self.seen)} of {total} announced notices came"
        return self._again(came if not numbers else f"the token ended after {came}")

    def _wrong(self, page: Mapping[str, Any], total: int, numbers: list[str]) -> str:
        """Why an answer does not fit what came before it; "" where it does."""
        if self.total is not None and total != self.total:
            return f"the announced total went from {self.total} to {total} while it was read"
        if len(numbers) != len(page["notices"]):
            return "a hit came without a publication number"
        if len(set(numbers)) != len(numbers) or self.seen & set(numbers):
            return "a notice came twice"
        if len(self.seen) + len(numbers) > total:
            return f"more notices came than the {total} announced"
        if numbers and str(page.get("iterationNextToken")) in self.tokens:
            return "a token came twice"
        return ""

    def _odd(self, why: str, total: int) -> Step:
        self.page_tries += 1
        if self.page_tries < PAGE_TRIES:
            self.troubles.append(why)
            return "same page"
        self.announced = max(self.announced, total)
        return self._again(why)

    def _again(self, why: str) -> Step:
        self.troubles.append(why)
        self.seen, self.total, self.token, self.tokens, self.page_tries = set(), None, None, set(), 0
        firm = len(self.ends) >= SAME_ENDS and len(set(self.ends[-SAME_ENDS:])) == 1
        if self.restarts_left <= 0 or firm:
            return "partial"
        self.restarts_left -= 1
        return "again"
