"""Pages behind a letter's links on the letters themselves: yes, stop, pause (no log-in)."""

from datetime import date, timedelta

from babel.dates import format_date

from config.errors import LinkError
from notifier.links import Link
from portal.letters import asking
from portal.visits import Answer, Later, Page, Visit
from register import consents, enterprises, revocations
from register.database import Register

LONGEST_PAUSE = timedelta(days=366)
PAUSES = {"2": timedelta(weeks=2), "4": timedelta(weeks=4), "12": timedelta(weeks=12)}
"""Weeks that can be chosen; another day can be named."""


def ask_to_confirm(visit: Visit) -> Answer:
    """What the address is asked, or that it has said yes already."""
    link = _link(visit)
    name = enterprises.get(visit.register, link.subject).name
    email = consents.address_of(visit.register, link.subject, link.facts.get("address", ""))
    agreed = email is not None and (link.subject, email) in consents.confirmed(visit.register)
    return Page("letters_confirm.html.j2", {"name": name, "state": "agreed" if agreed else "asked"})


def confirm(visit: Visit) -> Answer:
    """The address's own yes."""
    link = _link(visit)
    name = enterprises.get(visit.register, link.subject).name
    done = consents.accept(
        visit.register, link.subject, link.facts.get("address", ""), issued=link.issued, at=visit.now
    )
    visit.note(f"enterprise {link.subject}")
    values = {"name": name, "state": "agreed" if done else "too_late"}
    return Page("letters_confirm.html.j2", values, 200 if done else 410)


def ask_to_stop(visit: Visit) -> Answer:
    """Stop? Opening the page stops nothing: mail programs and virus scanners open links."""
    return _stop_page(visit, asked_again=False)


def stop(visit: Visit) -> Answer:
    """No more letters to this address, at once. With `again` in the form: ask it anew whether it wants some.

    The answer is a page and no redirect: the mail programs that press for the reader follow none (RFC 8058, 3.2).
    """
    link = _any_link(visit)
    if visit.form.get("again"):
        return Later(_stop_page(visit, asked_again=True), lambda register: _ask_again(visit, link, register))
    consents.suppress_hash(
        visit.register,
        link.subject,
        reason="asked",
        how="one click" if "List-Unsubscribe" in visit.form else "page",
        enterprise=link.facts.get("enterprise", ""),
        at=visit.now,
    )
    visit.note(f"address {link.subject[:12]}")
    return _stop_page(visit, asked_again=False)


def _stop_page(visit: Visit, *, asked_again: bool) -> Page:
    link = _any_link(visit)
    stopped = consents.suppressed_hash(visit.register, link.subject) is not None
    known = consents.address_of(visit.register, link.facts.get("enterprise", ""), link.subject) is not None
    values = {"stopped": stopped, "can_ask_again": stopped and known and not asked_again, "asked_again": asked_again}
    return Page("letters_stop.html.j2", values)


def _ask_again(visit: Visit, link: Link, register: Register) -> None:
    """A mail that asks for a new yes: who only holds an old letter can't turn letters on for its reader."""
    enterprise = link.facts.get("enterprise", "")
    email = consents.address_of(register, enterprise, link.subject)
    if email is None:
        return
    asking.ask_now(register, enterprise, email, how="stop page", settings=visit.settings, now=visit.now)


def ask_to_pause(visit: Visit) -> Answer:
    """Until when?"""
    return _pause_page(visit, _link(visit))


def pause(visit: Visit) -> Answer:
    """No letters before a day; `resume` in the form: letters again."""
    link = _link(visit)
    today = visit.today
    until = None if visit.form.get("resume") else _until(visit, today)
    if until is None and not visit.form.get("resume"):
        return _pause_page(visit, link, wrong=True)
    enterprise = link.facts.get("enterprise", "")
    done = consents.pause(visit.register, enterprise, link.subject, until=until, how="page", at=visit.now)
    if not done:
        raise LinkError("revoked")
    visit.note(f"enterprise {enterprise}")
    return _pause_page(visit, link)


def _pause_page(visit: Visit, link: Link, *, wrong: bool = False) -> Answer:
    until = consents.paused_until(visit.register, link.facts.get("enterprise", ""), link.subject)
    today = visit.today
    paused = until is not None and until > today
    values = {
        "until": format_date(until, "EEEE d MMMM y", locale=visit.t.language) if paused and until else "",
        "choices": list(PAUSES),
        "first": (today + timedelta(days=1)).isoformat(),
        "last": (today + LONGEST_PAUSE).isoformat(),
        "wrong": wrong,
    }
    return Page("letters_pause.html.j2", values, 400 if wrong else 200)


def _until(visit: Visit, today: date) -> date | None:
    """The day of the form, or today and the chosen weeks; None where it is no day between tomorrow and a year."""
    weeks, named = visit.form.get("weeks", ""), visit.form.get("until", "")
    if weeks in PAUSES:
        return today + PAUSES[weeks]
    try:
        day = date.fromisoformat(named)
    except ValueError:
        return None
    return day if today < day <= today + LONGEST_PAUSE else None


def _any_link(visit: Visit) -> Link:
    """The link that the frame has read. A stop is never refused, however old the letter."""
    assert visit.link is not None
    return visit.link


def _link(visit: Visit) -> Link:
    """As `_any_link`. Raises LinkError where it has been withdrawn."""
    link = _any_link(visit)
    if revocations.is_revoked(visit.register, link.purpose, link.subject, issued=link.issued):
        raise LinkError("revoked")
    return link
