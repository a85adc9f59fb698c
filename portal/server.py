"""Serves the pages, on loopback only."""

import ipaddress
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from config.errors import SettingsError, UnavailableError


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's own loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(app: Starlette, host: str, port: int, *, started: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `started` is called with the address once the port is open.

    Raises SettingsError for a host that is not loopback: there is no sign-in. Raises UnavailableError for a taken port.
    """
    if not is_loopback(host):
        raise SettingsError(
            f"The adviser's page has no sign-in and is served on loopback only; ANBUDSLOTS_SERVE__HOST is {host!r}."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UnavailableError(
            f"Port {port} on {host} can't be opened: {error.strerror}. Choose another: --port 0."
        ) from None
    shown = f"[{host}]" if ":" in host else host
    started(f"http://{shown}:{listener.getsockname()[1]}/")
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
