"""What a video file is: its size, its frames and their times, measured without decoding it.

Time 0 is the first frame that can be shown. Everything comes from the packets' own timestamps;
the nominal rate and the length written in the container are not trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.model import Note, VideoTrack, merge_notes

# What libavformat takes for a "video" but is a text or a single picture.
_NOT_VIDEO = frozenset({"tty", "image2", "ico"})
# A decoder that has not shown a picture after so many packets will not show one.
_FIRST_FRAME_PACKETS = 300
# B-frames are stored at most this many packets away from their place in time (H.264 allows 16).
REORDER_PACKETS = 40
# Demuxing goes on after an error, but not for ever: a failing disk answers with an error each time.
_MAX_ERRORS_IN_A_ROW = 100


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
        missing = int(stream.frames) - n_frames
        if missing > max(2, stream.frames // 100):
            notes.append(
                Note(
                    "missing_frames",
                    missing,
                    f"the file promises {stream.frames} frames but holds {n_frames}: cut off?",
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


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a video file for reading; its container and its video stream, all others ignored.

    Raises
    ------
    UnreadableFile
        If there is nothing to read.
    """
    where = str(path)
    if not path.is_file():
        raise UnreadableFile(
            "There is no such file.", where=where, hint="Was it moved, renamed or unplugged?"
        )
    if path.stat().st_size == 0:
        raise UnreadableFile(
            "The file is empty.", where=where, hint="Copy it from the camera again."
        )
    try:
        # Camera makers write metadata in any encoding: a strange letter must not stop us.
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except PermissionError as error:
        raise UnreadableFile(
            "The file may not be read.", where=where, hint="Check its permissions."
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableFile(
            f"The video cannot be opened ({_reason(error)}).",
            where=where,
            hint="It may be cut off (camera switched off while recording) or not be a video. "
            "Copy it again, or repair it with the camera maker's tool.",
        ) from error
    with container:
        if container.format.name in _NOT_VIDEO or container.format.name.endswith("_pipe"):
            raise UnreadableFile(
                "This is not a video.", where=where, hint="Choose an MP4, MOV, MKV or AVI file."
            )
        yield container, _video_stream(where, container)


def first_frame_ticks(path: Path) -> int:
    """Timestamp of the first frame that can be shown, in the stream's time base.

    Frames before the first keyframe cannot be decoded, nor can those that follow it in the file
    but precede it in time; frames that an edit list hides are not shown.

    Raises
    ------
    UnreadableFile
        If there is no such frame.
    """
    key: int | None = None
    shown: list[int] = []
    with opened(path) as (container, stream):
        for packet in packets(container, stream, []):
            ticks = packet_ticks(packet)
            if ticks is None:
                continue
            if key is None and packet.is_keyframe:
                key = ticks
            if key is not None and ticks >= key and not packet.is_discard:
                shown.append(ticks)
            if len(shown) > REORDER_PACKETS:
                break
    if not shown:
        raise UnreadableFile("The video has no frame that can be shown.", where=str(path))
    return min(shown)


def packet_ticks(packet: Any) -> int | None:
    """The time to show a packet, else the time to decode it (AVI), else None."""
    if packet.size == 0:  # the flush packet at the end
        return None
    ticks = packet.pts if packet.pts is not None else packet.dts
    return None if ticks is None else int(ticks)


def packets(container: Any, stream: Any, damage: list[str]) -> Iterator[Any]:
    """All packets from here on; reading goes on after an error, which is appended to `damage`."""
    in_a_row = 0
    while in_a_row < _MAX_ERRORS_IN_A_ROW:
        try:
            for packet in container.demux(stream):
                in_a_row = 0
                yield packet
            return
        except (av.FFmpegError, OSError) as error:
            in_a_row += 1
            damage.append(_reason(error))


def _video_stream(where: str, container: Any) -> Any:
    """The largest moving picture of the file; cover art is none."""
    streams = [
        s
        for s in container.streams.video
        if not int(s.disposition) & int(av.stream.Disposition.attached_pic)
        and s.codec_context is not None
        and s.codec_context.name != "ansi"
    ]
    if not streams:
        raise UnreadableFile(
            "The file holds no video that can be decoded.",
            where=where,
            hint="Choose the camera's video file; sound or data alone cannot teach.",
        )
    return max(streams, key=lambda s: (s.width or 0) * (s.height or 0))


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
            reason = _reason(error)
        if number > _FIRST_FRAME_PACKETS:
            break
    raise UnreadableFile(
        f"The video's frames cannot be decoded ({reason}).",
        where=str(path),
        hint="The file is damaged or uses an unknown codec; convert it to H.264.",
    )


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
