"""Six channels through an encoder of single series: how Mantis and MOMENT become IMU students."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from comodo_app.students.chunks import chunk_sizes
from comodo_app.students.spec import N_CHANNELS, StudentSpec


class ChannelEncoder(Protocol):
    """What an encoder of single series must offer, besides being an `nn.Module`.

    Attributes
    ----------
    dim : int
        Numbers per series.
    input_length : int
        Samples to which a series is resized; what the published weights were trained on.
    """

    dim: int
    input_length: int

    def __call__(self, series: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, 1, L) series, (B, L) bool true where observed → (B, dim)."""

    def load_published(self, tensors: Mapping[str, Tensor], *, where: Path) -> None:
        """Take the published weights, every one of them accounted for, or raise."""


class AsItIs(nn.Module):
    """Stands where other students standardise: pretrained encoders want raw units."""

    def fit(self, windows: NDArray[np.float32]) -> None:
        """Nothing is learned from the training windows, (N, S, 6)."""


class PerChannelStudent(nn.Module):
    """(B, S, 6) raw IMU windows → (B, D) features: six embeddings of one encoder, side by side.

    Source: arXiv 2503.07259 and its code: every channel is resized to the encoder's length by
    linear interpolation, encoded by itself, and the embeddings are concatenated in the order of
    the channels. Where we differ: units are always m/s² and rad/s, and a linear layer follows if
    the spec asks for another size than the natural one.
    """

    def __init__(self, encoder: nn.Module, spec: StudentSpec) -> None:
        super().__init__()
        self.standardise = AsItIs()
        self.encoder = encoder
        self._dim: int = encoder.dim  # type: ignore[assignment]
        self._length: int = encoder.input_length  # type: ignore[assignment]
        natural = N_CHANNELS * self._dim
        self.out = (
            nn.Identity()
            if spec.embedding_dim == natural
            else nn.Linear(natural, spec.embedding_dim)
        )

    def forward(self, windows: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, S, 6), and (B, S) bool that is true where the IMU was observed → (B, D)."""
        if mask is not None:
            # What was not observed may be NaN, and resizing mixes neighbours.
            windows = torch.where(mask.unsqueeze(2), windows, 0.0)
        series = windows.transpose(1, 2).flatten(0, 1).unsqueeze(1)  # (6 B, 1, S)
        series = resized(series, self._length)
        observed = None
        if mask is not None:
            # A sample between an observed and a missing one is not observed.
            share = resized(mask.to(series.dtype).unsqueeze(1), self._length)  # (B, 1, L)
            observed = (share > 1 - 1e-4).repeat_interleave(N_CHANNELS, dim=0).squeeze(1)
        features = self._encoded(series, observed)  # (6 B, dim)
        wide: Tensor = self.out(features.reshape(-1, N_CHANNELS * self._dim))
        return wide

    def _encoded(self, series: Tensor, observed: Tensor | None) -> Tensor:
        if torch.onnx.is_in_onnx_export():
            whole: Tensor = self.encoder(series, observed)
            return whole
        parts = []
        for rows in self._slices(series):
            parts.append(self.encoder(series[rows], None if observed is None else observed[rows]))
        return torch.cat(parts)

    def _slices(self, series: Tensor) -> Iterator[slice]:
        start = 0
        sizes = chunk_sizes(self.encoder, series.device, len(series))
        for size in sizes:
            yield slice(start, start + size)
            start += size


def resized(series: Tensor, length: int) -> Tensor:
    """(B, C, S) → (B, C, length), linear between the samples' middles, as published."""
    return nn.functional.interpolate(series, size=length, mode="linear", align_corners=False)
