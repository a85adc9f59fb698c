"""One window of the Search API, walked until it is proven complete (pure).

In iteration mode a token still comes with and after the last record, so neither a missing token nor a short page ends
a walk. It is complete when the announced total has been received, no id came twice, and a further page is empty. An
answer that does not fit (another total, an id that came before, a page that ends too early) may be a fault of that one
answer, so the same page is asked for again; if it still does not fit, the window is walked again from its start.

What several walks of a window have seen counts together: the announced total is proven by as many different ids that
the server itself listed in the window, whichever walk brought them, once a walk has come to its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from crawler.answers import number_of
from crawler.eforms import publication_number

Step = Literal["more", "same page", "again", "complete", "partial"]

PAGE_TRIES = 5
"""How often a page whose answers do not fit is asked for before the window is walked anew."""
NOTHING_TRIES = 3
"""How often a window must be told to be empty before that is believed."""
GAPS = 2
"""Pages in a row that stay empty too early and yet lead on: so many are stepped over to see what is behind."""
SAME_ENDS = 4
"""Walks in a row that end short of the same total and list nothing new are no chance: the rest is not given."""
BREAKS = 3
"""How often a window is walked again because a page in its midst did not come."""
MOST = 100_000
"""More notices than any day can hold."""

SHIFTED = "the announced total changed while it was read"
NAMELESS = "a hit came without a publication number"
TWICE = "a notice came twice"
TOO_MANY = "more notices came than were announced"
REPEATED = "a token came twice"
ENDED = "the pages ended before the announced total had come"
NOTHING = "the first page was empty, and then was not"
LOOP = "the token led back to what had come, after the announced total"
MONSTROUS = "a total was announced that no day can hold"


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
    gaps: int = 0
    """How many empty pages in a row were stepped over."""
    nothing: int = 0
    """How many first pages in a row said that there is nothing."""
    breaks_left: int = BREAKS
    ends: list[tuple[int, int]] = field(default_factory=list)
    """How walks ended that came to an end: announced total, and how many ids all walks together had listed."""
    troubles: list[str] = field(default_factory=list)
    """What did not fit, each a sentence for counting."""
    problem: str = ""
    """Why the last walk proved nothing, with its figures."""

    def take(self, page: Mapping[str, Any]) -> Step:
        """Take in a page; says whether to ask for more, ask the same again, begin again, or stop."""
        total = int(page["totalNoticeCount"])
        found = [(publication_number(number_of(hit)), hit) for hit in page["notices"]]
        numbers = [number for number, _ in found if number]
        for number, hit in found:
            if number:
                self.hits.setdefault(number, hit)
        token = str(page.get("iterationNextToken") or "")
        wrong = self._wrong(page, total, numbers, token)
        if wrong:
            return self._odd(wrong, total, numbers, token)
        if self.total is None and not numbers:
            # That a day has nothing is told in one answer; a faulty one would take the whole day away.
            self.nothing += 1
            if self.nothing < NOTHING_TRIES:
                return "same page"
        elif self.nothing:
            self.troubles.append(NOTHING)
            self.nothing = 0
        self.page_tries = self.gaps = 0
        self.total = self.announced = total
        self.seen.update(numbers)
        self.listed.update(numbers)
        if numbers and token:
            self.token = token
            self.tokens.add(token)
            return "more"
        return "complete"

    def broken(self, why: str) -> Step:
        """A page did not come, however often it was asked for: in the midst of a walk its token may have grown old."""
        self.problem = why
        if self.token is None or not self.breaks_left:
            return "partial"
        self.breaks_left -= 1
        return self._again()

    def _wrong(self, page: Mapping[str, Any], total: int, numbers: list[str], token: str) -> str:
        """Why an answer does not fit what came before it; "" where it does."""
        seen, listed = self.seen.union(numbers), self.listed.union(numbers)
        if total > MOST:
            return MONSTROUS
        if self.total is not None and total != self.total:
            return SHIFTED
        if len(numbers) != len(page["notices"]):
            return NAMELESS
        if len(seen) < len(self.seen) + len(numbers):
            return TWICE
        if len(seen) > total:
            return TOO_MANY
        if numbers and token in self.tokens:
            return REPEATED
        if not (numbers and token) and total not in (len(seen), len(listed)):
            return ENDED
        return ""

    def _odd(self, why: str, total: int, numbers: list[str], token: str) -> Step:
        self.page_tries += 1
        self.troubles.append(why)
        tried = self.troubles[-self.page_tries :]
        if self.page_tries < PAGE_TRIES:
            return "same page"
        if why == TWICE and total == self.total == len(self.seen) and self.seen.issuperset(numbers):
            # All that was announced has come, and the server has nothing further, only the same again.
            self.troubles.append(LOOP)
            return "complete"
        if why == ENDED and token and token not in self.tokens and not numbers and self.gaps < GAPS:
            self.gaps += 1
            self.page_tries = 0
            self.total = total
            self.token = token
            self.tokens.add(token)
            return "more"
        self.problem = why
        if not self.ends and total <= MOST:
            self.announced = max(self.announced, total)
        if set(tried) == {ENDED}:
            self.announced = total
            self.seen.update(numbers)
            self.listed.update(numbers)
            self.ends.append((total, len(self.listed)))
            self.problem = f"{len(self.listed)} of {total} announced notices came"
        return self._again()

    def _again(self) -> Step:
        self.seen, self.total, self.token, self.tokens = set(), None, None, set()
        self.page_tries = self.gaps = self.nothing = 0
        firm = len(self.ends) >= SAME_ENDS and len(set(self.ends[-SAME_ENDS:])) == 1
        if self.restarts_left <= 0 or firm:
            return "partial"
        self.restarts_left -= 1
        return "again"
