"""An enterprise's own page, by the signed link of its letter: what is known of it, corrected part by part."""

from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from config import places
from config.errors import InputError, LinkError, SettingsError
from matcher import whatif
from notifier import confirming, dispatch, links, slots
from notifier.mail import SmtpTransport
from portal.enterprises import editing, effects
from portal.enterprises.editing import HOLIDAYS, KINDS, PARTS
from portal.enterprises.effects import Lately
from portal.visits import Answer, Data, Later, Page, Visit
from register import enterprises, evidence, judgements, matches, notices, receivers, revocations
from register.database import Register
from register.models import Enterprise

SHOWN = 5
"""Tenders on the page: the best that are open now."""
RECEIVERS = 10
"""Most addresses of one enterprise."""


def subject(visit: Visit) -> str:
    """Id of the enterprise that the link is for. Raises LinkError where the link has been withdrawn."""
    assert visit.link is not None
    if revocations.is_revoked(visit.register, "profile", visit.link.subject, issued=visit.link.issued):
        raise LinkError("revoked")
    return visit.link.subject


def show(visit: Visit) -> Answer:
    """The profile with what could be changed, and what that would have brought."""
    own = enterprises.get(visit.register, subject(visit))
    visit.note(f"enterprise {own.id}")
    return _page(visit, own)


def save(visit: Visit) -> Answer:
    """Save one part of the profile; with `preview` in the form: tell what it would change, and keep nothing."""
    identity = subject(visit)
    part = visit.form.get("part", "")
    own = enterprises.get(visit.register, identity)
    try:
        if add := visit.form.get("add", ""):
            change = _with_place(add)
        else:
            change = editing.change(part, visit.form, visit.several)
        if visit.form.get("preview"):
            return _preview(visit, own, change(own))
        known = effects.lately(visit, own)
        before, after = enterprises.change(visit.register, identity, change, at=visit.now)
    except InputError as error:
        words = visit.t(error.reason)
        if visit.wants_json:
            return Data({"told": [words]}, 400)
        return _page(visit, own, part=part, wrong=words)
    visit.note(f"enterprise {identity}")
    told = effects.sentences(visit, before, after, known) if part in ("reach", "size") else []
    return _page(visit, after, part=part, saved=True, told=told)


def change_receivers(visit: Visit) -> Answer:
    """Take an address away, or ask a new one whether it wants the letters: it gets none before its own yes."""
    identity = subject(visit)
    own = enterprises.get(visit.register, identity)
    if hashed := visit.form.get("drop", ""):
        receivers.drop(visit.register, identity, hashed, how="profile page", at=visit.now)
        visit.note(f"enterprise {identity}")
        return _page(visit, own, part="receivers", saved=True)
    visit.at_most(10, timedelta(hours=1))
    if len(receivers.of(visit.register, identity)) >= RECEIVERS:
        return _page(visit, own, part="receivers", wrong=visit.t("own_wrong_many_receivers"))
    try:
        asked = confirming.ask(
            visit.register,
            identity,
            visit.form.get("email", "").strip()[:254],
            how="profile page",
            settings=visit.settings,
            now=visit.now,
        )
    except InputError:
        return _page(visit, own, part="receivers", wrong=visit.t("own_wrong_email"))
    except SettingsError:
        return _page(visit, own, part="receivers", wrong=visit.t("own_wrong_no_mail"))
    visit.note(f"enterprise {identity}")
    told = visit.t("own_asked" if asked else "own_not_asked")
    return Later(_page(visit, own, part="receivers", told=[told]), lambda register: send_question(visit, register))


def send_question(visit: Visit, register: Register) -> None:
    """Send the question that waits in the outbox now: somebody is waiting for it."""
    with SmtpTransport(visit.settings.mail) as transport:
        dispatch.send_now(
            register,
            transport,
            settings=visit.settings,
            clock=lambda: visit.now,
            kinds=frozenset({"confirmation"}),
        )


def _with_place(name: str) -> editing.Change:
    """One more municipality, by the button beside it."""
    (place,) = editing.named_places(name)[:1] or ("",)

    def changed(own: Enterprise) -> Enterprise:
        return whatif.with_place(own, place) if place else own

    return changed


def _preview(visit: Visit, own: Enterprise, after: Enterprise) -> Answer:
    told = effects.sentences(visit, own, after, effects.lately(visit, own))
    if visit.wants_json:
        return Data({"told": told})
    return _page(visit, own, part=visit.form.get("part", ""), told=told, form=after)


