"""The built-in teacher: no weights, no download; optical flow and colour, one pass over a video."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.model import VideoTrack
from comodo_app.recordings.video import GRID_TOLERANCE_S, Frame, frames
from comodo_app.teachers.appearance import Look, look
from comodo_app.teachers.base import Block, Encoded
from comodo_app.teachers.descriptor import BLOCKS, DIM, WindowSeries, describe
from comodo_app.teachers.egomotion import EgomotionEstimator, Motion

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
# Without a wanted window for so long, seeking is cheaper than decoding on.
_SKIP_S = 12.0
_MAX_DT_S = 0.5  # frames further apart than this (or 2.5 steps) show no motion but a cut
_MAX_SILENCE_S = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One analysed frame; `motion` leads to it from the frame at `before_s` (None at a cut)."""

    time_s: float
    before_s: float
    motion: Motion | None
    look: Look


class BuiltinTeacher:
    """Describes head motion, other motion and surroundings of a window by `DIM` raw numbers.

    Source: optical-flow activity features after Kitani 2011 and Poleg 2014, with appearance.
    """

    key = "builtin"
    revision = "1"
    preprocessing = "rgb-area12288-10hz-dis1"
    dim = DIM
    blocks: tuple[Block, ...] = BLOCKS

    def encode(
        self, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
    ) -> Iterator[Encoded]:
        """See `Teacher.encode`. Costs little more than decoding the video.

        A window is unusable if it holds less than half the analysed frames that its length and
        the video's rate promise (a quarter in large videos), or no two
        frames close enough to see motion between them.
        """
        if window_s <= 0:
            raise ValueError(f"window_s must be positive, got {window_s}")
        order = np.argsort(starts_s, kind="stable").astype(np.int64)
        threads = cv2.getNumThreads()
        # On more threads DIS cuts the frame into other stripes, and the numbers change.
        cv2.setNumThreads(1)
        try:
            spans = _spans(starts_s[order], window_s)
            reference_only = bool(spans) and references_suffice(video)
            for span in spans:
                yield from _encode_span(
                    video, order[span], starts_s, window_s, reference_only=reference_only
                )
        finally:
            cv2.setNumThreads(threads)


def analysis_step_s(frame_rate_hz: float) -> float:
    """Distance of the analysed frames: a whole number of video frames, near 0.1 s."""
    frames_per_step: int = max(1, int(frame_rate_hz / _MIN_RATE_HZ))
    return frames_per_step / frame_rate_hz


def analysis_width_px(width_px: int, height_px: int) -> int:
    """Width at which a frame of this shape is analysed; never more than it has."""
    return min(width_px, max(1, round(math.sqrt(_AREA_PX * width_px / height_px))))


def _spans(sorted_s: NDArray[np.float64], window_s: float) -> list[slice]:
    """Runs of windows that are decoded without seeking."""
    if len(sorted_s) == 0:
        return []
    breaks = np.flatnonzero(np.diff(sorted_s) > window_s + _SKIP_S) + 1
    edges = [0, *breaks.tolist(), len(sorted_s)]
    return [slice(a, b) for a, b in pairwise(edges)]


def references_suffice(video: VideoTrack) -> bool:
    """Whether a video is large, and still has frames enough without those nothing refers to.

    Looked up at the start of the video, so that it does not depend on the windows asked for.
    """
    step_s = analysis_step_s(video.frame_rate_hz)
    if video.width_px * video.height_px < _LARGE_PX or step_s * video.frame_rate_hz < 2.5:
        return False
    trial = frames(video.path, to_s=_TRIAL_S, every_s=step_s, width_px=16, reference_only=True)
    return sum(1 for _ in trial) >= _ENOUGH_REFERENCES * min(_TRIAL_S, video.duration_s) / step_s


