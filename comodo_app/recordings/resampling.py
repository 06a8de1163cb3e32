"""Irregular IMU samples to a uniform rate, anti-aliased, at exact times. Arrays in, arrays out.

One stretch between two gaps goes through three steps:

1. samples that already lie on a uniform grid are taken as they are; jittered ones are interpolated
   (cubic, local) onto a uniform grid of the same mean rate;
2. a zero-phase polyphase FIR removes what the target rate cannot carry and brings the stretch to
   about twice that rate, by an *integer* ratio of its own measured rate;
3. a short windowed sinc reads the result at whatever times are wanted.

Because step 3 knows the exact time of every sample of step 2, no rational approximation of the
ratio is needed: nothing drifts, however odd the native rate, and windows start exactly where
they should. Live recognition uses the same code on its rolling buffer: see `margin_s`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import Gap

PASSBAND = 0.8  # of the lower of the two Nyquist frequencies: up to here amplitudes are kept
STOPBAND_DB = 60.0
UNIFORM_TOLERANCE = 0.02  # of a period: samples closer to a uniform grid count as lying on it
_OVERSAMPLING = 1.9  # least ratio of step 2's rate to the target rate
_SINC_TAPS = 10
_SINC_PHASES = 4096
_EDGE = _SINC_TAPS // 2 + 1  # samples of step 2 kept beyond either end, for step 3
_BLOCK = 1 << 16  # times read at once: bounds the memory of step 3


@dataclass(frozen=True, slots=True, eq=False)
class UniformTrack:
    """Uniformly sampled IMU: sample k lies at ``start_s + k / sample_rate_hz``.

    `samples` is (M, C) float32. `valid` is (M,) bool: False inside gaps and outside the track,
    where the samples only bridge (linear between the ends of a gap, constant outside).
    """

    start_s: float
    sample_rate_hz: float
    samples: NDArray[np.float32]
    valid: NDArray[np.bool_]

    def times_s(self) -> NDArray[np.float64]:
        """Sample times, (M,) float64."""
        return self.start_s + np.arange(len(self.samples)) / self.sample_rate_hz


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Band-limited samples between two gaps; sample k lies at ``origin_s + k / rate_hz``."""

    start_s: float
    end_s: float
    origin_s: float
    rate_hz: float
    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class BandLimited:
    """A track without anything above the target rate's Nyquist frequency, readable at any time."""

    stretches: tuple[_Stretch, ...]

    def at(self, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Read the track.

        Parameters
        ----------
        times_s : (...,) float64
            In any order and shape.

        Returns
        -------
        samples : (..., C) float32
            Inside a gap: on the straight line between its two ends. Outside: the end value.
        valid : (...,) bool
            Whether the time lies inside the track and outside its gaps.
        """
        flat = np.ascontiguousarray(times_s, dtype=np.float64).ravel()
        channels = self.stretches[0].samples.shape[1]
        samples = np.empty((len(flat), channels), np.float32)
        valid = np.empty(len(flat), bool)
        for first in range(0, len(flat), _BLOCK):
            block = slice(first, first + _BLOCK)
            samples[block], valid[block] = self._read(flat[block])
        return samples.reshape(*times_s.shape, channels), valid.reshape(times_s.shape)

    def _read(self, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        starts = np.array([s.start_s for s in self.stretches])
        ends = np.array([s.end_s for s in self.stretches])
        tolerance_s = 1e-9
        before = np.searchsorted(starts, times_s + tolerance_s, side="right") - 1
        own = np.maximum(before, 0)
        valid = (before >= 0) & (times_s <= ends[own] + tolerance_s)
        samples = np.empty((len(times_s), self.stretches[0].samples.shape[1]), np.float32)
        for k in np.unique(own[valid]):
            here = valid & (own == k)
            samples[here] = _sinc_read(self.stretches[k], times_s[here])
        if not valid.all():
            samples[~valid] = self._bridge(times_s[~valid])
        return samples, valid

    def _bridge(self, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        knots_s = np.array([t for s in self.stretches for t in (s.start_s, s.end_s)])
        values = np.concatenate(
            [_sinc_read(s, np.array([s.start_s, s.end_s])) for s in self.stretches]
        )
        columns = [np.interp(times_s, knots_s, column) for column in values.T]
        return np.stack(columns, axis=1).astype(np.float32)


def margin_s(native_hz: float, to_hz: float) -> float:
    """How far from an edge or gap a sample must lie to be free of the reflection there, seconds.

    A live caller keeps this much more than a window in its buffer and accepts that the newest
    `margin_s` of a window still changes a little when more samples arrive (0.4 s at 50 Hz).
    """
    half, up, down = _fir_geometry(native_hz, to_hz)
    return half / (native_hz * up) + _EDGE * down / (native_hz * up)


def band_limit(
    times_s: NDArray[np.float64],
    samples: NDArray[np.float32],
    *,
    to_hz: float,
    gaps: Sequence[Gap] = (),
    scale: float = 1.0,
    offset_s: float = 0.0,
) -> BandLimited:
    """Prepare a track for being read at `to_hz`; parameters and errors as for `resample`."""
    if samples.ndim != 2 or times_s.shape != (len(samples),) or len(samples) == 0:
        raise ValueError(f"times {times_s.shape} and samples {samples.shape} do not fit")
    if not to_hz > 0:
        raise ValueError(f"to_hz must be positive, got {to_hz}")
    clock_s = times_s.astype(np.float64, copy=False) * scale + offset_s
    stretches = [
        _filter_stretch(clock_s[part], samples[part], to_hz)
        for part in split_at_gaps(times_s, gaps)
    ]
    if not stretches:
        raise ValueError("every sample lies inside a gap")
    return BandLimited(tuple(stretches))


def resample(
    times_s: NDArray[np.float64],
    samples: NDArray[np.float32],
    *,
    to_hz: float,
    gaps: Sequence[Gap] = (),
    scale: float = 1.0,
    offset_s: float = 0.0,
    start_s: float | None = None,
) -> UniformTrack:
    """Bring a track to a uniform rate, without aliasing and without phase shift.

    Amplitudes up to `PASSBAND` of the lower Nyquist frequency are kept; what lies above the new
    Nyquist frequency is down by `STOPBAND_DB`. Asking for more than the native rate is allowed
    (it adds no information; the caller counts it in a `Note`). Edges and gaps are padded by
    reflection; see `margin_s`.

    Parameters
    ----------
    times_s : (T,) float64
        Strictly increasing, on the sensor's clock, as irregular as they are.
    samples : (T, C) float32
        Finite. T at least 1.
    to_hz : float
        The wanted rate.
    gaps : sequence of Gap
        On the sensor's clock; each stretch between them is filtered on its own.
    scale, offset_s : float
        The recording clock is ``times_s * scale + offset_s``.
    start_s : float, optional
        Recording time of the first returned sample; by default that of the first sample.

    Returns
    -------
    UniformTrack
        On the recording clock, up to the last sample.

    Raises
    ------
    ValueError
        If the shapes do not fit, there is no sample outside the gaps, or `to_hz` is not positive.
    """
    track = band_limit(times_s, samples, to_hz=to_hz, gaps=gaps, scale=scale, offset_s=offset_s)
    first_s = track.stretches[0].start_s if start_s is None else start_s
    count = max(0, floor((track.stretches[-1].end_s - first_s) * to_hz + 1e-6) + 1)
    values, valid = track.at(first_s + np.arange(count) / to_hz)
    return UniformTrack(first_s, to_hz, values, valid)


def split_at_gaps(times_s: NDArray[np.float64], gaps: Sequence[Gap]) -> list[slice]:
    """Stretches of samples between gaps, in order; samples inside a gap belong to none."""
    stretches, first = [], 0
    for gap in sorted(gaps, key=lambda g: g.start_s):
        last = int(np.searchsorted(times_s, gap.start_s, side="right"))
        if last > first:
            stretches.append(slice(first, last))
        first = max(first, int(np.searchsorted(times_s, gap.end_s, side="left")))
    if first < len(times_s):
        stretches.append(slice(first, len(times_s)))
    return stretches


def _filter_stretch(
    times_s: NDArray[np.float64], samples: NDArray[np.float32], to_hz: float
) -> _Stretch:
    """Steps 1 and 2 for one stretch of (T,) times and (T, C) samples, T at least 1."""
    from scipy import signal  # here, not on top: it takes half a second to load

    start_s, end_s = float(times_s[0]), float(times_s[-1])
    count = len(times_s)
    if end_s - start_s < 1.0 / to_hz:  # a crumb between two gaps: nothing to filter
        mean = samples.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
        filled = np.repeat(mean, 2 * _EDGE + 2, axis=0)
        return _Stretch(start_s, end_s, start_s - _EDGE / to_hz, to_hz, filled)
    native_hz = (count - 1) / (end_s - start_s)
    uniform_s = start_s + np.arange(count) / native_hz
    if np.abs(times_s - uniform_s).max() * native_hz > UNIFORM_TOLERANCE:
        samples = _local_cubic(times_s, samples, uniform_s)
    half, up, down = _fir_geometry(native_hz, to_hz)
    pad = ceil((half + (_EDGE + 1) * down) / up / down) * down
    # Channels first: the filter runs along contiguous memory.
    padded = np.pad(samples.T.astype(np.float32), ((0, 0), (pad, pad)), mode="reflect")
    taps = _fir(half, up, _cutoff(native_hz, to_hz))
    if up == 1:  # by blocks of FFTs: four times faster than tap by tap
        filtered = signal.oaconvolve(padded, taps[None], axes=1)[:, ::down]
    else:
        filtered = signal.upfirdn(taps, padded, up, axis=1)
    first = (half + pad * up) // down - _EDGE  # half and pad * up are multiples of down
    wanted = (count - 1) * up // down + 2 * _EDGE + 2
    rate_hz = native_hz * up / down
    kept = np.ascontiguousarray(filtered[:, first : first + wanted].T, dtype=np.float32)
    return _Stretch(start_s, end_s, start_s - _EDGE / rate_hz, rate_hz, kept)


def _ratio(native_hz: float, to_hz: float) -> tuple[int, int]:
    """Integer up and down (one of them 1) so that native * up / down is about twice `to_hz`."""
    least_hz = _OVERSAMPLING * to_hz
    if native_hz >= least_hz:
        return 1, floor(native_hz / least_hz)
    return ceil(least_hz / native_hz), 1


def _cutoff(native_hz: float, to_hz: float) -> float:
    """Centre of the transition band in units of the native rate's Nyquist frequency."""
    if to_hz < native_hz * 0.999:
        return (1.0 + PASSBAND) / 2 * to_hz / native_hz  # stopband begins at the new Nyquist
    return 1.0  # nothing can alias; only the images of the native rate have to go


def _fir_geometry(native_hz: float, to_hz: float) -> tuple[int, int, int]:
    """Half length of the FIR in samples of native * up (a multiple of `down`), up, down."""
    from scipy import signal  # here, not on top: it takes half a second to load

    up, down = _ratio(native_hz, to_hz)
    transition = (1.0 - PASSBAND) * min(to_hz / native_hz, 1.0) / up  # of the Nyquist of native*up
    taps, _ = signal.kaiserord(STOPBAND_DB + 3.0, transition)
    step = max(up, down)
    return ceil(taps / 2 / step) * step, up, down


@lru_cache(maxsize=16)
def _fir(half: int, up: int, cutoff: float) -> NDArray[np.float32]:
    """Kaiser-windowed sinc, (2 * half + 1,); every polyphase branch passes a constant exactly."""
    from scipy import signal  # here, not on top: it takes half a second to load

    taps = signal.firwin(
        2 * half + 1, cutoff / up, window=("kaiser", signal.kaiser_beta(STOPBAND_DB + 3.0))
    )
    for branch in range(up):
        taps[branch::up] /= taps[branch::up].sum()
    return np.asarray(taps, dtype=np.float32)


@lru_cache(maxsize=1)
def _sinc_table() -> NDArray[np.float32]:
    """Weights of `_SINC_TAPS` neighbours for each of the sub-sample phases 0 … 1 (inclusive)."""
    phase = np.linspace(0.0, 1.0, _SINC_PHASES + 1)[:, None]
    distance = np.arange(_SINC_TAPS) - (_SINC_TAPS // 2 - 1) - phase  # in samples, -5 … 5
    window = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1 - (distance / (_SINC_TAPS / 2)) ** 2)))
    weights = np.sinc(distance) * window
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def _sinc_read(stretch: _Stretch, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """Step 3: values of one stretch at times inside it, (N, C)."""
    position = (times_s - stretch.origin_s) * stretch.rate_hz
    whole = np.floor(position).astype(np.intp)
    phase = np.rint((position - whole) * _SINC_PHASES).astype(np.intp)
    weights = _sinc_table()[phase]  # (N, taps)
    first = whole - (_SINC_TAPS // 2 - 1)
    neighbours = stretch.samples[first[:, None] + np.arange(_SINC_TAPS)]  # (N, taps, C)
    return np.asarray(np.einsum("nt,ntc->nc", weights, neighbours), dtype=np.float32)


def _local_cubic(
    times_s: NDArray[np.float64], samples: NDArray[np.float32], at_s: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Cubic Hermite interpolation of (T, C) samples at times inside them, (M, C).

    Slopes are parabolic where two neighbouring intervals are of similar length, and the plain
    chord where they are not: a pair of almost equal times must not throw the curve off.
    """
    if len(times_s) < 3:
        columns = [np.interp(at_s, times_s, column) for column in samples.T]
        return np.stack(columns, axis=1).astype(np.float32)
    step = np.diff(times_s)
    rise = np.diff(samples, axis=0) / step[:, None].astype(np.float32)
    left, right = step[:-1], step[1:]
    share = right / (left + right)  # weight of the left slope in the parabola
    share = np.where((share > 0.25) & (share < 0.75), share, 1.0 - share)[:, None]
    slope = np.empty_like(samples, dtype=np.float32)
    slope[1:-1] = share * rise[:-1] + (1.0 - share) * rise[1:]
    slope[0], slope[-1] = rise[0], rise[-1]
    here = np.clip(np.searchsorted(times_s, at_s, side="right") - 1, 0, len(step) - 1)
    h = step[here].astype(np.float32)[:, None]
    u = ((at_s - times_s[here]) / step[here]).astype(np.float32)[:, None]
    low, high = samples[here], samples[here + 1]
    v = 1.0 - u
    return np.asarray(
        v * v * (1.0 + 2.0 * u) * low
        + u * u * (1.0 + 2.0 * v) * high
        + u * v * h * (v * slope[here] - u * slope[here + 1]),
        dtype=np.float32,
    )
