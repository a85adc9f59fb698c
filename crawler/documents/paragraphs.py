"""Lines of one column -> paragraphs, headings, list items and lines of contents."""

import re
from collections.abc import Iterator

from crawler.documents.lines import Line, joined, leading
from crawler.documents.piece import BULLET, CONTENTS, NUMBERED, kind_of_line
from register.models import PartKind

LEADERS = re.compile(r"\s*(?:\.\s?){6,}")


def paragraphs(lines: list[Line], body: float) -> Iterator[tuple[PartKind, str]]:
    """Kind and text of the paragraphs that lines of one column make."""
    if not lines:
        return
    usual = leading(lines)
    rights = sorted(line.right for line in lines)
    edge = rights[(3 * len(rights)) // 4]
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins(paragraph, line, usual, edge):
            yield _told(paragraph, body)
            paragraph = []
        paragraph.append(line)
    yield _told(paragraph, body)


def _begins(paragraph: list[Line], line: Line, usual: float, edge: float) -> bool:
    """Whether `line` begins a new paragraph."""
    before = paragraph[-1]
    step = line.baseline - before.baseline
    if step > 1.3 * usual or step < 0:
        return True
    if abs(line.size - before.size) > 0.1 * before.size or line.bold != before.bold:
        return True
    if before.words[-1].text.endswith("-") and line.words[0].text[0].islower():
        return False
    text = line.text
    if BULLET.match(text) or _is_numbered(text) or CONTENTS.search(before.text):
        return True
    first = paragraph[0]
    if len(paragraph) > 1 and line.left <= first.left + 1 and before.left > first.left + 5:
        # After a hanging indent the text is back at the margin.
        return True
    # The line's first word would have had room at the end of the line before.
    room = edge - before.right - (line.words[0].right - line.words[0].left) - 0.3 * line.size
    return room > max(4.0, 0.08 * (edge - before.left))


def _is_numbered(text: str) -> bool:
    number = NUMBERED.match(text)
    return number is not None and ("." in number[0] or text[number.end()].isupper())


def _told(paragraph: list[Line], body: float) -> tuple[PartKind, str]:
    text = joined([line.text for line in paragraph])
    kind = kind_of_line(text)
    if kind == "toc":
        text = LEADERS.sub(" ..... ", text)
    words = text.split()
    large = paragraph[0].size >= 1.12 * body
    if kind != "toc" and len(paragraph) <= 3 and len(words) <= 16 and text[-1] not in ".:;,":
        letters = any(letter.isalpha() for letter in text)
        if letters and (large or (paragraph[0].bold and kind != "item")):
            return "heading", text
    return kind, text
