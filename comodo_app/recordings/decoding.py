"""From packets to small upright pictures: finding the keyframe, decoding on all cores, scaling."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from comodo_app.recordings.media import error_text, opened, packet_ticks, packets

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
