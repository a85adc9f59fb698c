"""An alert's lines to one block a notice (pure): labels and their values, and which of them belong together.

A notice stands either after its link (the title is the link) or before it ("Läs mer: <link>"). Which of the two a mail
follows is told by where its first and its last labels stand.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crawler.mails.html import Line
from crawler.mails.portals import FieldName, Portal

MAX_LINKS = 3_000
SEPARATOR = re.compile(r"\s+[|·•]\s+")
BULLET = re.compile(r"^(?:\d{1,3}[.)]\s+|[-*•·–>]\s+)+")
COUNT = re.compile(r"\s*[:(]?\s*\d+\s*(?:st\.?|träffar|hits)?\)?$")
RULE = re.compile(r"^[\W_]*$")
ONCE: tuple[FieldName, ...] = ("title", "buyer", "deadline", "reference")
"""Fields that a notice has once: another value is another notice's."""


@dataclass(frozen=True)
class Token:
    """One piece of a mail: a labelled value, a text, or (both empty) a blank. found: (portal's id, link) in it."""

    text: str = ""
    name: FieldName | None = None
    found: tuple[str, str] | None = None
    words: str = ""
    """What the link says."""
    section: str = ""
    """The form type that a heading over several notices names."""
    row: tuple[int, int] | None = None
    """Table and row, where the table's first row names the columns."""


@dataclass
class Block:
    """What is said of one notice. identity and link: None and empty where it has no link that leads to the portal."""

    identity: str | None
    link: str
    tokens: list[Token]
    section: str = ""
    before: list[Token] = field(default_factory=list)
    """What stands before it, for a title over its link."""

    def values(self, name: FieldName) -> list[str]:
        """All values of a field, in their order, each once."""
        return list(dict.fromkeys(token.text for token in self.tokens if token.name == name and token.text))

    def told(self) -> int:
        """How many fields are told."""
        return len({token.name for token in self.tokens if token.name and token.name != "passed_over" and token.text})


def read(lines: Sequence[Line], portal: Portal) -> list[Block]:
    """The blocks of a text, in its order. A block without identity told of a notice that no link leads to."""
    tokens = list(_tokens(_split(_columns(lines, portal), portal), portal))
    blocks, rest = _rows(tokens)
    blocks += _linked(rest) if any(token.found for token in rest) else _unlinked(rest)
    return [part for block in blocks for part in _parted(block)]


def _columns(lines: Sequence[Line], portal: Portal) -> list[tuple[Line, FieldName | None, bool]]:
    """All lines but tables' heads; those under a head with their column's field and True."""
    rows: dict[tuple[int, int], list[Line]] = {}
    for line in lines:
        if line.cell and line.text:
            rows.setdefault(line.cell[:2], []).append(line)
    heads: dict[int, tuple[int, dict[int, FieldName]]] = {}
    for (table, row), cells in rows.items():
        names = {cell.cell[2]: portal.labels.get(cell.text.strip(" :").casefold()) for cell in cells if cell.cell}
        columns = {column: name for column, name in names.items() if name is not None}
        # All cells of a head are labels; a table of labels beside their values has none.
        if len(columns) == len(names) > 1 and {"title", "buyer", "deadline"} & set(columns.values()):
            heads.setdefault(table, (row, columns))
    found: list[tuple[Line, FieldName | None, bool]] = []
    for line in lines:
        head = heads.get(line.cell[0]) if line.cell else None
        if line.cell is None or head is None or line.cell[1] < head[0]:
            found.append((line, None, False))
        elif line.cell[1] > head[0]:
            found.append((line, head[1].get(line.cell[2], "passed_over"), True))
    return found


