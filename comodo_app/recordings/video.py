"""What a video file is (size, frames, times), and its frames one after another.

Time 0 is the first frame that can be shown. Everything comes from the packets' own timestamps;
the nominal rate and the length written in the container are not trusted.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.decoding import Pictures, Scaler
from comodo_app.recordings.media import error_text, opened, packet_ticks, packets
from comodo_app.recordings.model import Note, VideoTrack, merge_notes

# A decoder that has not shown a picture after so many packets will not show one.
_FIRST_FRAME_PACKETS = 300
# A frame so little before its place on the sampling grid is on it: containers round times to 1 ms.
GRID_TOLERANCE_S = 0.002
# Rounding of float64 seconds.
_ROUNDING_S = 1e-9


def probe_video(path: Path) -> VideoTrack:
    """Measure a video file by reading its packets, without decoding more than the first frame.

    Parameters
    ----------
    path : Path
        Any file that FFmpeg can read.

    Returns
    -------
    VideoTrack
        Width and height as shown, that is after the rotation written in the file. The rate is
        (frames - 1) / (last - first time); `duration_s` is last - first + one frame.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, truncated before its index, without a video track, without
        timestamps, or if its first frame cannot be decoded.
    """
    return probe_video_notes(path)[0]


def probe_video_notes(path: Path) -> tuple[VideoTrack, tuple[Note, ...]]:
    """`probe_video`, and what was odd: missing frames, doubled or repaired times, damage."""
    with opened(path) as (container, stream):
        times, notes = _packet_times(path, container, stream)
        n_frames = len(times)
        # Other containers write a guess, or a length in ticks.
        promised = int(stream.frames) if container.format.name.startswith("mov") else 0
        missing = promised - n_frames
        if missing > max(2, promised // 100):
            notes.append(
                Note(
                    "missing_frames",
                    missing,
                    f"the file promises {promised} frames but holds {n_frames}: cut off?",
                )
            )
        frame_rate_hz = (n_frames - 1) / float(times[-1] - times[0])
        codec = str(stream.codec_context.name)
    # Opened anew: not every file can be rewound (no keyframe index at 0, pipes, broken indexes).
    with opened(path) as (container, stream):
        width_px, height_px = _shown_size(path, container, stream)
    track = VideoTrack(
        path=path,
        width_px=width_px,
        height_px=height_px,
        n_frames=n_frames,
        frame_rate_hz=frame_rate_hz,
        duration_s=float(times[-1] - times[0]) + 1.0 / frame_rate_hz,
        codec=codec,
    )
    return track, merge_notes(notes)


def frame_times(path: Path) -> NDArray[np.float64]:
    """Times of all frames in the order in which they are shown, (F,) float64, first is 0.

    Raises
    ------
    UnreadableFile
        As `probe_video`.
    """
    with opened(path) as (container, stream):
        times, _ = _packet_times(path, container, stream)
    shifted: NDArray[np.float64] = times - times[0]
    return shifted


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: `time_s` on the video's clock, `image` (H, W, 3) uint8 RGB, upright."""

    time_s: float
    image: NDArray[np.uint8]


def frames(
    path: Path,
    *,
    from_s: float = 0.0,
    to_s: float | None = None,
    every_s: float | None = None,
    width_px: int | None = None,
    loop_filter: bool = True,
    reference_only: bool = False,
) -> Frames:
    """Decode a video once, in order, keeping few frames and those small.

    Parameters
    ----------
    path : Path
        The video file.
    from_s, to_s : float
        Frames with ``from_s <= time < to_s``; decoding starts at the keyframe before `from_s`.
    every_s : float, optional
        Keep the first frame at or after each multiple of this (multiples of time 0, not of
        `from_s`: a later start keeps the same frames). All frames if None.
    width_px : int, optional
        Width of the pictures as shown; the height follows, taken from the first frame. Larger
        than the video or None: native size.
    loop_filter : bool
        False skips H.264's and HEVC's deblocking: 10-25 % less work, blocky at native size.
    reference_only : bool
        True leaves out the frames that no other frame is decoded from (most B-frames): a quarter
        to a third less work where there are any, and the times are less even.

    Returns
    -------
    Frames
        An iterator (and context manager) of `Frame`; memory does not grow with the video.

    Raises
    ------
    UnreadableFile
        On the first step, if the file cannot be opened.
    """
    if every_s is not None and every_s <= 0:
        raise ValueError(f"every_s must be positive, got {every_s}")
    return Frames(path, from_s, to_s, every_s, width_px, loop_filter, reference_only)


