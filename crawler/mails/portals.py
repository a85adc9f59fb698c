"""What is known of each portal's alert mails: config/alerts/<portal>.yaml over the shared words of _words.yaml."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config import knowledge, sources
from config.errors import KnowledgeError
from crawler.mails import links

FieldName = Literal[
    "title", "buyer", "org_number", "deadline", "published", "cpv", "place", "reference", "kind", "description",
    "passed_over",
]  # fmt: skip
FormType = Literal["competition", "planning", "consultation", "result"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LinkForm(_Data):
    """How links to one kind of notice look. path and query: whole, in any case; id: filled from their named groups.

    Beside them `site` is what stands before `host`, with a hyphen after it: "malmo-", empty for none and for www.
    """

    host: str
    path: str
    query: dict[str, str] = {}
    keep: tuple[str, ...] = ()
    """Query parameters that belong to the address besides those of `query`; all others tell of the reader."""
    id: str
    link: str = ""
    """The address that is kept, from the same groups; empty: the mail's own, without other parameters."""

    def read(self, address: links.Address) -> tuple[str, str] | None:
        """(the portal's id, the address without what tells of the reader), or None where it is no such link."""
        if not links.below(address.host, self.host):
            return None
        path = re.fullmatch(self.path, address.path, re.IGNORECASE)
        if not path:
            return None
        groups = path.groupdict()
        given = {name.lower(): value for name, value in address.query}
        for name, pattern in self.query.items():
            value = re.fullmatch(pattern, given.get(name, ""), re.IGNORECASE)
            if not value:
                return None
            groups |= value.groupdict()
        parts = {name: text.lower() for name, text in groups.items() if text}
        site = address.host.removesuffix(self.host).rstrip(".")
        parts["site"] = f"{site}-" if site not in ("", "www") else ""
        kept = self.link.format(**parts) or links.canonical(address, (*self.query, *self.keep))
        return self.id.format(**parts), kept


class Kind(_Data):
    """Words of a form type: of one notice, and headings over several."""

    words: tuple[str, ...]
    sections: tuple[str, ...]


class Forwarded(_Data):
    """Labels of the header that mail programs print over a forwarded mail."""

    from_: tuple[str, ...] = Field(alias="from")
    subject: tuple[str, ...]
    others: tuple[str, ...]


class Words(_Data):
    """Words that portals share."""

    labels: dict[FieldName, tuple[str, ...]]
    links: tuple[str, ...]
    kinds: dict[FormType, Kind]
    cancelled: tuple[str, ...]
    open_ended: tuple[str, ...]
    until_further: tuple[str, ...]
    forwarded: Forwarded


