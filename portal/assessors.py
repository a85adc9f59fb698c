"""The embedding model and what assessing tenders takes, held for all requests of this process.

The model is loaded at its first use; the rest is made anew when enterprises, answers, ranker or statistics change.
"""

import threading
from pathlib import Path

from config.errors import UnavailableError
from config.settings import ModelSettings, Settings
from matcher import assessing, encoder
from matcher.assessing import Assessor
from matcher.encoder import Encoder
from register.database import Register

_lock = threading.Lock()
_encoders: dict[tuple[Path, str], Encoder] = {}
_assessors: dict[tuple[Path, bool], tuple[str, Assessor]] = {}
WAIT_SECONDS = 60
"""How long a request waits for another one that loads the model or the enterprises."""


def model(settings: ModelSettings, data: Path) -> Encoder:
    """The embedding model of a data folder, loaded once, when a text has to be encoded.

    Raises SettingsError or UnavailableError.
    """
    key = (data, settings.model_dump_json())
    if key not in _encoders:
        _encoders.clear()
        _encoders[key] = encoder.lazy(settings, data / "model")
    return _encoders[key]


def assessor(register: Register, settings: Settings, data: Path, *, examples: bool) -> Assessor:
    """The assessor of the register as it is now, with the real enterprises or the invented ones.

    Raises SettingsError, or UnavailableError where there is no model or it takes others too long to load it.
    """
    if not _lock.acquire(timeout=WAIT_SECONDS):
        raise UnavailableError("The model is still being loaded. Try again in a minute.")
    try:
        now = assessing.state(register)
        state, known = _assessors.get((data, examples), ("", None))
        if known is None or state != now:
            known = Assessor.of(register, model(settings.model, data), examples=examples)
            _assessors[data, examples] = (now, known)
        return known
    finally:
        _lock.release()
