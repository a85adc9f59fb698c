"""The pages as one small ASGI application on Starlette: routes, headers, and who may ask."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import NotFoundError
from config.settings import Settings
from portal.advisers import views
from portal.texts import texts
from register.database import Register, open_register

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]", "testserver"]
"""Host names that are answered: a page of another name that points here (DNS rebinding) is refused."""

View = Callable[[Register, Request], tuple[str, dict[str, Any]]]


class SafeHeaders:
    """Sets HEADERS on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(key.lower().encode(), value.encode()) for key, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *own]
            await send(message)

        await self.app(scope, receive, sending)


def create_app(data: Path, *, now: Callable[[], datetime], settings: Settings) -> Starlette:
    """The application over the register in `data`; `now` is asked at each request."""
    environment = Environment(loader=PackageLoader("portal", "templates"), autoescape=True, undefined=StrictUndefined)

    def page(view: View) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            register = open_register(data)
            try:
                template, values = view(register, request)
            except NotFoundError:
                raise HTTPException(404) from None
            finally:
                register.close()
            return HTMLResponse(environment.get_template(template).render(values))

        return endpoint

    def words(request: Request) -> Any:
        return texts(request.query_params.get("lang", "sv"))

    def failed(status: int, heading: str, text: str) -> Callable[[Request, Exception], Response]:
        def handler(request: Request, _error: Exception) -> Response:
            t = words(request)
            html = environment.get_template("text.html.j2").render(t=t, heading=t(heading), text=t(text))
            return HTMLResponse(html, status_code=status)

        return handler

    def about(_register: Register, request: Request) -> tuple[str, dict[str, Any]]:
        t = words(request)
        return "text.html.j2", {"t": t, "heading": t("about"), "text": t("about_text")}

    async def style(_request: Request) -> Response:
        css = resources.files("portal.static").joinpath("style.css").read_text(encoding="utf-8")
        return Response(css, media_type="text/css")

    routes = [
        Route("/", page(lambda r, q: ("start.html.j2", views.start(r, settings, words(q))))),
        Route(
            "/foretag/{id}",
            page(lambda r, q: ("enterprise.html.j2", views.enterprise(r, q.path_params["id"], now(), words(q)))),
        ),
        Route(
            "/annons/{number}",
            page(lambda r, q: ("notice.html.j2", views.notice(r, q.path_params["number"], now(), words(q)))),
        ),
        Route("/om", page(about)),
        Route("/static/style.css", style),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES, www_redirect=False),
        ],
        exception_handlers={
            404: failed(404, "not_found", "not_found_text"),
            500: failed(500, "fault", "fault_text"),
        },
    )
