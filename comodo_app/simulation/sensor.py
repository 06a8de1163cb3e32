"""What an accelerometer and a gyroscope in the device would have measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import GRAVITY_MPS2
from comodo_app.simulation.noise import generator
from comodo_app.simulation.plan import RecordingPlan
from comodo_app.simulation.rotation import body_rates
from comodo_app.simulation.trajectory import Motion

ACC_RANGE_MPS2 = 16.0 * GRAVITY_MPS2
GYRO_RANGE_RADPS = 34.9


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedImu:
    """Samples of the simulated sensor.

    Attributes
    ----------
    times_s : (T,) float64
        On the sensor's own clock, from 0; gaps are left out.
    samples : (T, 6) float32
        acc x, y, z in m/s² with gravity, gyro x, y, z in rad/s; right-handed axes, x forward,
        y left, z up: a device at rest and level reads (0, 0, +9.81, 0, 0, 0).
    """

    times_s: NDArray[np.float64]
    samples: NDArray[np.float32]


def ideal_imu(motion: Motion) -> NDArray[np.float64]:
    """Error-free sensor on the motion's grid: ``acc = Rᵀ (p̈ + g e_z)`` and body rates, (T, 6)."""
    p = motion.position_m
    acceleration = np.zeros_like(p)
    acceleration[1:-1] = (p[2:] - 2.0 * p[1:-1] + p[:-2]) * motion.rate_hz**2
    acceleration[:, 2] += GRAVITY_MPS2
    specific_force = np.einsum("tji,tj->ti", motion.rotation, acceleration)
    return np.concatenate(
        (specific_force, body_rates(motion.rotation, rate_hz=motion.rate_hz)), axis=1
    )


def simulate_imu(plan: RecordingPlan, motion: Motion) -> SimulatedImu:
    """Sample the motion with the plan's clock, rate, gaps and the session's sensor errors.

    Parameters
    ----------
    plan : RecordingPlan
        `offset_s`, `skew_ppm`, `imu_rate_hz`, `gaps`, `duration_s`.
    motion : Motion
        From `simulate_motion` of the same plan.

    Returns
    -------
    SimulatedImu
        `duration_s` seconds of sensor time, less the gaps.
    """
    rng = generator(plan.seed, "sensor", plan.name)
    n = int(plan.duration_s * plan.imu_rate_hz) + 1
    jitter_s = rng.uniform(-0.05, 0.05, n) / plan.imu_rate_hz
    jitter_s[0] = 0.0
    times_s = np.round(np.arange(n) / plan.imu_rate_hz + jitter_s, 5)
    recording_s = times_s * (1.0 + plan.skew_ppm * 1e-6) + plan.offset_s
    ideal = ideal_imu(motion)
    clean = np.stack([np.interp(recording_s, motion.times_s, column) for column in ideal.T], axis=1)
    sensor = motion.mounting
    samples = np.concatenate(
        (
            clean[:, :3] * sensor.acc_scale + sensor.acc_bias,
            clean[:, 3:] * sensor.gyro_scale + sensor.gyro_bias,
        ),
        axis=1,
    )
    spread = np.repeat((sensor.acc_noise, sensor.gyro_noise), 3)
    samples += rng.standard_normal(samples.shape) * spread
    limit = np.repeat((ACC_RANGE_MPS2, GYRO_RANGE_RADPS), 3)
    samples = np.clip(samples, -limit, limit)
    keep = np.ones(n, dtype=bool)
    for gap in plan.gaps:
        keep &= (recording_s < gap.start_s) | (recording_s >= gap.end_s)
    return SimulatedImu(times_s[keep], samples[keep].astype(np.float32))
