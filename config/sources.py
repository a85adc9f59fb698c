"""The sources' dossiers (config/sources.yaml): a spider runs only where its dossier, or a permission, allows it."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.errors import KnowledgeError
from config.knowledge import read_yaml

Status = Literal["enabled", "needs_permission", "import_only", "never"]
"""enabled: its spider or reader may run; needs_permission: only while a recorded permission is in force; import_only:
comes in as files, no spider; never: no spider, and no permission can be recorded.
"""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Robots(_Part):
    """What robots.txt said. checked: year and month of the look, None where there was none."""

    result: str = Field(min_length=1)
    checked: str | None = Field(pattern=r"^\d{4}-\d{2}$")
    second_hand: bool = False
    """Whether others looked, and not this project."""


class Term(_Part):
    """A statement on a source's terms. where: which paragraph of which terms, or which page."""

    says: str = Field(min_length=1)
    where: str = Field(min_length=1)
    checked: str | None = Field(pattern=r"^\d{4}-\d{2}$")
    second_hand: bool = False


class Decision(_Part):
    """What was decided, by whom, when, and why."""

    status: Status
    by: str = Field(min_length=1)
    day: date
    because: str = Field(min_length=1)


class Politeness(_Part):
    """How gently a spider asks. An operator's settings may only be gentler."""

    delay_seconds: float = Field(ge=0)
    """Between two requests to one host, on average; each pause is half to one and a half of it."""
    concurrency: int = Field(ge=1, le=16)
    """Requests at once to one host."""
    why: str = Field(min_length=1)


class Source(_Part):
    """A dossier: who runs the source, what its rules say, and what was decided."""

    id: str
    name: str = Field(min_length=1)
    """As letters print it."""
    operator: str = Field(min_length=1)
    addresses: tuple[str, ...]
    robots: Robots | None
    """None where nothing is crawled and nobody has looked."""
    terms: tuple[Term, ...]
    decision: Decision
    evidence: str
    """The file with what was seen, when, and where it comes from."""
    next_step: str
    """What to do instead, or to get further; empty where there is nothing to do."""
    politeness: Politeness | None = None

    @property
    def status(self) -> Status:
        """The decision in a word."""
        return self.decision.status

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.evidence != f"docs/evidence/{self.id}.md":
            raise ValueError(f"evidence: must be docs/evidence/{self.id}.md")
        if self.status == "enabled" and (self.robots is None or not self.terms):
            raise ValueError("decision: enabled needs robots and terms")
        if self.status != "enabled" and not self.next_step:
            raise ValueError("next_step: must say what to do where no spider may run")
        return self


ROOT = Path(__file__).parents[1]
"""Where docs/ is at hand; an installed package comes without it."""


@lru_cache(maxsize=1)
def load() -> dict[str, Source]:
    """All dossiers by id, each with its evidence. Raises KnowledgeError naming the dossier and the field."""
    found = read(read_yaml("sources.yaml"))
    check_evidence(found.values(), ROOT)
    return found


def check_evidence(dossiers: Iterable[Source], root: Path) -> None:
    """Raises KnowledgeError where a dossier's file of evidence is missing, if `root` has docs/ at all."""
    for own in dossiers:
        if (root / "docs").is_dir() and not (root / own.evidence).is_file():
            raise KnowledgeError(f"config/sources.yaml, {own.id}: evidence: there is no file {own.evidence}")


def read(rows: Any) -> dict[str, Source]:
    """Dossiers from the content of a YAML file, by id. Raises KnowledgeError."""
    if not isinstance(rows, dict):
        raise KnowledgeError("config/sources.yaml holds no dossiers")
    found = {}
    for key, row in rows.items():
        try:
            found[key] = Source(id=key, **row)
        except (TypeError, ValidationError) as error:
            raise KnowledgeError(f"config/sources.yaml, {key}: {error}") from error
    return found
