"""Take a recording out so that it can be put back as it was: rows kept aside, samples kept."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from comodo_app.project.files import storage_errors
from comodo_app.project.tracks import track_name

# Tables with a column `recording_id`, parents before children; segments hang on timelines.
_TABLES = ("sources", "videos", "imu_tracks", "assignments", "corrections", "timelines")
_ASIDE = "removed-"


@dataclass(frozen=True, slots=True)
class RemovedRecording:
    """What `put_back` needs: every row of the recording, by table."""

    recording_id: int
    name: str
    rows: tuple[tuple[str, tuple[tuple[object, ...], ...]], ...]


def keep_aside(connection: sqlite3.Connection, folder: Path, recording_id: int) -> RemovedRecording:
    """Delete a recording's rows, and move its samples out of the way."""
    name = connection.execute(
        "SELECT name FROM recordings WHERE id = ?", (recording_id,)
    ).fetchone()[0]
    kept = [("recordings", _rows(connection, "recordings", "id", recording_id))]
    kept += [(table, _rows(connection, table, "recording_id", recording_id)) for table in _TABLES]
    segments = connection.execute(
        "SELECT s.* FROM segments s JOIN timelines t ON t.id = s.timeline_id "
        "WHERE t.recording_id = ?",
        (recording_id,),
    )
    kept.append(("segments", tuple(map(tuple, segments))))
    connection.execute("DELETE FROM recordings WHERE id = ?", (recording_id,))
    _move(folder / track_name(recording_id), _aside(folder, recording_id))
    return RemovedRecording(recording_id, str(name), tuple(kept))


def put_back(connection: sqlite3.Connection, folder: Path, removed: RemovedRecording) -> None:
    """The inverse of `keep_aside`; what has gone since (a discarded run) stays gone."""
    _move(_aside(folder, removed.recording_id), folder / track_name(removed.recording_id))
    runs = {row[0] for row in connection.execute("SELECT id FROM runs")} | {None}
    timelines: dict[object, int] = {}  # old id → new: the old may have been given away meanwhile
    for table, rows in removed.rows:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        marks = ", ".join("?" * len(columns))
        for row in rows:
            if "run_id" in columns and row[columns.index("run_id")] not in runs:
                continue
            values = row
            if table == "timelines":
                values = (None, *row[1:])
            elif table == "segments":
                if row[0] not in timelines:
                    continue
                values = (timelines[row[0]], *row[1:])
            cursor = connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)
            if table == "timelines":
                timelines[row[0]] = int(cursor.lastrowid or 0)


def sweep(folder: Path) -> int:
    """Delete the samples of recordings that were removed and not put back; how many."""
    left = list((folder / "tracks").glob(f"{_ASIDE}*.npz"))
    for path in left:
        with storage_errors(path):
            path.unlink(missing_ok=True)
    return len(left)


def _rows(
    connection: sqlite3.Connection, table: str, key: str, value: int
) -> tuple[tuple[object, ...], ...]:
    found = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (value,))
    return tuple(map(tuple, found))


def _aside(folder: Path, recording_id: int) -> Path:
    return folder / "tracks" / f"{_ASIDE}{recording_id}.npz"


def _move(source: Path, target: Path) -> None:
    if source.exists():  # a video alone has no samples
        with storage_errors(target):
            source.replace(target)
