"""The bundled model that is loaded as late as can be is the same as the one that is loaded at once."""

from pathlib import Path

import numpy as np
import pytest

from config.settings import ModelSettings
from matcher import encoder
from matcher.encoder import LazyEncoder, SentenceEncoder


def test_it_bears_the_same_name_and_gives_the_same_vectors(model: SentenceEncoder, model_folder: Path) -> None:
    lazy = encoder.lazy(ModelSettings(), model_folder)
    assert isinstance(lazy, LazyEncoder)
    assert lazy.name == model.name
    assert lazy.nearness == pytest.approx(model.nearness)
    lazy._loaded = model
    assert np.array_equal(lazy.encode(["städning"], "query"), model.encode(["städning"], "query"))


def test_it_is_not_loaded_for_its_name(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "load", lambda *_: pytest.fail("the model was loaded"))
    assert encoder.lazy(ModelSettings(max_tokens=64), model_folder).name.endswith("#64")
