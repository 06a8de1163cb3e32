"""Random but repeatable signals: band-limited noise, on/off bursts, saccades.

Every generator comes from `generator`, whose seed is a number plus words: adding a person, a
recording or a prop never changes the draws of the others.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]


def generator(seed: int, *words: str) -> np.random.Generator:
    """Return the generator that belongs to `seed` and `words` (the same on every machine)."""
    return np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in words)])


def smoothstep(share: Signal) -> Signal:
    """Ease from 0 to 1 with zero first and second derivative at both ends (minimum jerk)."""
    x = np.clip(share, 0.0, 1.0)
    return np.asarray(x * x * x * (x * (6.0 * x - 15.0) + 10.0), dtype=np.float64)


def band_noise(
    rng: np.random.Generator, size: int, *, rate_hz: float, low_hz: float, high_hz: float
) -> Signal:
    """Gaussian noise between two frequencies, mean 0, standard deviation 1, (size,) float64.

    The lower edge is hard, the upper one falls as a Gaussian, so that the signal has no ringing.
    A band too narrow for `size` gives zeros: there is no such oscillation in so short a time.
    """
    if size < 2:
        return np.zeros(size)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hz = np.fft.rfftfreq(size, 1.0 / rate_hz)
    spectrum *= np.exp(-0.5 * (hz / high_hz) ** 2) * (hz >= low_hz)
    spectrum[0] = 0.0
    signal = np.fft.irfft(spectrum, size)
    spread = float(signal.std())
    return signal / spread if spread > 0 else signal


def twice_integrated(acceleration: Signal, *, rate_hz: float, low_hz: float) -> Signal:
    """Position whose second derivative is `acceleration`, without anything below `low_hz`.

    Done in the frequency domain (divide by −ω²); without the lower edge the position would drift
    away.
    """
    hz = np.fft.rfftfreq(len(acceleration), 1.0 / rate_hz)
    spectrum = np.fft.rfft(acceleration)
    keep = hz >= low_hz
    spectrum[~keep] = 0.0
    spectrum[keep] /= -((2.0 * np.pi * hz[keep]) ** 2)
    return np.fft.irfft(spectrum, len(acceleration))


def bursts(
    rng: np.random.Generator, times_s: Signal, *, share_on: float, mean_on_s: float
) -> Signal:
    """Smooth on/off signal in [0, 1]: bursts of work with pauses between, same shape as `times_s`.

    Lengths are drawn from a gamma distribution (shape 3); a change takes 0.4 s.
    """
    if share_on >= 1.0:
        return np.ones_like(times_s)
    mean_off_s = mean_on_s * (1.0 - share_on) / share_on
    span_s = float(times_s[-1] - times_s[0])
    pairs = int(4 * span_s / (mean_on_s + mean_off_s)) + 8
    lengths = rng.gamma(3.0, 1.0 / 3.0, (pairs, 2)) * (mean_on_s, mean_off_s)
    levels = np.asarray(np.arange(2 * pairs) % 2, dtype=np.float64)
    edges = float(times_s[0]) - rng.uniform(0, mean_on_s) + np.cumsum(np.maximum(lengths, 0.6))
    return _eased_steps(times_s, edges, levels, first=1.0, ease_s=0.4)


def saccades(
    rng: np.random.Generator, times_s: Signal, *, rate_hz: float, spread: float, turn_s: float
) -> Signal:
    """Gaze that rests and jumps: targets N(0, spread), each reached in about `turn_s` seconds."""
    span_s = float(times_s[-1] - times_s[0])
    count = int(3 * span_s * rate_hz) + 6
    waits = np.maximum(rng.exponential(1.0 / rate_hz, count), 1.15 * turn_s)
    edges = float(times_s[0]) - rng.uniform(0, 1.0 / rate_hz) + np.cumsum(waits)
    targets = np.clip(rng.standard_normal(count), -2.2, 2.2) * spread
    return _eased_steps(times_s, edges, targets, first=float(rng.normal(0, spread)), ease_s=turn_s)


def _eased_steps(
    times_s: Signal, edges_s: Signal, levels: Signal, *, first: float, ease_s: float
) -> Signal:
    """Step function `levels` after `edges_s`; each step is eased over `ease_s` (< a level)."""
    all_levels = np.concatenate(([first], levels))
    index = np.searchsorted(edges_s, times_s, side="right")
    before = all_levels[np.maximum(index - 1, 0)]
    after = all_levels[index]
    since = np.where(index > 0, times_s - edges_s[np.maximum(index - 1, 0)], np.inf)
    return before + (after - before) * smoothstep(since / ease_s)
