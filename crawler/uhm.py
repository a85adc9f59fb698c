"""Upphandlingsmyndigheten's open statistics: procurements as closed notices, and awards. Who bought what, from whom.

One row of procurements is one advertised procurement; its place is not stated: it comes from title and buyer later.
One row of awards is what one supplier was contracted for on one lot. Neither tells how many bids there were, nor for
what value.
"""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from config.errors import InputError
from register.models import Award, Buyer, Codes, Lot, Notice, SetAside

HEAD = 65_536
"""Bytes by which an export is known."""
MAX_BYTES = 200_000_000
"""Unpacked. A year of awards has 20 MB."""
SHARED = ("Upphandlings-ID", "Upphandlingens titel", "Namn för köpare", "Publiceringsdatum")
CONTRACTS = "Antal kontrakterade anbud*, Summa"
"""What UHM's asterisk refers to is not in the file."""
NEEDED = {"procurements": SHARED, "awards": (*SHARED, "Anbudsområdes-ID", "Namn för leverantör", CONTRACTS)}
HIDDEN = "Personuppgift"
"""Stands for the name of a sole trader."""
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

Row = Mapping[str, str]


def kind(head: bytes) -> Literal["procurements", "awards"] | None:
    """Which export a file that begins so is, if any; `head` may be cut off in the middle, and packed."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD)
        except zlib.error:
            return None
    columns = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").rstrip("\r").split(";")
    if CONTRACTS in columns:
        return "awards"
    return "procurements" if set(SHARED) <= set(columns) else None


def take(data: bytes, name: str) -> list[Notice | Award | SetAside]:
    """Read whichever export it is; of none, the messages are those for procurements. Raises InputError."""
    return list(awards(data, name) if kind(data[:HEAD]) == "awards" else procurements(data, name))


def read(path: Path) -> Iterator[Notice | SetAside]:
    """`procurements` of a file. Raises InputError also where it can't be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(path.name, None, f"can't be read: {error.strerror}") from None
    yield from procurements(data, path.name)


def procurements(data: bytes, name: str) -> Iterator[Notice | SetAside]:
    """Read the export of procurements row by row, as it is or gzipped. name: what it is called in messages.

    A row without what is needed, or whose id came before with other content, is a SetAside with its line number.
    Raises InputError when the file is no such export.
    """
    lines: dict[str, tuple[int, Notice]] = {}
    for line, row in _rows(data, name, NEEDED["procurements"]):
        item = f"{name} line {line}"
        if isinstance(row, SetAside):
            yield row
            continue
        try:
            notice = _notice(row)
        except (ValidationError, InputError) as error:
            yield _aside(item, error)
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


def awards(data: bytes, name: str) -> Iterator[Award | SetAside]:
    """Read the export of awards, as `procurements` does. Raises InputError."""
    read: list[tuple[int, Award]] = []
    for line, row in _rows(data, name, NEEDED["awards"]):
        if isinstance(row, SetAside):
            yield row
            continue
        try:
            read.append((line, _award(row)))
        except (ValidationError, InputError) as error:
            yield _aside(f"{name} line {line}", error)
    lines: dict[str, int] = {}
    for line, award in _numbered(read):
        if award.id in lines:
            reason = f"{award.supplier} has this lot on line {lines[award.id]} too; the first is kept"
            yield SetAside(item=f"{name} line {line}", field="Namn för leverantör", reason=reason)
            continue
        lines[award.id] = line
        yield award


def _numbered(read: list[tuple[int, Award]]) -> Iterator[tuple[int, Award]]:
    """The awards with hidden suppliers of one lot numbered: by what is told of them, so that the order of the rows does
    not matter.
    """
    number: Counter[str] = Counter()
    hidden = [found for found in read if not found[1].supplier]
    yield from (found for found in read if found[1].supplier)
    for line, award in sorted(hidden, key=lambda found: (found[1].size, found[1].legal_form, found[1].contracts)):
        yield line, award.model_copy(update={"number": number[award.id]})
        number[award.id] += 1


def _rows(data: bytes, name: str, needed: tuple[str, ...]) -> Iterator[tuple[int, Row | SetAside]]:
    """Each row with its line number; a row without what is needed is a SetAside. Raises InputError."""
    reader = csv.DictReader(io.StringIO(_text(data, name), newline=""), delimiter=";")
    try:
        columns = reader.fieldnames or []
        absent = [column for column in needed if column not in columns]
        if absent:
            raise InputError(name, absent[0], "is no column: this is not the export it should be (semicolons, UTF-8)")
        before = reader.line_num
        for row in reader:
            line, before = before + 1, reader.line_num
            missing = next((column for column in needed if not (row.get(column) or "").strip()), None)
            if missing:
                yield line, SetAside(item=f"{name} line {line}", field=missing, reason="is empty")
            else:
                yield line, {column: cell or "" for column, cell in row.items() if isinstance(column, str)}
    except csv.Error as error:
        line = reader.line_num
        yield line, SetAside(item=f"{name} line {line}", reason=f"{error}; what follows was not read")


def _text(data: bytes, name: str) -> str:
    """The text of the bytes, unpacked where they are gzipped. Raises InputError."""
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(name, None, f"can't be unpacked: {error}") from None
    if len(data) > MAX_BYTES:
        raise InputError(name, None, f"has more than {MAX_BYTES // 1_000_000} MB. Export fewer years at a time.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(name, None, f"can't be read as UTF-8: {error}") from None


def _aside(item: str, error: ValidationError | InputError) -> SetAside:
    if isinstance(error, InputError):
        return SetAside(item=item, field=error.field, reason=error.reason)
    first = error.errors()[0]
    return SetAside(item=item, field=".".join(map(str, first["loc"])), reason=first["msg"])


def _cpv(row: Row) -> str:
    code = row.get("Huvudsaklig CPV-kod", "").split(" ", 1)[0]
    return code if re.fullmatch(r"[0-9]{8}", code) and code != NO_CPV else ""


def _day(row: Row) -> date:
    cell = row["Publiceringsdatum"].strip()
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        raise InputError(
            row["Upphandlings-ID"], "Publiceringsdatum", f"{cell[:40]!r} is no day such as 2021-03-02"
        ) from None


def _whole(row: Row, column: str) -> int:
    cell = row[column].strip().removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,6}", cell):
        raise InputError(row["Upphandlings-ID"], column, f"{cell[:40]!r} is no whole number")
    return int(cell)


def _buyer(row: Row) -> Buyer:
    number = re.sub(r"\D", "", row.get("Organisationsnummer för köpare", ""))
    return Buyer(name=row["Namn för köpare"], org_number=number or None)


def _notice(row: Row) -> Notice:
    title = row["Upphandlingens titel"].strip()
    cpv = (code,) if (code := _cpv(row)) else ()
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
        buyer=_buyer(row),
        nature=nature,
        cpv=cpv,
        published=_day(row),
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


def _award(row: Row) -> Award:
    supplier = row["Namn för leverantör"].strip()
    return Award(
        procurement=row["Upphandlings-ID"],
        lot=row["Anbudsområdes-ID"],
        title=row["Upphandlingens titel"],
        buyer=_buyer(row),
        cpv=_cpv(row),
        published=_day(row),
        framework=row.get("Typ av avtal") == "Ramavtal",
        supplier="" if supplier == HIDDEN else supplier,
        size=row.get("Företagsstorlek för leverantör", ""),
        legal_form=row.get("Juridisk form för leverantör", ""),
        contracts=_whole(row, CONTRACTS),
    )
