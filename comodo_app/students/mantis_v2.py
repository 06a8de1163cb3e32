"""MantisV2: half the size of its predecessor, with rotary positions; our own module."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from comodo_app.students.mantis import DROPPED, N_LAYERS, check_constants
from comodo_app.students.mantis_tokens import (
    N_PATCHES,
    WIDTH,
    TokenGenerator,
    check_length,
    observed_patches,
    pooled,
    published_layer_shapes,
    published_token_shapes,
    token_state,
)
from comodo_app.weights.reading import account_for_keys

_KERNEL = 41
_HEADS, _HEAD_DIM, _MLP = 8, 32, 512
_DROPOUT = 0.1
_THETA, _SCALE_BASE = 10000.0, 512.0


class _RootMeanSquare(nn.Module):
    """Norm without mean over the last dimension."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        """(..., 256) → (..., 256)."""
        scaled: Tensor = x * (x.square().mean(dim=-1, keepdim=True) + 1e-8).rsqrt() * self.scale
        return scaled


class _Layer(nn.Module):
    """Pre-norm attention with rotated queries and keys, then SwiGLU, (B, T, 256)."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = _RootMeanSquare()
        self.qkv = nn.Linear(WIDTH, 3 * _HEADS * _HEAD_DIM)
        self.out = nn.Linear(_HEADS * _HEAD_DIM, WIDTH)
        self.mlp_norm = _RootMeanSquare()
        self.up = nn.Linear(WIDTH, 2 * _MLP)
        self.down = nn.Linear(_MLP, WIDTH)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, rotation: Tensor, keys: Tensor | None) -> Tensor:
        """One layer; `rotation` (4, T, d) is that of `rotary`, `keys` (B, 1, 1, T) who is seen."""
        n, t, _ = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(n, t, 3, _HEADS, _HEAD_DIM)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (B, H, T, d) each
        seen = nn.functional.scaled_dot_product_attention(
            rotated(q, rotation[0], rotation[1]),
            rotated(k, rotation[2], rotation[3]),
            v,
            attn_mask=keys,
            dropout_p=_DROPOUT if self.training else 0.0,
        )
        x = x + self.out(seen.transpose(1, 2).reshape(n, t, -1))
        gate, value = self.up(self.mlp_norm(x)).chunk(2, dim=-1)
        wide: Tensor = x + self.dropout(self.down(nn.functional.silu(gate) * value))
        return wide


class MantisV2(nn.Module):
    """(B, 1, L) series in absolute units → (B, `dim`); 4 122 368 parameters with all six layers.

    Source: the MantisV2 of mantis-tsfm 1.1.0 (Apache-2.0; its attention goes back to Datadog's
    Toto), with which ``benchmarks/parity/mantis.py`` compares. `layer`, `pooling`, masks and where
    we differ: as `MantisV1`. The cls token is the last one here, and counts as a position.
    """

    input_length = 512
    rotation: Tensor

    def __init__(self, *, layer: int | None = None, pooling: str = "cls+mean") -> None:
        super().__init__()
        n_layers = N_LAYERS if layer is None else layer + 1
        self.pooling = pooling
        self.dim = WIDTH * (2 if pooling == "cls+mean" else 1)
        self.tokens = TokenGenerator(_KERNEL)
        self.cls = nn.Parameter(torch.randn(WIDTH))
        self.register_buffer("rotation", rotary(N_PATCHES + 1), persistent=False)
        self.layers = nn.ModuleList(_Layer() for _ in range(n_layers))

    def forward(self, series: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode (B, 1, L); `mask` (B, L) is true where a sample was observed."""
        check_length(series)
        observed = None if mask is None else observed_patches(mask)
        x = torch.cat([self.tokens(series, mask), self.cls.expand(series.shape[0], 1, -1)], dim=1)
        keys = None
        if observed is not None:
            keys = nn.functional.pad(observed, (0, 1), value=True)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, self.rotation, keys)
        return pooled(x[:, -1], x[:, :-1], observed, self.pooling)

    def load_published(self, tensors: Mapping[str, Tensor], *, where: Path) -> None:
        """As `MantisV1.load_published`."""
        found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        account_for_keys(published_shapes(), found, ignore=DROPPED, where=where)
        check_constants(tensors, {}, where)
        state = {f"tokens.{name}": tensor for name, tensor in token_state(tensors).items()}
        state["cls"] = tensors["transf_unit.cls_token"]
        for i in range(len(self.layers)):
            for theirs, ours in _LAYER_NAMES.items():
                tensor = tensors[f"transf_unit.transformer.layers.{i}.{theirs}"]
                state[f"layers.{i}.{ours}"] = _by_heads(tensor) if "wQKV" in theirs else tensor
        self.load_state_dict(state)


def rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn the pairs (0, 1), (2, 3) … of the last dimension of (B, H, T, d)."""
    even, odd = x.reshape(*x.shape[:-1], -1, 2).unbind(-1)
    return x * cosine + torch.stack([-odd, even], dim=-1).flatten(-2) * sine


def rotary(n: int) -> Tensor:
    """Cosine and sine for queries, then for keys, with their scales (xPos): (4, n, d).

    As published: angles are repeated within a pair, scales are not but run through the dimension
    twice; queries are multiplied by them, keys divided.
    """
    steps = torch.arange(n, dtype=torch.float32).unsqueeze(1)
    even = torch.arange(0, _HEAD_DIM, 2, dtype=torch.float32)
    angle = (steps * _THETA ** (-even / _HEAD_DIM)).repeat_interleave(2, dim=1)
    base = (even + 0.4 * _HEAD_DIM) / (1.4 * _HEAD_DIM)
    scale = (base ** ((steps - (n - 1) // 2) / _SCALE_BASE)).repeat(1, 2)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return torch.stack([cosine * scale, sine * scale, cosine / scale, sine / scale])


def _by_heads(tensor: Tensor) -> Tensor:
    """Rows of the published (query-key-value, d, head) in the order (query-key-value, head, d)."""
    rows = tensor.view(3, _HEAD_DIM, _HEADS, *tensor.shape[1:])
    return rows.transpose(1, 2).reshape(tensor.shape)


_LAYER_NAMES = {
    "norm1.scale": "attention_norm.scale",
    "attention.wQKV.weight": "qkv.weight",
    "attention.wQKV.bias": "qkv.bias",
    "attention.wO.weight": "out.weight",
    "attention.wO.bias": "out.bias",
    "norm2.scale": "mlp_norm.scale",
    "mlp.0.weight": "up.weight",
    "mlp.0.bias": "up.bias",
    "mlp.2.weight": "down.weight",
    "mlp.2.bias": "down.bias",
}


def published_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of all published tensors that are used, or checked against a formula."""
    shapes = published_token_shapes(_KERNEL)
    shapes["transf_unit.cls_token"] = (WIDTH,)
    return shapes | published_layer_shapes(_Layer(), _LAYER_NAMES, N_LAYERS)
