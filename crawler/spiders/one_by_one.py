"""A family: sources that are asked one request after another, each answer deciding on the next."""

from collections.abc import Callable, Container
from typing import Any

import scrapy
from scrapy.exceptions import IgnoreRequest

from crawler import answers
from crawler.answers import Wrong
from crawler.spiders.base import BaseSpider, not_asked


def nothing_wrong(_response: Any) -> Wrong | None:
    """For answers whose content needs no look before they are taken."""
    return None


class OneByOneSpider(BaseSpider):
    """Override `work`, and get each answer by `ask`."""

    async def ask(
        self,
        request: scrapy.Request,
        look: Callable[[Any], Wrong | None] = nothing_wrong,
        *,
        final: Container[int] = (),
    ) -> Any | Wrong:
        """The answer to a request, asked again as settings allow while it is wrong; what was wrong at last.

        look: what is wrong with a plain answer's content; final: statuses besides 200 that are an answer.
        """
        tries = 0
        while True:
            wrong: Wrong | None
            try:
                response = await self.answer(request)
            except IgnoreRequest as error:
                return Wrong("not asked", not_asked(error, request))
            if isinstance(response, Wrong):
                wrong = response
            elif response.status in final:
                self.good()
                return response
            else:
                wrong = answers.wrong_status(response.status, self.headers_of(response), response.body)
                wrong = wrong or look(response)
                if wrong is None:
                    self.good()
                    return response
            wait = self.trouble(request.url, tries, wrong)
            if wait is None:
                return Wrong(wrong.kind, f"{wrong.text}, {tries + 1} times in a row" if tries else wrong.text)
            await self.wait(wait)
            tries += 1
