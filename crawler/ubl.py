"""Small readers over an eForms notice's UBL XML: hardened parsing, elements by a table of paths, typed values."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from config.errors import InputError

Element = Any
"""An lxml element."""

MAX_BYTES = 50_000_000
NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
STOCKHOLM = ZoneInfo("Europe/Stockholm")
LANGUAGES = {
    "BUL": "bg", "CES": "cs", "DAN": "da", "DEU": "de", "ELL": "el", "ENG": "en", "EST": "et", "FIN": "fi",
    "FRA": "fr", "GLE": "ga", "HRV": "hr", "HUN": "hu", "ISL": "is", "ITA": "it", "LAV": "lv", "LIT": "lt",
    "MLT": "mt", "NLD": "nl", "NOB": "nb", "NNO": "nn", "NOR": "no", "POL": "pl", "POR": "pt", "RON": "ro",
    "SLK": "sk", "SLV": "sl", "SPA": "es", "SWE": "sv",
}  # fmt: skip
"""ISO 639-2 as eForms writes it, to ISO 639-1."""
DOCTYPE = "holds a document type or entities, which no eForms notice does"
ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(Z|[+-]\d{2}:\d{2})?")
ISO_TIME = re.compile(r"^(\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?")


def parse(data: bytes, item: str) -> Element:
    """The root of an XML document, without entities, DTD or network. Raises InputError.

    libxml2 itself refuses what is nested deeper than 256 elements, and texts over 10 MB.
    """
    if len(data) > MAX_BYTES:
        raise InputError(item, None, f"is larger than {MAX_BYTES // 1_000_000} MB and was not read")
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:65536]:
        raise InputError(item, None, DOCTYPE)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(item, None, f"is no well-formed XML: {error}") from None
    if root is None:
        raise InputError(item, None, "is an empty document")
    # In another encoding, or after a long comment, the look at the bytes does not see it.
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(item, None, DOCTYPE)
    return root


class Shape:
    """Which elements of a document are wanted: names, each with a path of prefixed names, or with a path and the shape
    of what stands there. One walk takes all of them, which is quicker than as many XPaths.

    Shape(title="cbc:Name", places=("cac:RealizedLocation", Shape(city="cac:Address/cbc:CityName")))
    """

    def __init__(self, **wanted: "str | tuple[str, Shape]") -> None:
        self._tree: Tree = {}
        for name, want in wanted.items():
            path, shape = (want, None) if isinstance(want, str) else want
            *inner, last = (f"{{{NAMESPACES[step.split(':')[0]]}}}{step.split(':')[1]}" for step in path.split("/"))
            at = self._tree
            for step in inner:
                own, below = at.setdefault(step, ("", {}))
                if own or below is None:
                    raise ValueError(f"{name} lies within what {own} takes whole")
                at = below
            if last in at:
                raise ValueError(f"{name} takes what another name takes")
            at[last] = (name, shape._tree if shape else None)

    def read(self, element: Element) -> "Found":
        """What of it stands in an element."""
        return Found(_gather(element, self._tree, {}))


Tree = dict[str, tuple[str, "Tree | None"]]
"""By an element's name: the name it is taken by ("": it is only passed through), and what is wanted below it."""


