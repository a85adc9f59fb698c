"""Train the learned reader: `python -m matcher.screening.training MODELS [OUT]` (`make train`), or teach a trained one
more: `python -m matcher.screening.training MODELS OUT --onto ADAPTER FILES` (names in config/training/screening).

Labelled passages (config/training/screening) are cut into windows as in reading. Rows with `spans` name every sentence
that says a clause, so all else is "none". Rows with `labels` and `quotes` name one for each: its segments bear the
label, and the other segments are left out of that clause's loss, since they may say the same.
Deterministic on one machine: fixed seeds.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from config.errors import InputError
from matcher import adapters, bundled_model
from matcher.screening import segments
from matcher.screening.learned import FIRST_LAYER, POLARITIES, Batch, features, normed, through, weights, widened
from matcher.screening.rules import CODES
from matcher.screening.segments import Segment
from matcher.screening.windows import Window, one_word, windows

EPOCHS = 4
RATE = 1e-3
HEAD_RATE = 2e-3
DROPOUT = 0.1
BATCH_CHARS = 2600
SEED = 1
IGNORED = -100
AVERAGE = 0.996
"""How much of the mean of the weights stays at each step: the mean reads better than where the last step ended."""
GATE_RECALL = 0.95
GATE_PENALTY = 20.0
REPLAYED = 6
"""Of the passages that an adapter has seen, each so manieth is seen again while it learns more, lest it forgets."""
MORE_RATE = 0.5
"""How fast it learns more, as a share of the first rate."""
DOCUMENT = "document"
"""Kind of the passages that look like pages of real documents, most of whose lines say nothing of the kind."""


@dataclass(frozen=True)
class Example:
    """A window with a label for each segment and clause: a number of POLARITIES, or IGNORED."""

    window: Window
    labels: npt.NDArray[np.int64]


def examples(rows: Sequence[dict[str, Any]]) -> Iterator[Example]:
    """Windows of labelled passages: `text`, and `spans` [{clause, polarity, quote}] or `labels` {clause: polarity} with
    `quotes` {clause: substring}.

    Raises InputError for a quote that is not in its text.
    """
    for number, row in enumerate(rows, start=1):
        parts = segments.split(row["text"])
        told = _labels(row, parts, f"training passage {number}")
        for window in windows(parts):
            yield Example(window, told[list(window.numbers)])


def _labels(row: Mapping[str, Any], parts: Sequence[Segment], item: str) -> npt.NDArray[np.int64]:
    """What each segment of a passage says of each clause: shape (segments, clauses)."""
    told = np.zeros((len(parts), len(CODES)), dtype=np.int64)
    text = row["text"]
    if "spans" in row:
        spans = [(span["clause"], span["polarity"], span["quote"]) for span in row["spans"]]
    else:
        quotes = row.get("quotes", {})
        spans = [(clause, polarity, quotes.get(clause, text)) for clause, polarity in row["labels"].items()]
        told[:, [CODES.index(clause) for clause, _, _ in spans]] = IGNORED
    for clause, polarity, quote in spans:
        start = text.find(quote)
        if start < 0:
            raise InputError(item, clause, "has a quote that is not in its text")
        for number, part in enumerate(parts):
            shared = min(start + len(quote), part.end) - max(start, part.start)
            if shared > 0.5 * min(len(quote), part.end - part.start):
                told[number, CODES.index(clause)] = POLARITIES.index(polarity)
    return told


def held_and_plain(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """(segments that say a clause, or deny it; segments that say nothing), as in a window: what the gate is taught.

    What only looks like a clause is for the encoder to tell, so only passages of whole documents teach what is plain.
    """
    held, plain = list[str](), [one_word(text) for text in plain_texts()]
    for number, row in enumerate(rows, start=1):
        parts = segments.split(row["text"])
        told = _labels(row, parts, f"training passage {number}")
        for part, own in zip(parts, told, strict=True):
            if (own > 0).any():
                held.append(one_word(part.flat))
            elif row["kind"] == DOCUMENT and part.kind != "toc" and part.flat:
                plain.append(one_word(part.flat))
    return list(dict.fromkeys(held)), list(dict.fromkeys(plain))


def gate(held: Sequence[str], plain: Sequence[str]) -> tuple[npt.NDArray[np.float32], float]:
    """(weights, bias) of the gate: above 0 for GATE_RECALL of the segments with a clause, each told without itself."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    seen = features().transform([*held, *plain])
    holds = np.asarray([True] * len(held) + [False] * len(plain))
    model = LogisticRegression(C=GATE_PENALTY, class_weight="balanced", max_iter=1000)
    scores = cross_val_predict(model, seen, holds, cv=StratifiedKFold(5, shuffle=True, random_state=SEED),
                               method="decision_function")  # fmt: skip
    line = float(np.quantile(scores[holds], 1 - GATE_RECALL))
    model.fit(seen, holds)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0]) - line


def plain_texts() -> list[str]:
    """Ordinary texts of procurements that have nothing to do with any clause, flattened as in reading."""
    training = resources.files("config").joinpath("training")
    lines = training.joinpath("plain.txt").read_text(encoding="utf-8").splitlines()
    return [segments.flatten(line, 0, len(line))[0] for line in lines if line.strip()]


