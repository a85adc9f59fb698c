"""The learned reader of clauses, loaded at its first use and held; only where the model lies in the data folder."""

import threading
from functools import lru_cache
from pathlib import Path

from matcher import bundled_model
from matcher.screening import learned
from matcher.screening.learned import LearnedReader

_lock = threading.Lock()


def ready(data: Path) -> bool:
    """Whether the model is unpacked: a page does not wait for that, `anbudslots match` does it."""
    return (data / "model" / bundled_model.FOLDER_NAME / "modules.json").is_file()


def judge(data: Path) -> LearnedReader | None:
    """The reader, None where the model is not there: then rules alone read until the next `match`."""
    if not ready(data):
        return None
    with _lock:
        return _judge(data)


@lru_cache(maxsize=1)
def _judge(data: Path) -> LearnedReader | None:
    return learned.shipped(data / "model")
