"""What really happened in a simulated recording: written beside it, read back by tests and demos.

All times are on the recording (video) clock.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile

TRUTH_VERSION = 1
SUFFIX = ".truth.json"


@dataclass(frozen=True, slots=True)
class TruthSegment:
    """``[start_s, end_s)`` of one activity; a change happens within about a second around."""

    start_s: float
    end_s: float
    activity: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything a simulated recording's sensors do not say.

    Attributes
    ----------
    segments : tuple of TruthSegment
        In order, touching, from 0 to the end of the recording.
    offset_s, skew_ppm : float
        Recording time of sensor time t is ``t * (1 + skew_ppm * 1e-6) + offset_s``.
    mounting_deg : (float, float, float)
        Roll, pitch, yaw of the device against the head.
    gaps : tuple of (float, float)
        Holes cut into the IMU, start and end.
    faults : tuple of str
        Damage done to the files on purpose.
    """

    name: str
    wearer: str
    session: str
    seed: int
    segments: tuple[TruthSegment, ...]
    offset_s: float = 0.0
    skew_ppm: float = 0.0
    mounting_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaps: tuple[tuple[float, float], ...] = ()
    faults: tuple[str, ...] = ()
    version: int = TRUTH_VERSION

    def label_at(self, times_s: NDArray[np.float64]) -> NDArray[np.str_]:
        """Activity at each time, (T,); the first or last segment's outside the recording."""
        ends = np.array([s.end_s for s in self.segments[:-1]])
        names = np.array([s.activity for s in self.segments])
        return np.asarray(names[np.searchsorted(ends, times_s, side="right")], dtype=np.str_)

    def label_windows(
        self,
        starts_s: Sequence[float] | NDArray[np.float64],
        window_s: float,
        *,
        min_share: float = 0.6,
    ) -> list[str | None]:
        """Name each window after the activity that fills at least `min_share` of it.

        Parameters
        ----------
        starts_s : (N,) float
            Window starts on the recording clock.
        window_s : float
            Length of every window.
        min_share : float
            Share of the window that the longest activity must fill (its pieces added up).

        Returns
        -------
        list of N names
            None where no activity fills enough of the window.
        """  # fmt: skip
        labels: list[str | None] = []
        for start_s in starts_s:
            shares: defaultdict[str, float] = defaultdict(float)
            for segment in self.segments:
                shared = min(segment.end_s, start_s + window_s) - max(segment.start_s, start_s)
                if shared > 0:
                    shares[segment.activity] += shared / window_s
            best = max(shares, key=shares.__getitem__, default=None)
            labels.append(best if best is not None and shares[best] >= min_share else None)
        return labels


def truth_path(media: Path) -> Path:
    """Where the truth of a simulated ``name.mp4`` or ``name.csv`` stands."""
    return media.with_name(media.stem + SUFFIX)


def truth_text(truth: Truth) -> str:
    """The truth as JSON text, the same bytes for the same truth."""
    return json.dumps(asdict(truth), indent=1, ensure_ascii=False) + "\n"


def read_truth(path: Path) -> Truth:
    """Read ``name.truth.json``.

    Raises
    ------
    UnreadableFile
        If the file is missing, no JSON, or not written by this room in a version it knows.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        version = data["version"]
        if version != TRUTH_VERSION:
            raise UnreadableFile(
                f"The truth file has version {version}, this app reads {TRUTH_VERSION}.",
                where=str(path), hint="Simulate the recording again with this app.",
            )  # fmt: skip
        data["segments"] = tuple(TruthSegment(**segment) for segment in data["segments"])
        data["gaps"] = tuple((float(a), float(b)) for a, b in data["gaps"])
        data["faults"] = tuple(data["faults"])
        roll, pitch, yaw = data["mounting_deg"]
        data["mounting_deg"] = (roll, pitch, yaw)
        return Truth(**data)
    except OSError as error:
        raise UnreadableFile(
            f"The truth file cannot be read ({error.strerror}).",
            where=str(path), hint="Truth files are written by `comodo simulate` beside the video.",
        ) from error  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            "The file is not the truth of a simulated recording.",
            where=str(path), hint="Simulate the recording again.",
        ) from error  # fmt: skip
