"""CPV codes that an enterprise could give, each with the words that it came from; the adviser ticks those that are so.

They are reckoned when they are asked for, by the model: where that is not unpacked yet, the page says what to do.
"""

import re

from config import cpv
from config.errors import InputError
from matcher import profile, suggesting
from matcher.lexical import Analyser
from portal import assessors
from portal.advisers import readers
from portal.visits import Answer, Page, Redirect, Visit
from register import enterprises

MOST = 40
"""Codes of a profile."""


def show(visit: Visit) -> Answer:
    """The codes that it has, and those that are suggested. Raises NotFoundError."""
    own = visit.enterprise(visit.path["id"])
    visit.note(f"enterprise {own.id}")
    ready = readers.ready(visit.data)
    suggested = []
    if ready:
        model = assessors.model(visit.settings.model, visit.data)
        built = profile.build(own, model, Analyser(), register=visit.register)
        suggested = [one for one in suggesting.codes(built, model, register=visit.register) if not one.given]
    values = {
        "enterprise": own,
        "ready": ready,
        "suggested": suggested,
        "given": [(code, cpv.label(code) or "") for code in own.cpv],
    }
    return Page("codes.html.j2", values)


def confirm(visit: Visit) -> Answer:
    """Set the codes that were ticked. Raises InputError for what is no code."""
    own = visit.enterprise(visit.path["id"])
    ticked = tuple(dict.fromkeys(visit.several.get("cpv", ())))
    wrong = [code for code in ticked if not re.fullmatch(r"\d{8}", code) or not cpv.label(code)]
    if wrong or len(ticked) > MOST:
        raise InputError(own.id, "cpv", visit.t("codes_wrong"))
    enterprises.add(visit.register, own.model_copy(update={"cpv": ticked}), at=visit.now)
    visit.note(f"enterprise {own.id}")
    return Redirect(f"/foretag/{own.id}")
