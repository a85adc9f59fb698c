"""KommersAnnons.se: the whole list of current notices, then the page of each that has one.

Domain: www.kommersannons.se
Caveats: starts only with a recorded permission (config/sources.yaml). The list tells neither buyer nor exact deadline;
national notices have no page of their own but redirect to an error page. Award notices are passed over.
History: 2026-11 first form, by others' facts; no page has been seen.
"""

from typing import Any

import scrapy

from config.settings import Settings
from crawler import kommers
from crawler.kommers import Listed, ListPage
from crawler.spiders.whole_list import Readers, WholeListSpider


class KommersannonsSpider(WholeListSpider):
    """The form for the next page carries a token, bound to a cookie of the same walk."""

    name = "kommersannons"
    window = "TenderNotices"
    kinds = ("kommers-list", "kommers-notice")
    no_page = frozenset({301, 302, 303, 307})
    refused = {400: "the portal did not know the form's token any more (400)"}  # noqa: RUF012  (never changed)
    readers = Readers(kommers.read_list, kommers.read_detail, kommers.notice)

    @classmethod
    def servers(cls, settings: Settings) -> tuple[str, ...]:
        """The portal."""
        return (settings.kommersannons.url,)

    def first(self) -> scrapy.Request:
        """The list, without a session."""
        self.session: dict[str, str] = {}
        return scrapy.Request(f"{self.job.settings.kommersannons.url}/Notices/TenderNotices")

    def following(self, number: int, page: ListPage, response: Any) -> scrapy.Request:
        """The portal's own form, sent within the session. Scrapy's cookies would fetch a list of domains elsewhere."""
        for line in response.headers.getlist("Set-Cookie"):
            name, _, value = line.decode("latin-1").split(";")[0].partition("=")
            self.session[name.strip()] = value.strip()
        form = {"SearchString": "", "SelectedCpvCode": "", "SearchOldNotices": "false", "PageIndex": str(number)}
        return scrapy.FormRequest(
            f"{self.job.settings.kommersannons.url}/Notices/TenderNotices",
            formdata=form | {"__RequestVerificationToken": page.token},
            headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self.session.items())},
        )

    def own_page(self, row: Listed) -> str:
        """Works for EU notices only."""
        return f"{self.job.settings.kommersannons.url}/Notice/TenderNotice/{row.id}"
