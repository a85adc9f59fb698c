"""One composed digest, drawn twice: as HTML and as text, so that neither says more (pure)."""

from dataclasses import dataclass
from functools import lru_cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notifier.digest import Digest
from notifier.wording import wording

MAX_BYTES = 100_000
"""Gmail clips a mail's HTML above this."""


@dataclass(frozen=True)
class Letter:
    """A letter as it is read."""

    subject: str
    html: str
    text: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("notifier", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2", "html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=False,
    )


def render(digest: Digest) -> Letter:
    """Draw a digest. Styles are set on the elements, since mail programs drop style sheets; dark mode keeps its own."""
    words = wording(digest.language)
    html = _environment().get_template("letter.html.j2").render(digest=digest, words=words)
    text = _environment().get_template("letter.txt.j2").render(digest=digest, words=words)
    inlined = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False).inline(html)
    return Letter(digest.subject, inlined, _tidy(text))


def _tidy(text: str) -> str:
    """No trailing white space, never more than one empty line."""
    lines = [line.rstrip() for line in text.splitlines()]
    out: list[str] = []
    for line in lines:
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip() + "\n"


def lix(text: str) -> float:
    """The readability index LIX (Björnsson 1968): words per sentence plus the share of words over six letters."""
    words = [word.strip('.,;:!?()”"') for word in text.split()]
    words = [word for word in words if any(c.isalpha() for c in word)]
    sentences = max(1, sum(text.count(mark) for mark in ".!?:"))
    long_words = sum(len(word) > 6 for word in words)
    return len(words) / sentences + 100 * long_words / max(1, len(words))
