"""A video transformer as teacher: any model that a backend runs, shown a video by timestamps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import VideoTrack
from comodo_app.teachers.backends import Backend
from comodo_app.teachers.base import Block, Encoded
from comodo_app.teachers.clip import ClipSpec
from comodo_app.teachers.clip_watcher import ClipWatcher
from comodo_app.teachers.passes import encode_alone


def preprocessing_name(clip: ClipSpec, precision: str) -> str:
    """How a model's frames are made and what it computes in, as caches name it."""
    return f"{clip.name()}-{precision}"


class ModelTeacher:
    """A published model as teacher.

    A window's frames are the pictures shown at the middles of its `clip.n_frames` equal parts. It
    is unusable if one of those times lies outside the video, or in a hole of it: where the last
    picture is older than 2.5 frames and than 0.5 s.

    Parameters
    ----------
    key, revision : str
        Name and version of the weights, for caches.
    clip : ClipSpec
        How the model wants to see a window.
    backend : Backend
        What runs it.
    max_batch : int
        Clips that are given to the backend at once.
    """

    def __init__(
        self, key: str, revision: str, clip: ClipSpec, backend: Backend, *, max_batch: int = 4
    ) -> None:
        if max_batch < 1:
            raise ValueError(f"max_batch must be at least 1, got {max_batch}")
        self.key, self.revision = key, revision
        self.preprocessing = preprocessing_name(clip, backend.precision)
        self.dim = backend.dim
        self.blocks: tuple[Block, ...] = (Block("all", 0, backend.dim),)
        self._clip, self._backend, self._max_batch = clip, backend, max_batch

    def watch(
        self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
    ) -> ClipWatcher:
        """See `Teacher.watch`."""
        return ClipWatcher(
            self._clip, self._backend, video, starts_s, window_s, max_batch=self._max_batch
        )

    def encode(
        self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
    ) -> Iterator[Encoded]:
        """See `Teacher.encode`."""
        return encode_alone(self, video, starts_s, window_s)
