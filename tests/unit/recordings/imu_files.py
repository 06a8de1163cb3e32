"""Small real files for the tests of the importers: tables of IMU samples and videos."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
HEADER = "time_s,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"


def shared_file(name: str) -> Path:
    """A recording made by others, or a skip."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"shared/data/{name} is not here")
    return path


def motion(n_samples: int, *, seed: int = 0) -> NDArray[np.float64]:
    """(n, 6): gravity on z and some movement, in m/s² and rad/s."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0.0, 0.5, (n_samples, 6))
    samples[:, 2] += 9.80665
    return samples


def times(duration_s: float = 4.0, *, rate_hz: float = 100.0) -> NDArray[np.float64]:
    """Even times from 0."""
    return np.arange(round(duration_s * rate_hz)) / rate_hz


def write_table(
    path: Path,
    *,
    header: str = HEADER,
    time: NDArray[np.float64] | list[str] | None = None,
    samples: NDArray[np.float64] | None = None,
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
    newline: str = "\n",
) -> Path:
    """Write a table as a logger would; `header` is given with commas."""
    clock = times() if time is None else time
    samples = motion(len(clock)) if samples is None else samples
    lines = [header.replace(",", delimiter)] if header else []
    for moment, row in zip(clock, samples, strict=True):
        first = moment if isinstance(moment, str) else f"{moment:.9g}"
        if not isinstance(moment, str) and abs(moment) > 1e5:
            first = f"{moment:.4f}".rstrip("0").rstrip(".")
        cells = [first, *(f"{value:.6f}" for value in row)]
        lines.append(delimiter.join(cell.replace(".", decimal) for cell in cells))
    path.write_bytes((newline.join(lines) + newline).encode(encoding))
    return path


def write_video(
    path: Path,
    *,
    duration_s: float = 4.0,
    rate_hz: int = 10,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a small video of moving noise."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream("mpeg4", rate=rate_hz)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        picture = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        for shift in range(round(duration_s * rate_hz)):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, shift, axis=1), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path
