"""Golden letters in a real browser, at the widths of a phone and a screen, light and dark, large and without styles."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browsing import browser, violations
from tests.notifier.letters import CASES, letter

__all__ = ["browser"]
pytestmark = pytest.mark.browser
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("case", CASES)
def test_it_is_well_shown_and_reaches_for_nothing(page: Page, case: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 800})
    page.set_content(letter(case).html)
    assert page.evaluate(FITS)
    assert violations(page) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background
    assert violations(page, ["color-contrast"]) == []
    page.set_viewport_size({"width": 600, "height": 800})
    assert page.evaluate(FITS)
    page.evaluate("document.documentElement.style.fontSize = '200%'; document.body.style.zoom = '2'")
    assert page.evaluate(FITS), "at 200 %"
    assert asked == []


def test_the_text_after_the_subject_is_not_seen_in_the_letter(page: Page) -> None:
    page.set_content(letter("full").html)
    assert not page.locator(".preheader, [aria-hidden]").first.is_visible()
