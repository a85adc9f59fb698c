"""What several enterprises in care could deliver of a tender together, and where one could take a share of it.

It is reckoned when it is asked for, and takes the model: where that is not unpacked yet, the page says what to do.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from config import trades
from matcher import in_use, index, matching, together
from matcher.index import LotIndex
from matcher.together import Part, Share, Task
from portal import assessors
from portal.advisers import readers
from portal.visits import Answer, Page, Visit
from register import findings, notices
from register.models import Enterprise, Notice


def show(visit: Visit) -> Answer:
    """Joint bids and shares for one notice among the enterprises in care. Raises NotFoundError."""
    tender = notices.get(visit.register, visit.path["number"])
    own = [one for one in visit.in_care() if one.is_example == tender.is_example]
    values: dict[str, Any] = {"notice": tender, "ready": readers.ready(visit.data), "own": own}
    if values["ready"] and own:
        values |= suggestions(visit, tender, own)
    return Page("together.html.j2", values)


def suggestions(visit: Visit, tender: Notice, own: Sequence[Enterprise]) -> dict[str, Any]:
    """alone: names of those that are enough by themselves; bids, shares: rows; beside: works that nobody does."""
    register = visit.register
    model = assessors.model(visit.settings.model, visit.data)
    found = findings.of(register, tender.publication_number)
    built = index.build([tender], {tender.publication_number: found}, model, register=register)
    profiles = matching.profiles(register, own, model, built.analyser)
    work = together.sureness(profiles, built, in_use.ranker(register))
    every = range(len(built))
    names = {one.id: one.name for one in own}
    return {
        "alone": [one.enterprise for one in together.alone(built, every, profiles, work)],
        "bids": [
            [part_row(part, names, built) for part in bid.parts] for bid in together.joint(built, every, profiles, work)
        ],
        "shares": [share_row(one, names) for one in together.subcontracts(built, every, profiles, work)],
        "beside": together.beside(built, every),
    }


def part_row(part: Part, names: dict[str, str], built: LotIndex) -> dict[str, Any]:
    """What one enterprise would do."""
    return {
        "enterprise": part.enterprise,
        "name": names[part.enterprise],
        "tasks": list(dict.fromkeys(task_words(part.tasks, built))),
        "shared": list(dict.fromkeys(task_words(part.shared, built))),
        "percent": None if part.share is None else round(part.share * 100),
    }


def task_words(tasks: Iterable[Task], built: LotIndex) -> list[str]:
    """Work and place of tasks: the trade's name, or where none is named the lot's title."""
    titles = {lot.id: lot.title for lot in built.lots}
    return [
        f"{trades.trades()[task.trade].name if task.trade else titles[task.lot]}"
        f"{f', {task.municipality}' if task.municipality else ''}"
        for task in tasks
    ]


def share_row(one: Share, names: dict[str, str]) -> dict[str, Any]:
    """What one enterprise could do under the winner."""
    return {
        "enterprise": one.enterprise,
        "name": names[one.enterprise],
        "lot": one.lot,
        "work": one.work,
        "by": one.by,
        "quote": " ".join(one.quote.split()),
    }
