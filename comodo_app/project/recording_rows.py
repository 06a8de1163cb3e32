"""Recordings in SQL: write one, read them back as frozen rows."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from comodo_app.project import media
from comodo_app.project.database import now
from comodo_app.project.rows import ImuSummary, RecordingRow, SourceFile
from comodo_app.project.tracks import summarise
from comodo_app.recordings.model import Note, ReadRecording, VideoTrack

_SELECT = """
SELECT r.id, r.name, r.wearer, r.session, r.content_key, r.offset_s, r.skew_ppm, r.importer,
       r.options_json, r.notes_json, r.use_for_training, r.added_at,
       v.position, v.width_px, v.height_px, v.n_frames, v.frame_rate_hz, v.duration_s, v.codec,
       i.n_samples, i.sample_rate_hz, i.start_s, i.duration_s, i.n_gaps, i.gap_s
FROM recordings r
LEFT JOIN videos v ON v.recording_id = r.id
LEFT JOIN imu_tracks i ON i.recording_id = r.id
"""


def insert_recording(
    connection: sqlite3.Connection,
    read: ReadRecording,
    *,
    content_key: str,
    importer: str,
    options_json: str,
) -> int:
    """Write a recording but for its sources and its video; returns its new id."""
    recording = read.recording
    cursor = connection.execute(
        "INSERT INTO recordings (name, wearer, session, content_key, offset_s, skew_ppm, "
        "importer, options_json, notes_json, use_for_training, added_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
        (
            _free_name(connection, recording.name),
            recording.wearer,
            recording.session,
            content_key,
            float(recording.offset_s),
            float(recording.skew_ppm),
            importer,
            options_json,
            json.dumps([[n.code, int(n.count), n.text] for n in read.notes], ensure_ascii=False),
            now(),
        ),
    )
    recording_id = int(cursor.lastrowid or 0)
    if recording.imu is not None:
        connection.execute(
            "INSERT INTO imu_tracks VALUES (?, ?, ?, ?, ?, ?, ?)",
            (recording_id, *astuple(summarise(recording.imu))),
        )
    return recording_id


def store_media(
    connection: sqlite3.Connection,
    recording_id: int,
    sources: Sequence[Path],
    *,
    video: VideoTrack | None,
    folder: Path,
) -> None:
    """Write a recording's source files and its video, which is one of them or joins them."""
    resolved = list(dict.fromkeys(media.locate(path) for path in sources))
    if video is not None:
        path = media.locate(video.path)
        if path not in resolved:
            resolved.append(path)
        connection.execute(
            "INSERT OR REPLACE INTO videos VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                recording_id,
                resolved.index(path),
                int(video.width_px),
                int(video.height_px),
                int(video.n_frames),
                float(video.frame_rate_hz),
                float(video.duration_s),
                video.codec,
            ),
        )
    store_sources(
        connection, recording_id, [(path, media.measure(path)) for path in resolved], folder=folder
    )


def store_sources(
    connection: sqlite3.Connection,
    recording_id: int,
    sources: Iterable[tuple[Path, int]],
    *,
    folder: Path,
) -> None:
    """Write a recording's source files and their sizes anew, in their order."""
    connection.execute("DELETE FROM sources WHERE recording_id = ?", (recording_id,))
    connection.executemany(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?)",
        [
            (recording_id, i, media.relative_to_project(path, folder), str(path), size_bytes)
            for i, (path, size_bytes) in enumerate(sources)
        ],
    )


def read_recordings(
    connection: sqlite3.Connection, folder: Path, recording_id: int | None = None
) -> tuple[RecordingRow, ...]:
    """All recordings, or the one of this id, in the order they were added."""
    where, values = (
        ("", ()) if recording_id is None else (" WHERE recording_id = ?", (recording_id,))
    )
    sources: dict[int, list[SourceFile]] = defaultdict(list)
    for owner, relative, absolute, size in connection.execute(
        f"SELECT recording_id, relative, absolute, size_bytes FROM sources{where} "
        "ORDER BY recording_id, position",
        values,
    ):
        sources[owner].append(media.find_source(relative, absolute, size, folder=folder))
    rows = connection.execute(
        _SELECT + where.replace("recording_id", "r.id") + " ORDER BY r.id", values
    )
    return tuple(_to_row(row, tuple(sources[row[0]])) for row in rows)


def _to_row(row: tuple[Any, ...], sources: tuple[SourceFile, ...]) -> RecordingRow:
    position, *video = row[12:19]
    imu = row[19:]
    return RecordingRow(
        id=row[0],
        name=row[1],
        wearer=row[2],
        session=row[3],
        content_key=row[4],
        video=None if position is None else VideoTrack(sources[position].path, *video),
        imu=None if imu[0] is None else ImuSummary(*imu),
        offset_s=row[5],
        skew_ppm=row[6],
        notes=tuple(Note(*note) for note in json.loads(row[9])),
        importer=row[7],
        options_json=row[8],
        sources=sources,
        use_for_training=bool(row[10]),
        added_at=row[11],
    )


def _free_name(connection: sqlite3.Connection, wanted: str) -> str:
    wanted = wanted.strip() or "recording"
    taken = {row[0] for row in connection.execute("SELECT name FROM recordings")}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name
