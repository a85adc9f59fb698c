"""An enterprise gets in: by the public form or an adviser's, then a proposal out of its own words that is confirmed."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from config import cpv, places
from config.errors import InputError, NotFoundError, SettingsError
from matcher import proposing
from notifier import confirming, message
from portal import assessors
from portal.enterprises import editing, effects, leaflets
from portal.enterprises.own import send_question
from portal.visits import Answer, Later, Page, Redirect, Refused, Visit
from register import applications
from register.applications import Application
from register.database import Register
from register.models import Capacity, Contact, Enterprise, Reach

MOST_AN_HOUR = 5
"""Applications of one client."""
KIND_FIELDS = ("capability", "could_start", "never")
"""Kinds of proposed lines."""


def form(visit: Visit) -> Answer:
    """The public form."""
    return _form(visit, "apply.html.j2")


def apply(visit: Visit) -> Answer:
    """Keep an application. Nothing is mailed: an adviser reads it first."""
    visit.at_most(MOST_AN_HOUR, timedelta(hours=1))
    if visit.form.get("website"):
        # A field that people do not see: what fills it in is no person, and is told nothing.
        return _form(visit, "apply.html.j2", done=True)
    try:
        if not visit.form.get("email", "").strip():
            raise InputError("application", "email", "own_wrong_email")
        application = _application(visit, visit.form.get("words", ""))
    except InputError as error:
        return _form(visit, "apply.html.j2", wrong=visit.t(error.reason))
    if applications.add(visit.register, application) is None:
        raise Refused(429)
    return _form(visit, "apply.html.j2", done=True)


def listing(visit: Visit) -> Answer:
    """Applications that wait for an adviser."""
    applications.tidy(visit.register, now=visit.now)
    return Page("applications.html.j2", {"waiting": applications.waiting(visit.register)})


def new(visit: Visit) -> Answer:
    """The adviser's form: name, municipality, and words written, pasted or in a file."""
    return _form(visit, "application_new.html.j2")


def begin(visit: Visit) -> Answer:
    """Keep what the adviser wrote and propose a profile out of it."""
    source = ""
    try:
        words = visit.form.get("words", "")
        upload = visit.uploads.get("leaflet")
        if upload is not None and upload.filename:
            try:
                words = "\n".join(filter(None, (words.strip(), leaflets.text(upload, visit.settings.documents))))
            except InputError as error:
                return _form(visit, "application_new.html.j2", wrong=error.reason)
            source = upload.filename
        application = _application(visit, words, by=visit.who, source=source)
    except InputError as error:
        return _form(visit, "application_new.html.j2", wrong=visit.t(error.reason))
    number = applications.add(visit.register, application)
    assert number is not None
    visit.note(f"application {number}")
    return _propose(visit, number, application)


def propose(visit: Visit) -> Answer:
    """Read a profile out of an application's words."""
    own = _waiting(visit)
    return _propose(visit, own.id, own)


def review(visit: Visit) -> Answer:
    """One application: its words, and the proposal to confirm."""
    own = _get(visit)
    visit.note(f"application {own.id}")
    return _review(visit, own)


def take(visit: Visit) -> Answer:
    """Register the enterprise as the adviser has confirmed it, and ask its address whether it wants letters."""
    own = _waiting(visit)
    try:
        enterprise = _confirmed(visit, own)
    except InputError as error:
        return _review(visit, own, wrong=visit.t(error.reason))
    account = visit.account
    assert account is not None
    cares_anyway = account.role == "operator" or account.all_enterprises
    made = applications.take(
        visit.register,
        own.id,
        enterprise,
        by=account.name,
        account=None if cares_anyway else account.id,
        at=visit.now,
    )
    if made is None:
        raise NotFoundError(f"Application {own.id} is decided already.")
    visit.note(f"enterprise {made.id}")
    asked = ask_address(visit, made)
    done = Redirect(f"/foretag/{made.id}")
    return Later(done, lambda register: send_question(visit, register)) if asked else done


def refuse(visit: Visit) -> Answer:
    """Decide against an application. Nobody is mailed: the adviser tells them in person."""
    own = _waiting(visit)
    applications.refuse(visit.register, own.id, by=visit.who, at=visit.now)
    visit.note(f"application {own.id}")
    return Redirect("/anmalningar")


def ask_address(visit: Visit, made: Enterprise) -> bool:
    """Put the question to the enterprise's address into the outbox; False where there is none, or no mail is set up."""
    if not made.contact.email:
        return False
    try:
        message.sender_of(visit.settings.mail)
        return confirming.ask(
            visit.register, made.id, made.contact.email, how=f"registered by {visit.who}", settings=visit.settings,
            now=visit.now,
        )  # fmt: skip
    except SettingsError:
        # The address is in the profile: `anbudslots consents` and the receivers' part of the page can ask it later.
        return False


