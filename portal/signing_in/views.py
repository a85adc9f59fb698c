"""Signing in without a password: whoever reads the account's mail, in the browser that asked, is let in."""

from datetime import timedelta
from urllib.parse import quote

from portal import mails
from portal.answering import is_own_path, session_length
from portal.routes import table
from portal.visits import Answer, Later, Page, Redirect, SignedIn, Visit
from register import accounts
from register.database import Register

LONGEST_PATH = 500
MOST_AN_HOUR = 20
"""Requests of one client; how many links one account gets is counted in the register."""


def door(visit: Visit) -> Answer:
    """The front page; who is signed in comes to the first page of their own."""
    own = (route.path for route in table() if route.menu and visit.role in route.who)
    first = next(own, None)
    return Redirect(first) if first else Page("front.html.j2")


def about(visit: Visit) -> Answer:
    """What the pages are, and what they are not."""
    return Page("text.html.j2", {"heading": visit.t("about"), "text": visit.t("about_text"), "detail": ""})


def form(visit: Visit) -> Answer:
    """Where to ask for a link."""
    if visit.account:
        return Redirect(_after(visit.query.get("till", "")))
    return Page("sign_in.html.j2", {"till": visit.query.get("till", ""), "asked": False})


def ask(visit: Visit) -> Answer:
    """Mail a link to the address if it has an account. The answer and its time are the same for any address."""
    visit.at_most(MOST_AN_HOUR, timedelta(hours=1))
    email, till = visit.form.get("email", "")[:254], _after(visit.form.get("till", ""))

    def work(register: Register) -> None:
        account = accounts.by_email(register, email)
        token = accounts.make_link(register, account, browser=visit.browser, at=visit.now) if account else None
        if account and token:
            address = f"{visit.origin}/logga-in/{token}" + (f"?till={quote(till, safe='')}" if till != "/" else "")
            t = visit.t
            subject, text = t("signin_mail_subject"), t("signin_mail_text", address=address)
            mails.send(visit, account.email, subject, text, what="a sign-in link")

    return Later(Page("sign_in.html.j2", {"till": till, "asked": True}), work)


def open_link(visit: Visit) -> Answer:
    """The mailed link: mail programs open links too, so that signing in takes a press of a button."""
    good = accounts.link_is_good(visit.register, visit.path["token"], browser=visit.browser, at=visit.now)
    values = {"token": visit.path["token"], "till": _after(visit.query.get("till", ""))}
    return Page("sign_in_link.html.j2", values | {"good": good}, 200 if good else 410)


def use_link(visit: Visit) -> Answer:
    """Sign in."""
    token, till = visit.path["token"], _after(visit.form.get("till", ""))
    session = accounts.use_link(
        visit.register, token, browser=visit.browser, at=visit.now, lasts=session_length(visit.settings)
    )
    if session is None:
        return Page("sign_in_link.html.j2", {"token": token, "till": till, "good": False}, 410)
    visit.account = accounts.of_session(visit.register, session, visit.now)
    visit.note("")
    return SignedIn(till, session)


def sign_out(visit: Visit) -> Answer:
    """End the session, here and in the register."""
    accounts.end_session(visit.register, visit.session)
    visit.note("")
    return SignedIn("/", "")


def _after(path: str) -> str:
    """Where to go after signing in: a path of ours."""
    return path if len(path) <= LONGEST_PATH and is_own_path(path) else "/"
