"""The corrections' part of a project: what a person said, apart from all predictions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from comodo_app.activities.corrections import Correction
from comodo_app.project.activity_table import require_activities
from comodo_app.project.database import Database, require


class CorrectionTable:
    """Corrections belong to a recording, not to a run: a new prediction leaves them alone."""

    folder: Path
    _database: Database

    def corrections(self, recording_id: int) -> tuple[Correction, ...]:
        """A recording's corrections by time; empty if there are none."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT start_s, end_s, activity_id FROM corrections "
                "WHERE recording_id = ? ORDER BY start_s",
                (int(recording_id),),
            ).fetchall()
        return tuple(Correction(*row) for row in rows)

    def save_corrections(self, recording_id: int, corrections: Sequence[Correction]) -> None:
        """Replace a recording's corrections, in one transaction.

        Raises
        ------
        UsageError
            If the recording or an activity is not known; nothing is changed then.
        ValueError
            If corrections overlap.
        """
        ordered = sorted(corrections, key=lambda c: c.start_s)
        for before, after in pairwise(ordered):
            if after.start_s < before.end_s - 1e-9:
                raise ValueError(f"corrections overlap at {after.start_s} s")
        used = {c.activity_id for c in ordered if c.activity_id is not None}
        with self._database.write() as connection:
            require(connection, "recordings", recording_id, "recording")
            require_activities(connection.execute("SELECT id FROM activities"), used)
            connection.execute(
                "DELETE FROM corrections WHERE recording_id = ?", (int(recording_id),)
            )
            connection.executemany(
                "INSERT INTO corrections VALUES (?, ?, ?, ?)",
                [
                    (int(recording_id), float(c.start_s), float(c.end_s), c.activity_id)
                    for c in ordered
                ],
            )