def _encode_span(
    video: VideoTrack,
    indexes: NDArray[np.int64],
    starts_s: NDArray[np.float64],
    window_s: float,
    *,
    reference_only: bool,
) -> Iterator[Encoded]:
    step_s = analysis_step_s(video.frame_rate_hz)
    width_px = analysis_width_px(video.width_px, video.height_px)
    waiting = deque(indexes.tolist())
    steps: deque[_Step] = deque()  # no older than the first waiting window
    fewest = window_s / step_s * (0.25 if reference_only else 0.5)
    spoken = time.monotonic()
    # From the grid's mark before the first window: the same frames as in a pass from the start.
    first_s = max(0.0, float(np.floor(starts_s[indexes[0]] / step_s)) * step_s)
    with frames(
        video.path,
        from_s=first_s,
        to_s=float(starts_s[indexes[-1]]) + window_s,
        every_s=step_s,
        width_px=width_px,
        loop_filter=video.width_px < _SHRINK_WITHOUT_LOOP_FILTER * width_px,
        reference_only=reference_only,
    ) as pictures:
        position_s = first_s
        for step in _steps(pictures, max(_MAX_DT_S, 2.5 * step_s)):
            position_s = step.time_s
            done = []
            while waiting and _end_s(starts_s[waiting[0]], window_s) <= step.time_s:
                done.append(waiting.popleft())
            if done or time.monotonic() - spoken > _MAX_SILENCE_S:
                yield _encoded(position_s, done, steps, starts_s, window_s, fewest)
                spoken = time.monotonic()
            steps.append(step)
            while steps and waiting and steps[0].time_s < starts_s[waiting[0]] - GRID_TOLERANCE_S:
                steps.popleft()
            if not waiting:
                break
        last = _encoded(position_s, list(waiting), steps, starts_s, window_s, fewest)
        yield Encoded(last.position_s, last.indexes, last.embeddings, last.unusable, pictures.notes)


def _steps(pictures: Iterator[Frame], max_dt_s: float) -> Iterator[_Step]:
    estimator = EgomotionEstimator()
    before: _Step | None = None
    for picture in pictures:
        seen = look(picture.image)
        motion, before_s = None, float("-inf")
        if before is not None and picture.time_s - before.time_s <= max_dt_s:
            before_s = before.time_s
            motion = estimator.between(
                before.look.grey,
                seen.grey,
                before.look.texture,
                dt_s=picture.time_s - before_s,
            )
        before = _Step(picture.time_s, before_s, motion, seen)
        yield before


def _end_s(start_s: float, window_s: float) -> float:
    return start_s + window_s - GRID_TOLERANCE_S


def _encoded(
    position_s: float,
    done: list[int],
    steps: deque[_Step],
    starts_s: NDArray[np.float64],
    window_s: float,
    fewest: float,
) -> Encoded:
    rows: list[NDArray[np.float32]] = []
    usable: list[int] = []
    unusable: list[int] = []
    for index in done:
        begin_s = float(starts_s[index]) - GRID_TOLERANCE_S
        end_s = _end_s(float(starts_s[index]), window_s)
        inside = [s for s in steps if begin_s <= s.time_s < end_s]
        moves = [
            ((s.before_s + s.time_s) / 2.0 - float(starts_s[index]), s.motion)
            for s in inside
            if s.motion is not None and s.before_s >= begin_s
        ]
        if len(inside) < fewest or len(moves) < 2:
            unusable.append(index)
            continue
        series = WindowSeries(
            times_s=np.array([t for t, _ in moves]),
            rates=np.stack([m.rates for _, m in moves]),
            cells=np.stack([m.cells for _, m in moves]),
            looks=np.stack([s.look.features for s in inside]),
        )
        rows.append(describe(series, window_s))
        usable.append(index)
    return Encoded(
        position_s=position_s,
        indexes=np.array(usable, np.int64),
        embeddings=np.stack(rows) if rows else np.empty((0, DIM), np.float32),
        unusable=np.array(unusable, np.int64),
    )
