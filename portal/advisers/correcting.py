"""The buttons under a clause: right, wrong class, negated, boilerplate. Kept and seen at once, read anew afterwards."""

from typing import get_args

from config.errors import InputError, NotFoundError, SettingsError
from matcher import judging, screener
from matcher.screening import rules
from portal.advisers import readers
from portal.visits import Answer, Later, Redirect, Visit
from register import notices
from register.corrections import Verdict
from register.database import Register

LONGEST_NOTE = 2_000


def correct(visit: Visit) -> Answer:
    """Keep what an adviser says of a finding. Raises InputError for what can't be meant."""
    form, number = visit.form, visit.path["number"]
    verdict = next((known for known in get_args(Verdict) if known == form.get("verdict")), None)
    if verdict is None or form.get("clause") not in rules.CODES:
        raise InputError("correction", "verdict", visit.t("notice_bad_form"))
    with visit.register.atomic():
        try:
            touched = judging.keep(
                visit.register,
                number,
                form["clause"],
                verdict,
                right_clause=form.get("right_clause", "") if verdict == "wrong" else "",
                who=visit.who,
                note=form.get("note", "")[:LONGEST_NOTE],
                lot=form.get("lot", ""),
                words=form.get("words", ""),
                now=visit.now,
            )
        except (SettingsError, NotFoundError) as error:
            notices.get(visit.register, number)  # an unknown notice is not found, whatever is said of it
            raise InputError("correction", "clause", visit.t("notice_no_such_finding")) from error
        for one in touched:
            judging.lay_over(visit.register, one, now=visit.now)
        visit.note(f"notice {number}")
    data, now = visit.data, visit.now

    def read_anew(register: Register) -> None:
        judge = readers.judge(data)
        for one in touched:
            screener.anew(register, notices.get(register, one), now=now, judge=judge)

    return Later(Redirect(f"/annons/{number}#krav"), read_anew)
