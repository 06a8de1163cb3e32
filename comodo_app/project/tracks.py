"""IMU samples beside the database: ``tracks/<recording id>.npz``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ProjectError
from comodo_app.project.files import load_arrays
from comodo_app.project.rows import ImuSummary
from comodo_app.recordings.model import Gap, ImuTrack


def track_name(recording_id: int) -> str:
    """Where a recording's samples lie, relative to the project."""
    return f"tracks/{recording_id}.npz"


def track_arrays(imu: ImuTrack) -> dict[str, NDArray[Any]]:
    """``times_s (T,)``, ``samples (T, 6)``, ``gaps_s (G, 2)`` to be written."""
    gaps = [(gap.start_s, gap.end_s) for gap in imu.gaps]
    return {
        "times_s": np.asarray(imu.times_s, dtype=np.float64),
        "samples": np.asarray(imu.samples, dtype=np.float32),
        "gaps_s": np.asarray(gaps, dtype=np.float64).reshape(-1, 2),
    }


def summarise(imu: ImuTrack) -> ImuSummary:
    """What a list shows of a track."""
    return ImuSummary(
        n_samples=len(imu.times_s),
        sample_rate_hz=float(imu.sample_rate_hz),
        start_s=float(imu.times_s[0]) if len(imu.times_s) else 0.0,
        duration_s=imu.duration_s,
        n_gaps=len(imu.gaps),
        gap_s=float(sum(gap.end_s - gap.start_s for gap in imu.gaps)),
    )


def load_track(folder: Path, recording_id: int, *, name: str, summary: ImuSummary) -> ImuTrack:
    """Read a recording's samples.

    Raises
    ------
    ProjectError
        If the file is missing, damaged, or not the one that the database describes.
    """
    path = folder / track_name(recording_id)
    hint = "Remove the recording and add it again; its original files are not touched."
    try:
        arrays = load_arrays(path)
    except ProjectError as error:
        raise ProjectError(
            f"The motion samples of {name} cannot be read. {error.what}",
            where=str(path),
            hint=hint,
        ) from error
    times_s, samples, gaps_s = (arrays.get(key) for key in ("times_s", "samples", "gaps_s"))
    if (
        times_s is None
        or samples is None
        or gaps_s is None
        or times_s.shape != (summary.n_samples,)
        or samples.shape != (summary.n_samples, 6)
        or gaps_s.shape != (summary.n_gaps, 2)
    ):
        raise ProjectError(
            f"The motion samples of {name} are not those that were added.",
            where=str(path),
            hint=hint,
        )
    return ImuTrack(
        times_s=times_s.astype(np.float64, copy=False),
        samples=samples.astype(np.float32, copy=False),
        sample_rate_hz=summary.sample_rate_hz,
        gaps=tuple(Gap(float(start), float(end)) for start, end in gaps_s),
    )
