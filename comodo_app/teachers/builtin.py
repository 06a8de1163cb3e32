"""The built-in teacher: no weights, no download; optical flow and colour, one pass over a video."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.decoding import Picture, Scaler
from comodo_app.recordings.model import VideoTrack
from comodo_app.recordings.video import GRID_TOLERANCE_S, Marks, frames
from comodo_app.teachers.appearance import Look, look
from comodo_app.teachers.base import Block, Decoding, Encoded
from comodo_app.teachers.descriptor import BLOCKS, DIM, WindowSeries, describe
from comodo_app.teachers.egomotion import EgomotionEstimator, Motion
from comodo_app.teachers.passes import encode_alone, stretches_of

# Every n-th frame is looked at, so that the rate lies between this and twice this (30 fps: 10).
_MIN_RATE_HZ = 9.5
_AREA_PX = 12_288  # of the analysed frames whatever their shape: 148 x 83, 128 x 96, 83 x 148
# Deblocking is invisible once a frame has been shrunk this much.
_SHRINK_WITHOUT_LOOP_FILTER = 4.0
# In large videos, frames from which no other is decoded are left out: a quarter less work. Where
# encoders make so many of them that too few others remain, all are decoded.
_LARGE_PX = 1_000_000
_TRIAL_S = 2.0
_ENOUGH_REFERENCES = 0.7
_MAX_DT_S = 0.5  # frames further apart than this (or 2.5 steps) show no motion but a cut


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One analysed frame; `motion` leads to it from the frame at `before_s` (None at a cut)."""

    time_s: float
    before_s: float
    motion: Motion | None
    look: Look


@dataclass(slots=True, eq=False)
class _Stretch:
    """A part of the video that is seen without a jump: its windows, and the steps so far."""

    from_s: float
    to_s: float
    waiting: deque[int]
    marks: Marks
    scale: Scaler
    steps: deque[_Step] = field(default_factory=deque)  # no older than the first waiting window
    before: _Step | None = None
    estimator: EgomotionEstimator = field(default_factory=EgomotionEstimator)


class BuiltinTeacher:
    """Describes head motion, other motion and surroundings of a window by `DIM` raw numbers.

    Source: optical-flow activity features after Kitani 2011 and Poleg 2014, with appearance.
    """

    key = "builtin"
    revision = "1"
    preprocessing = "rgb-area12288-10hz-dis1"
    dim = DIM
    blocks: tuple[Block, ...] = BLOCKS

    def watch(
        self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
    ) -> BuiltinWatcher:
        """See `Teacher.watch`."""
        if window_s <= 0:
            raise ValueError(f"window_s must be positive, got {window_s}")
        return BuiltinWatcher(video, starts_s, window_s)

    def encode(
        self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
    ) -> Iterator[Encoded]:
        """See `Teacher.encode`. Costs little more than decoding the video.

        A window is unusable if it holds less than half the analysed frames that its length and
        the video's rate promise (a quarter in large videos), or no two
        frames close enough to see motion between them.
        """
        return encode_alone(self, video, starts_s, window_s)


def analysis_step_s(frame_rate_hz: float) -> float:
    """Distance of the analysed frames: a whole number of video frames, near 0.1 s."""
    frames_per_step: int = max(1, int(frame_rate_hz / _MIN_RATE_HZ))
    return frames_per_step / frame_rate_hz


def analysis_width_px(width_px: int, height_px: int) -> int:
    """Width at which a frame of this shape is analysed; never more than it has."""
    return min(width_px, max(1, round(math.sqrt(_AREA_PX * width_px / height_px))))


def references_suffice(video: VideoTrack) -> bool:
    """Whether a video is large, and still has frames enough without those nothing refers to.

    Looked up at the start of the video, so that it does not depend on the windows asked for.
    """
    step_s = analysis_step_s(video.frame_rate_hz)
    if video.width_px * video.height_px < _LARGE_PX or step_s * video.frame_rate_hz < 2.5:
        return False
    trial = frames(video.path, to_s=_TRIAL_S, every_s=step_s, width_px=16, reference_only=True)
    return sum(1 for _ in trial) >= _ENOUGH_REFERENCES * min(_TRIAL_S, video.duration_s) / step_s


