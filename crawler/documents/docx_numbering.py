"""The numbers that Word reckons for headings and list items ("5.3", "a)", a bullet), from word/numbering.xml."""

from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

from crawler.documents.office import Element

LEVELS = 9
MAX_NUMBER = 100_000


@dataclass(frozen=True)
class Level:
    """One level of a list: how its number is written, how it looks ("%1.%2"), where it starts."""

    form: str
    pattern: str
    start: int


class Numbering:
    """Counts as Word does while the paragraphs are walked in order."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, tuple[str, dict[int, Level]]] = {}
        """By list number: which abstract list counts it, and its levels."""
        self._counts: dict[str, list[int | None]] = {}
        part = next((rel.target_part for rel in document.part.rels.values() if _is_numbering(rel)), None)
        root = getattr(part, "element", None)
        if root is not None:
            self._read(root)

    def _read(self, root: Element) -> None:
        abstract = {str(node.get(qn("w:abstractNumId"))): node for node in root.iterfind(qn("w:abstractNum"))}
        for node in root.iterfind(qn("w:num")):
            name = _of(node, "w:abstractNumId")
            levels = abstract[name].iterfind(qn("w:lvl")) if name in abstract else ()
            self._levels[str(node.get(qn("w:numId")))] = (
                name,
                {_number(level.get(qn("w:ilvl"))): _level(level) for level in levels},
            )

    def text(self, paragraph: Element, style: Any) -> str:
        """The number of a paragraph, its own or its style's; "" for none, "•" for a bullet."""
        number, depth = _place(paragraph.find(qn("w:pPr")))
        for _ in range(20):
            if number or style is None:
                break
            number, below = _place(style.element.find(qn("w:pPr")))
            depth = depth if depth is not None else below
            style = style.base_style
        depth = depth or 0
        name, levels = self._levels.get(number, ("", {}))
        level = levels.get(depth)
        if level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return "•"
        return self._count(name, depth, levels)

    def _count(self, name: str, depth: int, levels: dict[int, Level]) -> str:
        counts = self._counts.setdefault(name, [None] * LEVELS)
        before = counts[depth]
        counts[depth] = levels[depth].start if before is None else min(before + 1, MAX_NUMBER)
        counts[depth + 1 :] = [None] * (LEVELS - depth - 1)
        text = levels[depth].pattern
        for n in range(depth + 1):
            level = levels.get(n)
            at = counts[n]
            if level is not None:
                text = text.replace(f"%{n + 1}", _written(level.start if at is None else at, level.form))
        return text[:40].strip()


def _is_numbering(rel: Any) -> bool:
    return not rel.is_external and str(rel.reltype).endswith("/numbering")


def _place(properties: Element | None) -> tuple[str, int | None]:
    """List number and level from 0 of paragraph properties."""
    node = properties.find(qn("w:numPr")) if properties is not None else None
    if node is None:
        return "", None
    level = _of(node, "w:ilvl")
    return _of(node, "w:numId"), min(_number(level), LEVELS - 1) if level else None


def _level(node: Element) -> Level:
    return Level(_of(node, "w:numFmt") or "decimal", _of(node, "w:lvlText"), _number(_of(node, "w:start") or "1"))


def _of(node: Element, name: str) -> str:
    child = node.find(qn(name))
    return "" if child is None else str(child.get(qn("w:val"), ""))


def _number(text: str | None) -> int:
    return min(int(text), MAX_NUMBER) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _written(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 5) if number else ""
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.upper() if form == "upperRoman" else roman
    return str(number)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    text = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    ):
        text += sign * (number // value)
        number %= value
    return text
