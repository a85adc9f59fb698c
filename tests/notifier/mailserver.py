"""A real mail server on loopback (aiosmtpd in a thread of its own) that does what a test asks of it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

Hook = Callable[[SMTP, str], Awaitable[str | None]]
"""Given the server's side of a connection and where it is (mail, rcpt, data, taken); an answer, or None to go on."""


class Recorder:
    """Takes letters and keeps what it took: (recipient, bytes), in the order in which it took them.

    hook: asked at each step; what it answers is said to the client. At `taken` the letter has been kept already.
    """

    def __init__(self, hook: Hook | None = None) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.hook = hook

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = await self._ask(server, "mail")
        if answer is None or answer.startswith("2"):
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = await self._ask(server, f"rcpt {address}")
        if answer is None or answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = await self._ask(server, "data")
        if answer is not None and not answer.startswith("2"):
            return answer
        for address in envelope.rcpt_tos:
            self.taken.append((address, envelope.original_content))
        return await self._ask(server, "taken") or answer or "250 taken"

    async def _ask(self, server: SMTP, where: str) -> str | None:
        return await self.hook(server, where) if self.hook else None


@contextmanager
def serving(handler: Any, **options: Any) -> Iterator[int]:
    """A mail server with this handler; gives its port."""
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield int(controller.port)
    finally:
        controller.stop()


def free_port() -> int:
    """Asked of the system: port 0 would make the controller wait on the wrong one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def cut(server: SMTP) -> None:
    """Break the connection off."""
    server.transport.abort()
    await asyncio.sleep(0)
