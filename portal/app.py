"""The pages as one small ASGI application on Starlette."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Endpoint

from config import secret
from config.settings import Settings
from notifier import links
from portal import answering, statics
from portal.cookies import Cookies
from portal.headers import SafeHeaders
from portal.limits import Limits
from portal.pool import Pool
from portal.routes import table
from register.models import CONTROL

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""Host names that are always answered; a page of another name that points here (DNS rebinding) is refused."""


def templates() -> Environment:
    """The pages' templates: everything is escaped, a value that is missing is an error, and control and bidirectional
    characters are dropped wherever they came from.
    """
    environment = Environment(
        loader=PackageLoader("portal", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )
    environment.globals["static"] = statics.address
    return environment


def _shown(value: object) -> object:
    return CONTROL.sub("", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def create_app(data: Path, *, now: Callable[[], datetime], settings: Settings) -> Starlette:
    """The application over the register in `data`; `now` is asked at each request.

    Raises SettingsError for a public address or a secret that can't be used.
    """
    public = links.base_url(settings.serve.public_url) if settings.serve.public_url else ""
    secure = public.startswith("https://")
    own_secret = secret.load(data, settings.serve.secret)
    pool = Pool(data)
    environment = templates()
    desk = answering.Desk(
        data=data,
        pool=pool,
        settings=settings,
        environment=environment,
        cookies=Cookies(secure, answering.session_length(settings)),
        secret=own_secret,
        csrf_key=secret.derive(own_secret, "csrf"),
        limits=Limits(),
        now=now,
    )

    async def told(request: Request, error: Exception) -> Response:
        """What the framework itself refuses, and faults: their trace goes to the log alone."""
        return desk.told(request, error.status_code if isinstance(error, HTTPException) else 500)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        pool.close()

    hosts = [*LOOPBACK_NAMES, *([name] if (name := urlsplit(public).hostname) else [])]
    app = Starlette(
        routes=[
            *(Endpoint(one.path, desk.endpoint(one), methods=[one.method], name=one.name) for one in table()),
            Endpoint("/static/{name}", statics.answer, name="static"),
        ],
        lifespan=lifespan,
        middleware=[
            Middleware(SafeHeaders, secure=secure),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        ],
        exception_handlers={HTTPException: told, Exception: told},
    )
    # A path with a slash too many is not found: the redirect would name this server's own scheme, not the public one.
    app.router.redirect_slashes = False
    return app