def _split(
    lines: Sequence[tuple[Line, FieldName | None, bool]], portal: Portal
) -> Iterator[tuple[Line, FieldName | None, bool]]:
    """One labelled value a line: "Publicerad: 2026-11-24 | Sista anbudsdag: 2026-12-17" is two."""
    for line, name, tabled in lines:
        pieces = SEPARATOR.split(line.text)
        told = any(_labelled(piece, portal) or piece.strip(" :.!").casefold() in portal.badges for piece in pieces)
        if tabled or len(pieces) < 2 or not told:
            yield line, name, tabled
            continue
        joined: list[str] = []
        for piece in pieces:
            before = _labelled(joined[-1], portal) if joined else None
            if before and not before[1]:
                joined[-1] = f"{joined[-1].rstrip(': ')}: {piece}"
            else:
                joined.append(piece)
        for number, piece in enumerate(joined):
            yield Line(piece, line.links if number == 0 else (), line.cell), None, False


def _labelled(text: str, portal: Portal) -> tuple[FieldName, str] | None:
    match = portal.label.match(text) or portal.dated.match(text)
    return (portal.labels[match["label"].casefold()], match["value"].strip()) if match else None


def _bold(line: Line, portal: Portal) -> tuple[FieldName, str] | None:
    """A label that only its bold letters part from the value."""
    name = portal.labels.get(line.strong.strip(" :").casefold()) if line.strong else None
    return (name, line.text.removeprefix(line.strong).lstrip(" :")) if name else None


def _tokens(lines: Iterator[tuple[Line, FieldName | None, bool]], portal: Portal) -> Iterator[Token]:
    looked: dict[str, tuple[str, str] | None] = {}
    waiting: FieldName | None = None
    listing: FieldName | None = None
    for line, column, tabled in lines:
        found, words = None, ""
        for shown, url in line.links:
            if url not in looked and len(looked) < MAX_LINKS:
                looked[url] = portal.find(url)
            if looked.get(url) and (found is None or (not words and found == looked[url])):
                found, words = looked[url], shown
        text = BULLET.sub("", line.text)
        if tabled and line.cell:
            yield Token(text, column, found, words, row=line.cell[:2])
            continue
        if RULE.match(text):
            yield Token("", None, found, words)
            continue
        labelled = _bold(line, portal) or _labelled(text, portal)
        if labelled:
            name, value = labelled
            waiting = None if value else name
            listing = name if name in ("cpv", "place") else None
            if value or found:
                yield Token(value, name, found, words)
        elif waiting:
            yield Token(text, waiting, found, words)
            waiting = None
        elif listing and not found and _goes_on(text, listing):
            yield Token(text, listing)
        else:
            listing = None
            yield _text(text, portal, found, words)


def _goes_on(text: str, name: FieldName) -> bool:
    """Whether a line without a label is one more value of the list before it."""
    return bool(re.match(r"\d{8}\b", text)) if name == "cpv" else bool(re.match(r"SE\d{1,3}\b", text))


def _text(text: str, portal: Portal, found: tuple[str, str] | None, words: str) -> Token:
    plain = text.strip(" :.!").casefold()
    heading = COUNT.sub("", plain)
    if found is None and heading in portal.sections:
        return Token(text, None, section=portal.sections[heading])
    single = (
        *(w for k in portal.words.kinds.values() for w in k.words),
        *portal.words.cancelled,
        *portal.words.open_ended,
    )
    if plain in {word.casefold() for word in single}:
        return Token(text, "kind", found, words)
    return Token(text, None, found, words)


def _rows(tokens: Sequence[Token]) -> tuple[list[Block], list[Token]]:
    """One block a row of the tables with named columns, and the tokens outside them."""
    rows: dict[tuple[int, int], list[Token]] = {}
    sections: dict[tuple[int, int], str] = {}
    rest = []
    section = ""
    for token in tokens:
        section = token.section or section
        if token.row is None:
            rest.append(token)
        else:
            rows.setdefault(token.row, []).append(token)
            sections.setdefault(token.row, section)
    blocks = []
    for row, own in rows.items():
        found = next((token.found for token in own if token.found), None)
        blocks.append(Block(found[0] if found else None, found[1] if found else "", own, sections[row]))
    return blocks, rest


