"""The ranker in use: the one learned and taken here (matcher/learning.py), else the project's own."""

import logging

from config.errors import KnowledgeError
from matcher import ranking
from matcher.ranking import Ranker
from register import rankers
from register.database import Register

LOG = logging.getLogger(__name__)


def ranker(register: Register) -> Ranker:
    """The ranker in use; the project's own too where the taken one was learned on other signals than there are now."""
    taken = rankers.in_use(register)
    if taken is None:
        return ranking.shipped()
    try:
        return ranking.from_json(taken.content)
    except KnowledgeError:
        LOG.warning(
            "%s was learned on other signals than there are now; the project's own ranker is used. "
            "Learn anew: anbudslots ranker fit",
            taken.version,
        )
        return ranking.shipped()
