"""What a municipality plans to buy: typed or pasted, several lines at once, or read from a file."""

import tempfile
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError
from starlette.datastructures import UploadFile

from config import cpv
from config.errors import InputError
from config.settings import DocumentSettings
from crawler.documents.reading import Reader
from portal.municipality import own
from portal.texts import Texts
from portal.visits import Answer, Page, Redirect, Visit
from register import documents, plans
from register.models import cpv_code
from register.plans import Plan

AN_HOUR = 60
"""Forms that one client may send in an hour."""
MOST_LINES = 50
READ_SECONDS = 20.0
"""How long a file is read while the page waits; pictures are not read (OCR)."""


def form(visit: Visit) -> Answer:
    """The empty form."""
    return Page("municipality_plan.html.j2", {"municipality": own.home(visit).name, "given": {}, "problems": []})


def keep(visit: Visit) -> Answer:
    """Keep one planned purchase, or one for each line; shows the form again with what is wrong."""
    visit.at_most(AN_HOUR, timedelta(hours=1))
    place, t = own.home(visit), visit.t
    try:
        text = "\n\n".join(part for part in (visit.form.get("text", "").strip(), _read(visit)) if part)
        made = _made(visit, place.name, text, t)
        there = len(plans.of(visit.register, place.name))
        if there + len(made) > plans.MOST:
            raise InputError("plan", "title", t("kommun_plan_too_many", most=plans.MOST))
    except InputError as error:
        values = {"municipality": place.name, "given": dict(visit.form), "problems": [error.reason]}
        return Page("municipality_plan.html.j2", values, 400)
    ids = [plans.add(visit.register, plan, who=visit.who, at=visit.now) for plan in made]
    visit.note(f"plans of {place.name}: {', '.join(map(str, ids))}")
    return Redirect(f"/kommun/plan/{ids[0]}" if len(ids) == 1 else "/kommun?visa=planerade")


def forget(visit: Visit) -> Answer:
    """Forget one of the municipality's own plans. Raises NotFoundError for others."""
    identity = visit.path["id"]
    plans.remove(visit.register, own.home(visit).name, int(identity) if identity.isdecimal() else 0)
    visit.note(f"plan {identity}")
    return Redirect("/kommun?visa=planerade")


def _made(visit: Visit, municipality: str, text: str, t: Texts) -> list[Plan]:
    """The plans of the form. Raises InputError whose reason is told to the reader."""
    lines = [line for line in visit.form.get("lines", "").splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise InputError("plan", "lines", t("kommun_plan_too_many_lines", most=MOST_LINES))
    made = [_of_line(line, municipality, t) for line in lines]
    title = visit.form.get("title", "").strip()
    if title or not made:
        value, months, code = (visit.form.get(name, "") for name in ("value", "months", "cpv"))
        made.insert(0, _plan(t, municipality, title, text, value, months, code))
    return made


def _of_line(line: str, municipality: str, t: Texts) -> Plan:
    """`what; SEK; months; CPV`, parted by semicolons or, from a spreadsheet, by tabs."""
    cells = [cell.strip() for cell in line.split("\t" if "\t" in line else ";")]
    title, value, months, code = (cells + [""] * 4)[:4]
    return _plan(t, municipality, title, "", value, months, code)


def _plan(t: Texts, municipality: str, title: str, text: str, value: str, months: str, code: str) -> Plan:
    digits = str(cpv_code(code)) if code.strip() else ""
    if digits and cpv.label(digits) is None:
        raise InputError("plan", "cpv", t("kommun_plan_bad_cpv", code=code.strip()[:20]))
    try:
        return Plan(
            title=title,
            text=text,
            municipality=municipality,
            cpv=digits,
            value_sek=_number(value, t("kommun_plan_value"), t),
            months=_number(months, t("kommun_plan_months"), t),
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0]).removesuffix("_sek")
        raise InputError("plan", field, t("kommun_plan_bad", field=t(f"kommun_plan_{field}"))) from error


def _number(text: str, name: str, t: Texts) -> float | None:
    """600 000, 600000 kr or 1,5; None for empty."""
    digits = "".join(text.casefold().removesuffix("kr").removesuffix("sek").split()).replace(",", ".")
    if not digits:
        return None
    try:
        return float(digits)
    except ValueError:
        raise InputError("plan", name, t("kommun_plan_bad", field=name)) from None


def _read(visit: Visit) -> str:
    """The text of the file that came with the form; "" for none. Raises InputError, its reason in Swedish."""
    upload = visit.uploads.get("file")
    if upload is None or not upload.filename:
        return ""
    bounded = visit.settings.documents.model_copy(update={"seconds": READ_SECONDS, "ocr_seconds": 0})
    return _text(upload, bounded)


def _text(upload: UploadFile, settings: DocumentSettings) -> str:
    name = Path(upload.filename or "fil").name[:100]
    with Reader(settings) as reader, tempfile.TemporaryDirectory(prefix="anbudslots-") as folder:
        # A name of our own: the file's own name is hostile too.
        path = Path(folder) / "file"
        path.write_bytes(upload.file.read())
        kind = reader.tell(path, name)
        if kind.format == "zip":
            raise InputError(name, None, "Packa upp filen och skicka den som är av intresse.")
        reading = reader.read(path, name, kind)
    if not reading.parts:
        raise InputError(name, None, reading.note)
    return documents.join(reading.parts)[0]
