"""One SQLite connection: transactions that are whole or not there, errors a user understands."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from comodo_app.errors import ComodoError, ProjectError, StorageError, UsageError
from comodo_app.project import backups

BUSY_TIMEOUT_S = 15.0


def now() -> str:
    """The present moment as ISO-8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def connect(path: Path) -> sqlite3.Connection:
    """Open an existing database file, never create one; transactions are begun by hand."""
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,  # every use is under the lock of `Database`
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


class Database:
    """The project's database as one process's threads share it.

    Every read and every write runs in one transaction; a write that raises leaves no trace.
    Commits are flushed to the disk (``synchronous = FULL``), so what has returned survives a
    killed process and a power cut.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        with self._errors():
            self._connection = connect(folder / backups.DATABASE_NAME)

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def bare(self) -> Iterator[sqlite3.Connection]:
        """The connection without a transaction, for checks, migrations and backups."""
        with self._lock, self._errors():
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A read-only view of one moment, whatever other processes write meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own: committed at the end of the block, undone if it raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            before = connection.total_changes
            yield connection
            if connection.total_changes != before:
                connection.execute("UPDATE revision SET number = number + 1")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors():
            connection = self._connection
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk may have undone it already
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            translated = translate(error, self.folder)
            if translated is None:
                raise
            raise translated from error


def translate(error: sqlite3.Error, folder: Path) -> ComodoError | None:
    """What a database error means to the user; None if it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    path = str(folder / backups.DATABASE_NAME)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(folder, str(error))
    if code == sqlite3.SQLITE_FULL:
        return StorageError(
            "The disk is full.",
            where=path,
            hint="Free some space, then try again. Nothing was half written.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ProjectError(
            "Another program is writing to the project.", where=path, hint="Try again in a moment."
        )
    if code in (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    ):
        return StorageError(
            f"The project's database cannot be written ({error}).",
            where=path,
            hint="Check that the disk is connected and that you may write to this folder.",
        )
    return None


def damaged(folder: Path, reason: str) -> ProjectError:
    """The error for a database that cannot be read, naming the backup that can replace it."""
    latest = backups.latest_backup(folder)
    hint = (
        f"The latest backup is {latest.path.name} of {latest.made_at}; "
        "`comodo restore` puts it in place and keeps the damaged file beside it."
        if latest is not None
        else "There is no backup in this project."
    )
    return ProjectError(
        f"The project's database is damaged ({reason}).",
        where=str(folder / backups.DATABASE_NAME),
        hint=hint,
    )


def require(connection: sqlite3.Connection, table: str, row_id: int, what: str) -> None:
    """Raise a `UsageError` listing the known ids unless `table` has a row `row_id`."""
    if connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (int(row_id),)).fetchone():
        return
    known = [str(row[0]) for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]
    raise UsageError(
        f"There is no {what} {row_id}.",
        hint=f"Known: {', '.join(known)}." if known else f"The project has no {what} yet.",
    )
