"""The sources' dossiers (config/sources.yaml): a spider runs only where its dossier says enabled."""

from datetime import date
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import KnowledgeError
from config.knowledge import read_yaml


class Source(BaseModel):
    """A dossier: who runs the source, what its rules say, what was decided, by whom and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    operator: str
    addresses: tuple[str, ...]
    status: Literal["enabled", "needs_permission", "import_only", "never"]
    decided_by: str
    decided_on: date
    robots: str
    robots_checked: str | None
    """Year and month of the look, None where there was none."""
    terms: str
    evidence: str
    next_step: str


@lru_cache(maxsize=1)
def load() -> dict[str, Source]:
    """All dossiers by id. Raises KnowledgeError naming the dossier and the field."""
    found = {}
    for key, row in read_yaml("sources.yaml").items():
        try:
            found[key] = Source(id=key, **row)
        except (TypeError, ValidationError) as error:
            raise KnowledgeError(f"config/sources.yaml, {key}: {error}") from error
    return found
