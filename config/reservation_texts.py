"""Template texts for a reserved contract, of config/reservation_texts.yaml: own wording, no legal advice."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from config.errors import KnowledgeError
from config.knowledge import read_yaml

FILE = "reservation_texts.yaml"
LANGUAGES = ("sv", "en")
FIELDS = {"basis", "verified", "source", *LANGUAGES}


class Template(NamedTuple):
    """One text in one language. use: when it is used. basis: the paragraph, "" for none. verified: when it was last
    compared with the statute; None for never.
    """

    key: str
    title: str
    use: str
    text: str
    basis: str
    verified: date | None
    source: str


@lru_cache(maxsize=2)
def templates(language: str) -> tuple[Template, ...]:
    """All texts in a language, in the order of the file. Raises KnowledgeError naming the text and the field."""
    found = []
    for key, row in read_yaml(FILE).items():
        if not isinstance(row, dict) or row.keys() != FIELDS:
            raise KnowledgeError(f"config/{FILE}, {key}: has to have {', '.join(sorted(FIELDS))} and no more")
        words = row[language]
        if not isinstance(words, dict) or words.keys() != {"title", "use", "text"} or not all(words.values()):
            raise KnowledgeError(f"config/{FILE}, {key}, {language}: has to have title, use and text")
        if row["verified"] is not None and not isinstance(row["verified"], date):
            raise KnowledgeError(f"config/{FILE}, {key}, verified: {row['verified']!r} is no date")
        if not row["source"]:
            raise KnowledgeError(f"config/{FILE}, {key}, source: is missing")
        found.append(Template(key, **words, basis=row["basis"], verified=row["verified"], source=row["source"]))
    return tuple(found)
