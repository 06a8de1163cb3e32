"""The path of a wearer's head through a recording, as smooth functions of time.

Each segment of the schedule is simulated on its own stretch of time and cross-faded with its
neighbours over 1–2 s. Camera and sensor both follow from this one path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from comodo_app.simulation.catalog import ACTIVITIES, ActivityStyle
from comodo_app.simulation.noise import (
    Signal,
    band_noise,
    bursts,
    generator,
    saccades,
    smoothstep,
    twice_integrated,
)
from comodo_app.simulation.people import (
    Manner,
    Mounting,
    Person,
    draw_manner,
    draw_mounting,
    draw_person,
)
from comodo_app.simulation.plan import RecordingPlan
from comodo_app.simulation.rotation import matrices

PATH_RATE_HZ = 200.0
_AXES = ("x", "y", "z", "roll", "pitch", "yaw")


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Head and device of one recording on a uniform grid of the recording clock.

    Attributes
    ----------
    times_s : (T,) float64
        From before the first to after the last moment that video or sensor sees.
    rate_hz : float
        Grid steps per second.
    position_m : (T, 3) float64
        Device in world axes: x along the way, y left, z up; floor at the start is z = 0.
    rotation : (T, 3, 3) float64
        Device to world: columns are the device's forward, left, up. Includes the mounting.
    body_m : (T, 3) float64
        Where the trunk stands on the floor (no bounce), and the height of that floor.
    steer_rad : (T,) float64
        Heading of trunk, bicycle or car.
    phase_rad : (T,) float64
        Phase of the present activity's cycle, which also moves the hands.
    effort : (T,) float64
        1 while the cycle is on, 0 in pauses.
    segment : (T,) int64
        Index into the plan's schedule.
    """

    times_s: Signal
    rate_hz: float
    position_m: NDArray[np.float64]
    rotation: NDArray[np.float64]
    body_m: NDArray[np.float64]
    steer_rad: Signal
    phase_rad: Signal
    effort: Signal
    segment: NDArray[np.int64]
    person: Person
    mounting: Mounting

    def rows_at(self, times_s: Signal) -> NDArray[np.int64]:
        """Nearest grid rows of the given times, clipped to the grid."""
        rows = np.rint((np.asarray(times_s) - self.times_s[0]) * self.rate_hz).astype(np.int64)
        return np.asarray(np.clip(rows, 0, len(self.times_s) - 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """One segment's own signals over its stretch of the grid."""

    sway: NDArray[np.float64]  # (n, 6) neck x, y, z in m, head roll, pitch, yaw in rad
    speed: Signal
    climb: Signal
    phase: Signal
    effort: Signal
    heading: Signal


def simulate_motion(
    plan: RecordingPlan, on_progress: Callable[[float], None] | None = None
) -> Motion:
    """Simulate the head of one recording.

    Parameters
    ----------
    plan : RecordingPlan
        Uses seed, wearer, session, name, schedule, duration and clock; the same plan gives the
        same motion on every machine.
    on_progress : callable, optional
        Gets the share done after each segment.

    Returns
    -------
    Motion
        On a 200 Hz grid, one second longer than video and sensor need at both ends.
    """
    person = draw_person(plan.seed, plan.wearer)
    mounting = draw_mounting(plan.seed, plan.wearer, plan.session)
    times_s = _grid(plan)
    n = len(times_s)
    sway, moves = np.zeros((n, 6)), np.zeros((n, 4))  # moves: velocity x, y, z and heading
    phase, effort, segment = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    fades = generator(plan.seed, "fades", plan.name).uniform(1.0, 2.0, len(plan.schedule) + 1)
    last = len(plan.schedule) - 1
    for index, planned in enumerate(plan.schedule):
        begin_s = -np.inf if index == 0 else planned.start_s - fades[index] / 2
        end_s = np.inf if index == last else planned.end_s + fades[index + 1] / 2
        lo, hi = np.searchsorted(times_s, (begin_s, end_s))
        t = times_s[lo:hi]
        weight = np.ones(len(t))
        if index > 0:
            weight *= smoothstep((t - begin_s) / fades[index])
        if index < last:
            weight *= 1.0 - smoothstep((t - end_s) / fades[index + 1] + 1.0)
        style = ACTIVITIES[planned.activity]
        manner = draw_manner(
            plan.seed, plan.wearer, style.name,
            harmonics=len(style.harmonics), pitch_sd_deg=style.pitch_sd_deg,
        )  # fmt: skip
        rng = generator(plan.seed, "segment", plan.name, str(index))
        rests_s = (
            fades[index] / 2 if index > 0 else None,
            fades[index + 1] / 2 if index < last else None,
        )
        own = _stretch(rng, t, style, manner, person, rests_s)
        sway[lo:hi] += weight[:, None] * own.sway
        moves[lo:hi] += weight[:, None] * np.stack(
            (own.speed, own.speed * np.tan(own.heading), own.climb, own.heading), axis=1
        )
        here = (t >= (planned.start_s if index else -np.inf)) & (
            t < (planned.end_s if index < last else np.inf)
        )
        rows = np.arange(lo, hi)[here]
        phase[rows], effort[rows], segment[rows] = own.phase[here], own.effort[here], index
        if on_progress is not None:
            on_progress((index + 1) / len(plan.schedule))
    return _assemble(times_s, sway, moves, phase, effort, segment, person, mounting)


def _grid(plan: RecordingPlan) -> Signal:
    """Recording times that cover video and sensor with a second to spare at both ends."""
    sensor_end_s = plan.offset_s + plan.duration_s * (1.0 + plan.skew_ppm * 1e-6)
    first_s = np.floor(min(0.0, plan.offset_s) - 1.0)
    last_s = np.ceil(max(plan.duration_s, sensor_end_s) + 1.0)
    steps = np.arange(int((last_s - first_s) * PATH_RATE_HZ) + 1, dtype=np.float64)
    return np.asarray(first_s + steps / PATH_RATE_HZ)


def _stretch(
    rng: np.random.Generator, t: Signal, style: ActivityStyle, manner: Manner, person: Person,
    rests_s: tuple[float | None, float | None],
) -> _Stretch:  # fmt: skip
    """Simulate one activity on its own over all of `t`, at rest for `rests_s` at its ends."""
    n, rate = len(t), PATH_RATE_HZ

    def noise(low_hz: float, high_hz: float) -> Signal:
        return band_noise(rng, n, rate_hz=rate, low_hz=low_hz, high_hz=high_hz)

    effort = bursts(rng, t, share_on=style.work_share, mean_on_s=style.work_s)
    if style.work_share >= 1.0 and style.speed_mps:
        # Even steady walkers hesitate: rare short slow-downs.
        effort = np.minimum(effort, 0.25 + 0.75 * bursts(rng, t, share_on=0.95, mean_on_s=22.0))
    bout = np.exp(rng.normal(0, (0.05, 0.12, 0.08)))  # this time a bit faster, larger, harder
    tempo = style.tempo_hz * person.tempo * manner.tempo * bout[0]
    phase = 2 * np.pi * np.cumsum(tempo * (1.0 + 0.045 * noise(0.0, 0.35))) / rate
    phase += rng.uniform(0, 2 * np.pi)
    size = person.amplitude * manner.amplitude * bout[1] * (1.0 + 0.16 * noise(0.0, 0.5))
    size *= 0.04 + 0.96 * effort
    sway = np.zeros((n, 6))
    for harmonic, gain, lag in zip(
        style.harmonics, manner.harmonic_gains, manner.harmonic_lags, strict=True
    ):
        column = _AXES.index(harmonic.axis)
        unit = 1.0 if column < 3 else np.pi / 180.0
        wave = np.sin(harmonic.multiple * phase + harmonic.lag + lag)
        sway[:, column] += unit * harmonic.amplitude * gain * size * wave
    sway[:, 2] += _strikes(t, phase, effort, style, manner.strike * person.sharpness * bout[2])
    for shake in style.shakes:
        acc = noise(shake.low_hz, shake.high_hz) * shake.acc_mps2 * person.sharpness
        acc *= 0.45 + 0.55 * effort
        low = max(0.4, 0.5 * shake.low_hz)
        sway[:, 2] += twice_integrated(acc, rate_hz=rate, low_hz=low)
        sway[:, 1] += 0.5 * twice_integrated(
            noise(shake.low_hz, shake.high_hz) * shake.acc_mps2, rate_hz=rate, low_hz=low
        )
    for column, share in ((0, 1.0), (1, 0.8), (2, 0.3)):
        sway[:, column] += share * style.lean_m * noise(0.0, 0.25)
    drift = np.deg2rad(style.sway_deg)
    for column, share in ((3, 0.7), (4, 0.8), (5, 1.0)):
        sway[:, column] += share * drift * (0.8 * noise(0.0, 0.3) + 0.35 * noise(0.0, 1.6))
    gaze, rate_hz = style.gaze, style.gaze.rate_hz * person.gaze
    for column, spread in ((4, gaze.pitch_deg), (5, gaze.yaw_deg)):
        sway[:, column] += saccades(
            rng, t, rate_hz=rate_hz, spread=np.deg2rad(spread) * person.gaze, turn_s=gaze.turn_s
        )
    rest_deg = style.pitch_deg + manner.pitch_deg + person.posture_deg + rng.normal(0, 2.0)
    sway[:, 4] += np.deg2rad(rest_deg)
    sway[:, 2] += person.eye_height_m * style.eye_share
    if person.left_handed:
        sway[:, (1, 3, 5)] *= -1.0
    speed = _unhurried(0.15 + 0.85 * effort, style.speed_up_s, rests_s)
    speed *= style.speed_mps * manner.speed * bout[0] * (1.0 + 0.08 * noise(0.0, 0.12))
    heading = np.zeros(n)
    if style.steer_m:
        heading = np.arctan(
            np.gradient(style.steer_m * noise(0.0, 0.10), 1.0 / rate) / style.speed_mps
        )
    return _Stretch(sway, speed, speed * style.climb, phase, effort, heading)


def _unhurried(
    wish: Signal, speed_up_s: float, rests_s: tuple[float | None, float | None]
) -> Signal:
    """Follow `wish` (share of full speed) with bounded acceleration.

    A moving average over `speed_up_s` turns every jump into an even ramp, a shorter one rounds
    the ramp's corners. `rests_s` are the seconds of standstill at start and end, None for a
    movement that goes on there.
    """
    width = max(3, int(speed_up_s * PATH_RATE_HZ))
    wish = wish.copy()
    before, after = (
        None if rest_s is None else width * 5 // 8 + int(rest_s * PATH_RATE_HZ)
        for rest_s in rests_s
    )
    if before is not None:
        wish[:before] = 0.0
    if after is not None:
        wish[max(0, len(wish) - after) :] = 0.0
    ramps: Signal = uniform_filter1d(wish, width, mode="nearest")
    return np.asarray(uniform_filter1d(ramps, max(3, width // 4), mode="nearest"))


def _strikes(
    t: Signal, phase: Signal, effort: Signal, style: ActivityStyle, hardness: float
) -> Signal:
    """Vertical position of repeated impacts: narrow bumps of acceleration, twice integrated."""
    if not style.strike_mps2:
        return np.zeros_like(t)
    bump = np.exp(9.0 * (np.cos(style.strikes_per_cycle * phase + 1.3) - 1.0))
    return twice_integrated(
        style.strike_mps2 * hardness * effort * bump, rate_hz=PATH_RATE_HZ, low_hz=0.6
    )


def _assemble(
    times_s: Signal,
    sway: NDArray[np.float64],
    moves: NDArray[np.float64],
    phase: Signal,
    effort: Signal,
    segment: NDArray[np.int64],
    person: Person,
    mounting: Mounting,
) -> Motion:
    """Turn blended signals into the path of trunk, head and device."""
    heading = moves[:, 3]
    body = np.cumsum(moves[:, :3], axis=0) / PATH_RATE_HZ
    head = matrices(sway[:, 3], sway[:, 4], sway[:, 5] + heading)
    mount = matrices(*(np.deg2rad(np.array(angle)) for angle in mounting.rotation_deg))
    lever = np.array(mounting.lever_m)
    # Eye height is that of the device at rest, so the neck is one lever lower.
    position = body + sway[:, :3] + head @ lever - np.array((0.0, 0.0, lever[2]))
    return Motion(
        times_s=times_s, rate_hz=PATH_RATE_HZ, position_m=position, rotation=head @ mount,
        body_m=body, steer_rad=heading, phase_rad=phase, effort=effort, segment=segment,
        person=person, mounting=mounting,
    )  # fmt: skip