def _page(
    visit: Visit,
    own: Enterprise,
    *,
    part: str = "",
    saved: bool = False,
    told: list[str] | None = None,
    wrong: str = "",
    form: Enterprise | None = None,
) -> Page:
    """The page. part: of the profile that was sent; form: what its forms are filled with where it is not saved yet."""
    shown = form or own
    known = effects.lately(visit, own)
    wider = _wider(visit, own, known)
    values: dict[str, Any] = {
        "own": own,
        "form": shown,
        "path": f"/profil/{visit.path['token']}",
        "part": part if part in (*PARTS, "receivers") else "reach",
        "saved": saved,
        "told": told or [],
        "wrong": wrong,
        "wider": wider,
        "days": effects.DAYS,
        "matches": _matches(visit, own),
        "places": _places(shown, [one["place"] for one in wider]),
        "all_places": [place.name for place in places.municipalities()],
        "counties": places.counties(),
        "weekdays": slots.DAYS,
        "kinds": KINDS,
        "away": [*shown.digest.away, *[None] * HOLIDAYS][: max(HOLIDAYS, len(shown.digest.away))],
        "receivers": _receivers(visit, own),
        "evidence": _evidence(visit, own),
    }
    return Page("own_profile.html.j2", values, 400 if wrong else 200)


def _wider(visit: Visit, own: Enterprise, known: Lately) -> list[dict[str, str]]:
    return [
        {
            "place": one.municipality,
            "text": visit.t(
                "own_wider",
                place=one.municipality,
                count=effects.count(visit, len(one.gained)),
                titles="; ".join(known.named(one.gained)),
            ),
        }
        for one in known.wider(own)
    ]


def _places(own: Enterprise, wider: list[str]) -> list[str]:
    """Municipalities to tick: those in reach, those that would have brought something, and those beside."""
    return list(dict.fromkeys((*own.reach.municipalities, *wider, *effects.beside(own))))


def _matches(visit: Visit, own: Enterprise) -> list[dict[str, Any]]:
    """The best open tenders, each with a link to answer it."""
    register, t = visit.register, visit.t
    said = {(one.notice, one.lot): one.answer for one in judgements.of(register, own.id) if one.who == own.name}
    rows = []
    for match in matches.of(register, own.id, top=SHOWN):
        if match.score < visit.settings.digest.floor:
            continue
        notice = notices.get(register, match.notice)
        lot = next((lot for lot in notice.lots if lot.id == match.lot), notice.lots[0])
        rows.append(
            {
                "title": notice.titled(lot),
                "buyer": notice.buyer.name,
                "place": t.place(notice, lot),
                "deadline": t.deadline(lot, visit.now),
                "said": said.get((match.notice, match.lot), ""),
                "answer": _link(visit, "answer", own.id, notice=match.notice, lot=match.lot),
                "example": notice.is_example,
            }
        )
    return rows


def _receivers(visit: Visit, own: Enterprise) -> list[dict[str, Any]]:
    """Addresses, each with what can be done: pause and stop are pages of their own (portal/letters)."""
    return [
        {
            "email": masked(one.email),
            "hashed": one.hashed,
            "standing": one.standing,
            "paused": day(visit, one.paused_until) if one.paused_until and one.paused_until > visit.today else "",
            "pause": _link(visit, "pause", one.hashed, enterprise=own.id),
            "stop": _link(visit, "stop", one.hashed, enterprise=own.id),
        }
        for one in receivers.of(visit.register, own.id)
    ]


def _evidence(visit: Visit, own: Enterprise) -> list[dict[str, Any]]:
    today = visit.today
    return [
        {
            "kind": one.kind,
            "dated": day(visit, one.dated),
            "last": day(visit, one.last_day) if one.last_day else "",
            "standing": one.standing(today),
        }
        for one in evidence.in_force(visit.register, own.id)
    ]


def day(visit: Visit, at: date) -> str:
    """17 december 2026."""
    return str(format_date(at, "d MMMM y", locale=visit.t.language))


def masked(email: str) -> str:
    """An address as one who knows it knows it again: a letter may have been passed on."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _link(visit: Visit, purpose: links.Purpose, subject: str, **facts: str) -> str:
    secret = links.secret_of(visit.register, visit.settings)
    return f"/{links.PATHS[purpose]}/{links.token(secret, purpose, subject, at=visit.now, **facts)}"
