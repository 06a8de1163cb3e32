"""The activities' part of a project: permanent ids, changing names, windows put into them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from comodo_app.activities.model import Activity
from comodo_app.errors import UsageError
from comodo_app.project.database import Database, now, require
from comodo_app.project.rows import Assignment, NameChange


class ActivityTable:
    """Activities of the whole project, and each run's assignment of windows to them."""

    folder: Path
    _database: Database

    def allocate_activities(self, n: int) -> tuple[int, ...]:
        """`n` new activities without a name; their ids were never used before."""
        if n < 0:
            raise ValueError(f"cannot allocate {n} activities")
        with self._database.write() as connection:
            ids = [
                connection.execute("INSERT INTO activities (name) VALUES ('')").lastrowid
                for _ in range(n)
            ]
        return tuple(int(i) for i in ids if i is not None)

    def activities(self) -> tuple[Activity, ...]:
        """All activities that were ever allocated, by id."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT id, name FROM activities ORDER BY id").fetchall()
        return tuple(Activity(*row) for row in rows)

    def name_activity(self, activity_id: int, name: str) -> None:
        """Give an activity a name, or take it away with an empty one; the old one is kept.

        Raises
        ------
        UsageError
            If there is no such activity; the text lists the known ids.
        """
        name = " ".join(name.split())
        with self._database.write() as connection:
            require(connection, "activities", activity_id, "activity")
            changed = connection.execute(
                "UPDATE activities SET name = ? WHERE id = ? AND name != ?",
                (name, activity_id, name),
            ).rowcount
            if changed:
                connection.execute(
                    "INSERT INTO activity_names (activity_id, name, changed_at) VALUES (?, ?, ?)",
                    (activity_id, name, now()),
                )

    def activity_colours(self) -> dict[int, int]:
        """Colour number of each activity that was given one, by id; others have their own."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT id, colour FROM activities WHERE colour != 0")
            return {int(number): int(colour) for number, colour in rows}

    def colour_activity(self, activity_id: int, colour: int | None) -> None:
        """Give an activity colour number `colour` (1, 2, 3 …), or its own again with None.

        Raises
        ------
        UsageError
            If there is no such activity; the text lists the known ids.
        """
        if colour is not None and colour < 1:
            raise ValueError(f"colours are numbered from 1, got {colour}")
        with self._database.write() as connection:
            require(connection, "activities", activity_id, "activity")
            connection.execute(
                "UPDATE activities SET colour = ? WHERE id = ? AND colour != ?",
                (colour or 0, activity_id, colour or 0),
            )

    def name_history(self, activity_id: int) -> tuple[NameChange, ...]:
        """All names an activity has had, oldest first."""
        with self._database.read() as connection:
            require(connection, "activities", activity_id, "activity")
            rows = connection.execute(
                "SELECT name, changed_at FROM activity_names WHERE activity_id = ? ORDER BY id",
                (activity_id,),
            ).fetchall()
        return tuple(NameChange(*row) for row in rows)

    def save_assignments(
        self, run_id: int, assignments: Iterable[tuple[int, ArrayLike, ArrayLike, ArrayLike]]
    ) -> None:
        """Replace all of a run's assignments, in one transaction.

        Parameters
        ----------
        run_id : int
        assignments : iterable of (recording_id, window_start_s, activity_id, centrality)
            Arrays of one length each, see `Assignment`; activity 0 is "none".

        Raises
        ------
        UsageError
            If the run, a recording or an activity is not known; nothing is changed then.
        """
        prepared = [_prepare(*entry) for entry in assignments]
        with self._database.write() as connection:
            require(connection, "runs", run_id, "run")
            for entry in prepared:
                require(connection, "recordings", entry.recording_id, "recording")
            used: set[int] = set()
            used.update(*(np.unique(entry.activity_id).tolist() for entry in prepared))
            require_activities(connection.execute("SELECT id FROM activities"), used - {0})
            connection.execute("DELETE FROM assignments WHERE run_id = ?", (run_id,))
            connection.executemany(
                "INSERT INTO assignments VALUES (?, ?, ?, ?, ?)",
                [
                    (
                        run_id,
                        entry.recording_id,
                        entry.window_start_s.astype("<f8").tobytes(),
                        entry.activity_id.astype("<i8").tobytes(),
                        entry.centrality.astype("<f4").tobytes(),
                    )
                    for entry in prepared
                ],
            )

    def assignments(self, run_id: int) -> tuple[Assignment, ...]:
        """A run's assignments, by recording id; empty before its discovery."""
        with self._database.read() as connection:
            require(connection, "runs", run_id, "run")
            rows = connection.execute(
                "SELECT recording_id, window_start_s, activity_id, centrality "
                "FROM assignments WHERE run_id = ? ORDER BY recording_id",
                (run_id,),
            ).fetchall()
        return tuple(
            Assignment(
                recording_id,
                np.frombuffer(starts, "<f8").astype(np.float64),
                np.frombuffer(ids, "<i8").astype(np.int64),
                np.frombuffer(centrality, "<f4").astype(np.float32),
            )
            for recording_id, starts, ids, centrality in rows
        )


def require_activities(known_rows: Iterable[tuple[int]], used: Iterable[int]) -> None:
    """Raise a `UsageError` if `used` holds an id that was never allocated."""
    known = {int(row[0]) for row in known_rows}
    unknown = sorted(set(used) - known)
    if unknown:
        listed = ", ".join(str(i) for i in sorted(known)) or "none"
        raise UsageError(
            f"Activities {', '.join(str(i) for i in unknown)} were never allocated.",
            hint=f"Known: {listed}.",
        )


def _prepare(
    recording_id: int, starts: ArrayLike, ids: ArrayLike, centrality: ArrayLike
) -> Assignment:
    entry = Assignment(
        int(recording_id),
        np.asarray(starts, dtype=np.float64),
        np.asarray(ids, dtype=np.int64),
        np.asarray(centrality, dtype=np.float32),
    )
    shapes = {entry.window_start_s.shape, entry.activity_id.shape, entry.centrality.shape}
    if len(shapes) != 1 or entry.window_start_s.ndim != 1:
        raise ValueError(f"recording {recording_id}: arrays must be (N,) each, got {shapes}")
    return entry
