"""Accounts of those who sign in, their single-use links and their sessions. Tokens are kept as hashes only."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from config.errors import InputError, NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Noun, Text, valid_email

Role = Literal["operator", "adviser", "municipality"]
LINK_LASTS = timedelta(minutes=15)
LINKS_AN_HOUR = 5
"""Links that one account may ask for in an hour."""


class Account(Noun):
    """Who may sign in. enterprises: those in an adviser's care; municipality: the one that a buyer belongs to."""

    id: int
    email: Annotated[str, BeforeValidator(valid_email)]
    name: Text = Field(min_length=1, max_length=100)
    role: Role
    all_enterprises: bool = False
    enterprises: frozenset[str] = frozenset()
    municipality: Text = ""
    created: AwareDatetime

    @model_validator(mode="after")
    def _fits_its_role(self) -> "Account":
        if (self.role == "municipality") != bool(self.municipality):
            raise ValueError("a municipality goes with the role municipality, and that role with one")
        if self.role != "adviser" and (self.enterprises or self.all_enterprises):
            raise ValueError("enterprises go with the role adviser alone")
        return self

    def cares_for(self, enterprise: str) -> bool:
        """Whether the enterprise's matches and profile are this account's to see."""
        return self.role == "operator" or self.all_enterprises or enterprise in self.enterprises


def add(register: Register, account: Account) -> Account:
    """Keep an account; its id is given here. Raises InputError where the address or the name is taken."""
    email = account.email.casefold()
    row = {
        "email": email,
        "name": account.name,
        "role": account.role,
        "all_enterprises": int(account.all_enterprises),
        "municipality": account.municipality,
        "created": stamp(account.created),
    }
    with register.atomic():
        taken = register.db.query("SELECT email FROM accounts WHERE email = ? OR name = ?", [email, account.name])
        for other in taken:
            field = "email" if other["email"] == email else "name"
            raise InputError(f"account {account.email}", field, "is taken by another account; see accounts list")
        key = int(str(register.db.table("accounts").insert(row, pk="id").last_pk))
        register.insert_all(
            "account_enterprises", [{"account": key, "enterprise": one} for one in sorted(account.enterprises)]
        )
    return account.model_copy(update={"id": key, "email": email})


def remove(register: Register, email: str) -> Account:
    """Take an account away, with its links and sessions. Raises NotFoundError."""
    account = by_email(register, email)
    if account is None:
        raise NotFoundError(f"There is no account {email}; `anbudslots accounts list` shows them.")
    with register.atomic():
        for table in ("sessions", "sign_in_links", "account_enterprises"):
            register.db.execute(f"DELETE FROM {table} WHERE account = ?", [account.id])
        register.db.execute("DELETE FROM accounts WHERE id = ?", [account.id])
    return account


def listing(register: Register) -> list[Account]:
    """All accounts, by address."""
    return [_account(register, row) for row in register.db.query("SELECT * FROM accounts ORDER BY email")]


def by_email(register: Register, email: str) -> Account | None:
    """The account of an address, however it is capitalised."""
    rows = register.db.query("SELECT * FROM accounts WHERE email = ?", [email.strip().casefold()])
    return next((_account(register, row) for row in rows), None)


def make_link(
    register: Register, account: Account, *, browser: str, at: datetime, lasts: timedelta = LINK_LASTS
) -> str | None:
    """The token of a new sign-in link; None where the account has asked too often.

    browser: what the browser that asked is known by; empty for a link that is handed over by the operator.
    """
    token = secrets.token_urlsafe(32)
    with register.atomic():
        register.db.execute("DELETE FROM sign_in_links WHERE expires < ?", [stamp(at - timedelta(hours=1))])
        made = register.db.query(
            "SELECT count(*) AS n FROM sign_in_links WHERE account = ? AND browser <> ''", [account.id]
        )
        if browser and next(iter(made))["n"] >= LINKS_AN_HOUR:
            return None
        row = {"token": _hash(token), "account": account.id, "browser": _hash(browser) if browser else ""}
        register.insert_all("sign_in_links", [row | {"expires": stamp(at + lasts), "used": None}])
    return token


def link_is_good(register: Register, token: str, *, browser: str, at: datetime) -> bool:
    """Whether `use_link` would work; changes nothing."""
    rows = register.db.query(
        "SELECT 1 FROM sign_in_links WHERE token = ? AND used IS NULL AND expires > ? AND browser IN ('', ?)",
        [_hash(token), stamp(at), _hash(browser)],
    )
    return bool(list(rows))


def use_link(register: Register, token: str, *, browser: str, at: datetime, lasts: timedelta) -> str | None:
    """Use a sign-in link up and start a session of `lasts`: its token. None where the link is used, too old, unknown,
    or was asked for in another browser.
    """
    with register.atomic():
        used = register.db.execute(
            """
            UPDATE sign_in_links SET used = ?
            WHERE token = ? AND used IS NULL AND expires > ? AND browser IN ('', ?)
            """,
            [stamp(at), _hash(token), stamp(at), _hash(browser)],
        )
        if used.rowcount != 1:
            return None
        session = secrets.token_urlsafe(32)
        register.db.execute("DELETE FROM sessions WHERE expires < ?", [stamp(at)])
        register.db.execute(
            """
            INSERT INTO sessions (token, account, created, expires)
            SELECT ?, account, ?, ? FROM sign_in_links WHERE token = ?
            """,
            [_hash(session), stamp(at), stamp(at + lasts), _hash(token)],
        )
    return session


def of_session(register: Register, session: str, at: datetime) -> Account | None:
    """Who is signed in by a session's token; None where it has ended."""
    rows = register.db.query(
        "SELECT a.* FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.token = ? AND s.expires > ?",
        [_hash(session), stamp(at)],
    )
    return next((_account(register, row) for row in rows), None)


def end_session(register: Register, session: str) -> None:
    """Sign out."""
    with register.atomic():
        register.db.execute("DELETE FROM sessions WHERE token = ?", [_hash(session)])


def _account(register: Register, row: dict[str, Any]) -> Account:
    own = register.db.query("SELECT enterprise FROM account_enterprises WHERE account = ?", [row["id"]])
    return Account(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        all_enterprises=bool(row["all_enterprises"]),
        enterprises=frozenset(one["enterprise"] for one in own),
        municipality=row["municipality"],
        created=read_stamp(row["created"]),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
