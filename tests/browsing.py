"""A real browser for tests: what a page does at all widths, light and dark, and what axe-core finds in it."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from starlette.types import ASGIApp

AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
WIDTHS = (320, 768, 1280)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; the test is skipped where there is none.

    It is closed with its module: as long as it is open, an event loop runs in this thread, and neither another browser
    nor `asyncio.run` can be started beside it.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield made
        made.close()


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve on a free port of loopback: the address, without a slash at the end."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    ready = threading.Event()
    startup = server.startup

    async def started(sockets: Any = None) -> None:
        await startup(sockets=sockets)
        ready.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


class Watch:
    """What went wrong in a browser's pages: requests to elsewhere, messages on the console, script errors."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.outside: list[str] = []
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()
        """Parts of messages that a test brings about on purpose."""
        own = (f"{address}/", "data:", "blob:")
        context.on("request", lambda r: self.outside.append(r.url) if not r.url.startswith(own) else None)
        context.on("console", self._heard)
        context.on("weberror", lambda e: self.faults.append(str(e.error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.faults.append(f"{message.text} {message.location}")

    def assert_quiet(self) -> None:
        """Nothing went wrong."""
        assert self.outside == []
        assert self.faults == [], self.faults


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """What axe-core finds against WCAG 2.0 to 2.2, A and AA, on the page as it is shown now."""
    if not page.evaluate("Boolean(window.axe)"):
        # By the debugger, not a script element: the pages' own policy lets no script in but theirs.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def look(page: Page, url: str, *, widths: tuple[int, ...] = WIDTHS) -> None:
    """Open a page at all widths, light and dark: no violation, no horizontal scroll, a title and one heading."""
    page.goto(url)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (url, width)
        page.emulate_media(color_scheme="light")
        assert violations(page) == [], (url, width)
        # In the dark nothing but the colours differs.
        page.emulate_media(color_scheme="dark")
        assert violations(page, ["color-contrast"]) == [], (url, width)
    assert page.title().endswith("– Anbudslots")
    assert page.locator("h1").count() == 1
