"""Teach the bundled encoder the work of tenders: `python -m matcher.tuning MODELS [OUT] [--continue]`
(`make tune` runs it twice: from nothing, then `--continue`), or take the mean of two adapters: `python -m
matcher.tuning MODELS OUT --mean ONE OTHER`.

It learns from three kinds of text of the project's own (config/training/matching; docs/matching.md tells how they were
made): kinds of work as small enterprises and as buyers put them, with look-alikes; invented tenders judged for invented
enterprises by an independent reader; and hard neighbours, pairs of which one is plainly the better. A low-rank adapter
(matcher/adapters.py) is trained so that a line of an enterprise lies near to the tenders that ask for just that work,
and far from those that only share its words: by a softmax over the texts of a batch (InfoNCE, van den Oord et al. 2018,
arXiv 1807.03748), and by a logistic loss on the best line of an enterprise, which also learns from which cosine on two
texts are about the same work.
From nothing it learns kinds of work and every second hard pair; going on, all three. Of the judged enterprises each
third is never shown, so that the ranker (matcher/fitting.py) meets texts that the encoder has not learned by heart.
Deterministic on one machine: fixed seeds.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from config import cpv
from config.errors import InputError
from matcher import adapters, bundled_model, judged, neighbours, texts
from matcher.encoder import DEFAULT_PROMPTS, tuned
from matcher.neighbours import Pair
from register.models import Enterprise, Notice

SEED = 1
STEPS, MORE_STEPS = 500, 220
"""Of learning from nothing, and of going on from the adapter that is there."""
RATE = 5e-4
TEMPERATURE = 0.04
WORKS, PASSAGES, OTHERS = 10, 3, 2
"""Kinds of work in a batch; of each so many texts of buyers, and so many look-alikes."""
PAIRS = 6
TENDERS = 20
"""Tenders of a batch, judged for one enterprise."""
LINES = 10
MAX_TOKENS = 80
FIRST_LAYER = 4
"""Blocks before it stay as they are."""
PART = 32
"""Texts that are read together."""
WITHOUT_LABEL = 0.4
"""Share of the titles that are shown without the Swedish label of their CPV code."""
AVERAGE = 0.99
UNSEEN = 3
"""Each so manieth of the judged enterprises is not shown."""


@dataclass(frozen=True)
class Work:
    """One kind of work. ours: as enterprises put it (none for work that none of them does); theirs, others: titles with
    a CPV code ("" for none) of tenders that ask for it, and of look-alikes; text: sentences of descriptions.
    """

    id: str
    trade: str
    ours: tuple[str, ...]
    theirs: tuple[tuple[str, str], ...]
    text: tuple[str, ...]
    others: tuple[tuple[str, str], ...]


def read_works(folder: Path) -> list[Work]:
    """Kinds of work of all works*.jsonl of a folder. Raises InputError naming the file, line and field."""
    found = []
    for path in sorted(folder.glob("works*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
                pairs = {
                    name: tuple((str(t), str(c)[:8]) for t, c in row.get(name, ())) for name in ("theirs", "others")
                }
                found.append(Work(row["work"], row["trade"], tuple(row.get("ours", ())), pairs["theirs"],
                                  tuple(row.get("text", ())), pairs["others"]))  # fmt: skip
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{path.name} line {number}", None, f"is no kind of work: {error}") from error
    return found


@dataclass
class _Model:
    """The encoder being trained, with the mean of what it learned."""

    transformer: Any
    tokenizer: Any
    learned: list[Any]
    mean: list[Any] = field(default_factory=list)

    def encode(self, lines: Sequence[str], kind: str) -> Any:
        """Normalised vectors with gradients, shape (lines, dimensions); texts of like length are read together."""
        import torch

        order = sorted(range(len(lines)), key=lambda n: len(lines[n]))
        parts = [self._encode([lines[n] for n in order[at : at + PART]], kind) for at in range(0, len(order), PART)]
        back = torch.tensor(order).argsort()
        return torch.cat(parts)[back]

    def _encode(self, lines: Sequence[str], kind: str) -> Any:
        import torch

        coded = self.tokenizer([DEFAULT_PROMPTS[kind] + line for line in lines], padding=True, truncation=True,
                               max_length=MAX_TOKENS, return_tensors="pt")  # fmt: skip
        mask = coded["attention_mask"]
        wide = torch.where(mask[:, None, None, :].bool(), 0.0, torch.finfo(torch.float32).min)
        with torch.no_grad():
            states = self.transformer.embeddings(input_ids=coded["input_ids"])
            for layer in self.transformer.encoder.layer[:FIRST_LAYER]:
                states = _first(layer(states, wide))
        for layer in self.transformer.encoder.layer[FIRST_LAYER:]:
            states = _first(layer(states, wide))
        mask = mask.unsqueeze(-1)
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


def train(
    model_folder: Path,
    works: Sequence[Work],
    sets: Sequence["judged.Set"],
    pairs: Sequence[Pair] = (),
    *,
    steps: int = STEPS,
    start: Mapping[str, Any] | None = None,
    log: Callable[[str], object] = print,
) -> dict[str, Any]:
    """The tensors of an adapter, and `nearness.scale`, `nearness.middle` of its cosines. start: those to go on from."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    transformer: Any = AutoModel.from_pretrained(str(model_folder), local_files_only=True)
    attached = adapters.attach(transformer, first_layer=FIRST_LAYER)
    scale, middle = torch.tensor(12.0), torch.tensor(0.75)
    if start:
        adapters.resume(attached, start)
        scale, middle = start["nearness.scale"].float(), start["nearness.middle"].float()
    scale, middle = torch.nn.Parameter(scale), torch.nn.Parameter(middle)
    model = _Model(
        transformer,
        AutoTokenizer.from_pretrained(str(model_folder), local_files_only=True),
        [*adapters.parameters(attached), scale, middle],
    )
    model.mean = [own.detach().clone() for own in model.learned]
    optimiser = torch.optim.AdamW(
        [{"params": adapters.parameters(attached), "lr": RATE}, {"params": [scale], "lr": 0.05},
         {"params": [middle], "lr": 2e-3}], weight_decay=0.01,
    )  # fmt: skip
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / 60) * max(0.0, 1 - step / steps)
    )
    own = [work for work in works if work.ours]
    queries = [query for one in sets for query in queries_of(one)]
    transformer.train()
    total = 0.0
    for step in range(1, steps + 1):
        loss = _contrast(model, own, works, chance)
        if queries:
            loss = loss + _judged(model, queries[int(chance.integers(len(queries)))], chance, scale, middle)
        if pairs:
            loss = loss + _paired(model, _some(pairs, PAIRS, chance), scale, middle)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.learned, 1.0)
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            for mean, one in zip(model.mean, model.learned, strict=True):
                mean.lerp_(one, max(1 / step, 1 - AVERAGE))
        total += float(loss.detach())
        if step % 50 == 0:
            log(f"step {step} of {steps}: loss {total / 50:.3f}, same work from {float(middle.detach()):.3f} on")
            total = 0.0
    with torch.no_grad():
        for mean, one in zip(model.mean, model.learned, strict=True):
            one.copy_(mean)
    found = adapters.tensors(attached) | {"nearness.scale": scale.detach(), "nearness.middle": middle.detach()}
    return {name: tensor.half().contiguous() for name, tensor in found.items()}


