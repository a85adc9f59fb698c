"""Golden letters of every kind: composed as expected, the same in both parts, valid, small, easy to read."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import pairwise
from typing import Any

import pytest
import yaml
from icalendar import Calendar
from justhtml import JustHTML
from lxml import html as lxml_html

from notifier import message
from tests.notifier import letters
from tests.notifier.given import NOW
from tests.notifier.letters import CASES, composed, letter
from tests.notifier.reading import addresses, generated, left_over, lix, shown

KINDS = {
    "adviser",
    "cancelled",
    "changes-only",
    "easy",
    "empty-week",
    "english",
    "full",
    "hostile",
    "long-titles",
    "municipality",
    "partial-crawl",
    "sign-of-life",
}
BETWEEN = re.compile(r"[\s.:*=\-\d)]")
"""What is laid out around words: bullets, numbers of steps, lines."""


def test_there_is_a_letter_of_each_kind() -> None:
    assert set(CASES) == KINDS


@pytest.mark.parametrize("case", CASES)
def test_it_is_composed_as_expected(case: str) -> None:
    path = letters.FOLDER / case / "expected.yaml"
    made = composed(case).model_dump(mode="json", exclude_defaults=True)
    if not path.is_file():
        path.write_text(yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
        pytest.fail(f"{path.name} of {case} was missing and has been written: read it, then commit it.")
    assert made == yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_both_parts_hold_what_was_composed_and_nothing_else(case: str) -> None:
    own = composed(case)
    said = list(own.words())
    urls = [line.address for passage in own.passages() for line in passage.lines if line.address]
    assert not BETWEEN.sub("", left_over(letter(case).text, said))
    assert not BETWEEN.sub("", left_over(shown(letter(case).html), [word for word in said if word not in urls]))
    assert addresses(letter(case).html) == urls


@pytest.mark.parametrize("case", CASES)
def test_the_html_is_valid_small_and_needs_nothing_from_outside(case: str) -> None:
    html = letter(case).html
    JustHTML(html, strict=True)
    assert len(html.encode()) < 100_000  # Gmail cuts what is longer
    tree: Any = lxml_html.fromstring(html)
    assert not tree.xpath("//img|//link|//script|//iframe|//object|//form|//*[@src]|//*[@background]")
    assert "url(" not in html
    levels = [int(h.tag[1]) for h in tree.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize("case", CASES)
def test_links_make_sense_alone(case: str) -> None:
    tree: Any = lxml_html.fromstring(letter(case).html)
    texts = [(a.text_content().strip(), a.get("href")) for a in tree.xpath("//a")]
    assert all(len(text.split()) >= 2 for text, _ in texts)
    assert len({text for text, _ in texts}) == len(set(texts)), "one text leads to two places"


@pytest.mark.parametrize("case", [case for case in CASES if case != "english"])
def test_what_we_write_ourselves_is_easy_to_read(case: str) -> None:
    assert lix(generated(composed(case))) < (30 if case == "easy" else 40)


@pytest.mark.parametrize("case", CASES)
def test_as_mail_it_comes_out_as_it_went_in(case: str) -> None:
    own = letter(case)
    raw = message.build(
        own,
        kind="weekly",
        language=composed(case).language,
        sender="Rådgivare på Åsen <brev@example.org>",
        reply_to="",
        recipient="info@example.org",
        message_id="a@example.org",
        at=NOW,
        stop_url="https://anbud.example.org/stopp/T",
    )
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"] == own.subject
    assert mail["From"].addresses[0].display_name == "Rådgivare på Åsen"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == own.text
    assert html.get_content().replace("\r\n", "\n") == own.html
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/calendar"] * bool(own.calendar)
    assert not mail.defects
    assert "Bcc" not in mail
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1
    assert raw.isascii()
    assert len(own.subject) <= 90


def test_marked_days_are_in_the_calendar_file() -> None:
    events = Calendar.from_ical(letter("full").calendar).walk("VEVENT")
    marked = composed("full").events
    assert [str(event["SUMMARY"]) for event in events] == [event.summary for event in marked]
    assert [event.decoded("DTSTART") for event in events] == [event.at or event.day for event in marked]
    assert len({str(event["UID"]) for event in events}) == len(marked) > 0
