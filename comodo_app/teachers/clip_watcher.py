"""A model's share of one pass over a video: frames by their times, clips, batches, embeddings."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.decoding import Picture
from comodo_app.recordings.model import VideoTrack
from comodo_app.teachers.backends import Backend
from comodo_app.teachers.base import Decoding, Encoded
from comodo_app.teachers.clip import ClipSpec, preprocess_frame
from comodo_app.teachers.passes import Stretch, joined

# Rounding of times: a picture at a target's time is shown then.
_ROUNDING_S = 1e-6
# A picture shown for longer than this, and than so many frames of the video, is a hole in it.
_MAX_AGE_S = 0.5
_MAX_AGE_FRAMES = 2.5

Frame = NDArray[np.float32]


def target_times(start_s: float, window_s: float, n_frames: int) -> NDArray[np.float64]:
    """When a window's frames are taken, (n_frames,): the middles of its equal parts."""
    middles = (np.arange(n_frames, dtype=np.float64) + 0.5) * (window_s / n_frames)
    return start_s + middles


@dataclass(slots=True, eq=False)
class _Clip:
    """A window whose frames are being gathered, in order."""

    index: int
    frames: list[Frame]


class ClipGatherer:
    """Turns pictures in the order of their times into complete clips.

    Each picture that is looked at is preprocessed once, however many windows share it, and is
    forgotten with the last of them.

    Parameters
    ----------
    starts_s : (N,) float64
        Window starts on the video's clock, in any order.
    max_age_s : float
        A target is missed if the picture shown then is older than this.
    duration_s : float
        No picture is shown from here on.
    """

    def __init__(
        self,
        clip: ClipSpec,
        starts_s: NDArray[np.float64],
        window_s: float,
        *,
        max_age_s: float,
        duration_s: float,
    ) -> None:
        self._clip, self._max_age_s = clip, max_age_s
        # One entry per target of every window, in the order of time.
        times = np.array([target_times(s, window_s, clip.n_frames) for s in starts_s.tolist()])
        times = times.reshape(-1, clip.n_frames)
        inside = (times[:, 0] >= -_ROUNDING_S) & (times[:, -1] < duration_s + _ROUNDING_S)
        self._missed: list[int] = np.flatnonzero(~inside).tolist()
        owners = np.repeat(np.flatnonzero(inside), clip.n_frames)
        flat = times[inside].ravel()
        order = np.argsort(flat, kind="stable")
        self._times: list[float] = flat[order].tolist()
        self._owners: list[int] = owners[order].tolist()
        self._next = 0
        self._open: dict[int, _Clip] = {}
        self._lost: set[int] = set()  # windows with a missed target, until their last one
        self._left = dict.fromkeys(np.flatnonzero(inside).tolist(), clip.n_frames)

    @property
    def spans(self) -> list[Stretch]:
        """First and last target of each window that is still waited for, in order."""
        bounds: dict[int, Stretch] = {}
        for time_s, owner in zip(
            self._times[self._next :], self._owners[self._next :], strict=True
        ):
            bounds[owner] = bounds.get(owner, (time_s, time_s))[0], time_s
        return sorted(bounds.values())

    def shown(self, picture: Picture | None, until_s: float) -> list[tuple[int, list[Frame]]]:
        """`picture` (None: no picture) was shown until `until_s`; clips that are complete now.

        Times before the picture's own are taken as missed: whatever was shown then did not come.
        """
        upto = bisect_left(self._times, until_s - _ROUNDING_S, self._next)
        if upto == self._next:
            return []
        frame: Frame | None = None
        complete: list[tuple[int, list[Frame]]] = []
        for at in range(self._next, upto):
            time_s, owner = self._times[at], self._owners[at]
            fresh = picture is not None and (
                -_ROUNDING_S <= time_s - picture.time_s <= self._max_age_s
            )
            if not fresh:
                self._lost.add(owner)
                self._open.pop(owner, None)
            elif owner not in self._lost:
                if frame is None:
                    assert picture is not None
                    frame = preprocess_frame(picture.rgb(), self._clip)
                self._open.setdefault(owner, _Clip(owner, [])).frames.append(frame)
            self._left[owner] -= 1
            if self._left[owner] == 0:
                del self._left[owner]
                if owner in self._lost:
                    self._lost.discard(owner)
                    self._missed.append(owner)
                else:
                    complete.append((owner, self._open.pop(owner).frames))
        self._next = upto
        return complete

    def take_missed(self) -> list[int]:
        """Windows without a clip since the last call."""
        missed, self._missed = self._missed, []
        return missed


class ClipWatcher:
    """Shows a video to a model: a `teachers.base.Watcher`.

    Parameters
    ----------
    max_batch : int
        Clips that are given to the backend at once.
    """

    # Frames have to be the ones that are shown, and as sharp as the model was trained on.
    decoding = Decoding()

    def __init__(
        self,
        clip: ClipSpec,
        backend: Backend,
        video: VideoTrack,
        starts_s: NDArray[np.float64],
        window_s: float,
        *,
        max_batch: int,
    ) -> None:
        if window_s <= 0:
            raise ValueError(f"window_s must be positive, got {window_s}")
        self._backend, self._max_batch = backend, max_batch
        self.dim = backend.dim
        self._gatherer = ClipGatherer(
            clip,
            starts_s,
            window_s,
            max_age_s=max(_MAX_AGE_S, _MAX_AGE_FRAMES / video.frame_rate_hz),
            duration_s=video.duration_s,
        )
        self._ready: list[tuple[int, list[Frame]]] = []
        # The picture shown at the last target has to come, too, though the part ends before it.
        self._stretches = joined(
            [(max(0.0, a), b + 2 * _ROUNDING_S) for a, b in self._gatherer.spans]
        )

    @property
    def stretches(self) -> Sequence[Stretch]:
        """See `Watcher`."""
        return self._stretches

    def see(self, picture: Picture, before: Picture | None) -> Iterator[Encoded]:
        """See `Watcher`; a piece whenever a batch is full."""
        self._ready += self._gatherer.shown(before, picture.time_s)
        while len(self._ready) >= self._max_batch:
            yield self._encode(picture.time_s)

    def rest(self, last: Picture | None, until_s: float) -> Iterator[Encoded]:
        """See `Watcher`."""
        self._ready += self._gatherer.shown(last, until_s)
        position_s = last.time_s if last is not None else 0.0
        while self._ready:
            yield self._encode(position_s)
        missed = self._gatherer.take_missed()
        if missed:
            yield self._piece(position_s, [], np.empty((0, self.dim), np.float32), missed)

    def _encode(self, position_s: float) -> Encoded:
        batch, self._ready = self._ready[: self._max_batch], self._ready[self._max_batch :]
        clips = np.empty((len(batch), len(batch[0][1]), *batch[0][1][0].shape), np.float32)
        for clip, (_, frames) in zip(clips, batch, strict=True):
            np.stack(frames, out=clip)
        rows = self._backend.embed(clips)
        indexes = [index for index, _ in batch]
        return self._piece(position_s, indexes, rows, self._gatherer.take_missed())

    def _piece(
        self, position_s: float, indexes: list[int], rows: NDArray[np.float32], missed: list[int]
    ) -> Encoded:
        return Encoded(
            position_s=position_s,
            indexes=np.array(indexes, np.int64),
            embeddings=rows,
            unusable=np.array(missed, np.int64),
        )
