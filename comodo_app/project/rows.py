"""What the store hands out: frozen copies of rows, without a connection to the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import Note, VideoTrack

RunStatus = Literal["running", "finished", "stopped", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a recording was read from, as it lies on the disk now.

    `missing`: neither at its place relative to the project nor at its old absolute place.
    `changed`: there, but with another size than when it was added. `size_bytes` is the size
    when it was added, -1 for a folder or a file that was not there.
    """

    path: Path
    size_bytes: int
    missing: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class ImuSummary:
    """What a list shows of an IMU track; `start_s` on the sensor's clock, `gap_s` all gaps."""

    n_samples: int
    sample_rate_hz: float
    start_s: float
    duration_s: float
    n_gaps: int
    gap_s: float


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording without its samples; `Project.load_recording` adds them.

    `already_there` is True only in the answer of `Project.add_recording` to content that the
    project has; `added_at` is ISO-8601 in UTC.
    """

    id: int
    name: str
    wearer: str
    session: str
    content_key: str
    video: VideoTrack | None
    imu: ImuSummary | None
    offset_s: float
    skew_ppm: float
    notes: tuple[Note, ...]
    importer: str
    options_json: str
    sources: tuple[SourceFile, ...]
    use_for_training: bool
    added_at: str
    already_there: bool = False

    @property
    def missing_media(self) -> bool:
        """Whether a source file cannot be found; predictions stay, the teacher has to wait."""
        return any(source.missing for source in self.sources)

    @property
    def changed_media(self) -> bool:
        """Whether a source file has another size than when it was added."""
        return any(source.changed for source in self.sources)

    @property
    def duration_s(self) -> float:
        """Length of the video, else of the IMU on the recording clock."""
        if self.video is not None:
            return self.video.duration_s
        return self.imu.duration_s * (1.0 + self.skew_ppm * 1e-6) if self.imu is not None else 0.0


@dataclass(frozen=True, slots=True)
class RunRow:
    """One distillation; `settings_json` and `metrics_json` are what the job gave."""

    id: int
    status: RunStatus
    recipe: str
    teacher: str
    student: str
    settings_json: str
    metrics_json: str
    app_version: str
    created_at: str
    ended_at: str | None

    @staticmethod
    def from_row(row: tuple[Any, ...]) -> RunRow:
        """The columns of `runs`, in their order."""
        return RunRow(*row)


@dataclass(frozen=True, slots=True)
class NameChange:
    """One entry of an activity's names; an empty name was a name taken away."""

    name: str
    changed_at: str


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Which activity each window of a recording was put into by a run's discovery.

    Attributes
    ----------
    recording_id : int
    window_start_s : (N,) float64
        On the recording clock.
    activity_id : (N,) int64
        0 where a window has none.
    centrality : (N,) float32
        How central the window is in its activity; higher is more typical.
    """

    recording_id: int
    window_start_s: NDArray[np.float64]
    activity_id: NDArray[np.int64]
    centrality: NDArray[np.float32]
