"""Embedding vectors, kept by model and text hash, so that a text is encoded once."""

from collections.abc import Iterable, Mapping

from register.database import Register

CHUNK = 500


def get(register: Register, model: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """The vectors that are known, as little-endian float16 bytes, by text hash."""
    wanted = list(dict.fromkeys(hashes))
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        marks = ",".join("?" * len(part))
        for row in register.db.query(
            f"SELECT text_hash, vector FROM vectors WHERE model = ? AND text_hash IN ({marks})",
            [model, *part],
        ):
            found[row["text_hash"]] = row["vector"]
    return found


def add(register: Register, model: str, vectors: Mapping[str, bytes]) -> None:
    """Keep vectors by text hash; a known hash is left as it is."""
    register.db.table("vectors").insert_all(
        ({"model": model, "text_hash": key, "vector": value} for key, value in vectors.items()),
        pk=("model", "text_hash"),
        ignore=True,
    )
