"""Every route in one table, each with who may: `docs/routes.md` is written from it, and a test walks all of it.

`python -m portal.routes` prints the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Literal

from config.errors import KnowledgeError
from notifier.links import PATHS, Purpose
from portal.visits import View, Who

AREAS = ("signing_in", "advisers", "statistics", "municipality", "public", "enterprises", "letters")
"""Sub-packages of the portal. Each holds a tuple ROUTES in its `__init__`."""

WHO: tuple[Who, ...] = ("public", "adviser", "operator", "municipality", "link")
SIGNED_IN: frozenset[Who] = frozenset({"adviser", "operator", "municipality"})
EVERYONE: frozenset[Who] = frozenset({"public"})
ADVISERS: frozenset[Who] = frozenset({"adviser", "operator"})
OPERATOR: frozenset[Who] = frozenset({"operator"})
MUNICIPALITY: frozenset[Who] = frozenset({"municipality"})
BY_LINK: frozenset[Who] = frozenset({"link"})

FORM_BYTES = 64_000
"""Longest body of a form without files."""


@dataclass(frozen=True)
class Route:
    """One address and method with its view.

    name: `area.verb`, which the audit log uses too. method: a GET changes nothing. who: those let in; `public` is
    everyone. what: one line for the table. example: values of the path's parameters that exist in the tests' register.
    menu: key of the text under which those who may get it find it in the menu. purpose: of a route by signed link;
    its path has {token}. max_bytes: of the body. page: what comes is a page, which tests look at in a browser; not data
    or a file.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    view: View
    who: frozenset[Who]
    what: str
    example: Mapping[str, str] = field(default_factory=dict)
    menu: str = ""
    purpose: Purpose | None = None
    max_bytes: int = FORM_BYTES
    page: bool = True

    def __post_init__(self) -> None:
        problems = [
            (not self.who, "lets in nobody"),
            ("link" in self.who and self.who != BY_LINK, "is by link and for others too"),
            (("link" in self.who) != bool(self.purpose), "has a purpose without being by link, or the other way round"),
            (bool(self.purpose) and "{token}" not in self.path, "is by link without {token} in its path"),
            (bool(self.menu) and (self.method != "GET" or "{" in self.path), "is no page that a menu can lead to"),
        ]
        for wrong, text in problems:
            if wrong:
                raise KnowledgeError(f"portal route {self.name} ({self.method} {self.path}) {text}")

    def lets_in(self, role: Who) -> bool:
        """Whether one who asks in this role may."""
        return "public" in self.who or role in self.who


@lru_cache(maxsize=1)
def table() -> tuple[Route, ...]:
    """All routes, by area. Raises KnowledgeError where two have the same name, or the same method and path."""
    routes: list[Route] = [route for area in AREAS for route in import_module(f"portal.{area}").ROUTES]
    seen: set[tuple[str, str]] = set()
    for route in routes:
        for key in (("", route.name), (route.method, route.path)):
            if key in seen:
                raise KnowledgeError(f"portal route {route.name}: {' '.join(key)} is there twice")
            seen.add(key)
    return tuple(routes)


def by_link(purpose: Purpose, rest: str = "") -> str:
    """The path of a route by signed link."""
    return f"/{PATHS[purpose]}/{{token}}{rest}"


def markdown(routes: Iterable[Route]) -> str:
    """The table of docs/routes.md."""
    lines = [
        "# Who may what",
        "",
        "Every route of the pages and who may ask for it. Written by `python -m portal.routes > docs/routes.md`; a",
        "test walks all routes in all roles and compares this file. A POST carries a token against forgery (CSRF),",
        "except by signed link, where the link itself proves who asks. An adviser sees the enterprises in their care,",
        "a municipality its own notices; others are not found (404).",
        "",
        f"| method | path | what | {' | '.join(WHO)} |",
        f"|---|---|---|{':-:|' * len(WHO)}",
    ]
    for route in sorted(routes, key=lambda one: (one.path, one.method)):
        marks = " | ".join("yes" if route.lets_in(role) else "–" for role in WHO)
        lines.append(f"| {route.method} | `{route.path}` | {route.what} | {marks} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(table()), end="")  # noqa: T201
