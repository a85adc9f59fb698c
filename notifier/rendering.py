"""A composed letter laid out as HTML and as text (pure but for reading its own templates)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from notifier import calendar, weekly
from notifier.cards import Link
from notifier.composed import Composed
from notifier.digest import Digest


@dataclass(frozen=True)
class Letter:
    """A letter ready to be addressed: subject on one line, HTML with styles inline, text with the same facts."""

    subject: str
    html: str
    text: str
    calendar: bytes = b""
    """Last days as an iCalendar file (RFC 5545); empty for none."""


def render(digest: Digest, link: Link | None = None) -> Letter:
    """The weekly letter. link: makes signed addresses for answers, stop and profile; None: by reply alone."""
    return lay_out(weekly.compose(digest, link), at=digest.at)


def lay_out(letter: Composed, *, at: datetime) -> Letter:
    """HTML and text hold the same words in the same order. at: when it was made, for the calendar file."""
    html = _html().get_template("letter.html.j2").render(letter=letter).lstrip()
    text = _text().get_template("letter.txt.j2").render(letter=letter)
    return Letter(
        subject=letter.subject,
        html=_inliner().inline(html).rstrip() + "\n",
        text=text,
        calendar=calendar.file(letter.events, at=at) if letter.events else b"",
    )


@lru_cache(maxsize=1)
def _html() -> Environment:
    return Environment(
        loader=PackageLoader("notifier"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def _text() -> Environment:
    return Environment(
        loader=PackageLoader("notifier"),
        autoescape=False,  # noqa: S701  (plain text: nothing in it is markup)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Styles into the elements; rules in @media (dark mode) stay in the head. Nothing is ever fetched."""
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
