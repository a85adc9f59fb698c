"""CPV codes that an enterprise could give, each with the words that it came from; the adviser ticks those that are so.

They are reckoned when they are asked for, by the model: where that is not unpacked yet, the page says what to do. The
first time the labels of all codes are read after the answer, and the page tells how many are left.
"""

import re
import threading

from config import cpv
from config.errors import InputError
from matcher import profile, suggesting
from matcher.encoder import Encoder, encode_once
from matcher.lexical import Analyser
from portal import assessors
from portal.advisers import readers
from portal.visits import Answer, Later, Page, Redirect, Visit
from register import enterprises
from register.database import Register

MOST = 40
"""Codes of a profile."""
_reading = threading.Lock()


def show(visit: Visit) -> Answer:
    """The codes that it has, and those that are suggested. Raises NotFoundError."""
    own = visit.enterprise(visit.path["id"])
    visit.note(f"enterprise {own.id}")
    ready = readers.ready(visit.data)
    model = assessors.model(visit.settings.model, visit.data) if ready else None
    unread = suggesting.unread(model, visit.register) if model else 0
    suggested = []
    if model and not unread:
        built = profile.build(own, model, Analyser(), register=visit.register)
        suggested = [one for one in suggesting.codes(built, model, register=visit.register) if not one.given]
    values = {
        "enterprise": own,
        "ready": ready,
        "unread": unread,
        "suggested": suggested,
        "given": [(code, cpv.label(code) or "") for code in own.cpv],
    }
    page = Page("codes.html.j2", values)
    return Later(page, lambda register: read_labels(model, register)) if model and unread else page


def read_labels(model: Encoder, register: Register) -> None:
    """Encode the labels of all codes, which takes minutes, once; somebody else's reading of them is not doubled."""
    if _reading.acquire(blocking=False):
        try:
            encode_once(model, list(suggesting.labels().values()), "passage", register=register)
        finally:
            _reading.release()


def confirm(visit: Visit) -> Answer:
    """Set the codes that were ticked. Raises InputError for what is no code."""
    own = visit.enterprise(visit.path["id"])
    ticked = tuple(dict.fromkeys(visit.several.get("cpv", ())))
    wrong = [code for code in ticked if not re.fullmatch(r"\d{8}", code) or not cpv.label(code)]
    if wrong or len(ticked) > MOST:
        raise InputError(own.id, "cpv", visit.t("codes_wrong"))
    with visit.register.atomic():
        # Read again in the transaction: the enterprise may be changing its profile by its own link.
        now = enterprises.get(visit.register, own.id)
        enterprises.add(visit.register, now.model_copy(update={"cpv": ticked}), at=visit.now)
        visit.note(f"enterprise {own.id}")
    return Redirect(f"/foretag/{own.id}")
