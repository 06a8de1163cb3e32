"""Small recordings with contents that can be computed again, for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.project.embedding_cache import CacheKey
from comodo_app.recordings.model import (
    Gap,
    ImuTrack,
    Note,
    ReadRecording,
    Recording,
    VideoTrack,
)


def imu_track(seed: int = 0, *, n_samples: int = 200) -> ImuTrack:
    """A track whose samples follow from its seed."""
    random = np.random.default_rng(seed)
    return ImuTrack(
        times_s=0.25 + np.arange(n_samples) / 50.0,
        samples=random.normal(size=(n_samples, 6)).astype(np.float32),
        sample_rate_hz=50.0,
        gaps=(Gap(1.5, 1.75), Gap(2.0, 2.5)),
    )


def read_recording(
    seed: int = 0, *, name: str = "walk", video: Path | None = None, n_samples: int = 200
) -> ReadRecording:
    """What an importer would return."""
    track = VideoTrack(video, 640, 480, 300, 29.97, 10.01, "h264") if video is not None else None
    recording = Recording(
        name=name,
        video=track,
        imu=imu_track(seed, n_samples=n_samples),
        offset_s=0.125,
        skew_ppm=-20.0,
        wearer="Ada",
        session="morning",
    )
    return ReadRecording(recording, (Note("duplicate_times", 3, "3 samples at the same time"),))


def cache_key(content_key: str = "content", **changes: object) -> CacheKey:
    """A key of the cache, with `changes`."""
    fields: dict[str, object] = {
        "content_key": content_key,
        "teacher_key": "built-in",
        "teacher_revision": "1",
        "preprocessing": "224 px, 16 frames",
        "window_s": 5.0,
        "stride_s": 2.5,
    }
    return CacheKey(**(fields | changes))  # type: ignore[arg-type]


def embeddings(seed: int, n: int, dim: int = 8) -> np.ndarray:
    """Unit vectors (n, dim) float32 that follow from the seed."""
    vectors = np.random.default_rng(seed).normal(size=(n, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def timeline(*activity_ids: int, length_s: float = 2.5) -> Timeline:
    """Segments of one length each, one activity after the other, then a span without data."""
    segments = [
        Segment(i * length_s, (i + 1) * length_s, State.ACTIVITY, activity_id, 0.75)
        for i, activity_id in enumerate(activity_ids)
    ]
    end = len(activity_ids) * length_s
    return Timeline((*segments, Segment(end, end + 1.0, State.NO_DATA)))
