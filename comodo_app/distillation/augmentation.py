"""Augmentation of IMU windows: one rotation for both sensors, time warp, bias."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor


def random_rotations(n: int, *, sd_deg: float, generator: Generator) -> Tensor:
    """(n, 3, 3) rotations about uniformly random axes by angles ~ N(0, sd²), by Rodrigues."""
    axes = torch.nn.functional.normalize(torch.randn(n, 3, generator=generator), dim=1)
    angles = torch.randn(n, generator=generator) * math.radians(sd_deg)
    x, y, z = axes.unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(n, 3, 3)
    sin, cos = torch.sin(angles).view(n, 1, 1), torch.cos(angles).view(n, 1, 1)
    return torch.eye(3) + sin * cross + (1 - cos) * (cross @ cross)


def rotate(windows: Tensor, rotations: Tensor) -> Tensor:
    """Turn acceleration and angular rate of each window, (B, S, 6), by its (3, 3) rotation."""
    both = windows.reshape(len(windows), -1, 3)  # acc and gyro rows alternate: same rotation
    return (both @ rotations.transpose(1, 2)).reshape(windows.shape)


def warp_time(windows: Tensor, factors: Tensor) -> Tensor:
    """Play each window (B, S, 6) `factors` (B,) times as fast, about its middle.

    Times that fall outside the window are mirrored at its ends; linear interpolation.
    """
    n_samples = windows.shape[1]
    middle = (n_samples - 1) / 2
    at = middle + (torch.arange(n_samples) - middle) * factors.unsqueeze(1)  # (B, S)
    period = 2.0 * (n_samples - 1)
    at = torch.remainder(at, period)
    at = torch.where(at > n_samples - 1, period - at, at)
    low = at.floor().long().clamp(0, n_samples - 2)
    share = (at - low).unsqueeze(2)
    rows = torch.arange(len(windows)).unsqueeze(1)
    return windows[rows, low] * (1 - share) + windows[rows, low + 1] * share


def augment(
    windows: Tensor,
    *,
    rotation_deg: float,
    time_warp: float,
    acc_bias_mps2: float,
    gyro_bias_radps: float,
    generator: Generator,
) -> Tensor:
    """Augment (B, S, 6) raw windows; a strength of 0 leaves that part out.

    `time_warp` is the standard deviation of the log factor, clipped to 0.75–1.3.
    """
    n = len(windows)
    if rotation_deg > 0:
        windows = rotate(windows, random_rotations(n, sd_deg=rotation_deg, generator=generator))
    if time_warp > 0:
        factors = torch.exp(torch.randn(n, generator=generator) * time_warp).clamp(0.75, 1.3)
        windows = warp_time(windows, factors)
    if acc_bias_mps2 > 0 or gyro_bias_radps > 0:
        scale = torch.tensor([acc_bias_mps2] * 3 + [gyro_bias_radps] * 3)
        windows = windows + torch.randn(n, 1, 6, generator=generator) * scale
    return windows
