"""From a form to a changed profile, a part at a time, so that what another has changed meanwhile stays (pure)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, get_args

from pydantic import ValidationError

from config import places
from config.errors import InputError
from register.models import Away, Capacity, Contact, Cooperation, DigestChoice, Eligibility, Enterprise, Reach

Part = Literal["reach", "work", "size", "letter"]
PARTS: tuple[Part, ...] = get_args(Part)
MOST_LINES, LONGEST_LINE, LONGEST_ABOUT = 30, 300, 5_000
MOST_PLACES = 60
HOLIDAYS = 4
"""Rows for holidays in the form."""
KINDS = ("open", "reserved", "subcontract", "planned")

Form = Mapping[str, str]
Several = Mapping[str, tuple[str, ...]]
Change = Callable[[Enterprise], Enterprise]


def change(part: str, form: Form, several: Several) -> Change:
    """The change that a form of one part asks for.

    Raises InputError, when it is made or used, whose reason is the key of a text (portal/locales/enterprises.*.yaml).
    """
    changes: Mapping[str, Callable[[Form, Several], Change]] = {
        "reach": _reach,
        "work": _work,
        "size": _size,
        "letter": _letter,
    }
    if part not in changes:
        raise InputError("profile", "part", "own_wrong_form")
    return changes[part](form, several)


def lines(text: str, field: str) -> tuple[str, ...]:
    """One item a line, each once, empty ones and bullets left out."""
    found = tuple(dict.fromkeys(line for raw in text.splitlines() if (line := raw.strip(" \t-•*"))))
    if len(found) > MOST_LINES or any(len(line) > LONGEST_LINE for line in found):
        raise InputError("profile", field, "own_wrong_lines")
    return found


def named_places(text: str) -> tuple[str, ...]:
    """Municipalities by their own names, parted by commas or lines. Raises InputError for a name that is none."""
    found = []
    for raw in text.replace("\n", ",").replace(";", ",").split(","):
        name = raw.strip()
        place = places.by_name(name) if name else None
        if name and place is None:
            raise InputError("profile", "more", "own_wrong_place")
        if place is not None:
            found.append(place.name)
    return tuple(dict.fromkeys(found))


def _reach(form: Form, several: Several) -> Change:
    ticked = [place.name for name in several.get("municipality", ()) if (place := places.by_name(name))]
    chosen = tuple(dict.fromkeys((*ticked, *named_places(form.get("more", "")))))
    known = {county.code for county in places.counties()}
    counties = tuple(dict.fromkeys(code for code in several.get("county", ()) if code in known))
    if len(chosen) > MOST_PLACES:
        raise InputError("profile", "municipality", "own_wrong_many_places")
    reach = Reach(municipalities=chosen, counties=counties, nationwide=bool(form.get("nationwide")))
    if not (chosen or counties or reach.nationwide):
        raise InputError("profile", "municipality", "own_wrong_no_place")
    return lambda own: own.model_copy(update={"reach": reach})


def _work(form: Form, _: Several) -> Change:
    about = form.get("about", "").strip()
    if len(about) > LONGEST_ABOUT:
        raise InputError("profile", "about", "own_wrong_lines")
    fields: dict[str, Any] = {key: lines(form.get(key, ""), key) for key in ("capabilities", "could_start", "never")}
    if not fields["capabilities"]:
        raise InputError("profile", "capabilities", "own_wrong_no_work")
    return lambda own: _checked(own, {**fields, "about": about})


def _size(form: Form, _: Several) -> Change:
    capacity = Capacity(
        occupied=whole(form, "occupied"), employed=whole(form, "employed"),
        largest_contract_sek_per_year=whole(form, "largest"),
    )  # fmt: skip
    share = whole(form, "share")
    if share is not None and share > 100:
        raise InputError("profile", "share", "own_wrong_number")
    register = form.get("idea_driven", "unknown")
    if register not in ("yes", "no", "unknown"):
        raise InputError("profile", "idea_driven", "own_wrong_form")
    eligibility = Eligibility.model_validate({"share_target_group_percent": share, "idea_driven_register": register})
    cooperation = Cooperation(joint_bids=bool(form.get("joint_bids")), subcontract=bool(form.get("subcontract")))
    return lambda own: own.model_copy(
        update={"capacity": capacity, "eligibility": eligibility, "cooperation": cooperation}
    )


def _letter(form: Form, several: Several) -> Change:
    away = []
    for row in range(HOLIDAYS):
        first, last = form.get(f"first{row}", "").strip(), form.get(f"last{row}", "").strip()
        if first or last:
            try:
                away.append(Away(first=date.fromisoformat(first or last), last=date.fromisoformat(last or first)))
            except ValueError:
                raise InputError("profile", "away", "own_wrong_holiday") from None
    chosen = {
        "weekday": form.get("weekday") or None,
        "hour": whole(form, "hour"),
        "most": whole(form, "most"),
        "include": tuple(kind for kind in KINDS if kind in several.get("include", ())),
        "level": form.get("level", "plain"),
        "empty_week": form.get("empty_week", "sign"),
        "away": tuple(sorted(away, key=lambda one: one.first)),
    }
    if not chosen["include"]:
        raise InputError("profile", "include", "own_wrong_no_kind")
    language = form.get("language", "sv")

    def changed(own: Enterprise) -> Enterprise:
        try:
            digest = DigestChoice.model_validate({**own.digest.model_dump(), **chosen})
            contact = Contact.model_validate({**own.contact.model_dump(), "language": language})
        except ValidationError:
            raise InputError("profile", "letter", "own_wrong_form") from None
        return own.model_copy(update={"digest": digest, "contact": contact})

    return changed


def _checked(own: Enterprise, fields: Mapping[str, Any]) -> Enterprise:
    """As a file's row would be read: control characters out, nothing longer than it may be."""
    return Enterprise.model_validate({**own.model_dump(), **fields})


def whole(form: Form, field: str) -> int | None:
    """A whole number, with spaces as people write them; None where the field is empty. Raises InputError."""
    text = "".join(form.get(field, "").split()).removesuffix("kr")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise InputError("profile", field, "own_wrong_number")
    return int(text)
