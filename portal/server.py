"""Serves the pages: on loopback at once, beyond it with a public address whose TLS a proxy in front ends."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from config.errors import SettingsError, UnavailableError
from config.hosts import is_loopback
from config.settings import ServeSettings

LONGEST_WAIT = 10
"""Seconds that requests in hand get when the server is told to stop."""


def serve(app: Starlette, settings: ServeSettings, *, port: int | None = None, started: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `started` is called with the address once the port is open. Raises as `opened` does."""
    listener = opened(settings, port, started)
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it is stopped: uvicorn has shut down by then, and raises it again
        uvicorn.Server(_config(app)).run(sockets=[listener])


@contextmanager
def beside(
    app: Starlette, settings: ServeSettings, *, port: int | None = None, started: Callable[[str], None]
) -> Iterator[None]:
    """Serve in a thread of its own as long as the context lasts. Raises as `opened` does."""
    listener = opened(settings, port, started)
    server = uvicorn.Server(_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="pages", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(LONGEST_WAIT + 5)


def opened(settings: ServeSettings, port: int | None, started: Callable[[str], None]) -> socket.socket:
    """The port of the settings, or another, open; `started` is told the address.

    Raises SettingsError for a host beyond loopback without an https address. Raises UnavailableError for a taken port.
    """
    host = settings.host
    if not is_loopback(host) and not settings.public_url.startswith("https://"):
        raise SettingsError(
            f"ANBUDSLOTS_SERVE__HOST is {host!r}, beyond loopback: set ANBUDSLOTS_SERVE__PUBLIC_URL to the https "
            "address under which readers reach the pages, and let a web server in front end TLS there."
        )
    listener = listen(host, settings.port if port is None else port)
    shown = f"[{host}]" if ":" in host else host
    started(f"http://{shown}:{listener.getsockname()[1]}")
    return listener


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=LONGEST_WAIT
    )


def listen(host: str, port: int) -> socket.socket:
    """A port that takes connections; 0: any free one. Raises UnavailableError where it is taken."""
    # With the protocol named asyncio sends without delay (TCP_NODELAY); else each answer waits 40 ms for an ACK.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UnavailableError(
            f"Port {port} on {host} can't be opened: {error.strerror}. Choose another: --port 0."
        ) from None
    return listener
