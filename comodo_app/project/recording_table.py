"""The recordings' part of a project."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from comodo_app.errors import UsageError
from comodo_app.project import media, recording_rows, removal
from comodo_app.project.database import Database, require
from comodo_app.project.files import publish, storage_errors, temp_path, write_arrays
from comodo_app.project.rows import RecordingRow
from comodo_app.project.tracks import load_track, track_arrays, track_name
from comodo_app.project.trash import empty_trash, put_in_trash
from comodo_app.recordings.model import ReadRecording, Recording


class RecordingTable:
    """Recordings: rows in the database, IMU samples in ``tracks/``, media where they are."""

    folder: Path
    _database: Database

    def add_recording(
        self,
        read: ReadRecording,
        *,
        sources: Sequence[Path],
        content_key: str,
        importer: str,
        options_json: str = "{}",
    ) -> RecordingRow:
        """Add what an importer has read; content that is there already is not added again.

        Parameters
        ----------
        read : ReadRecording
            The recording and its notes. A taken name gets a number: "walk (2)".
        sources : sequence of Path
            The files it was read from; the video belongs to them even if it is not named.
        content_key : str
            Hash of the media's content. If the project has it, its row is returned with
            `already_there`, and `sources` replace files that were missing.
        importer, options_json : str
            Who read it and how, so that it can be read again.

        Raises
        ------
        StorageError
            If the disk is full or refuses the write; nothing is added then.
        """
        json.loads(options_json)  # a bug of the caller shows here, not when it is read again
        recording = read.recording
        with self._database.write() as connection:
            known = self._already_there(connection, read, sources, content_key)
        if known is not None:
            return known
        tracks = self.folder / "tracks"
        with storage_errors(tracks), temp_path(tracks, ".npz") as temp:
            if recording.imu is not None:  # outside the transaction: others may write meanwhile
                write_arrays(temp, track_arrays(recording.imu))
            with self._database.write() as connection:
                known = self._already_there(connection, read, sources, content_key)
                if known is not None:  # another process was faster
                    return known
                recording_id = recording_rows.insert_recording(
                    connection,
                    read,
                    content_key=content_key,
                    importer=importer,
                    options_json=options_json,
                )
                recording_rows.store_media(
                    connection, recording_id, sources, video=recording.video, folder=self.folder
                )
                if recording.imu is not None:
                    # Before the commit: a row that can be seen has its samples.
                    publish(temp, self.folder / track_name(recording_id))
                return self._row(connection, recording_id)

    def recordings(self) -> tuple[RecordingRow, ...]:
        """All recordings without their samples, in the order they were added."""
        with self._database.read() as connection:
            return recording_rows.read_recordings(connection, self.folder)

    def recording_row(self, recording_id: int) -> RecordingRow:
        """One recording without its samples; `UsageError` listing the known for another id."""
        with self._database.read() as connection:
            return self._row(connection, recording_id)

    def find_recording(self, name_or_id: str) -> RecordingRow:
        """The recording of this name, else of this id; `UsageError` listing the known."""
        rows = self.recordings()
        for row in rows:
            if row.name == name_or_id:
                return row
        for row in rows:
            if str(row.id) == name_or_id.strip():
                return row
        known = ", ".join(f"{row.name} ({row.id})" for row in rows)
        raise UsageError(
            f"There is no recording {name_or_id!r}.",
            hint=f"Known: {known}." if known else "The project has no recordings yet.",
        )

    def load_recording(self, recording_id: int) -> Recording:
        """A recording with its IMU samples, with the person and the sync as they are now.

        Raises
        ------
        UsageError
            If there is no such recording.
        ProjectError
            If its samples in ``tracks/`` are missing or damaged.
        """
        row = self.recording_row(recording_id)
        imu = None
        if row.imu is not None:
            imu = load_track(self.folder, row.id, name=row.name, summary=row.imu)
        return Recording(
            name=row.name,
            video=row.video,
            imu=imu,
            offset_s=row.offset_s,
            skew_ppm=row.skew_ppm,
            wearer=row.wearer,
            session=row.session,
        )

    def set_use_for_training(self, recording_id: int, use: bool) -> None:
        """Whether distillation learns from this recording."""
        self._set(recording_id, use_for_training=int(use))

    def set_person(self, recording_id: int, wearer: str, session: str) -> None:
        """Who wore it and on which occasion; empty if unknown."""
        self._set(recording_id, wearer=wearer, session=session)

    def set_sync(self, recording_id: int, offset_s: float, skew_ppm: float) -> None:
        """How the sensor's clock maps to the recording clock; see `Recording`."""
        if not (np.isfinite(offset_s) and np.isfinite(skew_ppm)):
            raise ValueError(f"offset {offset_s} s and skew {skew_ppm} ppm must be finite")
        self._set(recording_id, offset_s=float(offset_s), skew_ppm=float(skew_ppm))

    def remove_recording(self, recording_id: int) -> None:
        """Take a recording out with its assignments and timelines; media stay untouched.

        Cached embeddings stay too (see `EmbeddingCache.remove`): it may come back.
        """
        with self._database.write() as connection:
            require(connection, "recordings", recording_id, "recording")
            put_in_trash(connection, track_name(recording_id))
            connection.execute("DELETE FROM recordings WHERE id = ?", (recording_id,))
        empty_trash(self._database)

    def take_out(self, recording_id: int) -> removal.RemovedRecording:
        """Remove a recording so that `put_back` can bring it back as it was.

        Its samples are kept in ``tracks/`` until `sweep_removed`.
        """
        with self._database.write() as connection:
            require(connection, "recordings", recording_id, "recording")
            return removal.keep_aside(connection, self.folder, recording_id)

    def put_back(self, removed: removal.RemovedRecording) -> None:
        """Undo `take_out`: the same id, samples, assignments, timelines and corrections."""
        with self._database.write() as connection:
            removal.put_back(connection, self.folder, removed)

    def sweep_removed(self) -> int:
        """Delete the samples of recordings that were taken out; nobody can put them back then."""
        return removal.sweep(self.folder)

    def rename_recording(self, recording_id: int, name: str) -> None:
        """Give a recording another name.

        Raises
        ------
        UsageError
            If the name is empty or another recording has it.
        """
        name = " ".join(name.split())
        if not name:
            raise UsageError("A recording needs a name.")
        with self._database.write() as connection:
            taken = connection.execute(
                "SELECT 1 FROM recordings WHERE name = ? AND id != ?", (name, recording_id)
            ).fetchone()
        if taken:
            raise UsageError(f"Another recording is called {name!r}.", hint="Choose another name.")
        self._set(recording_id, name=name)

    def relink(self, recording_id: int, new_sources: Sequence[Path]) -> RecordingRow:
        """Tell where a recording's files are now, matched as `media.match_sources` says.

        Raises
        ------
        UsageError
            If a file is not there, has another size than the one it stands for, or fits none.
        """
        with self._database.write() as connection:
            old = self._row(connection, recording_id).sources
            places = [(source.path, source.size_bytes) for source in old]
            for position, path in media.match_sources(old, new_sources):
                places[position] = (media.locate(path), media.measure(path))
            recording_rows.store_sources(connection, recording_id, places, folder=self.folder)
            return self._row(connection, recording_id)

    def set_places(self, recording_id: int, places: Sequence[tuple[Path, int]]) -> None:
        """Write where its files are and their sizes as they are given: undoes a `relink`."""
        with self._database.write() as connection:
            require(connection, "recordings", recording_id, "recording")
            recording_rows.store_sources(connection, recording_id, places, folder=self.folder)

    def relink_folder(self, folder: Path) -> tuple[int, ...]:
        """Look in `folder` for all missing files, by name and size; ids of what was relinked."""
        found = []
        for row in self.recordings():
            candidates = [(s.size_bytes, folder / s.path.name) for s in row.sources if s.missing]
            new = [p for size, p in candidates if size >= 0 and media.measure(p) == size]
            if new:
                self.relink(row.id, new)
                found.append(row.id)
        return tuple(found)

    def _row(self, connection: sqlite3.Connection, recording_id: int) -> RecordingRow:
        require(connection, "recordings", recording_id, "recording")
        return recording_rows.read_recordings(connection, self.folder, int(recording_id))[0]

    def _already_there(
        self,
        connection: sqlite3.Connection,
        read: ReadRecording,
        sources: Sequence[Path],
        content_key: str,
    ) -> RecordingRow | None:
        known = connection.execute(
            "SELECT id FROM recordings WHERE content_key = ?", (content_key,)
        ).fetchone()
        if known is None:
            return None
        row = self._row(connection, known[0])
        if row.missing_media and all(path.exists() for path in sources):
            recording_rows.store_media(
                connection, row.id, sources, video=read.recording.video, folder=self.folder
            )
            row = self._row(connection, row.id)
        return replace(row, already_there=True)

    def _set(self, recording_id: int, **values: float | str) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        with self._database.write() as connection:
            require(connection, "recordings", recording_id, "recording")
            connection.execute(
                f"UPDATE recordings SET {names} WHERE id = ?", (*values.values(), recording_id)
            )
