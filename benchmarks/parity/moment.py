"""Our MOMENT beside momentfm 0.1.4, from one random state dict; prints the largest differences.

momentfm pins transformers 4.33.3 and numpy 1.25.2, which nothing modern can live with, so it runs
without its dependencies, in an environment that is thrown away (about 3 GB, a minute to run):

    python -m venv /tmp/parity && . /tmp/parity/bin/activate
    pip install -e .                          # this repository: torch, transformers, safetensors
    pip install --no-deps momentfm==0.1.4
    python benchmarks/parity/moment.py        # exit code 1 if a difference is over 1e-5

The weights are random (`--size` small, base or large; `--seed`), with every tensor stirred, so that
a weight that starts as zeros or ones is compared as well. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import torch
from momentfm import MOMENTPipeline
from torch import Tensor, nn

from comodo_app.students.moment import MomentEncoder, load_moment, observed_patches

LIMIT = 1e-5
N_CHANNELS, N_WINDOWS = 6, 4
# flan-t5's sizes: width, layers, heads, hidden
SIZES = {
    "small": (512, 8, 6, 1024),
    "base": (768, 12, 12, 2048),
    "large": (1024, 24, 16, 2816),
}


class NoHead(nn.Module):
    """In the place of a classifier, so that `classify` returns what it would classify."""

    def forward(self, features: Tensor, input_mask: Tensor | None = None) -> Tensor:
        return features


def reference(size: str) -> Any:
    """momentfm's model of that size, random, in evaluation mode, all of it trainable."""
    width, n_layers, n_heads, hidden = SIZES[size]
    t5 = {
        "d_model": width, "num_layers": n_layers, "num_heads": n_heads, "d_kv": 64, "d_ff": hidden,
        "feed_forward_proj": "gated-gelu", "vocab_size": 32128, "dropout_rate": 0.1,
        "layer_norm_epsilon": 1e-6, "relative_attention_num_buckets": 32,
        "relative_attention_max_distance": 128, "is_encoder_decoder": True, "tie_word_embeddings":
        False, "use_cache": False,
    }  # fmt: skip
    config = {
        "task_name": "reconstruction", "transformer_backbone": f"google/flan-t5-{size}",
        "transformer_type": "encoder_only", "d_model": None, "seq_len": 512, "patch_len": 8,
        "patch_stride_len": 8, "revin_affine": False, "t5_config": t5, "device": "cpu",
        "freeze_encoder": False, "freeze_embedder": False,
    }  # fmt: skip
    return MOMENTPipeline(config, model_kwargs={}).eval()


