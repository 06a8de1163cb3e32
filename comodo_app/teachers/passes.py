"""One decode pass over a video for any number of teachers."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.recordings.decoding import Picture, Pictures
from comodo_app.recordings.model import VideoTrack
from comodo_app.teachers.base import Decoding, Encoded, Teacher, Watcher, nothing_new

# Without a wanted window for so long, seeking is cheaper than decoding on.
SKIP_S = 12.0
_MAX_SILENCE_S = 0.15

Stretch = tuple[float, float]


def encode_together(
    teachers: Sequence[Teacher],
    video: VideoTrack,
    starts_s: Sequence[NDArray[np.float64]],
    window_s: float,
) -> Iterator[tuple[int, Encoded]]:
    """Show a video to several teachers at once, each with its own windows.

    Teachers that want the video decoded alike share a pass; a picture is scaled only for those
    who look at it.

    Parameters
    ----------
    teachers : sequence of Teacher
    video : VideoTrack
        The video; it is opened anew, once per kind of decoding.
    starts_s : sequence of (N,) float64
        Window starts of each teacher in seconds on the video's clock, in any order.
    window_s : float
        Length of every window in seconds.

    Yields
    ------
    (int, Encoded)
        Which teacher, and a piece of its work; see `Teacher.encode`.

    Raises
    ------
    UnreadableFile
        If the video cannot be opened.
    """
    watchers = [
        teacher.watch(video, starts, window_s)
        for teacher, starts in zip(teachers, starts_s, strict=True)
    ]
    yield from show(video.path, watchers)


def encode_alone(
    teacher: Teacher, video: VideoTrack, starts_s: NDArray[np.float64], window_s: float
) -> Iterator[Encoded]:
    """`Teacher.encode` by way of `Teacher.watch`."""
    for _, piece in encode_together((teacher,), video, (starts_s,), window_s):
        yield piece


def show(path: Path, watchers: Sequence[Watcher]) -> Iterator[tuple[int, Encoded]]:
    """Show a video to watchers: one pass for all that want it decoded alike."""
    alike: dict[Decoding, list[int]] = {}
    for index, watcher in enumerate(watchers):
        alike.setdefault(watcher.decoding, []).append(index)
    for decoding, indexes in alike.items():
        yield from _pass(path, decoding, {index: watchers[index] for index in indexes})


def stretches_of(starts_s: NDArray[np.float64], window_s: float) -> list[Stretch]:
    """The parts of a video that windows lie in, in order; near ones are one part."""
    return joined([(start, start + window_s) for start in np.sort(starts_s).tolist()])


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches in order, joined where decoding on is cheaper than seeking."""
    out: list[Stretch] = []
    for from_s, to_s in sorted(stretches):
        if out and from_s - out[-1][1] <= SKIP_S:
            out[-1] = out[-1][0], max(out[-1][1], to_s)
        else:
            out.append((from_s, to_s))
    return out


def _pass(
    path: Path, decoding: Decoding, watchers: dict[int, Watcher]
) -> Iterator[tuple[int, Encoded]]:
    stretches = joined([stretch for w in watchers.values() for stretch in w.stretches])
    position_s = 0.0
    for from_s, to_s in stretches:
        before: Picture | None = None
        spoken = time.monotonic()
        with Pictures(
            path,
            from_s=from_s,
            to_s=to_s,
            loop_filter=decoding.loop_filter,
            reference_only=decoding.reference_only,
        ) as pictures:
            for picture in pictures:
                position_s = picture.time_s
                for index, watcher in watchers.items():
                    for piece in watcher.see(picture, before):
                        yield index, piece
                        spoken = time.monotonic()
                before = picture
                if time.monotonic() - spoken > _MAX_SILENCE_S:
                    for index, watcher in watchers.items():
                        yield index, nothing_new(position_s, watcher.dim)
                    spoken = time.monotonic()
        last = (from_s, to_s) == stretches[-1]
        for index, watcher in watchers.items():
            for piece in watcher.rest(before, math.inf if last else to_s):
                yield index, piece
            if pictures.notes:
                yield index, nothing_new(position_s, watcher.dim, pictures.notes)
