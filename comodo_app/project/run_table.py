"""The runs' part of a project: one row per distillation, with its folders."""

from __future__ import annotations

import json
from pathlib import Path

import comodo_app
from comodo_app.errors import UsageError
from comodo_app.project.database import Database, now, require
from comodo_app.project.files import storage_errors
from comodo_app.project.rows import RunRow, RunStatus
from comodo_app.project.trash import empty_trash, put_in_trash

ENDED = ("finished", "stopped", "failed", "cancelled")


class RunTable:
    """Runs: settings and metrics in the database, students and checkpoints in folders."""

    folder: Path
    _database: Database

    def create_run(self, settings_json: str, *, recipe: str, teacher: str, student: str) -> RunRow:
        """A new run with status "running"; `settings_json` is kept as it is."""
        json.loads(settings_json)
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (status, recipe, teacher, student, settings_json, metrics_json, "
                "app_version, created_at) VALUES ('running', ?, ?, ?, ?, '{}', ?, ?)",
                (recipe, teacher, student, settings_json, comodo_app.__version__, now()),
            )
            row = connection.execute("SELECT * FROM runs WHERE id = ?", (cursor.lastrowid,))
            return RunRow.from_row(row.fetchone())

    def finish_run(self, run_id: int, status: RunStatus, metrics_json: str = "{}") -> RunRow:
        """End a running run as "finished", "stopped", "failed" or "cancelled".

        Raises
        ------
        UsageError
            If there is no such run, or it has ended already: an end is never overwritten.
        """
        if status not in ENDED:
            raise ValueError(f"status {status!r} is not one of {ENDED}")
        json.loads(metrics_json)
        with self._database.write() as connection:
            require(connection, "runs", run_id, "run")
            changed = connection.execute(
                "UPDATE runs SET status = ?, metrics_json = ?, ended_at = ? "
                "WHERE id = ? AND status = 'running'",
                (status, metrics_json, now(), run_id),
            ).rowcount
            if not changed:
                raise UsageError(
                    f"Run {run_id} has ended already.", hint="Resume it or start a new one."
                )
        return self.run(run_id)

    def resume_run(self, run_id: int) -> RunRow:
        """Set an ended run back to "running", to continue from its checkpoint."""
        with self._database.write() as connection:
            require(connection, "runs", run_id, "run")
            connection.execute(
                "UPDATE runs SET status = 'running', ended_at = NULL WHERE id = ?", (run_id,)
            )
        return self.run(run_id)

    def change_run_settings(self, run_id: int, settings_json: str) -> RunRow:
        """Replace the settings of a run that is not trained yet."""
        json.loads(settings_json)
        with self._database.write() as connection:
            require(connection, "runs", run_id, "run")
            connection.execute(
                "UPDATE runs SET settings_json = ? WHERE id = ?", (settings_json, run_id)
            )
        return self.run(run_id)

    def run_bytes(self, run_id: int) -> int:
        """Bytes on the disk of a run's student and checkpoints."""
        folders = (self.folder / kind / str(int(run_id)) for kind in ("students", "checkpoints"))
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM runs ORDER BY id").fetchall()
        return tuple(RunRow.from_row(row) for row in rows)

    def run(self, run_id: int) -> RunRow:
        """One run; `UsageError` listing the known for another id."""
        with self._database.read() as connection:
            require(connection, "runs", run_id, "run")
            row = connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        return RunRow.from_row(row)

    def latest_run(self, status: RunStatus | None = "finished") -> RunRow | None:
        """The youngest run of this status (None: of any), None if there is none."""
        found = [run for run in self.runs() if status in (None, run.status)]
        return found[-1] if found else None

    def unfinished_run(self) -> RunRow | None:
        """The youngest run that has not ended: it runs, or was cut off and can be resumed."""
        return self.latest_run("running")

    def discard_run(self, run_id: int) -> None:
        """Remove a run, what it said about the recordings, its student and its checkpoints.

        Activities stay: their ids are permanent.
        """
        with self._database.write() as connection:
            require(connection, "runs", run_id, "run")
            put_in_trash(connection, f"students/{run_id}")
            put_in_trash(connection, f"checkpoints/{run_id}")
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        empty_trash(self._database)

    def students_folder(self, run_id: int) -> Path:
        """``students/<id>/`` of a run, made if need be."""
        return self._run_folder("students", run_id)

    def checkpoints_folder(self, run_id: int) -> Path:
        """``checkpoints/<id>/`` of a run, made if need be."""
        return self._run_folder("checkpoints", run_id)

    def _run_folder(self, kind: str, run_id: int) -> Path:
        with self._database.read() as connection:
            require(connection, "runs", run_id, "run")
        folder = self.folder / kind / str(int(run_id))
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder
