"""The input layer every student shares: raw units in, standardised channels out."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from comodo_app.students.spec import N_CHANNELS

N_INPUTS = N_CHANNELS + 2  # six axes, |acc| and |gyro|
_ACC, _GYRO = slice(0, 3), slice(3, 6)


def input_statistics(
    windows: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of the eight inputs over all samples of `windows`.

    Parameters
    ----------
    windows : (N, S, 6) float32
        Training windows in m/s² and rad/s.

    Returns
    -------
    mean, scale : (8,) float32
        Order: six axes, |acc|, |gyro|; `scale` is at least 1e-3 of the unit.
    """
    acc = np.linalg.norm(windows[..., _ACC], axis=-1, keepdims=True)
    gyro = np.linalg.norm(windows[..., _GYRO], axis=-1, keepdims=True)
    mean = np.concatenate(
        [part.mean(axis=(0, 1), dtype=np.float64) for part in (windows, acc, gyro)]
    )
    scale = np.concatenate(
        [part.std(axis=(0, 1), dtype=np.float64) for part in (windows, acc, gyro)]
    )
    return mean.astype(np.float32), np.maximum(scale, 1e-3).astype(np.float32)


class Standardise(nn.Module):
    """(B, S, 6) raw → (B, 8, S): six axes plus the norms of both sensors, standardised.

    The norms do not change when the sensor is mounted at another angle, so a first layer that
    sees them need not learn that invariance from augmentation alone.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(N_INPUTS))
        self.register_buffer("scale", torch.ones(N_INPUTS))

    def fit(self, windows: NDArray[np.float32]) -> None:
        """Take the statistics of the training windows, (N, S, 6)."""
        mean, scale = input_statistics(windows)
        self.mean.copy_(torch.from_numpy(mean))
        self.scale.copy_(torch.from_numpy(scale))

    def forward(self, windows: Tensor) -> Tensor:
        """(B, S, 6) → (B, 8, S)."""
        # + 1e-12 under the root: the norm's gradient is undefined at an all-zero sample.
        acc = (windows[..., _ACC].square().sum(-1, keepdim=True) + 1e-12).sqrt()
        gyro = (windows[..., _GYRO].square().sum(-1, keepdim=True) + 1e-12).sqrt()
        inputs = torch.cat([windows, acc, gyro], dim=-1)
        standard: Tensor = (inputs - self.mean) / self.scale
        return standard.transpose(1, 2)
