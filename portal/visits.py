"""What a view gets and gives: one request with who asks, and the answer before it is made into bytes."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from starlette.datastructures import UploadFile

from config.errors import NotFoundError
from config.settings import Settings
from notifier.links import Link
from portal.limits import Limits
from portal.texts import STOCKHOLM, Texts
from register import audit, enterprises
from register.accounts import Account
from register.database import Register
from register.models import Enterprise

Who = Literal["public", "adviser", "operator", "municipality", "link"]
"""Whom a route lets in. public: everyone. link: whom a signed link of the route's purpose was made for."""


class Refused(Exception):  # noqa: N818  (an answer, not a fault)
    """The request gets no view: the status tells why."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


@dataclass
class Visit:
    """One request. Views read what they need from it and never from the framework.

    path, query, form: values as text ("" is never left out of a form); uploads: files of the form by field.
    browser: what this browser is known by, before anybody signs in; browser_is_new: since this request.
    """

    register: Register
    settings: Settings
    data: Path
    now: datetime
    t: Texts
    action: str
    account: Account | None = None
    link: Link | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, UploadFile] = field(default_factory=dict)
    client: str = ""
    """Address of the client, for rate limits; never kept."""
    browser: str = ""
    browser_is_new: bool = True
    session: str = ""
    origin: str = ""
    """Of links that are mailed: https://..., without a slash at the end."""
    wants_json: bool = False
    csrf_key: bytes = b""
    csrf_asked: bool = False
    """Whether the answer holds a form: only then does an unknown browser get a cookie."""
    limits: Limits = field(default_factory=Limits)
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """All values of a field, of the form or (GET) of the address, where more than one can be chosen."""

    @property
    def csrf(self) -> str:
        """What every form carries in its field `csrf`: of this browser, and of this session once it is signed in."""
        self.csrf_asked = True
        return hmac.new(self.csrf_key, f"{self.browser}\n{self.session}".encode(), "sha256").hexdigest()

    @property
    def today(self) -> date:
        """The day of the request in Sweden."""
        return self.now.astimezone(STOCKHOLM).date()

    @property
    def who(self) -> str:
        """The name by which judgements and the audit log know who asks; "" for an unknown visitor."""
        return self.account.name if self.account else self.link.subject if self.link else ""

    @property
    def role(self) -> Who:
        """As what the visitor asks."""
        return self.account.role if self.account else "link" if self.link else "public"

    def enterprise(self, identity: str) -> Enterprise:
        """An enterprise that is this visitor's to see. Raises NotFoundError for others: that they exist is not told."""
        if self.account is None or not self.account.cares_for(identity):
            raise NotFoundError(f"No enterprise {identity} in this account's care.")
        return enterprises.get(self.register, identity)

    def in_care(self) -> list[Enterprise]:
        """The enterprises that are this visitor's to see, by id."""
        account = self.account
        return [e for e in enterprises.everyone(self.register) if account is not None and account.cares_for(e.id)]

    def at_most(self, most: int, within: timedelta) -> None:
        """Refuse (429) a client that asks for this action more often than `most` times in `within`."""
        if not self.limits.allows(f"{self.action}\n{self.client}", most=most, within=within, now=self.now):
            raise Refused(429)

    def note(self, subject: str, action: str = "") -> None:
        """A line in the audit log: call it where personal data is seen, and with every change."""
        entry = audit.Entry(at=self.now, who=self.who, role=self.role, action=action or self.action, subject=subject)
        audit.add(self.register, entry)


@dataclass(frozen=True)
class Page:
    """A template with its values. `t`, `visit` and `menu` are always there."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Redirect:
    """To a path of ours, after a change (303)."""

    to: str


@dataclass(frozen=True)
class Data:
    """A value as JSON."""

    value: Any
    status: int = 200


@dataclass(frozen=True)
class File:
    """Something to keep: always a download, never shown by the browser as a page."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class SignedIn:
    """To a path of ours with a session: its token, or "" to end it."""

    to: str
    session: str


@dataclass(frozen=True)
class Later:
    """An answer now, and work after it has gone out, so that the time it takes tells nothing.

    work: gets a register of its own.
    """

    answer: "Page | Redirect | Data | File | SignedIn | Later"
    work: Callable[[Register], None]


Answer = Page | Redirect | Data | File | SignedIn | Later
View = Callable[[Visit], Answer]
