"""The timelines' part of a project: what each lane of a run says about each recording."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from comodo_app.activities.model import Lane, Segment, State, Timeline
from comodo_app.project.activity_table import require_activities
from comodo_app.project.database import Database, require


class TimelineTable:
    """Timelines by run, lane and recording; the run is None for a lane that no run made."""

    folder: Path
    _database: Database

    def save_timelines(
        self, run_id: int | None, lane: Lane, timelines: Mapping[int, Timeline]
    ) -> None:
        """Replace the timelines of these recordings, all in one transaction.

        Parameters
        ----------
        run_id : int or None
            None for the simulated truth, which belongs to no run.
        lane : Lane
        timelines : mapping of recording id to Timeline
            Recordings that are not named keep theirs.

        Raises
        ------
        UsageError
            If the run, a recording or an activity is not known; nothing is changed then.
        """
        used = {
            segment.activity_id
            for timeline in timelines.values()
            for segment in timeline
            if segment.activity_id is not None
        }
        with self._database.write() as connection:
            if run_id is not None:
                require(connection, "runs", run_id, "run")
            for recording_id in timelines:
                require(connection, "recordings", recording_id, "recording")
            require_activities(connection.execute("SELECT id FROM activities"), used)
            for recording_id, timeline in timelines.items():
                _replace(connection, run_id, lane, recording_id=recording_id, timeline=timeline)

    def timeline(self, run_id: int | None, lane: Lane, recording_id: int) -> Timeline | None:
        """One timeline as it was saved; None if none was."""
        with self._database.read() as connection:
            found = _read(connection, run_id, lane, recording_id)
        return found.get(recording_id)

    def timelines(self, run_id: int | None, lane: Lane) -> dict[int, Timeline]:
        """All timelines of a lane, by recording id."""
        with self._database.read() as connection:
            return _read(connection, run_id, lane)

    def has_timelines(self, run_id: int) -> bool:
        """Whether a run has said anything about any recording."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT 1 FROM timelines WHERE run_id = ? LIMIT 1", (run_id,)
            ).fetchone()
        return found is not None


def _replace(
    connection: sqlite3.Connection,
    run_id: int | None,
    lane: Lane,
    *,
    recording_id: int,
    timeline: Timeline,
) -> None:
    connection.execute(
        "DELETE FROM timelines WHERE run_id IS ? AND lane = ? AND recording_id = ?",
        (run_id, lane.value, int(recording_id)),
    )
    cursor = connection.execute(
        "INSERT INTO timelines (run_id, lane, recording_id) VALUES (?, ?, ?)",
        (run_id, lane.value, int(recording_id)),
    )
    connection.executemany(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                cursor.lastrowid,
                position,
                float(segment.start_s),
                float(segment.end_s),
                segment.state.value,
                None if segment.activity_id is None else int(segment.activity_id),
                float(segment.confidence),
            )
            for position, segment in enumerate(timeline)
        ),
    )


def _read(
    connection: sqlite3.Connection, run_id: int | None, lane: Lane, recording_id: int | None = None
) -> dict[int, Timeline]:
    rows = connection.execute(
        "SELECT t.recording_id, s.start_s, s.end_s, s.state, s.activity_id, s.confidence "
        "FROM timelines t LEFT JOIN segments s ON s.timeline_id = t.id "
        "WHERE t.run_id IS ? AND t.lane = ? AND (? IS NULL OR t.recording_id = ?) "
        "ORDER BY t.recording_id, s.position",
        (run_id, lane.value, recording_id, recording_id),
    )
    segments: dict[int, list[Segment]] = defaultdict(list)
    for owner, start_s, end_s, state, activity_id, confidence in rows:
        found = segments[owner]
        if start_s is not None:  # an empty timeline is a row without segments
            found.append(Segment(start_s, end_s, State(state), activity_id, confidence))
    return {owner: Timeline(tuple(found)) for owner, found in segments.items()}
