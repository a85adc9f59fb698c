"""From a request to an answer: who asks, whether they may, the view, and its answer made into bytes."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Message, Receive

from config.errors import AnbudslotsError, InputError, LinkError, NotFoundError, SettingsError, UnavailableError
from config.settings import Settings
from notifier import links
from portal.cookies import Cookies
from portal.limits import Limits
from portal.pool import Pool
from portal.routes import Route, table
from portal.texts import LANGUAGES, Texts, texts
from portal.visits import Answer, Data, File, Later, Page, Redirect, Refused, SignedIn, Visit
from register import accounts
from register.database import Register

logger = logging.getLogger("anbudslots.portal")

MOST_FIELDS, MOST_FILES = 400, 20
TOLD = frozenset({400, 403, 404, 405, 410, 413, 429, 503})
"""Statuses that have a text of their own; others are told as a fault."""


@dataclass(frozen=True)
class Desk:
    """What all requests share."""

    data: Path
    pool: Pool
    settings: Settings
    environment: Environment
    cookies: Cookies
    secret: bytes
    csrf_key: bytes
    limits: Limits
    now: Callable[[], datetime]

    def endpoint(self, route: Route) -> Callable[[Request], object]:
        """The framework's endpoint of a route. Views are plain functions and run in a thread each."""

        async def answer(request: Request) -> Response:
            request.state.route = route
            form = FormData()
            if route.method == "POST":
                # Measured as it comes in: a length that is announced may be a lie.
                request = Request(request.scope, _bounded(request.receive, route.max_bytes))
                form = await request.form(
                    max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=min(route.max_bytes, 1_000_000)
                )
            try:
                return await run_in_threadpool(self._answer, route, request, form)
            finally:
                await form.close()

        return answer

    def _answer(self, route: Route, request: Request, form: FormData) -> Response:
        with self.pool.register() as register:
            visit = self._visit(route, request, form, register)
            try:
                answer = self._viewed(route, request, visit)
                return self._response(answer, visit, request)
            except Refused as refused:
                return self.told(request, refused.status, visit)
            except NotFoundError:
                return self.told(request, 404, visit)
            except LinkError as error:
                return self.told(request, 410, visit, text=f"link_{error.reason}")
            except InputError as error:
                return self.told(request, 400, visit, detail=error.reason)
            except (UnavailableError, SettingsError) as error:
                # The operator's to mend, such as a mail server that is down or not set: the visitor may try again.
                logger.warning("%s %s: %s", route.method, route.path, error)
                return self.told(request, 503, visit)

    def _visit(self, route: Route, request: Request, form: FormData, register: Register) -> Visit:
        now = self.now()
        session = self.cookies.session(request)
        account = accounts.of_session(register, session, now) if session and not route.purpose else None
        browser = self.cookies.browser(request)
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        return Visit(
            register=register,
            settings=self.settings,
            data=self.data,
            now=now,
            t=self.words(request),
            action=route.name,
            account=account,
            path={name: str(value) for name, value in request.path_params.items()},
            query=dict(request.query_params),
            form=values,
            several=_several(form) if route.method == "POST" else _several(request.query_params),
            uploads={name: value for name, value in form.items() if isinstance(value, UploadFile)},
            client=request.client.host if request.client else "",
            browser=browser or secrets.token_urlsafe(24),
            browser_is_new=not browser,
            session=session if account else "",
            origin=self.settings.serve.public_url.rstrip("/") or str(request.base_url).rstrip("/"),
            wants_json="application/json" in request.headers.get("accept", ""),
            csrf_key=self.csrf_key,
            limits=self.limits,
        )

    def _viewed(self, route: Route, request: Request, visit: Visit) -> Answer:
        """The view's answer. Raises Refused where the visitor may not."""
        if route.purpose:
            visit.link = links.read(self.secret, route.purpose, visit.path["token"], now=visit.now)
            return route.view(visit)
        if not route.lets_in(visit.role):
            if visit.account is None and route.method == "GET" and not visit.wants_json:
                here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return Redirect(f"/logga-in?till={quote(here, safe='')}")
            raise Refused(403)
        if route.method == "POST" and not _is_own(request, visit):
            raise Refused(403)
        return route.view(visit)

    def _response(self, answer: Answer, visit: Visit, request: Request) -> Response:
        response: Response
        match answer:
            case Page():
                response = HTMLResponse(self._render(answer, visit), status_code=answer.status)
            case Redirect():
                response = RedirectResponse(_own_path(answer.to), 303)
            case Data():
                response = JSONResponse(answer.value, status_code=answer.status)
            case File():
                name = quote(answer.name, safe="")
                headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
                response = Response(answer.content, media_type=answer.media_type, headers=headers)
            case SignedIn():
                response = RedirectResponse(_own_path(answer.to), 303)
                self.cookies.set_session(response, answer.session)
            case Later():
                response = self._response(answer.answer, visit, request)
                response.background = BackgroundTask(self._later, answer.work, visit.action)
                return response
        if visit.csrf_asked and visit.browser_is_new:
            self.cookies.set_browser(response, visit.browser)
        self._keep_language(request, response)
        return response

    def _later(self, work: Callable[[Register], None], action: str) -> None:
        """Work after the answer. Nobody waits for it: what goes wrong is told to the operator in the log."""
        try:
            with self.pool.register() as register:
                work(register)
        except AnbudslotsError as error:
            logger.error("%s, after the answer: %s", action, error)  # noqa: TRY400  (no trace: it is an expected fault)

    def _render(self, page: Page, visit: Visit | None, t: Texts | None = None) -> str:
        role = visit.role if visit else "public"
        # One's own pages before those for everyone.
        menu = sorted((r for r in table() if r.menu and r.lets_in(role)), key=lambda r: "public" in r.who)
        shared: Mapping[str, object] = {"t": visit.t if visit else t, "visit": visit, "menu": menu}
        return self.environment.get_template(page.template).render({**page.values, **shared})

    def told(
        self, request: Request, status: int, visit: Visit | None = None, *, text: str = "", detail: str = ""
    ) -> Response:
        """A page (or JSON) that says what is wrong and what to do, without a trace."""
        t = visit.t if visit else self.words(request)
        kind = str(status) if status in TOLD else "fault"
        words = t(text or f"told_{kind}_text")
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"error": words, "detail": detail}, status_code=status)
        values = {"heading": t(f"told_{kind}"), "text": words, "detail": detail}
        html = self._render(Page("text.html.j2", values), visit, t)
        response = HTMLResponse(html, status_code=status)
        if visit is not None and visit.csrf_asked and visit.browser_is_new:
            self.cookies.set_browser(response, visit.browser)
        return response

    def words(self, request: Request) -> Texts:
        """The words of the language that was asked for, now or earlier."""
        return texts(request.query_params.get("lang") or self.cookies.language(request))

    def _keep_language(self, request: Request, response: Response) -> None:
        language = request.query_params.get("lang", "")
        if language in LANGUAGES:
            self.cookies.set_language(response, language)


def _several(fields: ImmutableMultiDict[str, Any]) -> dict[str, tuple[str, ...]]:
    """All values of each field that are text."""
    return {name: tuple(value for value in fields.getlist(name) if isinstance(value, str)) for name in fields}


def _is_own(request: Request, visit: Visit) -> bool:
    """Whether a change comes from a form of ours: by its token, and by what the browser says of where it was."""
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    given = visit.form.get("csrf", "")
    return not elsewhere and not visit.browser_is_new and secrets.compare_digest(given.encode(), visit.csrf.encode())


def _own_path(path: str) -> str:
    """A path of ours. Raises ValueError for an address that leads elsewhere."""
    if not is_own_path(path):
        raise ValueError(f"{path!r} is no path of these pages")
    return path


def is_own_path(path: str) -> bool:
    """Whether an address stays on these pages: from the root, without host, backslash or control character."""
    return path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path


def _bounded(receive: Receive, most: int) -> Receive:
    """The request's body, refused as soon as it is longer than `most` bytes."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413)
        return message

    return receiving


def session_length(settings: Settings) -> timedelta:
    """How long one stays signed in."""
    return timedelta(days=settings.serve.session_days)
