"""Letters as their readers meet them: what is seen of the HTML, what is beside the facts, how hard it is to read."""

import re
from collections.abc import Iterable
from typing import Any

from lxml import html as lxml_html

from notifier.composed import Composed


def flat(text: str) -> str:
    return " ".join(text.split())


def shown(html: str) -> str:
    """The words that a reader of the HTML sees."""
    tree: Any = lxml_html.fromstring(html)
    for hidden in tree.xpath("//head | //*[contains(@style, 'display: none')]"):
        hidden.drop_tree()
    return flat(" ".join(tree.itertext()))


def addresses(html: str) -> list[str]:
    tree: Any = lxml_html.fromstring(html)
    return [str(a.get("href")) for a in tree.xpath("//a")]


def left_over(text: str, words: Iterable[str]) -> str:
    """What a text holds beside some words, which must stand in it in this order."""
    at = 0
    text = flat(text)
    gaps: list[str] = []
    for word in (flat(word) for word in words):
        found = text.find(word, at)
        assert found >= 0, f"{word!r} does not follow {text[max(0, at - 60) : at]!r}"
        gaps.append(text[at:found])
        at = found + len(word)
    return "".join([*gaps, text[at:]])


def generated(letter: Composed) -> list[str]:
    """The sentences that are the program's own: without labels and headings, names, quotes and what the buyer wrote."""
    lines = [text for passage in letter.passages() for line in passage.lines for text in (line.text, line.evidence)
             if not line.verbatim]  # fmt: skip
    quoted = re.compile(r"”[^”]*”|\([^)]*(?:avsnitt|sidan)[^)]*\)|\d[\d-]*")
    return [flat(quoted.sub("", line)) for line in lines if re.search(r"[.!?:]\)?$", line)]


def lix(sentences: Iterable[str]) -> float:
    """Words a sentence and percent of words over six letters (Björnsson 1968)."""
    text = "\n".join(sentences)
    words = re.findall(r"[\w-]+", text)
    ends = len(re.findall(r"[.:!?]\)?(?:\s|$)", text)) or 1
    return len(words) / ends + 100 * sum(len(word) > 6 for word in words) / len(words)
