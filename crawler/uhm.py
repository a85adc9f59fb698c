"""Upphandlingsmyndigheten's open statistics to closed notices: who bought what, as the portals reported it.

One row is one advertised procurement. Its place is not stated: it comes from title and buyer later.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from config.errors import InputError
from register.models import Buyer, Codes, Lot, Notice, SetAside

NEEDED = ("Upphandlings-ID", "Upphandlingens titel", "Namn för köpare", "Publiceringsdatum")
NATURES = {"Tjänster": "services", "Varor": "supplies", "Byggentreprenader": "works"}
PROCEDURES = {
    "Öppet förfarande": "open",
    "Selektivt förfarande": "restricted",
    "Förhandlat förfarande med föregående annonsering": "neg-w-call",
    "Förenklat förfarande": "simplified",
    "Konkurrenspräglad dialog": "comp-dial",
    "Innovationspartnerskap": "innovation",
}
FLAGS = {
    "Reserverad upphandling": "reserved",
    "Reserverat genomförande": "reserved-execution",
    "Socialt hållbar upphandling": "social",
    "Miljömässigt hållbar upphandling": "environmental",
    "Innovationsupphandling": "innovation",
    "Samordnad upphandling": "joint",
    "Anbudsområden": "lots",
}
NO_CPV = "00000000"


def read(path: Path) -> Iterator[Notice | SetAside]:
    """Read the export row by row. A row without what is needed, or whose id came before with other content, is a
    SetAside with its line number. Raises InputError when the file is no such export.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path.name, None, f"can't be read as UTF-8: {error}") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    columns = reader.fieldnames or []
    absent = [name for name in NEEDED if name not in columns]
    if absent:
        raise InputError(
            path.name, absent[0], "is no column: this is not the export of procurements (semicolons, UTF-8)"
        )
    lines: dict[str, tuple[int, Notice]] = {}
    before = reader.line_num
    for row in reader:
        line, before = before + 1, reader.line_num
        item = f"{path.name} line {line}"
        missing = next((name for name in NEEDED if not (row.get(name) or "").strip()), None)
        if missing:
            yield SetAside(item=item, field=missing, reason="is empty")
            continue
        try:
            notice = _notice(row)
        except (ValidationError, ValueError) as error:
            reason = str(error).splitlines()[0]
            yield SetAside(item=item, field=None, reason=reason)
            continue
        number = notice.publication_number
        if number in lines:
            first_line, first = lines[number]
            same = "the same" if first == notice else "another"
            reason = f"{number} stands on line {first_line} too, with {same} content; the first is kept"
            yield SetAside(item=item, field="Upphandlings-ID", reason=reason)
            continue
        lines[number] = (line, notice)
        yield notice


def _notice(row: Mapping[str, str]) -> Notice:
    title = row["Upphandlingens titel"].strip()
    code = row.get("Huvudsaklig CPV-kod", "").split(" ", 1)[0]
    cpv = (code,) if len(code) == 8 and code.isdigit() and code != NO_CPV else ()
    nature = NATURES.get(row.get("Upphandlingsslag", ""))
    framework = "fa-wo-rc" if row.get("Typ av avtal") == "Ramavtal" else None
    dynamic = "dps-list" if row.get("Dynamiskt inköpssystem") == "True" else None
    flags = tuple(flag for column, flag in FLAGS.items() if row.get(column) in ("True", "1.0"))
    return Notice(
        publication_number=row["Upphandlings-ID"],
        origin="uhm",
        form_type="competition",
        legal_basis=row.get("Rättslig grund") or None,
        procedure=PROCEDURES.get(row.get("Förfarande", "")),
        title=title,
        buyer=Buyer(
            name=row["Namn för köpare"], org_number=row.get("Organisationsnummer för köpare", "").strip() or None
        ),
        nature=nature,
        cpv=cpv,
        published=date.fromisoformat(row["Publiceringsdatum"].strip()[:10]),
        closed=True,
        flags=flags,
        lots=(
            Lot(
                id="LOT-0000",
                title=title,
                nature=nature,
                cpv=cpv,
                codes=Codes(framework=framework, dynamic_purchasing=dynamic),
            ),
        ),
    )
