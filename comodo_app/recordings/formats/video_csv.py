"""Any video and the table of IMU samples that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import av

from comodo_app.errors import NoOverlap
from comodo_app.recordings.formats.imu_csv import ImuTable, read_imu_table
from comodo_app.recordings.model import Note, ReadRecording, Recording, VideoTrack, merge_notes
from comodo_app.recordings.sources import TABLE_SUFFIXES, VIDEO_SUFFIXES, ReadOptions, Source
from comodo_app.recordings.video import probe_video_notes

# What a table's stem may add to its video's.
_ENDINGS = ("_imu", ".imu", "-imu", "")
_LITTLE_OVERLAP = 1 / 3
_LENGTHS_DIFFER = 2.0
_START_TOLERANCE_S = 2.0


class VideoCsvImporter:
    """Pairs a video with the table of the same name, or the only video with the only table."""

    label = "video_csv"

    def claims(self, paths: Sequence[Path]) -> tuple[Source, ...]:
        """Videos that have a table; the others are left alone."""
        videos = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
        tables = [path for path in paths if path.suffix.lower() in TABLE_SUFFIXES]
        if len(videos) == len(tables) == 1:
            return (Source(self.label, (videos[0], tables[0])),)
        sources = []
        free = set(tables)
        for video in videos:
            for table in _by_name(video, videos, tables):
                if table in free:
                    free.remove(table)
                    sources.append(Source(self.label, (video, table)))
                    break
        return tuple(sources)

    def read(self, source: Source, options: ReadOptions) -> ReadRecording:
        """Read both and put them on the clock of the video.

        Raises
        ------
        UnreadableFile, AmbiguousColumns
            If one of the two cannot be read.
        NoOverlap
            If they share no time.
        """
        video_path, table_path = source.paths
        video, video_notes = probe_video_notes(video_path)
        table = read_imu_table(table_path, options)
        recording = Recording(
            source.name, video, table.track, offset_s=options.offset_s, skew_ppm=options.skew_ppm
        )
        notes = [*video_notes, *table.notes]
        if table_path not in _by_name(video_path, [video_path], [table_path]):
            text = f"'{table_path.name}' is taken for this video's because they came together"
            notes.append(Note("paired_without_name", 1, text))
        if table.clock.is_absolute and options.offset_s == 0.0:
            notes.append(_common_start_note(video, table))
        notes.extend(_overlap_notes(recording, video, table))
        return ReadRecording(recording, merge_notes(notes))


def _by_name(video: Path, videos: Sequence[Path], tables: Sequence[Path]) -> list[Path]:
    """Tables named after a video, the best first: beside it, else the only such pair anywhere."""
    stem = video.stem.lower()
    wanted = [stem + ending for ending in _ENDINGS]
    named = [table for table in tables if table.stem.lower() in wanted]
    beside = [table for table in named if table.parent == video.parent]
    if beside:
        return sorted(beside, key=lambda table: (wanted.index(table.stem.lower()), str(table)))
    alone = sum(other.stem.lower() == stem for other in videos) == 1
    return named if alone and len(named) == 1 else []


def _common_start_note(video: VideoTrack, table: ImuTable) -> Note:
    """Nothing links the two clocks: what was assumed, and how to say better."""
    text = (
        f"the IMU's clock ({table.start} at its first sample) says nothing about the video's:"
        " both are assumed to start together. If they do not, give the video's time of the first"
        " IMU sample: --offset SECONDS"
    )
    made = _creation_time(video.path) if table.clock.is_epoch else None
    if made is not None:
        late_s = made.timestamp() - table.start_s
        within = -video.duration_s <= late_s <= table.track.duration_s
        if within and abs(late_s) > _START_TOLERANCE_S:
            text += (
                f". The video says it was made {abs(late_s):.1f} s"
                f" {'after' if late_s > 0 else 'before'} the first IMU sample; if that is when it"
                f" began: --offset {-late_s:.1f}"
            )
    return Note("assumed_common_start", 1, text)


def _creation_time(path: Path) -> datetime | None:
    """When the container says that the video was made; None if it does not say."""
    with av.open(str(path), metadata_errors="replace") as container:
        text = container.metadata.get("creation_time", "")
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return None
    return made if made.tzinfo is not None and made.year > 1970 else None


def _overlap_notes(recording: Recording, video: VideoTrack, table: ImuTable) -> list[Note]:
    """Refuse a pair without common time; say it if the common time is short."""
    times_s = recording.imu_times_s()
    start_s, end_s = float(times_s[0]), float(times_s[-1])
    shared_s = min(end_s, video.duration_s) - max(start_s, 0.0)
    if shared_s <= 0:
        raise NoOverlap(
            f"Video (0 to {video.duration_s:.1f} s) and IMU ({start_s:.1f} to {end_s:.1f} s on the"
            " video's clock) share no time.",
            where=str(video.path),
            hint="Say the seconds to add to the IMU's times; if both began together: "
            f"--offset {recording.offset_s - start_s:.3f}",
        )
    notes = []
    if shared_s < _LITTLE_OVERLAP * video.duration_s:
        text = f"the IMU covers only {shared_s:.1f} s of the video's {video.duration_s:.1f} s"
        notes.append(Note("little_overlap", 1, text))
    ratio = (end_s - start_s) / video.duration_s
    if not 1 / _LENGTHS_DIFFER <= ratio <= _LENGTHS_DIFFER:
        text = (
            f"the video lasts {video.duration_s:.1f} s, the IMU {end_s - start_s:.1f} s: do they"
            " belong together, and is the video's frame rate right?"
        )
        notes.append(Note("lengths_differ", 1, text))
    return notes
