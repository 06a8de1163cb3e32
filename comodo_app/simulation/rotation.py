"""Rotations as matrices: roll, pitch, yaw in, body rates out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def matrices(roll_rad: Array, pitch_rad: Array, yaw_rad: Array) -> Array:
    """Body-to-world rotations ``Rz(yaw) Ry(pitch) Rx(roll)``, (T, 3, 3).

    Columns are the body's forward, left and up in world axes. Positive pitch turns forward down,
    positive yaw turns it left.
    """
    cr, sr = np.cos(roll_rad), np.sin(roll_rad)
    cp, sp = np.cos(pitch_rad), np.sin(pitch_rad)
    cy, sy = np.cos(yaw_rad), np.sin(yaw_rad)
    out = np.empty((*np.shape(roll_rad), 3, 3))
    out[..., 0, 0], out[..., 0, 1], out[..., 0, 2] = (
        cy * cp,
        cy * sp * sr - sy * cr,
        cy * sp * cr + sy * sr,
    )
    out[..., 1, 0], out[..., 1, 1], out[..., 1, 2] = (
        sy * cp,
        sy * sp * sr + cy * cr,
        sy * sp * cr - cy * sr,
    )
    out[..., 2, 0], out[..., 2, 1], out[..., 2, 2] = -sp, cp * sr, cp * cr
    return out  # fmt: skip


def body_rates(rotations: Array, *, rate_hz: float) -> Array:
    """Angular velocity in body axes of uniformly sampled rotations, (T, 3) rad/s.

    Central differences: the antisymmetric part of ``R[k-1]ᵀ R[k+1]`` is ``sin(θ)`` times the
    axis; it is divided by its own ``sin`` so that fast turns are not underestimated. The first
    and last row repeat their neighbours.
    """
    turn = np.einsum("tji,tjk->tik", rotations[:-2], rotations[2:])
    axis = 0.5 * np.stack(
        (
            turn[:, 2, 1] - turn[:, 1, 2],
            turn[:, 0, 2] - turn[:, 2, 0],
            turn[:, 1, 0] - turn[:, 0, 1],
        ),
        axis=1,
    )
    sine = np.linalg.norm(axis, axis=1)
    angle = np.arctan2(sine, 0.5 * (np.trace(turn, axis1=1, axis2=2) - 1.0))
    gain = np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 1.0)
    rates = axis * (gain * 0.5 * rate_hz)[:, None]
    return np.concatenate((rates[:1], rates, rates[-1:]))
