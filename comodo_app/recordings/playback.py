"""Any frame of a video by its time: for players, which go forward, step back and jump."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import av
from av.video.reformatter import Interpolation, VideoReformatter

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.decoding import pictures, set_up_decoder
from comodo_app.recordings.media import first_frame_ticks, opened, packets

# Up to here it is quicker to decode on than to look for another keyframe.
_FORWARD_S = 1.0
_SEEK_BACK_S = (0.0, 1.0, 5.0, 30.0)
# Decoded pictures that are kept, so that stepping back does not decode from the keyframe each time.
_KEPT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, eq=False)
class ShownFrame:
    """One picture, ready to be painted.

    Attributes
    ----------
    time_s : float
        Of this frame, on the video's clock.
    next_s : float or None
        Of the frame after it; None for the last one.
    width_px, height_px : int
        Of `pixels`, before the rotation.
    stride_bytes : int
        From one row of `pixels` to the next.
    pixels : memoryview
        Rows of blue, green, red, 255; the memory is the decoder's own, nobody writes to it.
    rotation_deg : int
        0, 90, 180 or 270, counterclockwise: to be turned by this to stand upright.
    skipped : int
        Frames between this and the one that was asked for before, if that came earlier.
    """

    time_s: float
    next_s: float | None
    width_px: int
    height_px: int
    stride_bytes: int
    pixels: memoryview
    rotation_deg: int
    skipped: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    ticks: int
    picture: Any


class FrameReader:
    """A video that stays open; a context manager, for one thread.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableFile
        If there is no video to decode.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._damage: list[str] = []
        self._first = first_frame_ticks(path)
        self._scale = VideoReformatter()
        self._kept: deque[_Decoded] = deque()  # follow each other; the last is the decoder's place
        self._ended = False
        self._last_ticks: int | None = None
        self._open()

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._kept.clear()
        self._stack.close()

    def at(self, time_s: float, box_px: tuple[int, int]) -> ShownFrame:
        """The frame that is shown at a time: the last one that is not later, else the first.

        Parameters
        ----------
        time_s : float
            On the video's clock.
        box_px : (int, int)
            Width and height that the upright picture is to fit into; it is never enlarged.

        Raises
        ------
        UnreadableFile
            If nothing can be decoded there.
        """
        # A time that was computed from ticks must find its tick again.
        return self._show(math.floor(time_s / self._tick_s + 1e-3), box_px)

    def before(self, time_s: float, box_px: tuple[int, int]) -> ShownFrame:
        """The last frame that is earlier than a time, else the first; as `at`."""
        return self._show(math.ceil(time_s / self._tick_s - 1e-3) - 1, box_px)

    def _show(self, wanted: int, box_px: tuple[int, int]) -> ShownFrame:
        wanted = max(0, wanted)
        self._go_to(wanted)
        place = max((i for i, d in enumerate(self._kept) if d.ticks <= wanted), default=0)
        chosen = self._kept[place]
        after = self._kept[place + 1] if place + 1 < len(self._kept) else None
        last, self._last_ticks = self._last_ticks, chosen.ticks
        between = [d for d in self._kept if last is not None and last < d.ticks < chosen.ticks]
        return self._made(chosen, after, box_px, len(between))

    def _go_to(self, wanted: int) -> None:
        """Decode until the last kept picture is later than `wanted`, or the video has ended."""
        kept = self._kept
        beyond_s = (wanted - kept[-1].ticks) * self._tick_s if kept else math.inf
        if not kept or wanted < kept[0].ticks or (beyond_s > _FORWARD_S and not self._ended):
            self._seek(wanted)
        while not self._ended and kept[-1].ticks <= wanted:
            self._decode_one()

    def _seek(self, wanted: int) -> None:
        for back_s in _SEEK_BACK_S:
            ticks = self._first + wanted - math.ceil(back_s / self._tick_s)
            if ticks < self._first:
                break
            try:
                self._container.seek(ticks, stream=self._stream)
            except (av.FFmpegError, OSError):
                break  # not every file can be searched; the start is always right
            self._start_decoding()
            if self._decode_one() and self._kept[0].ticks <= wanted:
                return
        self._open()
        if not self._decode_one():
            raise UnreadableFile(
                "No frame of the video can be decoded.",
                where=str(self._path),
                hint="The file may be damaged; copy it from the camera again.",
            )

    def _open(self) -> None:
        self._stack.close()
        self._container, self._stream = self._stack.enter_context(opened(self._path))
        self._tick_s = float(self._stream.time_base)
        set_up_decoder(self._stream, loop_filter=True, reference_only=False)
        self._start_decoding()

    def _start_decoding(self) -> None:
        self._kept.clear()
        self._ended = False
        self._last_ticks = None
        stored = packets(self._container, self._stream, self._damage)
        self._pictures: Iterator[Any] = pictures(stored, self._damage)

    def _decode_one(self) -> bool:
        """Keep one more picture; False at the end of the video."""
        for picture in self._pictures:
            ticks = picture.pts if picture.pts is not None else picture.dts
            if ticks is None or picture.is_corrupt or ticks < self._first:
                continue
            if self._kept and ticks - self._first <= self._kept[-1].ticks:
                continue  # goes back in time
            self._kept.append(_Decoded(ticks - self._first, picture))
            room = max(4, _KEPT_BYTES // max(1, picture.width * picture.height * 3 // 2))
            while len(self._kept) > room:
                self._kept.popleft()
            return True
        self._ended = True
        return False

    def _made(
        self, chosen: _Decoded, after: _Decoded | None, box_px: tuple[int, int], skipped: int
    ) -> ShownFrame:
        picture = chosen.picture
        rotation = round(picture.rotation / 90) % 4 * 90
        box = box_px[::-1] if rotation % 180 else box_px
        share = min(1.0, box[0] / picture.width, box[1] / picture.height)
        width, height = (max(2, round(side * share)) for side in (picture.width, picture.height))
        small = self._scale.reformat(
            picture, width, height, "bgra", interpolation=Interpolation.BILINEAR
        )
        plane = small.planes[0]
        return ShownFrame(
            time_s=chosen.ticks * self._tick_s,
            next_s=None if after is None else after.ticks * self._tick_s,
            width_px=width,
            height_px=height,
            stride_bytes=plane.line_size,
            pixels=memoryview(plane),
            rotation_deg=rotation,
            skipped=skipped,
        )