class PortalFile(_Data):
    """One portal's file."""

    portal: str
    checked: str | None
    """Year and month when it was held against real mails; None: never."""
    senders: tuple[str, ...]
    """Domains that its mails come from."""
    names: tuple[str, ...]
    """Names of the sender, where a forward shows no address."""
    links: tuple[LinkForm, ...]
    number: str = ""
    """The publication number from {id}; empty: `<portal>-<id>`."""
    documents: bool = True
    """Whether the link is where the procurement documents are (BT-15)."""
    after_title: tuple[FieldName, ...] = ()
    """Fields without a label on the lines after the title."""
    title: str = r"(?P<title>.+)"
    """The parts of a title line: title, reference, cpv (by name)."""
    reference: str = ""
    """References that are ids of the portal by themselves, as a group named id."""
    labels: dict[FieldName, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Portal:
    """A portal's file with the shared words, compiled."""

    file: PortalFile
    words: Words

    @property
    def id(self) -> str:
        """Its id in config/sources.yaml."""
        return self.file.portal

    @cached_property
    def labels(self) -> dict[str, FieldName]:
        """Case-folded label to field; the portal's own go first."""
        found: dict[str, FieldName] = {}
        for table in (self.file.labels, self.words.labels):
            for name, words in table.items():
                for word in words:
                    found.setdefault(word.casefold(), name)
        return found

    @cached_property
    def label(self) -> re.Pattern[str]:
        """A line that begins with a label: label, what parts it from the value, value."""
        words = "|".join(re.escape(word) for word in sorted(self.labels, key=len, reverse=True))
        return re.compile(
            rf"^\W{{0,3}}(?P<label>{words})\W{{0,2}}?\s*(?P<sign>[::|\t]|$)\s*(?P<value>.*)$", re.IGNORECASE
        )

    @cached_property
    def dated(self) -> re.Pattern[str]:
        """A label of a date, directly followed by it: "Sista anbudsdag 2026-12-17", "Sista anbudsdag tills vidare"."""
        endless = "|".join(map(re.escape, self.words.until_further))
        names = ("deadline", "published")
        words = sorted((word for word, name in self.labels.items() if name in names), key=len, reverse=True)
        alternatives = "|".join(map(re.escape, words))
        return re.compile(
            rf"^\W{{0,3}}(?P<label>{alternatives})\s+(?P<value>(?:(?:\w+dag\w*|den)\s+){{0,3}}\d.*|{endless})$",
            re.IGNORECASE,
        )

    @cached_property
    def no_titles(self) -> frozenset[str]:
        """Case-folded words of links that are no title."""
        return frozenset(word.casefold() for word in self.words.links)

    @cached_property
    def sections(self) -> dict[str, FormType]:
        """Case-folded heading over several notices to their form type."""
        return {word.casefold(): form for form, kind in self.words.kinds.items() for word in kind.sections}

    @cached_property
    def badges(self) -> frozenset[str]:
        """Case-folded words that alone on a line say what a notice is."""
        kinds = (word for kind in self.words.kinds.values() for word in kind.words)
        return frozenset(word.casefold() for word in (*kinds, *self.words.cancelled, *self.words.open_ended))

    def find(self, url: str) -> tuple[str, str] | None:
        """(the portal's id, the plain address) of a link, unwrapped; None where it leads to no notice of the portal."""
        for address in links.targets(url):
            for form in self.file.links:
                found = form.read(address)
                if found:
                    return found
        return None

    def publication_number(self, identity: str) -> str:
        """The notice's number in the register."""
        return (self.file.number or f"{self.id}-{{id}}").format(id=identity)


@lru_cache(maxsize=1)
def words() -> Words:
    """The words that portals share. Raises KnowledgeError."""
    shared: Words = _valid(Words, "alerts/_words.yaml")
    return shared


@lru_cache(maxsize=1)
def load() -> dict[str, Portal]:
    """All portals by id. Raises KnowledgeError naming the file and the field."""
    shared = words()
    found = {}
    folder = resources.files("config").joinpath("alerts")
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")):
        if name.startswith("_"):
            continue
        file: PortalFile = _valid(PortalFile, f"alerts/{name}")
        if f"{file.portal}.yaml" != name or file.portal not in sources.load():
            raise KnowledgeError(f"config/alerts/{name}, portal: {file.portal!r} is not the id of config/sources.yaml")
        for pattern in (
            file.title,
            file.reference,
            *(p for link in file.links for p in (link.path, *link.query.values())),
        ):
            try:
                re.compile(pattern)
            except re.error as error:
                raise KnowledgeError(f"config/alerts/{name}: {pattern!r} is no pattern: {error}") from error
        found[file.portal] = Portal(file, shared)
    return found


def _valid(model: type[Any], name: str) -> Any:
    try:
        return model.model_validate(knowledge.read_yaml(name))
    except ValidationError as error:
        raise KnowledgeError(f"config/{name}: {error}") from error


def of_sender(name: str, address: str) -> Portal | None:
    """The portal that a sender is; by the name only where no address is shown."""
    domain = address.rpartition("@")[2].strip("> ").lower()
    for portal in load().values():
        if any(links.below(domain, own) for own in portal.file.senders):
            return portal
        if not domain and name.casefold() in {own.casefold() for own in portal.file.names}:
            return portal
    return None
