"""A small Transformer encoder over strided patches of the IMU."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from comodo_app.students.spec import StudentSpec
from comodo_app.students.standardise import N_INPUTS, Standardise

_WIDTH = 96
_PATCH = 10  # samples: 0.2 s at the default 50 Hz


class ImuTransformer(nn.Module):
    """(B, S, 6) raw IMU windows → (B, D) features (not normalised), 0.29 M parameters.

    Overlapping convolutional patches, sinusoidal positions (so any window length works), three
    pre-norm layers, mean and maximum over time.
    """

    def __init__(self, spec: StudentSpec) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.patches = nn.Conv1d(N_INPUTS, _WIDTH, 2 * _PATCH, stride=_PATCH, padding=_PATCH // 2)
        layer = nn.TransformerEncoderLayer(
            _WIDTH,
            nhead=4,
            dim_feedforward=2 * _WIDTH,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, num_layers=3, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(_WIDTH)
        self.out = nn.Linear(2 * _WIDTH, spec.embedding_dim)

    def forward(self, windows: Tensor) -> Tensor:
        """(B, S, 6) → (B, D)."""
        tokens = self.patches(self.standardise(windows)).transpose(1, 2)  # (B, P, W)
        tokens = tokens + _positions(tokens.shape[1], tokens)
        x = self.norm(self.layers(tokens))
        features: Tensor = self.out(torch.cat([x.mean(dim=1), x.amax(dim=1)], dim=1))
        return features


def _positions(n_tokens: int, like: Tensor) -> Tensor:
    """Sinusoidal positions, (P, W); Vaswani et al. 2017 (arXiv 1706.03762), section 3.5."""
    steps = torch.arange(n_tokens, device=like.device, dtype=like.dtype).unsqueeze(1)
    rates = torch.exp(
        torch.arange(0, _WIDTH, 2, device=like.device, dtype=like.dtype)
        * (-math.log(10000.0) / _WIDTH)
    )
    return torch.cat([torch.sin(steps * rates), torch.cos(steps * rates)], dim=1)
