"""An enterprise's own data, by the link of its letter: take it home, have it deleted, make old links worthless.

A letter may have been passed on, so that deleting takes a second link, which is mailed to those who get the letters.
"""

import io
import json
import re
import zipfile
from datetime import timedelta

from config.errors import LinkError
from notifier import links
from portal import mails
from portal.enterprises.own import subject
from portal.visits import Answer, File, Later, Page, Visit
from register import enterprises, evidence, own_data, receivers, revocations
from register.database import Register

LASTS = timedelta(days=1)
"""How long the mailed link to delete works."""
LONGEST_FILE_NAME = 80


def show(visit: Visit) -> Answer:
    """What is kept, what would stay, and the buttons."""
    own = enterprises.get(visit.register, subject(visit))
    return _page(visit, own.name)


def take_home(visit: Visit) -> Answer:
    """A zip with all that is kept, as JSON, and the files of the papers."""
    identity = subject(visit)
    content = own_data.export(visit.register, identity)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("uppgifter.json", json.dumps(content, ensure_ascii=False, indent=2))
        for one in evidence.of(visit.register, identity):
            if one.name:
                _, data = evidence.file(visit.register, identity, one.id)
                archive.writestr(f"underlag/{one.id}-{file_name(one.name)}", data)
    visit.note(f"enterprise {identity}")
    return File(f"anbudslots-{file_name(identity)}.zip", "application/zip", packed.getvalue())


def ask(visit: Visit) -> Answer:
    """Mail a link that deletes, or make all links of this kind worthless that are older than now."""
    identity = subject(visit)
    own = enterprises.get(visit.register, identity)
    visit.at_most(5, timedelta(hours=1))
    if visit.form.get("do") == "revoke":
        visit.note(f"enterprise {identity}", f"{visit.action}.revoke")
        # A link tells its second: one of this very second is withdrawn too.
        revocations.revoke(visit.register, "profile", identity, before=visit.now + timedelta(seconds=1))
        return _page(visit, own.name, state="revoked")
    visit.note(f"enterprise {identity}")
    to = [one.email for one in receivers.of(visit.register, identity) if one.standing == "agreed"]
    if not to:
        return _page(visit, own.name, state="nobody")
    secret = links.secret_of(visit.register, visit.settings)
    token = links.token(secret, "profile", identity, at=visit.now, delete="yes")
    address = f"{visit.origin}/{links.PATHS['profile']}/{token}/radera"

    def work(_: Register) -> None:
        title = visit.t("own_delete_mail_subject")
        text = visit.t("own_delete_mail_text", name=own.name, address=address)
        for email in to:
            mails.send(visit, email, title, text, what="a link to delete")

    return Later(_page(visit, own.name, state="asked"), work)


def ask_to_delete(visit: Visit) -> Answer:
    """The mailed link: what is deleted and what stays, and a button. Opening it deletes nothing."""
    own = enterprises.get(visit.register, subject(visit))
    return Page("own_delete.html.j2", {"name": own.name, "good": _may_delete(visit), "done": False})


def delete(visit: Visit) -> Answer:
    """Forget the enterprise. Raises LinkError for a link that was not mailed for this, or yesterday's."""
    identity = subject(visit)
    own = enterprises.get(visit.register, identity)
    if not _may_delete(visit):
        raise LinkError("expired")
    visit.note(f"enterprise {identity}")
    own_data.forget(visit.register, identity, at=visit.now)
    return Page("own_delete.html.j2", {"name": own.name, "good": True, "done": True})


def _may_delete(visit: Visit) -> bool:
    assert visit.link is not None
    return visit.link.facts.get("delete") == "yes" and visit.now < visit.link.issued + LASTS


def _page(visit: Visit, name: str, *, state: str = "") -> Page:
    return Page("own_data.html.j2", {"name": name, "path": f"/profil/{visit.path['token']}", "state": state})


def file_name(name: str) -> str:
    """A name that is safe as a file's on any system, and in a zip: no folder, no dot at its beginning."""
    return re.sub(r"[^\w.-]+", "_", name).lstrip("._")[-LONGEST_FILE_NAME:] or "fil"
