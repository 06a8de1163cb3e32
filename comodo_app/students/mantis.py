"""Mantis of the first generation (Mantis-8M, Mantis+): our own module for the published weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from comodo_app.errors import UnreadableFile
from comodo_app.students.mantis_tokens import (
    N_PATCHES,
    SCALES,
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

N_LAYERS = 6
_KERNEL = 17
_HEADS, _HEAD_DIM, _MLP = 8, 128, 512
_DROPOUT = 0.1
DROPPED = ("prj.*",)  # the head of the published pretraining


class _Layer(nn.Module):
    """Pre-norm attention and feed-forward, (B, T, 256) → (B, T, 256)."""

    def __init__(self) -> None:
        super().__init__()
        inner = _HEADS * _HEAD_DIM
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * inner, bias=False)
        self.out = nn.Linear(inner, WIDTH)
        self.mlp_norm = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, _MLP)
        self.down = nn.Linear(_MLP, WIDTH)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, keys: Tensor | None) -> Tensor:
        """One layer; tokens where `keys` (B, 1, 1, T) is false are not attended to."""
        n, t, _ = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(n, t, 3, _HEADS, _HEAD_DIM)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (B, H, T, d) each
        seen = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=keys, dropout_p=_DROPOUT if self.training else 0.0
        )
        x = x + self.dropout(self.out(seen.transpose(1, 2).reshape(n, t, -1)))
        hidden = self.dropout(nn.functional.gelu(self.up(self.mlp_norm(x))))
        wide: Tensor = x + self.dropout(self.down(hidden))
        return wide


class MantisV1(nn.Module):
    """(B, 1, L) series in absolute units → (B, `dim`); 8 037 632 parameters with all six layers.

    Source: arXiv 2502.15637, compared with mantis-tsfm 1.1.0 by ``benchmarks/parity/mantis.py``.
    Where we differ: layers above `layer` are left out, and a mask excludes patches that are not
    wholly observed from statistics, attention and mean.

    Parameters
    ----------
    layer : int
        The layer, from 0, whose output is taken.
    pooling : str
        "cls", "mean" over the patches, or "cls+mean" side by side.
    """

    input_length = 512
    positions: Tensor

    def __init__(self, *, layer: int | None = None, pooling: str = "cls+mean") -> None:
        super().__init__()
        n_layers = N_LAYERS if layer is None else layer + 1
        self.pooling = pooling
        self.dim = WIDTH * (2 if pooling == "cls+mean" else 1)
        self.tokens = TokenGenerator(_KERNEL)
        self.cls = nn.Parameter(torch.randn(WIDTH))
        self.register_buffer("positions", _sinusoids(1 + N_PATCHES), persistent=False)
        self.layers = nn.ModuleList(_Layer() for _ in range(n_layers))
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, series: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode (B, 1, L); `mask` (B, L) is true where a sample was observed."""
        check_length(series)
        observed = None if mask is None else observed_patches(mask)
        cls = self.cls.expand(series.shape[0], 1, -1)
        x = self.dropout(torch.cat([cls, self.tokens(series, mask)], dim=1) + self.positions)
        keys = None
        if observed is not None:
            keys = nn.functional.pad(observed, (1, 0), value=True)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, keys)
        return pooled(x[:, 0], x[:, 1:], observed, self.pooling)

    def load_published(self, tensors: Mapping[str, Tensor], *, where: Path) -> None:
        """Take the published weights of `where`: every tensor is used, or known to be left out.

        Raises
        ------
        UnreadableFile
            If a tensor is missing, superfluous, of another shape, or not what the formulas say.
        """
        # As first published the transformer was called vit_unit.
        named = {name.replace("vit_unit.", "transf_unit."): t for name, t in tensors.items()}
        found = {name: tuple(tensor.shape) for name, tensor in named.items()}
        account_for_keys(published_shapes(), found, ignore=DROPPED, where=where)
        check_constants(named, {"transf_unit.pos_encoder.pe": self.positions.unsqueeze(1)}, where)
        state = {f"tokens.{name}": tensor for name, tensor in token_state(named).items()}
        state["cls"] = named["transf_unit.cls_token"]
        for i in range(len(self.layers)):
            for theirs, ours in _LAYER_NAMES.items():
                state[f"layers.{i}.{ours}"] = named[f"transf_unit.transformer.layers.{i}.{theirs}"]
        self.load_state_dict(state)


_LAYER_NAMES = {
    "0.norm.weight": "attention_norm.weight",
    "0.norm.bias": "attention_norm.bias",
    "0.fn.to_qkv.weight": "qkv.weight",
    "0.fn.to_out.0.weight": "out.weight",
    "0.fn.to_out.0.bias": "out.bias",
    "1.norm.weight": "mlp_norm.weight",
    "1.norm.bias": "mlp_norm.bias",
    "1.fn.net.0.weight": "up.weight",
    "1.fn.net.0.bias": "up.bias",
    "1.fn.net.3.weight": "down.weight",
    "1.fn.net.3.bias": "down.bias",
}


def published_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of all published tensors that are used, or checked against a formula."""
    shapes = published_token_shapes(_KERNEL)
    shapes["transf_unit.cls_token"] = (WIDTH,)
    shapes["transf_unit.pos_encoder.pe"] = (1 + N_PATCHES, 1, WIDTH)
    return shapes | published_layer_shapes(_Layer(), _LAYER_NAMES, N_LAYERS)


def check_constants(
    tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], where: Path
) -> None:
    """Raise an `UnreadableFile` if stored constants are not those that our formulas give."""
    scales = torch.tensor(SCALES)
    both = {f"tokgen_unit.scalar_encoders.{i}.scales": scales for i in (0, 1)}
    for name, value in {**both, **wanted}.items():
        if not torch.allclose(tensors[name].float(), value.float(), rtol=1e-4, atol=1e-5):
            raise UnreadableFile(
                f"{name} holds other numbers than this architecture is made of.",
                where=str(where),
                hint="Take the published file; this is a model of another kind.",
            )


def _sinusoids(n: int) -> Tensor:
    """Sinusoidal positions, (n, 256), sine and cosine interleaved."""
    steps = torch.arange(n).unsqueeze(1)
    rates = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000.0) / WIDTH))
    return torch.stack([torch.sin(steps * rates), torch.cos(steps * rates)], dim=2).view(n, WIDTH)
