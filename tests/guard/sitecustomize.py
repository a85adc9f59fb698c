"""Loaded by every Python that a test starts with this folder on PYTHONPATH: refuses and notes any outside contact."""

import ipaddress
import os
import sys
from typing import Any

LOG = os.environ.get("NETWORK_GUARD_LOG", "")


def _is_inside(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_inside(host):
        if LOG:
            with open(LOG, "a", encoding="utf-8") as file:  # noqa: PTH123
                file.write(f"{event} {host}\n")
        raise ConnectionRefusedError(f"tests contact nothing outside loopback: {event} {host}")


sys.addaudithook(_hook)
