"""The learned reader: the bundled encoder with a small adapter, which judges each segment in its window.

What it is: low-rank adapters (Hu et al. 2021, arXiv 2106.09685) on the linear layers of multilingual-e5-small, the mean
of a segment's tokens, and a linear layer to four logits a clause: none, affirmed, possible, negated. Two of them, the
second trained on fewer texts, read each window, and the mean of what they say counts; of the reserved classes, which
the later one was taught anew, its own word alone. How they were made: `python -m
matcher.screening.training` on config/training/screening; figures: docs/screening.md.
"""

import copy
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
RESERVED = frozenset({"reserved_participation", "reserved_public_service", "reserved_execution"})
LATER_ALONE = [number for number, clause in enumerate(CODES) if clause in RESERVED]
"""Columns of the clauses that the later adapter alone judges."""
Judged = npt.NDArray[np.float32]
"""Probabilities of shape (segments, clauses, polarities), in the orders of CODES and POLARITIES; the last sums to 1."""
GATE_FEATURES = 2**16
FIRST_LAYER = 4
"""Blocks before it bear no adapter."""
MAX_TOKENS = 512
BATCH_TOKENS = 4096
KNOWN = 20_000
"""Windows whose reading is kept in memory, the oldest dropped first: some tens of megabytes."""


def weights() -> tuple[Path, ...]:
    """The files of the adapters, each with its last layer; the gate is the first one's."""
    names = ("screening.safetensors", "screening-earlier.safetensors")
    with resources.as_file(resources.files("config")) as folder:
        return tuple(folder / name for name in names)


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with the adapters; empty where one is missing."""
    if not all(path.exists() for path in weights()):
        return ""
    return hashlib.sha256(b"".join(path.read_bytes() for path in weights())).hexdigest()[:10]


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
    """The encoder with its adapters. folder: the bundled model, unpacked (matcher/bundled_model.py).

    Raises KnowledgeError where an adapter was made for other clauses.
    """

    def __init__(self, folder: Path, paths: Sequence[Path] = ()) -> None:
        from safetensors.torch import load_file
        from transformers import AutoModel, AutoTokenizer

        quiet()
        self.version = version()
        self._features = features()
        self._known: dict[tuple[str, tuple[tuple[int, int], ...]], Judged] = {}
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
        self._readers: list[tuple[Any, Any, Any]] = []
        """(upper blocks, weight and bias of the last layer) of each adapter."""
        whole = self._model.encoder.layer
        for path in paths or weights():
            tensors = {name: tensor.float() for name, tensor in load_file(str(path)).items()}
            weight, bias = tensors.pop("head.weight"), tensors.pop("head.bias")
            gate = tensors.pop("gate.weight").numpy(), float(tensors.pop("gate.bias"))
            if bias.shape[0] != len(CODES) * len(POLARITIES):
                raise KnowledgeError(
                    f"{path.name} was made for other clauses: run `python -m matcher.screening.training`."
                )
            if not self._readers:
                self._gate = gate
            # The blocks below are the same for all, and read once.
            self._model.encoder.layer = whole[:FIRST_LAYER] + copy.deepcopy(whole[FIRST_LAYER:])
            adapters.merge(self._model, tensors)
            self._readers.append((self._model.encoder.layer[FIRST_LAYER:], weight, bias))
        self._lower = whole[:FIRST_LAYER]

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
                wide = widened(torch.tensor(batch.mask))
                lower = through(self._lower, self._model.embeddings(input_ids=torch.tensor(batch.tokens)), wide)
                tops = [(through(upper, lower, wide), weight, bias) for upper, weight, bias in self._readers]
                for row, number in enumerate(numbers):
                    pooling = torch.tensor(batch.pooling[row])
                    told = [
                        (normed(pooling @ states[row]) @ weight.T + bias).reshape(-1, len(CODES), len(POLARITIES))
                        for states, weight, bias in tops
                    ]
                    each = torch.stack([logits.softmax(-1) for logits in told])
                    mean = each.mean(0)
                    mean[:, LATER_ALONE] = each[0][:, LATER_ALONE]
                    found[number] = mean.numpy()
        return [judged for judged in found if judged is not None]


def through(blocks: Any, states: Any, wide: Any) -> Any:
    """Hidden states after some blocks of the encoder. wide: from `widened`."""
    for block in blocks:
        told = block(states, wide)
        states = told[0] if isinstance(told, tuple) else told
    return states


def widened(mask: Any) -> Any:
    """A mask of tokens, shape (windows, tokens), as the blocks take it: what is added to their attention."""
    import torch

    return torch.where(mask[:, None, None, :].bool(), 0.0, torch.finfo(torch.float32).min)


def normed(pooled: Any) -> Any:
    """Means of segments as the last layer takes them."""
    import torch

    return torch.nn.functional.layer_norm(pooled, pooled.shape[-1:])


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