def _application(visit: Visit, words: str, *, by: str = "", source: str = "") -> Application:
    """Raises InputError whose reason is a text's key."""
    place = places.by_name(visit.form.get("municipality", ""))
    if place is None:
        raise InputError("application", "municipality", "own_wrong_place")
    if not words.strip() or not visit.form.get("name", "").strip():
        raise InputError("application", "words", "apply_wrong_empty")
    try:
        return Application(
            name=visit.form["name"],
            municipality=place.name,
            email=visit.form.get("email", "").strip(),
            words=words[: applications.LONGEST_WORDS],
            source=source[:200],
            by=by,
            at=visit.now,
        )
    except ValidationError as error:
        wrong = error.errors()[0]["loc"][0]
        key = "own_wrong_email" if wrong == "email" else "apply_wrong_empty"
        raise InputError("application", str(wrong), key) from None


def _confirmed(visit: Visit, own: Application) -> Enterprise:
    """The enterprise that the form describes. Raises InputError whose reason is a text's key."""
    read = _application(visit, own.words)
    place = places.by_name(read.municipality)
    assert place is not None
    given = {kind: editing.lines(visit.form.get(kind, ""), kind) for kind in KIND_FIELDS}
    if not given["capability"]:
        raise InputError("application", "capability", "own_wrong_no_work")
    known = {county.code for county in places.counties()}
    codes = tuple(code for code in dict.fromkeys(visit.several.get("code", ())) if cpv.label(code))
    ticked = [found.name for name in visit.several.get("municipality_reach", ()) if (found := places.by_name(name))]
    reach = Reach(
        municipalities=tuple(dict.fromkeys((*ticked, *editing.named_places(visit.form.get("more", ""))))),
        counties=tuple(code for code in visit.several.get("county", ()) if code in known),
    )
    capacity = Capacity(
        occupied=editing.whole(visit.form, "occupied"),
        largest_contract_sek_per_year=editing.whole(visit.form, "largest"),
    )
    return Enterprise(
        id="new",
        name=read.name,
        municipality=place.name,
        county=place.county,
        capabilities=given["capability"],
        could_start=given["could_start"],
        never=given["never"],
        cpv=codes,
        reach=reach,
        capacity=capacity,
        contact=Contact(email=read.email or None),
    )


def _propose(visit: Visit, number: int, own: Application) -> Answer:
    """What can be read without a model at once, the rest after the answer."""
    applications.propose(visit.register, number, asdict(proposing.at_once(own.words, own.municipality)))

    def work(register: Register) -> None:
        encoder = assessors.model(visit.settings.model, visit.data)
        found = proposing.propose(own.words, own.municipality, encoder, register=register)
        applications.propose(register, number, asdict(found))

    return Later(Redirect(f"/anmalningar/{number}"), work)


def _review(visit: Visit, own: Application, *, wrong: str = "") -> Page:
    """With what the form held if it was sent and is wrong, else with the proposal."""
    proposal = own.proposal or {"lines": [], "places": [], "codes": []}
    sent = visit.form if wrong else None
    values = {
        "own": own,
        "wrong": wrong,
        "all_places": _names(),
        "proposal": own.proposal,
        "whole": proposal.get("whole", True),
        "lines": proposal["lines"],
        "kinds": KIND_FIELDS,
        "texts": {kind: sent.get(kind, "") if sent else _lines(proposal, kind) for kind in KIND_FIELDS},
        "places": _ticks(proposal, visit.several if wrong else None),
        "beside": [
            name
            for name in effects.beside(Enterprise(id="new", name="new", municipality=own.municipality))
            if name not in {one["name"] for one in proposal["places"]}
        ],
        "codes": [
            {**one, "ticked": one["code"] in visit.several.get("code", ()) if wrong else one["confidence"] >= SURE}
            for one in proposal["codes"]
        ],
        "form": {
            key: sent.get(key, "") if sent else given
            for key, given in {
                "name": own.name,
                "municipality": own.municipality,
                "email": own.email,
                "more": "",
                "largest": "",
                "occupied": "",
            }.items()
        },
    }
    return Page("application.html.j2", values, 400 if wrong else 200)


SURE = 0.7
"""From this confidence on a code is ticked beforehand."""


def _lines(proposal: Mapping[str, Any], kind: str) -> str:
    return "\n".join(one["text"] for one in proposal["lines"] if one["kind"] == kind)


def _ticks(proposal: Mapping[str, Any], sent: Mapping[str, tuple[str, ...]] | None) -> list[dict[str, Any]]:
    """Proposed places; a county is ticked by the adviser alone, as it is much to promise."""
    rows = []
    for one in proposal["places"]:
        field, value = ("county", one["county"]) if one["county"] else ("municipality_reach", one["name"])
        ticked = value in sent.get(field, ()) if sent is not None else field == "municipality_reach"
        rows.append({**one, "field": field, "value": value, "ticked": ticked})
    return rows


def _get(visit: Visit) -> Application:
    number = visit.path["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 15):
        raise NotFoundError(f"There is no application {number!r}.")
    return applications.get(visit.register, int(number))


def _waiting(visit: Visit) -> Application:
    own = _get(visit)
    if own.state != "waiting":
        raise NotFoundError(f"Application {own.id} is decided already.")
    return own


def _form(visit: Visit, template: str, *, wrong: str = "", done: bool = False) -> Page:
    given = {key: visit.form.get(key, "") for key in ("name", "municipality", "email", "words")}
    values = {"form": given, "wrong": wrong, "done": done, "all_places": _names()}
    return Page(template, values, 400 if wrong else 200)


def _names() -> list[str]:
    return [place.name for place in places.municipalities()]
