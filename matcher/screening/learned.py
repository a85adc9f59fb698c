"""The learned reader: the bundled encoder with a small adapter, which judges each segment in its window.

What it is: low-rank adapters (Hu et al. 2021, arXiv 2106.09685) on the linear layers of multilingual-e5-small, the mean
of a segment's tokens, and a linear layer to four logits a clause: none, affirmed, possible, negated. How it was made:
`python -m matcher.screening.training` on config/training/screening; figures: docs/screening.md.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from config.errors import KnowledgeError
from matcher import adapters, bundled_model
from matcher.encoder import quiet
from matcher.screening.rules import CODES
from matcher.screening.windows import Window, one_word

POLARITIES = ("none", "affirmed", "possible", "negated")
Judged = npt.NDArray[np.float32]
"""Probabilities of shape (segments, clauses, polarities), in the orders of CODES and POLARITIES; the last sums to 1."""
GATE_FEATURES = 2**16
MAX_TOKENS = 512
BATCH_TOKENS = 4096
KNOWN = 20_000
"""Windows whose reading is kept in memory, the oldest dropped first: some tens of megabytes."""


def weights() -> Path:
    """The file of the adapter and the last layer."""
    with resources.as_file(resources.files("config").joinpath("screening.safetensors")) as path:
        return path


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with the adapter; empty where there is none."""
    path = weights()
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.exists() else ""


def shipped(folder: Path, progress: Callable[[str], None] = lambda _: None) -> "LearnedReader | None":
    """The reader that comes with the project, None where it was never trained. folder: of the unpacked bundled model.

    Raises UnavailableError where the bundled model is missing.
    """
    return LearnedReader(bundled_model.ensure(folder, progress)) if version() else None


def features() -> Any:
    """What the gate looks at: hashed groups of letters, shape (texts, GATE_FEATURES)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), n_features=GATE_FEATURES, lowercase=False)


class LearnedReader:
    """The encoder with its adapter. folder: the bundled model, unpacked (matcher/bundled_model.py).

    Raises KnowledgeError where the adapter was made for other clauses.
    """

    def __init__(self, folder: Path, path: Path | None = None) -> None:
        from safetensors.torch import load_file
        from transformers import AutoModel, AutoTokenizer

        quiet()
        self.version = version()
        self._features = features()
        self._known: dict[tuple[str, tuple[tuple[int, int], ...]], Judged] = {}
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
        path = path or weights()
        tensors = {name: tensor.float() for name, tensor in load_file(str(path)).items()}
        self._head = tensors.pop("head.weight"), tensors.pop("head.bias")
        self._gate = tensors.pop("gate.weight").numpy(), float(tensors.pop("gate.bias"))
        if self._head[1].shape[0] != len(CODES) * len(POLARITIES):
            raise KnowledgeError(f"{path.name} was made for other clauses: run `python -m matcher.screening.training`.")
        adapters.merge(self._model, tensors)

    def candidates(self, texts: Sequence[str]) -> list[bool]:
        """Which segments are worth a look, by a linear gate that lets nearly all through that say a clause.

        texts: their flat texts.
        """
        if not texts:
            return []
        weight, bias = self._gate
        seen = self._features.transform([one_word(text) for text in texts])
        return [bool(score > 0) for score in seen @ weight + bias]

    def judge(self, windows: Sequence[Window]) -> list[Judged]:
        """What each segment of each window says; the same window, such as one of a template, is read once."""
        keys = [(window.text, window.spans) for window in windows]
        new = {key: window for key, window in zip(keys, windows, strict=True) if key not in self._known}
        read = dict(zip(new, self._judge(list(new.values())), strict=True))
        found = [read[key] if key in read else self._known[key] for key in keys]
        self._known.update(read)
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return found

    def _judge(self, windows: Sequence[Window]) -> list[Judged]:
        """Windows of like length are read together."""
        import torch

        found: list[Judged | None] = [None] * len(windows)
        with torch.inference_mode():
            for numbers, batch in batches(self._tokenizer, windows):
                states = self._model(
                    input_ids=torch.tensor(batch.tokens), attention_mask=torch.tensor(batch.mask)
                ).last_hidden_state
                weight, bias = self._head
                for row, number in enumerate(numbers):
                    pooled = torch.tensor(batch.pooling[row]) @ states[row]
                    pooled = torch.nn.functional.layer_norm(pooled, pooled.shape[-1:])
                    logits = (pooled @ weight.T + bias).reshape(-1, len(CODES), len(POLARITIES))
                    found[number] = logits.softmax(-1).numpy()
        return [judged for judged in found if judged is not None]


class Batch:
    """Windows as a model reads them. tokens, mask: (windows, tokens); pooling: per window (segments, tokens), rows that
    take the mean of a segment's tokens; a segment beyond the last token gets zeros.
    """

    def __init__(self, tokenizer: Any, windows: Sequence[Window]) -> None:
        coded = tokenizer(
            [window.text for window in windows], padding=True, truncation=True, max_length=MAX_TOKENS,
            return_offsets_mapping=True,
        )  # fmt: skip
        self.tokens = np.asarray(coded["input_ids"])
        self.mask = np.asarray(coded["attention_mask"])
        self.pooling: list[npt.NDArray[np.float32]] = []
        for row, window in enumerate(windows):
            offsets = np.asarray(coded["offset_mapping"][row])
            middle = offsets.mean(axis=1)
            real = (offsets[:, 1] > offsets[:, 0]) & (self.mask[row] == 1)
            rows = [real & (middle >= start) & (middle <= end) for start, end in window.spans]
            own = np.asarray(rows, dtype=np.float32)
            self.pooling.append(own / np.maximum(own.sum(axis=1, keepdims=True), 1.0))


def batches(tokenizer: Any, windows: Sequence[Window]) -> Iterator[tuple[list[int], Batch]]:
    """(numbers of the windows, batch), windows of like length together."""
    order = sorted(range(len(windows)), key=lambda number: len(windows[number].text))
    group: list[int] = []
    for number in order:
        # About three characters a token; the longest comes last.
        if group and (len(group) + 1) * (len(windows[number].text) // 3 + 2) > BATCH_TOKENS:
            yield group, Batch(tokenizer, [windows[n] for n in group])
            group = []
        group.append(number)
    if group:
        yield group, Batch(tokenizer, [windows[n] for n in group])