class Frames(Iterator[Frame]):
    """The frames asked for, decoded as they are taken; `notes` counts what was skipped so far."""

    def __init__(
        self,
        path: Path,
        from_s: float,
        to_s: float | None,
        every_s: float | None,
        width_px: int | None,
        loop_filter: bool,
        reference_only: bool,
    ) -> None:
        self._pictures = Pictures(
            path,
            from_s=from_s,
            to_s=math.inf if to_s is None else to_s,
            loop_filter=loop_filter,
            reference_only=reference_only,
        )
        self._steps = self._chosen(from_s, every_s, Scaler(width_px))

    def __next__(self) -> Frame:
        return next(self._steps)

    def __enter__(self) -> Frames:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; taking further frames then ends the iteration."""
        self._steps.close()
        self._pictures.close()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Damaged parts and frames out of order that were skipped, counted."""
        return self._pictures.notes

    def _chosen(
        self, from_s: float, every_s: float | None, scale: Scaler
    ) -> Generator[Frame, None, None]:
        marks = Marks(every_s, from_s) if every_s is not None else None
        for picture in self._pictures:
            wanted = (
                picture.time_s >= from_s - _ROUNDING_S
                if marks is None
                else marks.takes(picture.time_s)
            )
            if wanted:
                yield Frame(picture.time_s, picture.scaled(scale))


class Marks:
    """The multiples of `every_s` from `from_s` on; of each, the first frame at or after it."""

    def __init__(self, every_s: float, from_s: float) -> None:
        self._every_s = every_s
        # Slot k holds the times from k * every_s on; its first frame is taken.
        self._slot = math.ceil(from_s / every_s - _ROUNDING_S)

    def takes(self, time_s: float) -> bool:
        """Whether the next frame in time, at `time_s`, is taken."""
        here = math.floor((time_s + GRID_TOLERANCE_S) / self._every_s)
        if here < self._slot:
            return False
        self._slot = here + 1
        return True


def _packet_times(
    path: Path, container: Any, stream: Any
) -> tuple[NDArray[np.float64], list[Note]]:
    damage: list[str] = []
    notes: list[Note] = []
    ticks: list[int] = []
    key: int | None = None
    untimed = from_dts = unusable = hidden = 0
    for packet in packets(container, stream, damage):
        if packet.size == 0:
            continue
        value = packet_ticks(packet)
        if value is None:
            untimed += 1
            continue
        if key is None and packet.is_keyframe:
            key = value
        if key is None or (value < key and not packet.is_discard):
            unusable += 1
        elif packet.is_discard:
            hidden += 1
        else:
            from_dts += packet.pts is None
            ticks.append(value)
    if len(ticks) < 2:
        raise UnreadableFile(
            "The video has no frame times." if untimed else "The video has fewer than 2 frames.",
            where=str(path),
            hint="Put it into an MP4 or MKV file first: ffmpeg -i IN -c copy OUT.mp4"
            if untimed
            else "It may be cut off; copy it from the camera again.",
        )
    unique = np.unique(np.asarray(ticks, np.int64))
    counted = (
        ("damaged_packets", len(damage), "parts of the video file could not be read"),
        ("untimed_frames", untimed, "video frames without a time were ignored"),
        ("guessed_frame_times", from_dts, "video frames timed by their order in the file"),
        ("frames_before_keyframe", unusable, "frames before the first complete one were ignored"),
        ("hidden_frames", hidden, "frames hidden by the file's edit list were ignored"),
        ("doubled_frame_times", len(ticks) - len(unique), "video frames share one time"),
    )
    notes.extend(Note(code, count, text) for code, count, text in counted if count)
    if len(unique) < 2:
        raise UnreadableFile(
            "All frames of the video have the same time.",
            where=str(path),
            hint="Put it into an MP4 or MKV file with correct times first.",
        )
    times: NDArray[np.float64] = unique.astype(np.float64) * float(stream.time_base or Fraction(1))
    return times, notes


def _shown_size(path: Path, container: Any, stream: Any) -> tuple[int, int]:
    reason = "no picture came out"
    damage: list[str] = []
    for number, packet in enumerate(packets(container, stream, damage)):
        try:
            for frame in packet.decode():
                size = int(frame.width), int(frame.height)
                return size[::-1] if frame.rotation % 180 else size
        except (av.FFmpegError, OSError) as error:
            reason = error_text(error)
        if number > _FIRST_FRAME_PACKETS:
            break
    raise UnreadableFile(
        f"The video's frames cannot be decoded ({reason}).",
        where=str(path),
        hint="The file is damaged or uses an unknown codec; convert it to H.264.",
    )