def stirred(state: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    """The same tensors with noise on each, but for the table of positions, which is no weight."""
    made = torch.Generator().manual_seed(seed)
    return {
        name: tensor
        if name.endswith("position_embedding.pe")
        else tensor + 0.05 * tensor.std(correction=0).clamp(min=0.2) * torch.randn(
            tensor.shape, generator=made
        )
        for name, tensor in state.items()
    }  # fmt: skip


def windows(length: int, seed: int) -> Tensor:
    """(B, C, L): noise on gravity, a fast sine, a still axis, and one of huge numbers."""
    made = torch.Generator().manual_seed(seed)
    x = torch.randn(N_WINDOWS, N_CHANNELS, length, generator=made)
    x[:, 1] = 9.81 + 0.05 * x[:, 1]
    x[:, 2] += 3 * torch.sin(torch.arange(length) * 0.7)
    x[:, 3] = 9.81
    x[:, 4] *= 1e4
    return x


def masks(length: int, seed: int) -> dict[str, Tensor | None]:
    """(B, L) masks by name; true where observed."""
    made = torch.Generator().manual_seed(seed)
    padded = torch.ones(N_WINDOWS, length, dtype=torch.bool)
    for row, share in enumerate((1.0, 0.75, 0.5, 0.1)):
        padded[row, int(share * length) :] = False
    left = padded.flip(1)
    gaps = torch.rand(N_WINDOWS, length, generator=made) > 0.02
    blocks = torch.rand(N_WINDOWS, length // 8 + 1, generator=made) > 0.4
    scattered = gaps & blocks.repeat_interleave(8, dim=1)[:, :length]
    return {"no mask": None, "padded": padded, "left-padded": left, "gaps": scattered}


def folded(ours: MomentEncoder, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Our tokens (B, C, P, D) and vectors (B, C, D): channels go through as series of their own."""
    series = x.reshape(-1, 1, x.shape[2])
    observed = None if mask is None else mask.repeat_interleave(x.shape[1], dim=0)
    tokens, vectors = ours.tokens(series, observed), ours(series, observed)
    return tokens.unflatten(0, x.shape[:2]), vectors.unflatten(0, x.shape[:2])


def differences(theirs: Any, ours: MomentEncoder, x: Tensor, mask: Tensor | None) -> list[float]:
    """Largest absolute difference of each pooling of `POOLINGS`."""
    asked = {"x_enc": x, "input_mask": None if mask is None else mask.float()}
    tokens, vectors = folded(ours, x, mask)
    seen = torch.ones_like(x[:, 0], dtype=torch.bool) if mask is None else mask
    # (B, 1, P, 1): tokens of missing patches are no output of ours, so they are not compared.
    here = observed_patches(seen)[:, None, :, None]
    wide = theirs.classify(**asked, reduction="concat").embeddings  # (B, P, D·C), channel fastest
    wide = wide.unflatten(2, (ours.dim, N_CHANNELS)).permute(0, 3, 1, 2)
    theirs_mean = theirs.classify(**asked, reduction="mean").embeddings  # (B, P, D)
    found = (
        (theirs.embed(**asked, reduction="none").embeddings - tokens) * here,
        theirs.embed(**asked, reduction="mean").embeddings - vectors.mean(1),
        (theirs_mean - tokens.mean(1)) * here[:, 0],
        (wide * here).sum(2) / here.sum(2) - vectors,
    )
    return [float(difference.abs().max()) for difference in found]


POOLINGS = ("tokens", "mean", "class mean", "class concat")


def gradients(model: nn.Module, vectors: Tensor) -> Tensor:
    """Gradient of the first weights (D, 8) for a sum of squares of `vectors`."""
    (weight,) = (p for name, p in model.named_parameters() if "value_embedding.weight" in name)
    (gradient,) = torch.autograd.grad(vectors.square().sum(), [weight])
    return gradient


def main() -> int:
    """Compare, print a table, and say whether every figure is within the limit."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--size", choices=SIZES, default="small")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    torch.manual_seed(chosen.seed)
    theirs = reference(chosen.size)
    state = stirred(theirs.state_dict(), chosen.seed)
    theirs.load_state_dict(state)
    ours = load_moment(state)
    n_theirs = sum(p.numel() for p in theirs.parameters())
    n_ours = sum(p.numel() for p in ours.parameters())
    print(f"MOMENT-1-{chosen.size}: {n_theirs:,} parameters there, {n_ours:,} in use here")
    theirs.head = NoHead()
    print(f"{'samples':>7}  {'mask':<12}" + "".join(f"{name:>14}" for name in POOLINGS))
    worst = 0.0
    with torch.inference_mode():
        for length in (512, 1000, 256):
            for name, mask in masks(length, chosen.seed).items():
                found = differences(theirs, ours, windows(length, chosen.seed), mask)
                print(f"{length:>7}  {name:<12}" + "".join(f"{value:>14.1e}" for value in found))
                worst = max(worst, *found)
    x, mask = windows(512, chosen.seed), masks(512, chosen.seed)["padded"]
    wanted = gradients(theirs, theirs.embed(x_enc=x, input_mask=mask.float()).embeddings)
    got = gradients(ours, folded(ours, x, mask)[1].mean(1))
    relative = float((wanted - got).abs().max() / wanted.abs().max())
    print(f"gradient of the first weights, padded, relative to its largest entry: {relative:.1e}")
    print(f"largest difference {worst:.1e}, limit {LIMIT:.0e}")
    return int(not max(worst, relative) <= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
