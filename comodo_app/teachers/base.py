"""What every teacher is: a frozen encoder that turns windows of a video into rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import Note, VideoTrack


@dataclass(frozen=True, slots=True)
class Block:
    """Columns ``[start, stop)`` of a teacher's rows that belong together and share a scale."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A piece of a teacher's work.

    Attributes
    ----------
    position_s : float
        How far in the video the teacher has come.
    indexes : (n,) int64
        Which of the asked windows these are; n may be 0 (progress only).
    embeddings : (n, D) float32
        One finite row per index.
    unusable : (u,) int64
        Windows without a row: the video has too few frames there.
    notes : tuple of Note
        What was skipped since the last piece.
    """

    position_s: float
    indexes: NDArray[np.int64]
    embeddings: NDArray[np.float32]
    unusable: NDArray[np.int64]
    notes: tuple[Note, ...] = ()


class Teacher(Protocol):
    """A frozen video encoder.

    `key`, `revision` and `preprocessing` name everything that a row depends on besides the video
    and its window: rows with equal names may be cached under them.
    """

    @property
    def key(self) -> str: ...

    @property
    def revision(self) -> str: ...

    @property
    def preprocessing(self) -> str: ...

    @property
    def dim(self) -> int: ...

    @property
    def blocks(self) -> tuple[Block, ...]: ...

    def encode(
        self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
    ) -> Iterator[Encoded]:
        """Encode windows in one pass over the video, in the order of their starts.

        Parameters
        ----------
        video : VideoTrack
            The video; it is opened anew.
        starts_s : (N,) float64
            Window starts in seconds on the video's clock, in any order, overlapping or not.
        window_s : float
            Length of every window in seconds.

        Yields
        ------
        Encoded
            Every index exactly once, in `indexes` or in `unusable`; a piece about every 0.2 s of
            work, so that the caller can report progress, save, or stop.

        Raises
        ------
        UnreadableFile
            If the video cannot be opened.
        """
        ...
