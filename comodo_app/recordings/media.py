"""Opening a video file with FFmpeg, and walking over its packets whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.media_ref import MediaRef as MediaRef  # what a file is, wherever it lies
from comodo_app.recordings.media_ref import content_key as content_key

# What libavformat takes for a "video" but is a text or a single picture.
_NOT_VIDEO = frozenset({"tty", "image2", "ico"})
# B-frames are stored at most this many packets away from their place in time (H.264 allows 16).
_REORDER_PACKETS = 40
# Reading goes on after an error, but not for ever: a failing disk answers with an error each time.
_MAX_ERRORS_IN_A_ROW = 100


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a video file for reading; its container and its video stream, all others ignored.

    Raises
    ------
    UnreadableFile
        If there is nothing to read.
    """
    where = str(path)
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile(
                "The file is empty.", where=where, hint="Copy it from the camera again."
            )
        # Camera makers write metadata in any encoding: a strange letter must not stop us.
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except FileNotFoundError as error:
        raise UnreadableFile(
            "There is no such file.", where=where, hint="Was it moved, renamed or unplugged?"
        ) from error
    except PermissionError as error:
        raise UnreadableFile(
            "The file may not be read.", where=where, hint="Check its permissions."
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableFile(
            f"The video cannot be opened ({error_text(error)}).",
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
            if len(shown) > _REORDER_PACKETS:
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
            damage.append(error_text(error))


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


def error_text(error: BaseException) -> str:
    """The reason alone, without error number and file name."""
    return str(getattr(error, "strerror", None) or error)