def _linked(tokens: Sequence[Token]) -> list[Block]:
    """Blocks around runs of links to the same notice."""
    runs: list[list[int]] = []
    for index, token in enumerate(tokens):
        if token.found:
            last = tokens[runs[-1][1]].found if runs else None
            if last and last[0] == token.found[0]:
                runs[-1][1] = index
            else:
                runs.append([index, index])
    before = sum(1 for token in tokens[: runs[0][0]] if _useful(token))
    after = sum(1 for token in tokens[runs[-1][1] + 1 :] if _useful(token))
    starts = _starts(tokens, runs)
    blocks = []
    for number, (first, last_index) in enumerate(runs):
        previous = runs[number - 1][1] + 1 if number else 0
        if len(runs) == 1:
            span = (0, len(tokens))
        elif before > after:
            span = (previous, last_index + 1)
        else:
            span = (starts[number], starts[number + 1])
        found = tokens[first].found
        assert found is not None
        # A heading before the notice's first word is over it; one after its last is over the next.
        headings = [token.section for token in tokens[:first] if token.section]
        own = list(tokens[span[0] : span[1]])
        blocks.append(Block(found[0], found[1], own, headings[-1] if headings else "", list(tokens[previous:first])))
    return blocks


def _starts(tokens: Sequence[Token], runs: Sequence[Sequence[int]]) -> list[int]:
    """Where each block begins whose labels follow its link, and the end of all.

    What stands right over the first link (a date, the kind of notice) is of its notice, so the same over the other
    links is of theirs.
    """
    over: set[FieldName] = {token.name for token in _over(tokens, 0, runs[0][0]) if token.name}
    if not any(token.name == "kind" for token in tokens[runs[-1][1] + 1 :]):
        over.add("kind")
    starts = []
    for number, (first, _) in enumerate(runs):
        start = first
        for token in _over(tokens, runs[number - 1][1] + 1 if number else 0, first):
            if token.name and token.name not in over:
                break
            start -= 1
        while start < first and tokens[start].name is None:
            start += 1
        starts.append(start)
    return [*starts, len(tokens)]


def _over(tokens: Sequence[Token], lowest: int, first: int) -> Iterator[Token]:
    """The labels and blanks right over a link, upwards."""
    for token in reversed(tokens[lowest:first]):
        if token.name is None and (token.text or token.section):
            return
        yield token


def _useful(token: Token) -> bool:
    return token.name in ("buyer", "deadline", "published", "cpv", "place", "reference", "org_number", "title")


def _unlinked(tokens: Sequence[Token]) -> list[Block]:
    """One block where no link leads to the portal; `_parted` makes several of it where there are."""
    return [Block(None, "", list(tokens))] if any(_useful(token) for token in tokens) else []


def _parted(block: Block) -> Iterator[Block]:
    """A block parted where a field comes again with another value: two notices, of which one has no link."""
    parts: list[list[Token]] = [[]]
    seen: dict[str, str] = {}
    for token in block.tokens:
        if token.name in ONCE and token.text:
            if token.name in seen and seen[token.name] != token.text.casefold() and len(seen) > 1:
                # What has no label stands over the labels that follow it: the next notice's title.
                held: list[Token] = []
                while parts[-1] and parts[-1][-1].name is None and not parts[-1][-1].found:
                    held.insert(0, parts[-1].pop())
                parts.append(held)
                seen = {}
            seen.setdefault(token.name, token.text.casefold())
        parts[-1].append(token)
    whole = [part for part in parts if len({t.name for t in part if t.name in ONCE}) > 1]
    if len(whole) < 2:
        yield block
        return
    owner = next((part for part in whole if any(token.found for token in part)), whole[0])
    for part in whole:
        mine = block.identity is not None and part is owner
        section = next((token.section for token in part if token.section), block.section)
        yield Block(
            block.identity if mine else None,
            block.link if mine else "",
            part,
            section,
            block.before if part is whole[0] else [],
        )