class BuiltinWatcher:
    """The built-in teacher's share of a pass; see `teachers.base.Watcher`."""

    dim = DIM

    def __init__(self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float) -> None:
        self._starts_s, self._window_s = starts_s, window_s
        self._step_s = step_s = analysis_step_s(video.frame_rate_hz)
        width_px = analysis_width_px(video.width_px, video.height_px)
        reference_only = len(starts_s) > 0 and references_suffice(video)
        self.decoding = Decoding(
            loop_filter=video.width_px < _SHRINK_WITHOUT_LOOP_FILTER * width_px,
            reference_only=reference_only,
        )
        self._fewest = window_s / step_s * (0.25 if reference_only else 0.5)
        order = np.argsort(starts_s, kind="stable").tolist()
        self._coming: deque[_Stretch] = deque()
        for from_s, to_s in stretches_of(starts_s, window_s):
            indexes = [i for i in order if from_s <= starts_s[i] < to_s]
            # From the grid's mark before the first window: the same frames as in a pass from
            # the start.
            mark_s = max(0.0, math.floor(from_s / step_s) * step_s)
            self._coming.append(
                _Stretch(mark_s, to_s, deque(indexes), Marks(step_s, mark_s), Scaler(width_px))
            )
        self.stretches = [(stretch.from_s, stretch.to_s) for stretch in self._coming]

    def see(self, picture: Picture, before: Picture | None) -> Iterator[Encoded]:
        """See `Watcher.see`: of each step's frames the first is analysed."""
        yield from self._end_stretches(picture.time_s)
        if not self._coming or not self._coming[0].marks.takes(picture.time_s):
            return
        stretch = self._coming[0]
        step = self._analyse(picture, stretch)
        done = []
        while stretch.waiting and self._end_s(stretch.waiting[0]) <= step.time_s:
            done.append(stretch.waiting.popleft())
        if done:
            yield self._encoded(step.time_s, done, stretch.steps)
        stretch.steps.append(step)
        if stretch.waiting:
            begin_s = self._starts_s[stretch.waiting[0]] - GRID_TOLERANCE_S
            while stretch.steps and stretch.steps[0].time_s < begin_s:
                stretch.steps.popleft()

    def rest(self, last: Picture | None, until_s: float) -> Iterator[Encoded]:
        """See `Watcher.rest`."""
        yield from self._end_stretches(until_s)

    def _end_stretches(self, time_s: float) -> Iterator[Encoded]:
        while self._coming and self._coming[0].to_s <= time_s:
            stretch = self._coming.popleft()
            if stretch.waiting:
                position_s = stretch.steps[-1].time_s if stretch.steps else stretch.from_s
                yield self._encoded(position_s, list(stretch.waiting), stretch.steps)

    def _analyse(self, picture: Picture, stretch: _Stretch) -> _Step:
        threads = cv2.getNumThreads()
        # On more threads DIS cuts the frame into other stripes, and the numbers change.
        cv2.setNumThreads(1)
        try:
            seen = look(picture.scaled(stretch.scale))
            motion, before_s = None, -math.inf
            before = stretch.before
            if before is not None and picture.time_s - before.time_s <= self._max_dt_s:
                before_s = before.time_s
                motion = stretch.estimator.between(
                    before.look.grey,
                    seen.grey,
                    before.look.texture,
                    dt_s=picture.time_s - before_s,
                )
        finally:
            cv2.setNumThreads(threads)
        stretch.before = _Step(picture.time_s, before_s, motion, seen)
        return stretch.before

    @property
    def _max_dt_s(self) -> float:
        return max(_MAX_DT_S, 2.5 * self._step_s)

    def _end_s(self, index: int) -> float:
        return float(self._starts_s[index]) + self._window_s - GRID_TOLERANCE_S

    def _encoded(self, position_s: float, done: list[int], steps: deque[_Step]) -> Encoded:
        rows: list[NDArray[np.float32]] = []
        usable: list[int] = []
        unusable: list[int] = []
        for index in done:
            start_s = float(self._starts_s[index])
            begin_s, end_s = start_s - GRID_TOLERANCE_S, self._end_s(index)
            inside = [s for s in steps if begin_s <= s.time_s < end_s]
            moves = [
                ((s.before_s + s.time_s) / 2.0 - start_s, s.motion)
                for s in inside
                if s.motion is not None and s.before_s >= begin_s
            ]
            if len(inside) < self._fewest or len(moves) < 2:
                unusable.append(index)
                continue
            series = WindowSeries(
                times_s=np.array([t for t, _ in moves]),
                rates=np.stack([m.rates for _, m in moves]),
                cells=np.stack([m.cells for _, m in moves]),
                looks=np.stack([s.look.features for s in inside]),
            )
            rows.append(describe(series, self._window_s))
            usable.append(index)
        return Encoded(
            position_s=position_s,
            indexes=np.array(usable, np.int64),
            embeddings=np.stack(rows) if rows else np.empty((0, DIM), np.float32),
            unusable=np.array(unusable, np.int64),
        )
