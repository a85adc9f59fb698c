from datetime import UTC, datetime
from typing import Any

import pytest

from config.errors import NotFoundError
from register import documents, joins, notices
from register.database import Register
from register.models import Document, Part
from tests.conftest import make_notice

AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
NUMBER = "990001-2026"
SHA = "ab" * 32
PARTS = (
    Part(page=1, paragraph=1, kind="heading", text="Krav 😀"),
    Part(page=1, paragraph=2, kind="row", text="Nr | Krav"),
    Part(page=1, paragraph=3, kind="row", text="1 | Plats"),
    Part(page=2, paragraph=1, kind="paragraph", text="Slut.", language="sv", ocr=True),
)


def document(**changes: Any) -> Document:
    fields: dict[str, Any] = {
        "publication_number": NUMBER,
        "sha256": SHA,
        "name": "underlag.pdf",
        "media_type": "application/pdf",
        "bytes": 1234,
        "language": "sv",
        "pages": 2,
        "status": "read",
        "reader": "1",
        "added": AT,
    }
    return Document(**{**fields, **changes})


@pytest.fixture
def noticed(register: Register) -> Register:
    notices.add(register, make_notice(NUMBER), raw=None, at=AT)
    return register


def test_a_document_goes_in_once_and_keeps_its_first_time_and_name(noticed: Register) -> None:
    assert documents.add(noticed, document(), PARTS) == "new"
    assert documents.add(noticed, document(added=LATER, name="kopia.pdf"), PARTS) == "unchanged"
    assert documents.listing(noticed, NUMBER) == [document()]


def test_another_reading_of_the_same_bytes_takes_the_place_of_the_first(noticed: Register) -> None:
    documents.add(noticed, document(), PARTS)
    assert documents.add(noticed, document(reader="2"), PARTS[:1]) == "changed"
    assert documents.is_read(noticed, NUMBER, SHA, "2")
    assert not documents.is_read(noticed, NUMBER, SHA, "1")
    assert documents.text(noticed, SHA)[0] == "Krav 😀"


def test_offsets_count_code_points_of_the_joined_text(noticed: Register) -> None:
    documents.add(noticed, document(), PARTS)
    text, placed = documents.text(noticed, SHA)
    assert text == "Krav 😀\n\nNr | Krav\n1 | Plats\n\nSlut."
    assert [one.part for one in placed] == list(PARTS)
    assert [(one.start, one.end) for one in placed] == [(0, 6), (8, 17), (18, 27), (29, 34)]
    assert all(text[one.start : one.end] == one.part.text for one in placed)


def test_a_document_is_found_by_name_or_the_beginning_of_its_hash(noticed: Register) -> None:
    documents.add(noticed, document(), PARTS)
    assert documents.get(noticed, NUMBER, "underlag.pdf") == document()
    assert documents.get(noticed, NUMBER, "ABAB") == document()
    with pytest.raises(NotFoundError, match="no document 'ab'"):
        documents.get(noticed, NUMBER, "ab")


def test_a_name_that_two_files_bear_is_asked_for_by_hash(noticed: Register) -> None:
    documents.add(noticed, document(), PARTS)
    documents.add(noticed, document(sha256="cd" * 32), ())
    with pytest.raises(NotFoundError, match=r"2 documents 'underlag\.pdf'"):
        documents.get(noticed, NUMBER, "underlag.pdf")


def test_an_unknown_notice_has_no_documents(register: Register) -> None:
    with pytest.raises(NotFoundError):
        documents.add(register, document(), PARTS)
    with pytest.raises(NotFoundError):
        documents.listing(register, NUMBER)


ZIP = document(media_type="application/zip")


@pytest.mark.parametrize(
    ("reading", "files", "words"),
    [
        ("full", [], "Bara annonsen är läst"),
        ("alert", [], "Bara aviseringen är läst"),
        ("full", [document(status="unread")], "Bara annonsen är läst"),
        ("alert", [document(status="unread"), ZIP], "Bara aviseringen är läst"),
        ("full", [document()], "Underlaget är läst"),
        ("alert", [document(), ZIP], "Underlaget är läst"),
        ("full", [document(status="partial")], "Underlaget är delvis läst"),
        ("full", [document(), document(status="unread")], "Underlaget är delvis läst"),
        ("full", [document(), document(media_type="application/zip", status="partial")], "Underlaget är delvis läst"),
    ],
)
def test_how_much_has_been_read_is_said_in_words(reading: Any, files: list[Document], words: str) -> None:
    assert documents.reading_words(make_notice(reading=reading), files) == words


def test_papers_of_a_tender_tell_text_and_page_once_each(noticed: Register) -> None:
    documents.add(noticed, document(), PARTS)
    documents.add(noticed, document(sha256="cd" * 32, name="tom.pdf"), ())
    [paper] = documents.papers(noticed, NUMBER)
    assert (paper.name, paper.field) == ("underlag.pdf", "document-abababababab")
    assert [paper.page(paper.text.index(words)) for words in ("Krav", "Plats", "Slut.")] == [1, 1, 2]
    other = "990002-2026"
    notices.add(noticed, make_notice(other), raw=None, at=AT)
    assert documents.papers(noticed, other) == []
    joins.decide(noticed, NUMBER, other, same=True, by="Asta", why="", at=AT)
    assert documents.papers(noticed, other) == [paper]


def test_a_text_without_pages_has_none(noticed: Register) -> None:
    documents.add(noticed, document(pages=None), (Part(paragraph=1, kind="paragraph", text="Slut."),))
    [paper] = documents.papers(noticed, NUMBER)
    assert paper.page(2) is None
