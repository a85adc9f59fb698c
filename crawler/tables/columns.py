"""The columns that a table of notices may have: config/notice_table.yaml, found by any of their names."""

import re
from functools import cached_property, lru_cache

from pydantic import BaseModel, ConfigDict, ValidationError

from config import knowledge
from config.errors import KnowledgeError
from crawler.mails import portals
from crawler.mails.portals import FieldName


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Data):
    """One column. example and explain are the template's; labels: whose labels of alert mails are names of it too."""

    head: str
    english: str
    others: tuple[str, ...] = ()
    labels: FieldName | None = None
    required: bool = False
    example: str = ""
    explain: str

    @property
    def shown(self) -> str:
        """The head as the template has it: required columns end with a star."""
        return f"{self.head}*" if self.required else self.head

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called."""
        shared = portals.words().labels[self.labels] if self.labels else ()
        return (self.head, self.english, *self.others, *shared)


class Table(_Data):
    """The columns by field, and the words of cells that have only some."""

    columns: dict[str, Column]
    natures: dict[str, tuple[str, ...]]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    unknown: tuple[str, ...]

    @cached_property
    def fields(self) -> dict[str, str]:
        """Field by folded name. A column's own heads come before names that it shares with others."""
        own = {fold(name): field for field, column in self.columns.items() for name in (column.head, column.english)}
        shared = {fold(name): field for field, column in self.columns.items() for name in column.names}
        return {**shared, **own}


@lru_cache(maxsize=1)
def load() -> Table:
    """The file. Raises KnowledgeError."""
    try:
        return Table.model_validate(_text(knowledge.read_yaml("notice_table.yaml")))
    except ValidationError as error:
        raise KnowledgeError(f"config/notice_table.yaml: {error}") from error


def field_of(head: str) -> str | None:
    """The field that a column's head or a label stands for; None for an unknown one."""
    return load().fields.get(fold(head))


def fold(name: str) -> str:
    """A name without case, stars, colons and doubled spaces."""
    return re.sub(r"\s+", " ", name.replace("\xa0", " ")).strip(" *:.\t\ufeff").casefold()


def _text(value: object) -> object:
    """YAML's dates as they are written: an example is a text."""
    if isinstance(value, dict):
        return {key: _text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_text(part) for part in value]
    return value if isinstance(value, str | bool) or value is None else str(value)
