"""What every teacher is: a frozen encoder that turns windows of a video into rows of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import Note, VideoTrack

if TYPE_CHECKING:
    from comodo_app.recordings.decoding import Picture


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


def nothing_new(position_s: float, dim: int, notes: tuple[Note, ...] = ()) -> Encoded:
    """A piece that only says how far the teacher has come."""
    none = np.zeros(0, np.int64)
    return Encoded(position_s, none, np.empty((0, dim), np.float32), none, notes)


@dataclass(frozen=True, slots=True)
class TeacherFacts:
    """What names a teacher's rows, and their shape: enough to find them in a cache.

    `key`, `revision` and `preprocessing` name everything that a row depends on besides the video
    and its window: rows with equal names may be cached under them.
    """

    key: str
    revision: str
    preprocessing: str
    dim: int
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, teacher: Identity) -> TeacherFacts:
        """The facts of a teacher."""
        return cls(
            teacher.key, teacher.revision, teacher.preprocessing, teacher.dim, teacher.blocks
        )


class Identity(Protocol):
    """Whatever has the fields of `TeacherFacts`: the facts themselves, or a teacher."""

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


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a video is to be decoded; who wants the same shares one pass.

    `loop_filter` False skips deblocking, which is invisible in pictures shrunk a lot;
    `reference_only` True leaves out the frames that no other frame is decoded from.
    """

    loop_filter: bool = True
    reference_only: bool = False


class Watcher(Protocol):
    """One teacher's share of one pass over a video: it is shown pictures and hands out pieces.

    `stretches` are the parts ``[from_s, to_s)`` of the video that it has to be shown, in time
    order, each from the picture shown at `from_s` on; it may be shown more than that.
    """

    @property
    def decoding(self) -> Decoding: ...

    @property
    def dim(self) -> int: ...

    @property
    def stretches(self) -> Sequence[tuple[float, float]]: ...

    def see(self, picture: Picture, before: Picture | None) -> Iterable[Encoded]:
        """The next picture; `before` is the one shown until then, None after a jump.

        Pixels are made by `Picture.rgb` or `Picture.scaled`, only of what is looked at.
        """
        ...

    def rest(self, last: Picture | None, until_s: float) -> Iterable[Encoded]:
        """No picture before `until_s` comes any more; `last` was shown until then.

        Every window that ends at or before `until_s` has to be handed out, as `indexes` or as
        `unusable`. Called after each stretch, and at last with infinity.
        """
        ...


class Teacher(Identity, Protocol):
    """A frozen video encoder."""

    def watch(self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float) -> Watcher:
        """Somebody to show the video to, for these windows; see `teachers.passes`."""
        ...

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
