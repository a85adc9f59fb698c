"""The three cookies: who is signed in, which browser it is, and its language. None is for measuring or following."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

BROWSER_LASTS = timedelta(days=30)
LANGUAGE_LASTS = timedelta(days=365)


@dataclass(frozen=True)
class Cookies:
    """secure: pages are reached by https, and cookies go nowhere else. HttpOnly, and Lax so that a link in a mail finds
    its reader signed in; changes carry a token of their own.
    """

    secure: bool
    session_lasts: timedelta

    def session(self, request: Request) -> str:
        """The session's token, or ""."""
        return request.cookies.get(self._name("session"), "")

    def browser(self, request: Request) -> str:
        """What this browser is known by, or ""."""
        return request.cookies.get(self._name("browser"), "")

    def language(self, request: Request) -> str:
        """The language that was chosen, or ""."""
        return request.cookies.get(self._name("language"), "")

    def set_session(self, response: Response, token: str) -> None:
        """Keep a session, or drop it where the token is empty."""
        self._set(response, "session", token, self.session_lasts if token else timedelta(0))

    def set_browser(self, response: Response, value: str) -> None:
        """Know this browser again."""
        self._set(response, "browser", value, BROWSER_LASTS)

    def set_language(self, response: Response, value: str) -> None:
        """Keep the language."""
        self._set(response, "language", value, LANGUAGE_LASTS)

    def _set(
        self, response: Response, name: Literal["session", "browser", "language"], value: str, lasts: timedelta
    ) -> None:
        response.set_cookie(
            self._name(name),
            value,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def _name(self, name: str) -> str:
        """With the prefix __Host- browsers take the cookie from this host alone, and by https alone."""
        return f"__Host-anbudslots-{name}" if self.secure else f"anbudslots-{name}"
