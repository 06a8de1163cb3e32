"""Who wears it and how it sits: what varies between people, and between two sessions of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.simulation.noise import generator

MOUNTING_MEAN_DEG = (0.0, 11.0, 0.0)
"""Devices on a head are worn looking a little down, towards the hands (roll, pitch, yaw)."""

MOUNTING_SD_DEG = (8.0, 11.0, 6.0)
"""Spread of roll, pitch and yaw of the device on the head, between sessions."""


@dataclass(frozen=True, slots=True)
class Person:
    """Body and manner of one wearer; factors multiply the activity's numbers."""

    eye_height_m: float
    tempo: float
    amplitude: float
    sharpness: float
    gaze: float
    posture_deg: float
    left_handed: bool
    skin: float


@dataclass(frozen=True, slots=True, eq=False)
class Manner:
    """How one person does one activity: own tempo, amplitudes and lags of its harmonics."""

    tempo: float
    amplitude: float
    strike: float
    speed: float
    pitch_deg: float
    harmonic_gains: NDArray[np.float64]
    harmonic_lags: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mounting:
    """How the device sits on the head in one session, and the sensor's own errors.

    `rotation_deg` is roll, pitch, yaw of device against head; `lever_m` the device seen from the
    neck, in head axes; biases are in m/s² and rad/s, scales are factors per axis.
    """

    rotation_deg: tuple[float, float, float]
    lever_m: tuple[float, float, float]
    acc_bias: NDArray[np.float64]
    gyro_bias: NDArray[np.float64]
    acc_scale: NDArray[np.float64]
    gyro_scale: NDArray[np.float64]
    acc_noise: float
    gyro_noise: float


def draw_person(seed: int, wearer: str) -> Person:
    """Draw the person called `wearer`; the same in all of that seed's recordings."""
    rng = generator(seed, "person", wearer)
    return Person(
        eye_height_m=float(np.clip(rng.normal(1.60, 0.07), 1.42, 1.80)),
        tempo=float(np.exp(rng.normal(0, 0.055))),
        amplitude=float(np.exp(rng.normal(0, 0.18))),
        sharpness=float(np.exp(rng.normal(0, 0.25))),
        gaze=float(np.exp(rng.normal(0, 0.20))),
        posture_deg=float(rng.normal(0, 4.0)),
        left_handed=bool(rng.random() < 0.15),
        skin=float(rng.random()),
    )


def draw_manner(
    seed: int, wearer: str, activity: str, *, harmonics: int, pitch_sd_deg: float
) -> Manner:
    """Draw how `wearer` does `activity`; the same in all of that person's sessions."""
    rng = generator(seed, "manner", wearer, activity)
    return Manner(
        tempo=float(np.exp(rng.normal(0, 0.075))),
        amplitude=float(np.exp(rng.normal(0, 0.17))),
        strike=float(np.exp(rng.normal(0, 0.30))),
        speed=float(np.exp(rng.normal(0, 0.10))),
        pitch_deg=float(rng.normal(0, pitch_sd_deg)),
        harmonic_gains=np.exp(rng.normal(0, 0.26, harmonics)),
        harmonic_lags=rng.normal(0, 0.45, harmonics),
    )


def draw_mounting(seed: int, wearer: str, session: str) -> Mounting:
    """Draw how the device sits in one session; another session is another draw."""
    rng = generator(seed, "mounting", wearer, session)
    roll, pitch, yaw = (float(a) for a in rng.normal(MOUNTING_MEAN_DEG, MOUNTING_SD_DEG))
    return Mounting(
        rotation_deg=(roll, pitch, yaw),
        lever_m=(0.09, float(rng.normal(0.0, 0.02)), float(rng.normal(0.13, 0.015))),
        acc_bias=rng.normal(0, 0.10, 3),
        gyro_bias=rng.normal(0, 0.008, 3),
        acc_scale=1.0 + rng.normal(0, 0.012, 3),
        gyro_scale=1.0 + rng.normal(0, 0.012, 3),
        acc_noise=float(0.035 * np.exp(rng.normal(0, 0.2))),
        gyro_noise=float(0.004 * np.exp(rng.normal(0, 0.2))),
    )
