"""Zip archives of documents: members that may be documents, written one by one under names of our own."""

from pathlib import Path

from config.errors import InputError
from crawler.documents.piece import clean
from crawler.packages import BROKEN, Bounds, Member, zip_members
from register.models import SetAside

MAX_MEMBERS = 2_000
MAX_MEMBER = 100_000_000
MAX_TOTAL = 500_000_000
"""Bytes of all members, those of zips within it too."""
MAX_DEPTH = 2
"""A zip in a zip is opened, one in that is not."""


def unpack(path: Path, name: str, folder: Path, total: int) -> list[tuple[str, Path] | SetAside]:
    """Write each member into `folder`, numbered; returns what each is called and where it lies, or why it was left.

    total: most bytes. Raises InputError for a broken archive.
    """
    bounds = Bounds(MAX_MEMBERS, MAX_MEMBER, total)
    found: list[tuple[str, Path] | SetAside] = []
    try:
        for member in zip_members(path, name, lambda _: True, bounds):
            if isinstance(member, Member):
                target = folder / f"{len(found):05d}"
                target.write_bytes(member.data)
                found.append((clean(member.name), target))
            else:
                found.append(member)
    except BROKEN as error:
        raise InputError(
            name, None, f"Arkivet är skadat och kan inte packas upp ({error}). Hämta det på nytt."
        ) from error
    return found
