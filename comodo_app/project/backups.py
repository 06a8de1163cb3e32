"""Rotated copies of the database, made through SQLite so that they are whole at any moment."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from comodo_app.errors import ProjectError
from comodo_app.project.files import publish, storage_errors, sync_folder, temp_path

DATABASE_NAME = "project.sqlite"
FOLDER_NAME = "backups"
KEEP = 10

_NAME = re.compile(r"project-(\d{8}T\d{12}Z)-r(\d+)\.sqlite")
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True, order=True)
class Backup:
    """One copy in ``backups/``; `revision` is the database's count of writes in it."""

    time: datetime
    revision: int
    path: Path

    @property
    def made_at(self) -> str:
        """When it was made, for people (UTC)."""
        return self.time.strftime("%Y-%m-%d %H:%M:%S UTC")


def list_backups(folder: Path) -> tuple[Backup, ...]:
    """The project's backups, oldest first."""
    found = []
    for path in (folder / FOLDER_NAME).glob("project-*.sqlite"):
        match = _NAME.fullmatch(path.name)
        if match is not None:
            time = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
            found.append(Backup(time, int(match[2]), path))
    return tuple(sorted(found))


def latest_backup(folder: Path) -> Backup | None:
    """The youngest backup, None if there is none."""
    found = list_backups(folder)
    return found[-1] if found else None


def back_up(connection: sqlite3.Connection, folder: Path) -> Backup | None:
    """Copy the database into ``backups/`` unless the latest copy already holds this revision.

    The youngest `KEEP` copies stay, and beyond them the youngest that is a day older than the
    latest, so that an afternoon of openings does not push out yesterday's state.

    Returns
    -------
    Backup or None
        None if nothing changed since the latest.

    Raises
    ------
    StorageError
        If the disk is full or refuses the write.
    """
    revision = int(connection.execute("SELECT number FROM revision").fetchone()[0])
    latest = latest_backup(folder)
    if latest is not None and latest.revision == revision:
        return None
    path = folder / FOLDER_NAME / f"project-{datetime.now(UTC).strftime(_STAMP)}-r{revision}.sqlite"
    with storage_errors(path):
        path.parent.mkdir(exist_ok=True)
        with temp_path(path.parent, ".sqlite") as temp:
            with closing(sqlite3.connect(temp, isolation_level=None)) as copy:
                connection.backup(copy)
                # A copy that is opened alone must not need -wal and -shm files beside it.
                copy.execute("PRAGMA journal_mode = DELETE")
            publish(temp, path)
    _rotate(folder)
    return latest_backup(folder)


def _rotate(folder: Path) -> None:
    found = list_backups(folder)
    kept = set(found[-KEEP:])
    yesterday = [b for b in found if found[-1].time - b.time >= timedelta(days=1)]
    kept.update(yesterday[-1:])
    for backup in found:
        if backup not in kept:
            with storage_errors(backup.path):
                backup.path.unlink(missing_ok=True)


def restore_latest_backup(folder: Path) -> Path:
    """Put the youngest whole backup in the database's place; the old files stay beside it.

    The database that is replaced is renamed to ``damaged-<time>.sqlite``. Close the project
    everywhere before.

    Returns
    -------
    Path
        The backup that was put in place.

    Raises
    ------
    ProjectError
        If no backup of the project is whole.
    """
    database = folder / DATABASE_NAME
    aside = folder / f"damaged-{datetime.now(UTC).strftime(_STAMP)}.sqlite"
    found = list_backups(folder)
    for backup in reversed(found):
        if not _is_whole(backup.path):
            continue
        with storage_errors(database), temp_path(folder, ".sqlite") as temp:
            temp.write_bytes(backup.path.read_bytes())
            with closing(sqlite3.connect(temp, isolation_level=None)) as copy:
                # Count on from the highest number ever seen: the next backup is a change.
                number = max(b.revision for b in found) + 1
                copy.execute("UPDATE revision SET number = ?", (number,))
                _skip_used_ids(copy, folder)
            # -wal first: beside another database it would be replayed into it.
            for suffix in ("-wal", "-shm", ""):
                if (old := Path(f"{database}{suffix}")).exists():
                    os.replace(old, f"{aside}{suffix}")  # noqa: PTH105 - as in files.py
            sync_folder(folder)
            publish(temp, database)
        return backup.path
    raise ProjectError(
        "There is no backup that can be restored.",
        where=str(folder / FOLDER_NAME),
        hint="Make a new project and add the recordings again; media files were not touched.",
    )


def _skip_used_ids(copy: sqlite3.Connection, folder: Path) -> None:
    # Files of rows that the backup does not know must not be taken for those of new rows.
    for table, names in {"recordings": ("tracks",), "runs": ("students", "checkpoints")}.items():
        used = [int(p.stem) for n in names for p in (folder / n).glob("*") if p.stem.isdecimal()]
        row = copy.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        highest = max([*used, row[0] if row else 0])
        copy.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        copy.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, highest))


def _is_whole(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)) as copy:
            rows = copy.execute("PRAGMA quick_check").fetchall()
            copy.execute("SELECT number FROM revision").fetchone()
            return [row[0] for row in rows] == ["ok"]
    except sqlite3.DatabaseError:
        return False