def _gather(element: Element, tree: Tree, found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    for child in element:
        want = tree.get(child.tag)
        if want is None:
            continue
        name, below = want
        if below is None:
            item = child
        elif name:
            item = Found(_gather(child, below, {}))
        else:
            _gather(child, below, found)
            continue
        if name in found:
            found[name].append(item)
        else:
            found[name] = [item]
    return found


class Found:
    """What stands in an element, by the names of its Shape. A missing one has no text and nothing below."""

    __slots__ = ("_by_name",)

    def __init__(self, by_name: dict[str, list[Any]]) -> None:
        self._by_name = by_name

    def each(self, name: str) -> Sequence["Found"]:
        """What stands in each element of a name with a shape."""
        return self._by_name.get(name, ())

    def first(self, name: str) -> "Found":
        """What stands in the first of them."""
        found = self._by_name.get(name)
        return found[0] if found else NOTHING

    def text(self, name: str, **attributes: str) -> str | None:
        """Text of the first element with these attributes, stripped; None where it is missing or empty."""
        for element in self._elements(name, attributes):
            return _words(element) or None
        return None

    def codes(self, name: str, **attributes: str) -> tuple[str, ...]:
        """Distinct texts of all elements with these attributes, in order, as for code lists."""
        found = (_words(element) for element in self._elements(name, attributes))
        return tuple(dict.fromkeys(value for value in found if value))

    def attribute(self, name: str, attribute: str) -> str:
        """An attribute of the first element; "" where there is none."""
        found = self._by_name.get(name)
        return str(found[0].get(attribute, "")) if found else ""

    def by_list(self, name: str, part: str = "") -> dict[str, list[str]]:
        """Distinct codes of all elements (or of a part of each), in order, by the list they are of (listName)."""
        found: dict[str, list[str]] = {}
        for one in self.each(name) if part else (self,):
            for element in one._by_name.get(part or name, ()):
                codes = found.setdefault(element.get("listName", ""), [])
                code = _words(element)
                if code and code not in codes:
                    codes.append(code)
        return found

    def spoken(self, name: str, language: str) -> str:
        """Text of one multilingual field: in the notice's language, else Swedish, English, or the first."""
        elements = self._by_name.get(name, ())
        if len(elements) == 1:
            return _words(elements[0])
        by_language: dict[str, str] = {}
        for element in elements:
            value = _words(element)
            if value:
                by_language.setdefault(element.get("languageID", "").upper(), value)
        for wanted in (language, "SWE", "ENG"):
            if wanted in by_language:
                return by_language[wanted]
        return next(iter(by_language.values()), "")

    def each_spoken(self, name: str, part: str, language: str) -> tuple[str, ...]:
        """The distinct texts of a part of each element of a name, in the wanted language, without empty ones."""
        return tuple(dict.fromkeys(text for one in self.each(name) if (text := one.spoken(part, language))))

    def _elements(self, name: str, attributes: Mapping[str, str]) -> Sequence[Element]:
        found: Sequence[Element] = self._by_name.get(name, ())
        for attribute, value in attributes.items():
            found = [element for element in found if element.get(attribute) == value]
        return found


NOTHING = Found({})


def _words(element: Element) -> str:
    whole = "".join(element.itertext()) if len(element) else element.text
    return whole.strip() if whole else ""


def day(value: str | None) -> date | None:
    """A date such as 2026-11-24+01:00; None where it is missing or no date."""
    match = ISO_DATE.match(value or "")
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def instant(day_value: str | None, time_value: str | None) -> datetime | None:
    """Date and time of a deadline with its offset. Without a time it is the last minute of the day; without an offset
    it is Swedish local time.
    """
    on = day(day_value)
    if on is None:
        return None
    match = ISO_TIME.match(time_value or "")
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        at = time(int(match[1]), int(match[2]), min(int(match[3] or 0), 59))
    else:
        at = time(23, 59)
    day_match = ISO_DATE.match(day_value or "")
    offset = (match[4] if match else None) or (day_match[4] if day_match else None)
    if offset is None or match is None:
        return datetime.combine(on, at, STOCKHOLM)
    return datetime.fromisoformat(f"{on.isoformat()}T{at.isoformat()}{offset.replace('Z', '+00:00')}")


def months(value: str | None, unit: str | None) -> float | None:
    """A duration (BT-36) in months; None where it is withheld (-1), zero, or of an unknown unit."""
    per_month = {"MONTH": 1.0, "YEAR": 12.0, "WEEK": 12 / 52, "DAY": 12 / 365}
    number = decimal(value)
    if number is None or unit not in per_month:
        return None
    return round(number * per_month[unit], 2)


def span_in_months(start: date | None, end: date | None) -> float | None:
    """Months from start to end, both included; None where either is missing, or the end comes first."""
    if start is None or end is None or end < start:
        return None
    return round((end - start + timedelta(days=1)).days * 12 / 365.25, 2)


def decimal(value: str | None) -> float | None:
    """A positive number; None where it is missing, no number, withheld (-1) or zero."""
    try:
        number = float((value or "").strip())
    except ValueError:
        return None
    return number if 0 < number < 1e15 else None


def boolean(value: str | None) -> bool | None:
    """An indicator; None where it is missing or unreadable."""
    return {"true": True, "1": True, "false": False, "0": False}.get((value or "").strip().lower())
