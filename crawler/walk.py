"""One window of the Search API, walked until it is proven complete (pure).

In iteration mode a token still comes with and after the last record, so neither a missing token nor a short page ends
a walk. It is complete when the announced total has been received, no id came twice, and a further page is empty. A
total that shifts or an id that comes twice starts the walk again, a bounded number of times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from crawler.answers import number_of

Step = Literal["more", "again", "complete", "partial"]


@dataclass
class Walk:
    """The state of one window. hits: all that was ever seen, by publication number, also of walks begun again."""

    day: date
    restarts_left: int
    hits: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    total: int | None = None
    announced: int = 0
    token: str | None = None
    troubles: list[str] = field(default_factory=list)

    def take(self, page: Mapping[str, Any]) -> Step:
        """Take in a page; says whether to ask for more, begin again, or stop."""
        total = int(page["totalNoticeCount"])
        numbers = [number for hit in page["notices"] if (number := number_of(hit))]
        self.announced = max(self.announced, total)
        for hit in page["notices"]:
            number = number_of(hit)
            if number:
                self.hits.setdefault(number, hit)
        if self.total is not None and total != self.total:
            return self._again(f"the announced total went from {self.total} to {total} while it was read")
        self.total = total
        if len(numbers) != len(page["notices"]):
            return self._again("a hit came without a publication number")
        if len(set(numbers)) != len(numbers) or self.seen & set(numbers):
            return self._again("a notice came twice")
        self.seen.update(numbers)
        if not numbers:
            if len(self.seen) == total:
                return "complete"
            return self._again(f"{len(self.seen)} of {total} announced notices came")
        if len(self.seen) > total:
            return self._again(f"more notices came than the {total} announced")
        token = page.get("iterationNextToken")
        if not token:
            if len(self.seen) == total:
                return "complete"
            return self._again(f"the token ended after {len(self.seen)} of {total} announced notices")
        self.token = str(token)
        return "more"

    def _again(self, why: str) -> Step:
        self.troubles.append(why)
        self.seen, self.total, self.token = set(), None, None
        if self.restarts_left <= 0:
            return "partial"
        self.restarts_left -= 1
        return "again"
