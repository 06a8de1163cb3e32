"""What each simulated activity is: gait, posture, gaze, hands and places, as data.

Axes of the wearer and of the sensor, right-handed: x forward, y left, z up. Angles: roll about x,
pitch about y (**positive looks down**), yaw about z (positive looks left). A new activity is a new
entry of `ACTIVITIES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Axis = Literal["x", "y", "z", "roll", "pitch", "yaw"]
Hands = Literal["none", "swing", "type", "chop", "wash", "broom", "handlebar", "wheel", "raise"]


@dataclass(frozen=True, slots=True)
class Harmonic:
    """One line of a periodic motion: ``amplitude * sin(multiple * phase + lag)``.

    `amplitude` is in metres (x, y, z) or degrees (roll, pitch, yaw), `lag` in radians.
    """

    axis: Axis
    multiple: float
    amplitude: float
    lag: float = 0.0


@dataclass(frozen=True, slots=True)
class Gaze:
    """Head saccades: how often, and how far around the resting direction (sd, degrees)."""

    rate_hz: float = 0.15
    yaw_deg: float = 8.0
    pitch_deg: float = 4.0
    turn_s: float = 0.45


@dataclass(frozen=True, slots=True)
class Shake:
    """Vibration of the head as acceleration noise of a band, sd in m/s²."""

    low_hz: float
    high_hz: float
    acc_mps2: float


@dataclass(frozen=True, slots=True)
class ActivityStyle:
    """How one activity moves the head, and where it takes place.

    Attributes
    ----------
    tempo_hz : float
        Cycles per second of the phase that drives head and hands (for gait: strides).
    harmonics : tuple of Harmonic
        The periodic motion at that tempo.
    strikes_per_cycle, strike_mps2 : float
        Short vertical impacts (heels, landings, knife) and their peak acceleration.
    speed_mps, climb : float
        Forward speed, and metres up per metre forward.
    speed_up_s : float
        Time from rest to full speed and back.
    eye_share : float
        Eye height as a share of the standing eye height (sitting ≈ 0.75).
    pitch_deg, pitch_sd_deg : float
        Resting pitch of the head, and how much people differ in it.
    sway_deg : float
        Slow wandering of the head, sd in degrees.
    lean_m : float
        Slow wandering of the trunk, sd in metres.
    work_share, work_s : float
        Share of the time the periodic motion is on, and the mean length of a burst.
    steer_m : float
        Slow sideways wandering of a moving wearer; the heading follows it.
    scenes : tuple of str
        Places to draw from.
    hands : Hands
        What the hands do in the picture.
    """

    name: str
    tempo_hz: float
    scenes: tuple[str, ...]
    harmonics: tuple[Harmonic, ...] = ()
    strikes_per_cycle: float = 0.0
    strike_mps2: float = 0.0
    speed_mps: float = 0.0
    climb: float = 0.0
    speed_up_s: float = 0.8
    eye_share: float = 1.0
    pitch_deg: float = 5.0
    pitch_sd_deg: float = 5.0
    sway_deg: float = 1.5
    lean_m: float = 0.01
    gaze: Gaze = Gaze()
    shakes: tuple[Shake, ...] = ()
    work_share: float = 1.0
    work_s: float = 6.0
    steer_m: float = 0.0
    hands: Hands = "none"


def _gait(bounce_m: float, sway_m: float, surge_m: float, nod_deg: float) -> tuple[Harmonic, ...]:
    """Head motion of a two-legged gait; the phase counts strides, so steps are harmonic 2."""
    return (
        Harmonic("z", 2, bounce_m, 0.0),
        Harmonic("z", 4, 0.16 * bounce_m, 0.9),
        Harmonic("y", 1, sway_m, 0.5),
        Harmonic("x", 2, surge_m, 1.9),
        Harmonic("pitch", 2, nod_deg, 0.7),
        Harmonic("roll", 1, 0.8 * nod_deg, 0.3),
        Harmonic("yaw", 1, 1.1 * nod_deg, 1.4),
    )


_STYLES = (
    ActivityStyle(
        "stand", 0.25, ("bus stop",), (Harmonic("y", 1, 0.008), Harmonic("z", 1, 0.002)),
        pitch_deg=6.0, pitch_sd_deg=7.0, sway_deg=1.6, lean_m=0.018,
        gaze=Gaze(0.22, 15.0, 6.0, 0.5),
    ),
    ActivityStyle(
        "walk", 0.92, ("street",), _gait(0.021, 0.018, 0.009, 1.5),
        strikes_per_cycle=2, strike_mps2=1.5, speed_mps=1.35, pitch_deg=7.0, sway_deg=1.8,
        gaze=Gaze(0.22, 12.0, 5.0), steer_m=0.18, hands="swing",
    ),
    ActivityStyle(
        "run", 1.33, ("park",), _gait(0.041, 0.016, 0.013, 2.6),
        strikes_per_cycle=2, strike_mps2=7.0, speed_mps=2.7, speed_up_s=1.2,
        pitch_deg=8.0, sway_deg=2.0, gaze=Gaze(0.15, 9.0, 4.0), steer_m=0.2, hands="swing",
    ),
    ActivityStyle(
        "climb stairs", 0.80, ("stairs",),
        (*_gait(0.024, 0.026, 0.022, 2.1), Harmonic("z", 1, 0.006, 1.0)),
        strikes_per_cycle=2, strike_mps2=1.7, speed_mps=0.46, climb=0.60, pitch_deg=20.0,
        pitch_sd_deg=7.0, sway_deg=2.2, gaze=Gaze(0.25, 7.0, 7.0), steer_m=0.05, hands="swing",
    ),
    ActivityStyle(
        "cycle", 1.15, ("country road",),
        (
            Harmonic("y", 1, 0.012), Harmonic("roll", 1, 1.0, 0.4), Harmonic("z", 2, 0.003),
            Harmonic("pitch", 2, 0.4), Harmonic("x", 2, 0.004),
        ),
        speed_mps=4.8, speed_up_s=2.4, eye_share=0.95, pitch_deg=11.0, pitch_sd_deg=6.0,
        sway_deg=1.7, gaze=Gaze(0.18, 12.0, 4.0),
        shakes=(Shake(6.0, 22.0, 0.75), Shake(1.0, 3.5, 0.45)),
        work_share=0.8, work_s=8.0, steer_m=0.35, hands="handlebar",
    ),
    ActivityStyle(
        "type", 3.6, ("office",), (Harmonic("z", 1, 0.0002), Harmonic("pitch", 0.5, 0.10)),
        eye_share=0.74, pitch_deg=16.0, pitch_sd_deg=6.0, sway_deg=1.0, lean_m=0.010,
        gaze=Gaze(0.35, 8.0, 9.0, 0.4), shakes=(Shake(3.0, 9.0, 0.05),),
        work_share=0.72, work_s=4.0, hands="type",
    ),
    ActivityStyle(
        "chop", 2.3, ("kitchen",),
        (Harmonic("z", 1, 0.0022), Harmonic("pitch", 1, 0.50), Harmonic("roll", 1, 0.25, 1.0)),
        strikes_per_cycle=1, strike_mps2=0.55, pitch_deg=38.0, pitch_sd_deg=6.0, sway_deg=1.5,
        lean_m=0.012, gaze=Gaze(0.16, 9.0, 6.0), work_share=0.7, work_s=3.5, hands="chop",
    ),
    ActivityStyle(
        "sweep", 0.62, ("living room",),
        (
            Harmonic("y", 1, 0.045), Harmonic("yaw", 1, 5.0, 0.3), Harmonic("roll", 1, 2.0, 0.8),
            Harmonic("pitch", 2, 1.2), Harmonic("z", 2, 0.006), Harmonic("x", 1, 0.018, 1.2),
        ),
        speed_mps=0.16, pitch_deg=31.0, pitch_sd_deg=6.0, sway_deg=3.0, lean_m=0.04,
        gaze=Gaze(0.22, 16.0, 6.0, 0.6), work_share=0.85, work_s=5.0, hands="broom",
    ),
    ActivityStyle(
        "jump", 1.75, ("gym",),
        (
            Harmonic("z", 1, 0.085), Harmonic("z", 2, 0.014, 0.8), Harmonic("pitch", 1, 2.6, 0.4),
            Harmonic("roll", 0.5, 0.7), Harmonic("x", 1, 0.010, 1.1),
        ),
        strikes_per_cycle=1, strike_mps2=8.0, pitch_deg=6.0, sway_deg=1.8, lean_m=0.02,
        gaze=Gaze(0.10, 8.0, 4.0), work_share=0.85, work_s=7.0, hands="raise",
    ),
    ActivityStyle(
        "look around", 0.2, ("plaza", "bus stop"), (Harmonic("yaw", 1, 16.0),),
        pitch_deg=3.0, pitch_sd_deg=6.0, sway_deg=3.0, lean_m=0.025,
        gaze=Gaze(0.75, 36.0, 11.0, 0.55),
    ),
    ActivityStyle(
        "drive", 0.2, ("car",), (Harmonic("y", 1, 0.004),),
        speed_mps=8.5, speed_up_s=3.2, eye_share=0.72, pitch_deg=3.0, pitch_sd_deg=5.0,
        sway_deg=1.2, lean_m=0.008, gaze=Gaze(0.28, 15.0, 3.0, 0.45),
        shakes=(Shake(8.0, 24.0, 0.30), Shake(0.7, 3.0, 0.42)),
        work_share=0.9, work_s=14.0, steer_m=0.6, hands="wheel",
    ),
    ActivityStyle(
        "wash dishes", 1.15, ("sink",),
        (
            Harmonic("y", 1, 0.007), Harmonic("roll", 1, 0.9, 0.7), Harmonic("yaw", 1, 1.4),
            Harmonic("pitch", 2, 0.5), Harmonic("z", 2, 0.0018),
        ),
        pitch_deg=34.0, pitch_sd_deg=7.0, sway_deg=2.0, lean_m=0.02,
        gaze=Gaze(0.28, 14.0, 7.0), work_share=0.7, work_s=3.0, hands="wash",
    ),
)  # fmt: skip

ACTIVITIES: dict[str, ActivityStyle] = {style.name: style for style in _STYLES}
"""Every simulated activity by its name."""
