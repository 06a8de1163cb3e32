"""Signals as a sensor would send them, and ways to disturb them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.live.model import Chunk
from comodo_app.live.repair import Batch, Repair
from comodo_app.recordings.model import Recording
from comodo_app.recordings.timestamps import repair as repair_track


def motion(
    duration_s: float = 20.0, *, rate_hz: float = 100.0, jitter: float = 0.0, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times (n,) and samples (n, 6): gravity on z, swings, noise."""
    rng = np.random.default_rng(seed)
    n = round(duration_s * rate_hz)
    times = np.arange(n) / rate_hz + rng.uniform(-jitter, jitter, n) / rate_hz
    swings = [
        np.sin(2 * np.pi * f * times + rng.uniform(0, 6)) for f in (1.3, 2.1, 0.7, 5.0, 0.5, 11.0)
    ]
    samples = np.stack(swings, axis=1) + rng.normal(0, 0.2, (n, 6))
    samples[:, 2] += 9.80665
    return times, samples.astype(np.float32)


def recording(
    times: NDArray[np.float64], samples: NDArray[np.float32], name: str = "walk"
) -> Recording:
    """The same signal as a recording."""
    track, _ = repair_track(times, samples)
    return Recording(name, None, track)


def chunks(
    times: NDArray[np.float64], samples: NDArray[np.float32], size: int, *, arrival_s: float = 0.0
) -> list[Chunk]:
    """Pieces in the order of the rows, each arriving when its newest sample so far was taken."""
    parts = []
    newest = -np.inf
    for i in range(0, len(times), size):
        newest = max(newest, float(np.nanmax(times[i : i + size])))
        parts.append(Chunk(times[i : i + size], samples[i : i + size], arrival_s + newest))
    return parts


def run(repair: Repair, parts: list[Chunk], *, end_s: float = 1e9) -> Batch:
    """Everything that a repair gives for these chunks, its end flushed."""
    batches = [repair.push(part) for part in parts]
    batches.append(repair.flush(end_s))
    return Batch(
        np.concatenate([b.times_s for b in batches]),
        np.concatenate([b.samples for b in batches]),
        end_s,
    )