def _contrast(model: _Model, own: Sequence[Work], works: Sequence[Work], chance: np.random.Generator) -> Any:
    """Lines of enterprises against buyers' texts of the same work, of other trades, and look-alikes."""
    import torch

    if not own:
        return torch.zeros(())
    chosen = [own[n] for n in chance.choice(len(own), min(WORKS, len(own)), replace=False)]
    foreign = [work for work in works if not work.ours]
    filling = [foreign[n] for n in chance.choice(len(foreign), min(WORKS // 2, len(foreign)), replace=False)]
    lines: list[str] = []
    asked: list[int] = []
    passages: list[str] = []
    told: list[tuple[int, bool]] = []
    for number, work in enumerate([*chosen, *filling]):
        theirs = [_titled(pair, chance) for pair in _some(work.theirs, PASSAGES - 1, chance)]
        texts_ = [*theirs, *_some(work.text, 1, chance)]
        others = [_titled(pair, chance) for pair in _some(work.others, OTHERS, chance)]
        passages += [*texts_, *others]
        told += [(number, True)] * len(texts_) + [(number, False)] * len(others)
        if work.ours:
            lines += _some(work.ours, 2, chance)
            asked += [number] * min(2, len(work.ours))
    both = [*chosen, *filling]
    near = model.encode(lines, "query") @ model.encode(passages, "passage").T / TEMPERATURE
    # A text of another work in the same trade says neither yes nor no.
    right = torch.tensor([[same and of == number for of, same in told] for number in asked])
    silent = torch.tensor(
        [[of != number and both[of].trade == both[number].trade for of, _ in told] for number in asked]
    )
    near = near.masked_fill(silent, -1e4)
    chances = near.log_softmax(dim=1)
    return -(chances * right).sum(1).div(right.sum(1).clamp(min=1)).mean()


@dataclass(frozen=True)
class Query:
    """An enterprise's lines with every tender's texts, by how well the work fits: 0, 1, 2, 3."""

    lines: tuple[str, ...]
    tenders: Mapping[int, tuple[tuple[str, ...], ...]]


def is_shown(number: int) -> bool:
    """Whether the encoder is shown a judged enterprise, by its place in the file, from 0: all but each UNSEENth are."""
    return (number + 1) % UNSEEN != 0


def queries_of(one: "judged.Set") -> list[Query]:
    """The enterprises of a judged set that the encoder is shown."""
    found = []
    for enterprise in (own for number, own in enumerate(one.enterprises) if is_shown(number)):
        by: dict[int, list[tuple[str, ...]]] = {0: [], 1: [], 2: [], 3: []}
        for notice in (*one.notices, *one.titles):
            by[one.work.get((enterprise.id, notice.publication_number), 0)].append(_tender(notice))
        lines = tuple(line.text for line in _lines(enterprise))
        found.append(Query(lines, {grade: tuple(rows) for grade, rows in by.items()}))
    return found


def _lines(enterprise: Enterprise) -> Iterable[texts.ProfileLine]:
    return (line for line in texts.profile_lines(enterprise) if line.kind != "never")


def _tender(notice: Notice) -> tuple[str, ...]:
    """Headline and first passage of a tender."""
    return tuple(texts.passages(notice, notice.lots[0])[:2])


def _judged(model: _Model, query: Query, chance: np.random.Generator, scale: Any, middle: Any) -> Any:
    """Logistic loss of an enterprise's best line against tenders, as many that fit as that do not."""
    import torch

    fitting = [(rows, grade) for grade in (3, 2, 1) for rows in query.tenders[grade]]
    plain = [(rows, 0) for rows in query.tenders[0]]
    chosen = [*_some(fitting, TENDERS // 2, chance), *_some(plain, TENDERS // 2, chance)]
    shown = [rows[int(chance.integers(len(rows)))] for rows, _ in chosen]
    wanted = torch.tensor([{0: 0.0, 1: 0.25, 2: 0.8, 3: 1.0}[grade] for _, grade in chosen])
    lines = _some(query.lines, LINES, chance)
    near = (model.encode(lines, "query") @ model.encode(shown, "passage").T).max(dim=0).values
    return torch.nn.functional.binary_cross_entropy_with_logits((near - middle) * scale, wanted)


def _first(result: Any) -> Any:
    return result[0] if isinstance(result, tuple) else result


def _paired(model: _Model, pairs: Sequence[Pair], scale: Any, middle: Any) -> Any:
    """Logistic loss of pairs: the worse tender is other work, but for those that differ in place or size alone; and the
    better one is nearer.
    """
    import torch

    lines = [(number, line.text) for number, pair in enumerate(pairs) for line in _lines(pair.enterprise)]
    sides = [(number, side, text) for number, pair in enumerate(pairs) for side, notice in
             enumerate((pair.better, pair.worse)) for text in _tender(notice)]  # fmt: skip
    cosines = model.encode([text for _, text in lines], "query") @ model.encode([t for *_, t in sides], "passage").T
    loss = torch.zeros(())
    for number, pair in enumerate(pairs):
        rows = [at for at, (of, _) in enumerate(lines) if of == number]
        better, worse = (
            cosines[rows][:, [at for at, (of, on, _) in enumerate(sides) if (of, on) == (number, side)]].max()
            for side in (0, 1)
        )
        same = pair.kind in ("place", "size")
        logits = torch.stack([better - middle, worse - middle]) * scale
        loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([1.0, float(same)]))
        if not same:
            loss = loss + torch.nn.functional.softplus((worse - better) * scale)
    return loss / len(pairs)


def _some(rows: Sequence[Any], most: int, chance: np.random.Generator) -> list[Any]:
    return [rows[n] for n in chance.choice(len(rows), min(most, len(rows)), replace=False)] if rows else []


def _titled(pair: tuple[str, str], chance: np.random.Generator) -> str:
    title, code = pair
    label = cpv.label(code) if code and chance.random() > WITHOUT_LABEL else None
    return f"{title.rstrip('. ')}. {label}" if label else title


def main(arguments: Sequence[str]) -> None:
    """Train on config/training/matching and write the adapter; with --continue from the one that is there, on judged
    tenders too; with --mean write the mean of two others.
    """
    from safetensors.torch import load_file, save_file

    told = argparse.ArgumentParser(prog="python -m matcher.tuning")
    told.add_argument("models", type=Path)
    told.add_argument("out", type=Path, nargs="?", default=tuned())
    how = told.add_mutually_exclusive_group()
    how.add_argument("--continue", dest="more", action="store_true")
    how.add_argument("--mean", type=Path, nargs=2, metavar="ADAPTER")
    own = told.parse_args(arguments)
    if own.mean:
        one, other = (load_file(str(path)) for path in own.mean)
        save_file(adapters.mean(one, other), str(own.out))
        return
    start = load_file(str(tuned())) if own.more else None
    with resources.as_file(resources.files("config").joinpath("training", "matching")) as data:
        pairs = neighbours.read(data / "pairs.jsonl")
        tensors = train(
            bundled_model.ensure(own.models),
            read_works(data),
            [judged.read(data)] if start else [],
            pairs if start else pairs[::2],
            steps=MORE_STEPS if start else STEPS,
            start=start,
        )
    save_file(tensors, str(own.out))


if __name__ == "__main__":
    main(sys.argv[1:])
