"""Our Mantis modules against the package of their authors, from the same random weights.

The package pins other versions of libraries than the app, so it is compared in an environment of
its own. From the repository's folder:

    python -m venv /tmp/parity && /tmp/parity/bin/pip install .
    /tmp/parity/bin/pip install --no-deps mantis-tsfm==1.1.0 einops
    /tmp/parity/bin/python -P benchmarks/parity/mantis.py

(-P, or this file would hide the package of the same name.) Prints the largest absolute difference
per model and length over all layers and poolings, and the relative one of gradients; ends with an
error if one is above its bound.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from mantis.architecture import Mantis8M
from mantis.architecture import MantisV1 as TheirV1
from mantis.architecture import MantisV2 as TheirV2
from torch import Tensor, nn

from comodo_app.students.mantis import MantisV1
from comodo_app.students.mantis_v2 import MantisV2

BOUND = 1e-5
LENGTHS = (64, 128, 512, 640, 1024)
POOLINGS = {"cls": "cls_token", "mean": "mean_token", "cls+mean": "combined"}
HERE = Path("random weights")


def series(length: int) -> Tensor:
    """Eight series as an IMU gives them: gravity, still and busy sensors, a step, a constant."""
    generator = torch.Generator().manual_seed(length)
    x = torch.randn(8, 1, length, generator=generator)
    x = x * torch.tensor([1.0, 9.8, 0.02, 1e-3, 3.0, 50.0, 1.0, 0.0]).view(-1, 1, 1)
    x[1] += 9.81
    x[4] = torch.cumsum(x[4], dim=-1) / 10
    x[6, :, length // 2 :] += 20.0
    x[7] += 1.5
    return x


def compare(title: str, theirs: nn.Module, ours: type[MantisV1] | type[MantisV2]) -> float:
    """Print a row per length; the largest difference of all."""
    theirs.eval()
    state = theirs.state_dict()
    worst = 0.0
    for length in LENGTHS:
        x, row = series(length), 0.0
        for layer in range(6):
            for pooling, token in POOLINGS.items():
                theirs.return_transf_layer, theirs.output_token = layer, token
                module = ours(layer=layer, pooling=pooling).eval()
                module.load_published(state, where=HERE)
                seen = torch.ones(len(x), length, dtype=torch.bool)
                with torch.inference_mode():
                    expected = theirs(x)
                    row = max(row, float((module(x) - expected).abs().max()))
                    row = max(row, float((module(x, seen) - expected).abs().max()))
        print(
            f"{title:18} {length:5} samples, 6 layers, 3 poolings, with and without mask: {row:.1e}"
        )
        worst = max(worst, row)
    return worst


def compare_gradients(
    title: str, theirs: nn.Module, ours: type[MantisV1] | type[MantisV2]
) -> float:
    """Gradients of parameters of the token generator, the deepest ones, relative to theirs."""
    theirs.return_transf_layer, theirs.output_token = 2, "combined"
    module = ours(layer=2).eval()
    module.load_published(theirs.state_dict(), where=HERE)
    x = series(512)[:7]  # the constant one has no finite gradient in either
    worst = 0.0
    target = torch.randn(7, 512, generator=torch.Generator().manual_seed(1))
    for network in (theirs, module):
        network.zero_grad()
        ((network(x) - target) ** 2).mean().backward()
    unit, tokens = theirs.tokgen_unit, module.tokens
    pairs = [
        (unit.convs[0].conv.weight.grad, tokens.difference.conv.weight.grad),
        (unit.convs[1].conv.bias.grad, tokens.shape.conv.bias.grad),
        (unit.linear_encoder.linear.weight.grad, tokens.join.weight.grad),
        (unit.scalar_encoders[1].encoders[3].w.grad[0], tokens.deviation.slope.grad[3]),
    ]
    for expected, got in pairs:
        worst = max(worst, float((expected - got).abs().max() / expected.abs().max()))
    print(f"{title:18} gradients, relative: {worst:.1e}")
    return worst


def main() -> None:
    """Compare all, print, and fail above the bound."""
    torch.manual_seed(0)
    v1, v2 = TheirV1(device="cpu"), TheirV2(device="cpu")
    for name, parameter in (*v1.named_parameters(), *v2.named_parameters()):
        if "norm" in name:  # ones and zeros as built: make them count
            parameter.data += 0.1 * torch.randn_like(parameter)
    old = Mantis8M(device="cpu")  # the names of the first published checkpoint
    old.load_state_dict(
        {name.replace("transf_unit", "vit_unit"): t for name, t in v1.state_dict().items()}
    )
    worst = max(compare("MantisV1, Mantis+", v1, MantisV1), compare("MantisV2", v2, MantisV2))
    x = series(512)
    ours = MantisV1(layer=5, pooling="cls").eval()
    ours.load_published(old.state_dict(), where=HERE)
    with torch.inference_mode():
        legacy = float((ours(x) - old.eval()(x)).abs().max())
    print(f"{'Mantis8M (vit_unit)':18} 512 samples: {legacy:.1e}")
    gradients = max(
        compare_gradients("MantisV1", v1, MantisV1), compare_gradients("MantisV2", v2, MantisV2)
    )
    print(f"parameters: {sum(p.numel() for p in v1.parameters())} and "
          f"{sum(p.numel() for p in v2.parameters())} (published), "
          f"{sum(p.numel() for p in MantisV1().parameters())} and "
          f"{sum(p.numel() for p in MantisV2().parameters())} (ours, without prj)")  # fmt: skip
    if max(worst, legacy) > BOUND or gradients > 1e-3:
        sys.exit("Above the bound.")


if __name__ == "__main__":
    main()
