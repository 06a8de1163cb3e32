"""From packets to small upright pictures: finding the keyframe, decoding on all cores, scaling."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from comodo_app.recordings.media import (
    error_text,
    first_frame_ticks,
    opened,
    packet_ticks,
    packets,
)
from comodo_app.recordings.model import Note

# Where to look for the keyframe before a time, in seconds before it; then from the start.
_SEEK_BACK_S = (0.0, 1.0, 5.0, 30.0)
_MAX_DECODE_THREADS = 8


def packets_from(
    path: Path, first: int, from_s: float, damage: list[str], stack: ExitStack
) -> tuple[Any, Iterator[Any]]:
    """The stream, and its packets from a keyframe at or before `from_s`, else from the start."""
    if from_s > 0:
        container, stream = stack.enter_context(opened(path))
        tick_s = float(stream.time_base)
        wanted = first + math.floor(from_s / tick_s)
        for back_s in _SEEK_BACK_S:
            try:
                container.seek(wanted - math.ceil(back_s / tick_s), stream=stream)
            except (av.FFmpegError, OSError):
                continue  # not every file can be searched there; the start is always right
            stored = packets(container, stream, damage)
            for packet in stored:
                ticks = packet_ticks(packet)
                if ticks is not None and packet.is_keyframe:
                    if ticks <= wanted:
                        return stream, chain((packet,), stored)
                    break
    container, stream = stack.enter_context(opened(path))
    return stream, packets(container, stream, damage)


def set_up_decoder(stream: Any, *, loop_filter: bool, reference_only: bool) -> None:
    """Let the decoder use all cores; to be called before the first packet is decoded."""
    context = stream.codec_context
    # One more than there are cores: the caller's own work then overlaps with decoding.
    context.thread_count = min((os.cpu_count() or 1) + 1, _MAX_DECODE_THREADS)
    context.thread_type = "AUTO"
    if not loop_filter:
        context.options = {"skip_loop_filter": "all"}
    if reference_only:
        context.skip_frame = "NONREF"


def pictures(stored: Iterator[Any], damage: list[str]) -> Iterator[Any]:
    """Decoded pictures in the order of their times; what cannot be decoded goes to `damage`."""
    for packet in stored:
        try:
            decoded = packet.decode()
        except (av.FFmpegError, OSError) as error:
            damage.append(error_text(error))
            continue
        yield from decoded


class Scaler:
    """Makes each picture as large as the first one became: a video may change its resolution."""

    def __init__(self, width_px: int | None) -> None:
        self._width_px = width_px
        self._size: tuple[int, int] | None = None
        self._reformatter = VideoReformatter()

    def __call__(self, picture: Any) -> NDArray[np.uint8]:
        """The picture small, upright and as RGB, (H, W, 3) uint8."""
        turned = picture.rotation % 180 != 0
        if self._size is None:
            shown_px = picture.height if turned else picture.width
            share = min(1.0, (self._width_px or shown_px) / shown_px)
            self._size = max(1, round(picture.width * share)), max(1, round(picture.height * share))
        small = self._reformatter.reformat(
            picture, self._size[0], self._size[1], "rgb24", interpolation=Interpolation.AREA
        )
        image = np.asarray(small.to_ndarray(), np.uint8)
        quarters = round(picture.rotation / 90) % 4  # counterclockwise
        return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image


class Picture:
    """One decoded picture: `time_s` on the video's clock; its pixels are made when asked for.

    It may be kept as long as it is needed: it holds the decoder's own buffer, not a copy.
    """

    __slots__ = ("_native", "_raw", "_rgb", "time_s")

    def __init__(self, time_s: float, raw: Any, native: Scaler) -> None:
        self.time_s = time_s
        self._raw, self._native = raw, native
        self._rgb: NDArray[np.uint8] | None = None

    def scaled(self, scaler: Scaler) -> NDArray[np.uint8]:
        """The picture as `scaler` makes it, (H, W, 3) uint8 RGB, upright."""
        return scaler(self._raw)

    def rgb(self) -> NDArray[np.uint8]:
        """The picture in native size, (H, W, 3) uint8 RGB, upright; converted once, read-only."""
        if self._rgb is None:
            self._rgb = self._native(self._raw)
            self._rgb.flags.writeable = False
        return self._rgb


class Pictures(Iterator[Picture]):
    """All pictures of a stretch of a video in order, decoded as they are taken.

    Starts at the keyframe at or before `from_s` (so the picture shown at `from_s` comes, too)
    and ends before `to_s`. `notes` counts what was skipped so far; opening fails on the first
    step, with an `UnreadableFile`.
    """

    def __init__(
        self,
        path: Path,
        *,
        from_s: float = 0.0,
        to_s: float = math.inf,
        loop_filter: bool = True,
        reference_only: bool = False,
    ) -> None:
        self._path, self._from_s, self._to_s = path, from_s, to_s
        self._loop_filter, self._reference_only = loop_filter, reference_only
        self._damage: list[str] = []
        self._disordered = 0
        self._steps = self._decode()

    def __next__(self) -> Picture:
        return next(self._steps)

    def __enter__(self) -> Pictures:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; taking further pictures then ends the iteration."""
        self._steps.close()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Damaged parts and frames out of order that were skipped, counted."""
        counted = (
            ("damaged_frames", len(self._damage), "damaged parts of the video were skipped"),
            ("disordered_frames", self._disordered, "frames that go back in time were skipped"),
        )
        return tuple(Note(code, count, text) for code, count, text in counted if count)

    def _decode(self) -> Generator[Picture, None, None]:
        first = first_frame_ticks(self._path)
        last_s = -math.inf
        native = Scaler(None)
        with ExitStack() as stack:
            stream, stored = packets_from(self._path, first, self._from_s, self._damage, stack)
            set_up_decoder(
                stream, loop_filter=self._loop_filter, reference_only=self._reference_only
            )
            tick_s = float(stream.time_base)
            for raw in pictures(stored, self._damage):
                ticks = raw.pts if raw.pts is not None else raw.dts
                if ticks is None or raw.is_corrupt:
                    self._damage.append("damaged picture")
                    continue
                time_s = (ticks - first) * tick_s
                if time_s >= self._to_s:
                    return
                if time_s <= last_s:
                    self._disordered += 1
                    continue
                last_s = time_s
                yield Picture(time_s, raw, native)
