"""How one tender is written in several places (config/joins.yaml): words of titles, buyers and links, and spans."""

import re
from functools import cached_property, lru_cache

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import KnowledgeError
from config.knowledge import read_yaml


class JoinKnowledge(BaseModel):
    """The file as it stands; see its comments. Spans are in days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title_noise: frozenset[str]
    title_synonyms: dict[str, tuple[str, ...]]
    announced_again: tuple[str, ...]
    reference_forms: tuple[str, ...]
    reference_labels: tuple[str, ...]
    legal_forms: frozenset[str]
    legal_noise: frozenset[str]
    public_bodies: dict[str, tuple[str, ...]]
    link_ids: frozenset[str]
    link_owners: frozenset[str]
    link_dropped: tuple[str, ...]
    numbers_procurements: frozenset[str]
    precedence: tuple[str, ...]
    copy_days: int
    moved_days: int
    system_days: int
    planning_days: int
    result_days: int
    result_days_unknown: int

    @cached_property
    def synonyms(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """(pattern over case-folded text, what to write for it)."""
        return tuple((re.compile("|".join(patterns)), f" {word} ") for word, patterns in self.title_synonyms.items())

    @cached_property
    def again(self) -> re.Pattern[str]:
        """What says that a tender is announced anew."""
        return re.compile("|".join(self.announced_again))

    @cached_property
    def reference(self) -> re.Pattern[str]:
        """A case number by its form."""
        return re.compile("|".join(self.reference_forms))

    @cached_property
    def labelled_reference(self) -> re.Pattern[str]:
        """A case number after its label, as group 1."""
        labels = "|".join(re.escape(label) for label in self.reference_labels)
        return re.compile(rf"\b(?:{labels})[ .:]{{0,3}}([a-zåäö]{{0,6}}[ .-]?\d[\w/:.-]{{2,20}})")

    @cached_property
    def bodies(self) -> dict[str, str]:
        """Each word for a kind of public body, to the one that stands for it."""
        return {form: kind for kind, forms in self.public_bodies.items() for form in forms}

    def drops(self, parameter: str) -> bool:
        """Whether a link's query parameter (lower case) says nothing of the procurement."""
        return any(
            parameter.startswith(name[:-1]) if name.endswith("*") else parameter == name for name in self.link_dropped
        )


@lru_cache(maxsize=1)
def load() -> JoinKnowledge:
    """The knowledge. Raises KnowledgeError naming the field."""
    try:
        known = JoinKnowledge.model_validate(read_yaml("joins.yaml"))
        _ = known.synonyms, known.again, known.reference, known.labelled_reference
    except (ValidationError, re.error) as error:
        raise KnowledgeError(f"config/joins.yaml: {error}") from error
    return known