def load(folder: Path) -> list[dict[str, Any]]:
    """Rows of all *.jsonl of a folder, by file name."""
    return [row for path in sorted(folder.glob("*.jsonl")) for row in rows_of(path)]


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Rows of one file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def train(
    model_folder: Path,
    rows: Sequence[dict[str, Any]],
    *,
    epochs: int = EPOCHS,
    onto: Mapping[str, Any] | None = None,
    log: Any = print,
) -> dict[str, Any]:
    """Train on labelled passages; returns the adapter's tensors. onto: one that goes on to learn; its gate stays."""
    import torch
    from torch import nn
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    tokenizer: Any = AutoTokenizer.from_pretrained(str(model_folder), local_files_only=True)
    model: Any = AutoModel.from_pretrained(str(model_folder), local_files_only=True)
    attached = adapters.attach(model, first_layer=FIRST_LAYER)
    head = nn.Linear(model.config.hidden_size, len(CODES) * len(POLARITIES))
    nn.init.normal_(head.weight, std=0.02)
    with torch.no_grad():
        head.bias.copy_(torch.tensor([2.0, 0.0, -1.0, 0.0]).repeat(len(CODES)))
        if onto is not None:
            adapters.resume(attached, onto)
            head.weight.copy_(onto["head.weight"].float())
            head.bias.copy_(onto["head.bias"].float())
    made = list(examples(rows))
    groups = list(_groups(made, np.random.default_rng(SEED)))
    batches = [Batch(tokenizer, [made[n].window for n in group]) for group in groups]
    model.eval()
    lower = []
    with torch.no_grad():
        for batch in batches:
            # Blocks without an adapter stay as they are, and are reckoned once.
            wide = widened(torch.tensor(batch.mask))
            states = through(model.encoder.layer[:FIRST_LAYER], model.embeddings(torch.tensor(batch.tokens)), wide)
            lower.append((states.half(), wide))
    parameters = adapters.parameters(attached)
    share = 1.0 if onto is None else MORE_RATE
    optimiser = torch.optim.AdamW(
        [{"params": parameters, "lr": RATE * share}, {"params": head.parameters(), "lr": HEAD_RATE * share}],
        weight_decay=0.01,
    )
    steps = epochs * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / (0.1 * steps)) * max(0.0, 1 - step / steps)
    )
    learned = [*parameters, *head.parameters()]
    averaged = [own.detach().clone() for own in learned]
    step = 0
    upper = model.encoder.layer[FIRST_LAYER:]
    dropout = nn.Dropout(DROPOUT)
    for epoch in range(epochs):
        upper.train()
        total = 0.0
        for number in chance.permutation(len(batches)):
            states, wide = lower[number]
            states = through(upper, states.float(), wide)
            pooled = torch.cat([torch.tensor(rows_) @ states[row] for row, rows_ in enumerate(batches[number].pooling)])
            logits = head(dropout(normed(pooled))).reshape(-1, len(POLARITIES))
            labels = torch.tensor(np.concatenate([made[n].labels for n in groups[number]]).reshape(-1))
            loss = nn.functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")
            loss = loss / max(1, len(groups[number]))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learned, 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            with torch.no_grad():
                for mean, own in zip(averaged, learned, strict=True):
                    # What was learned last weighs most; the mean forgets the beginning soon.
                    mean.lerp_(own, max(1 / step, 1 - AVERAGE))
            total += float(loss.detach())
        log(f"epoch {epoch + 1}: loss {total / len(batches):.3f}")
    with torch.no_grad():
        for mean, own in zip(averaged, learned, strict=True):
            own.copy_(mean)
    tensors = {"head.weight": head.weight.detach(), "head.bias": head.bias.detach()}
    tensors |= adapters.tensors(attached)
    if onto is not None:
        tensors |= {name: tensor for name, tensor in onto.items() if name.startswith("gate.")}
    else:
        weight, bias = gate(*held_and_plain(rows))
        tensors["gate.weight"], tensors["gate.bias"] = torch.tensor(weight), torch.tensor([bias])
    return {name: tensor.half().contiguous() for name, tensor in tensors.items()}


def _groups(made: Sequence[Example], chance: np.random.Generator) -> Iterator[list[int]]:
    """Windows of like length together, so that a batch holds little padding."""
    jitter = chance.uniform(0.9, 1.1, len(made))
    order = sorted(range(len(made)), key=lambda n: len(made[n].window.text) * jitter[n])
    group: list[int] = []
    for number in order:
        if group and (len(group) + 1) * len(made[number].window.text) > BATCH_CHARS:
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def main(arguments: Sequence[str]) -> None:
    """Train on config/training/screening and write the adapter."""
    from safetensors.torch import load_file, save_file

    told = argparse.ArgumentParser(prog="python -m matcher.screening.training")
    told.add_argument("models", type=Path)
    told.add_argument("out", type=Path, nargs="?", default=weights()[0])
    told.add_argument("--onto", type=Path, metavar="ADAPTER")
    told.add_argument("files", nargs="*")
    own = told.parse_intermixed_args(arguments)
    folder = bundled_model.ensure(own.models)
    with resources.as_file(resources.files("config").joinpath("training", "screening")) as data:
        if own.onto:
            new = [row for name in own.files for row in rows_of(data / name)]
            known = [
                row for path in sorted(data.glob("*.jsonl")) if path.name not in own.files for row in rows_of(path)
            ]
            tensors = train(folder, new + known[::REPLAYED], epochs=1, onto=load_file(str(own.onto)))
        else:
            tensors = train(folder, load(data))
    own.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(own.out))


if __name__ == "__main__":
    main(sys.argv[1:])
