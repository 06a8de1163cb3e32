"""The project: a folder ``NAME.comodo/`` with a database, caches and students."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from comodo_app.errors import ProjectError
from comodo_app.project import backups
from comodo_app.project.activity_table import ActivityTable
from comodo_app.project.correction_table import CorrectionTable
from comodo_app.project.database import Database, damaged
from comodo_app.project.embedding_cache import EmbeddingCache
from comodo_app.project.files import (
    publish,
    remove_stale_temp_files,
    storage_errors,
    sync_folder,
    temp_path,
)
from comodo_app.project.lock import LOCK_NAME, WriterLock
from comodo_app.project.migrations import migrate, refuse_newer
from comodo_app.project.recording_table import RecordingTable
from comodo_app.project.run_table import RunTable
from comodo_app.project.schema import APPLICATION_ID, create_database
from comodo_app.project.timeline_table import TimelineTable
from comodo_app.project.trash import empty_trash

FOLDERS = ("embeddings", "students", "checkpoints", backups.FOLDER_NAME, "tracks")


class Project(RecordingTable, RunTable, ActivityTable, TimelineTable, CorrectionTable):
    """An open project; use it as a context manager, or `close` it.

    What a method has returned from is on the disk: it survives a killed process and a power
    cut. Several processes may have the project open; each write is one transaction. A job that
    works for long holds `lock_for_writing`. One `Project` may be used from several threads, which
    then wait for each other; a job had better open its own.

    Attributes
    ----------
    folder : Path
    embeddings : EmbeddingCache
        Teacher embeddings in ``embeddings/``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = Database(folder)
        self.embeddings = EmbeddingCache(folder / "embeddings")

    @classmethod
    def create(cls, folder: Path | str) -> Self:
        """Make a new project in a folder that is empty or not there yet, and open it.

        Raises
        ------
        ProjectError
            If there is a project already, or anything else.
        StorageError
            If the disk is full or refuses the write.
        """
        folder = Path(folder)
        with storage_errors(folder):
            _refuse_used_folder(folder)
            folder.mkdir(parents=True, exist_ok=True)
            for name in FOLDERS:
                (folder / name).mkdir(exist_ok=True)
            # Locked, so that of two programs that create here the second finds the first's.
            with WriterLock(folder):
                _refuse_used_folder(folder)
                database = folder / backups.DATABASE_NAME
                with temp_path(folder, ".sqlite") as temp:
                    create_database(temp)
                    publish(temp, database)
            sync_folder(folder.parent)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open a project: check it, bring it to the present schema, back it up, clear leftovers.

        Raises
        ------
        ProjectError
            If it is no project, made by a newer app, damaged (the text names the latest backup,
            see `restore_latest_backup`), or being written by another program.
        StorageError
            If the disk is full or refuses the write.
        """
        folder = Path(folder)
        _check_there(folder)
        project = cls(folder)
        try:
            project._prepare()
        except BaseException:
            project.close()
            raise
        return project

    @classmethod
    def open_or_create(cls, folder: Path | str) -> Self:
        """Open the project in `folder`; make one if the folder is empty or not there."""
        folder = Path(folder)
        return cls.open(folder) if _holds_project(folder) else cls.create(folder)

    @staticmethod
    def restore_latest_backup(folder: Path | str) -> Path:
        """Replace a damaged database by its youngest whole backup; see `backups`."""
        return backups.restore_latest_backup(Path(folder))

    def close(self) -> None:
        """Close the database; a second call does nothing."""
        self._database.close()

    def lock_for_writing(self) -> WriterLock:
        """Hold the project for a long job: ``with project.lock_for_writing(): …``.

        Raises
        ------
        ProjectError
            "in use by process N" while another living process holds it.
        """
        return WriterLock(self.folder)

    def get_meta(self, key: str) -> str | None:
        """A value that was kept under `key`, None if there is none."""
        with self._database.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keep a text under `key`."""
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        with self._database.bare() as connection:
            found = int(connection.execute("PRAGMA application_id").fetchone()[0])
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if tables == 0:  # an emptied file is a valid, empty database
                raise damaged(self.folder, "it is empty")
            if found != APPLICATION_ID:
                raise ProjectError(
                    f"{backups.DATABASE_NAME} was not made by COMODO.",
                    where=str(self.folder),
                    hint="Choose a folder NAME.comodo.",
                )
            refuse_newer(connection, self.folder)
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise damaged(self.folder, str(problem))
            migrate(connection, self.folder)
            # After the check: a damaged database must not push out whole backups.
            backups.back_up(connection, self.folder)
        with storage_errors(self.folder):
            for name in FOLDERS:  # version control and archives drop empty folders
                (self.folder / name).mkdir(exist_ok=True)
        remove_stale_temp_files(self.folder)
        empty_trash(self._database)


def _check_there(folder: Path) -> None:
    if (folder / backups.DATABASE_NAME).is_file():
        return
    if backups.latest_backup(folder) is not None:
        raise damaged(folder, "it is missing")
    raise ProjectError(
        "This is not a COMODO project." if folder.exists() else "There is no such folder.",
        where=str(folder),
        hint=f"Choose a folder NAME.comodo that holds {backups.DATABASE_NAME}, or create one.",
    )


def _holds_project(folder: Path) -> bool:
    # Backups without a database are a damaged project, not room for a new one.
    return (folder / backups.DATABASE_NAME).exists() or bool(backups.list_backups(folder))


def _refuse_used_folder(folder: Path) -> None:
    if _holds_project(folder):
        raise ProjectError(
            "There is a project already.", where=str(folder), hint="Open it instead."
        )
    if not folder.is_dir():
        if folder.exists():
            raise ProjectError("There is a file of this name.", where=str(folder))
        return
    # What a creation that was cut off leaves is ours: it is continued.
    foreign = [
        path.name
        for path in folder.iterdir()
        if path.name not in (*FOLDERS, LOCK_NAME) and not path.name.startswith(".part-")
    ]
    if foreign:
        raise ProjectError(
            f"The folder holds other files ({', '.join(sorted(foreign)[:3])}).",
            where=str(folder),
            hint="Choose an empty folder or a new name.",
        )
