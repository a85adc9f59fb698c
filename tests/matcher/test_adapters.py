"""The mean of two adapters changes a layer by the mean of what each changes."""

import torch

from matcher import adapters


def test_the_mean_of_two_adapters() -> None:
    one, other = (
        {"layer.down": torch.randn(2, 5), "layer.up": torch.randn(3, 2), "nearness.scale": torch.tensor(scale)}
        for scale in (10.0, 20.0)
    )
    found = adapters.mean(one, other)
    products = [own["layer.up"] @ own["layer.down"] for own in (one, other)]
    got = found["layer.up"].float() @ found["layer.down"]
    torch.testing.assert_close(got, (products[0] + products[1]) / 2, atol=0.02, rtol=0.02)
    assert float(found["nearness.scale"]) == 15
