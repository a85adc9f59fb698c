"""Low-rank adapters on the linear layers of the bundled encoder (Hu et al. 2021, arXiv 2106.09685): learn them, merge
them. One for reading clauses (matcher/screening), one for matching (matcher/tuning).
"""

from collections.abc import Mapping
from typing import Any

LAYERS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
          "intermediate.dense", "output.dense")  # fmt: skip
"""Linear layers of each block that bear an adapter."""
RANK = 16
SCALE = 2.0


def attach(model: Any, *, first_layer: int = 0) -> dict[str, Any]:
    """Freeze a BERT-like model, give the blocks from `first_layer` on adapters that begin as nothing, and return those
    by the full name of their layer.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return {
        full: _adapt(model, full)
        for number in range(first_layer, len(model.encoder.layer))
        for full in (f"encoder.layer.{number}.{name}" for name in LAYERS)
    }


def parameters(attached: Mapping[str, Any]) -> list[Any]:
    """What is learned of the adapters."""
    return [own for pair in attached.values() for own in (pair.down, pair.up)]


def tensors(attached: Mapping[str, Any]) -> dict[str, Any]:
    """The adapters as `merge` reads them."""
    found = {}
    for name, pair in attached.items():
        found[f"{name}.down"] = pair.down.detach()
        found[f"{name}.up"] = pair.up.detach() * SCALE
    return found


def resume(attached: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Let adapters begin as others that were learned before. found: from `tensors`, of the same layers."""
    import torch

    with torch.no_grad():
        for name, pair in attached.items():
            pair.down.copy_(found[f"{name}.down"].float())
            pair.up.copy_(found[f"{name}.up"].float() / SCALE)


def mean(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The mean of two trained adapters of the same layers, of twice the rank; also of the numbers that belong to them.

    The mean of models that were tuned from the same start often does better than either (Wortsman et al. 2022, "Model
    soups", arXiv 2203.05482).
    """
    import torch

    found = {}
    for name in one:
        if name.endswith(".down"):
            found[name] = torch.cat([one[name], other[name]]).contiguous()
        elif name.endswith(".up"):
            found[name] = (torch.cat([one[name].float(), other[name].float()], dim=1) / 2).half().contiguous()
        else:
            found[name] = ((one[name].float() + other[name].float()) / 2).half()
    return found


def merge(model: Any, found: Mapping[str, Any]) -> None:
    """Add each adapter's product to the layer that it belongs to. found: from `tensors`."""
    import torch

    with torch.no_grad():
        for name in {key.rsplit(".", 1)[0] for key in found}:
            layer = model.get_submodule(name)
            layer.weight += found[f"{name}.up"].float() @ found[f"{name}.down"].float()


def _adapt(model: Any, name: str) -> Any:
    import torch
    from torch import nn

    layer = model.get_submodule(name)

    class Adapted(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.base = layer
            self.down = nn.Parameter(torch.randn(RANK, layer.in_features) / layer.in_features**0.5)
            self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))

        def forward(self, states: Any) -> Any:
            small = nn.functional.linear(states, self.down)
            return self.base(states) + nn.functional.linear(small, self.up) * SCALE

    adapted = Adapted()
    for parameter in layer.parameters():
        parameter.requires_grad_(False)
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, adapted)
    return adapted
