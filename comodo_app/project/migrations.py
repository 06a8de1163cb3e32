"""Bring an older database to the present schema: numbered steps, each whole or not done."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import comodo_app
from comodo_app.errors import ProjectError
from comodo_app.project import backups
from comodo_app.project.schema import CORRECTIONS, SCHEMA_APP_KEY, SCHEMA_VERSION

log = logging.getLogger(__name__)

Migration = Callable[[sqlite3.Connection], None]


def _colours_and_corrections(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE activities ADD COLUMN colour INTEGER NOT NULL DEFAULT 0")
    connection.execute(CORRECTIONS)


# MIGRATIONS[n] turns version n - 1 into version n. Version 1 is the first and made by schema.py.
# A function runs inside a transaction: it uses `execute` only (`executescript` would commit).
MIGRATIONS: Mapping[int, Migration] = {2: _colours_and_corrections}


def schema_version(connection: sqlite3.Connection) -> int:
    """The version that the database says it has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection, folder: Path, known: int = SCHEMA_VERSION) -> None:
    """Raise a `ProjectError` naming the app version if the database is newer than `known`."""
    version = schema_version(connection)
    if version <= known:
        return
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (SCHEMA_APP_KEY,)).fetchone()
    app = row[0] if row else "unknown"
    raise ProjectError(
        f"The project was made with COMODO {app} (schema {version}); this is COMODO "
        f"{comodo_app.__version__} (schema {known}).",
        where=str(folder),
        hint=f"Update COMODO to {app} or newer. Nothing was changed.",
    )


def migrate(
    connection: sqlite3.Connection,
    folder: Path,
    *,
    migrations: Mapping[int, Migration] = MIGRATIONS,
    target: int = SCHEMA_VERSION,
) -> int:
    """Run the steps from the database's version to `target`, each in one transaction.

    Before the first step a backup is made. A step that fails is undone; the steps before it
    stay, so the database always has one version or the other.

    Returns
    -------
    int
        How many steps were run.

    Raises
    ------
    ProjectError
        If the database is newer than `target`, or a step failed; the text names the backup.
    """
    refuse_newer(connection, folder, target)
    n_steps = 0
    while (version := schema_version(connection)) < target:
        if n_steps == 0:
            backups.back_up(connection, folder)
        _step(connection, folder, version + 1, migrations[version + 1])
        n_steps += 1
        log.info("%s brought to schema %d", folder, version + 1)
    return n_steps


def _step(connection: sqlite3.Connection, folder: Path, version: int, step: Migration) -> None:
    # A table that is rebuilt loses its rows' children while foreign keys act; checked at the end.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if schema_version(connection) >= version:  # another process was faster
                connection.execute("ROLLBACK")
                return
            step(connection)
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise sqlite3.IntegrityError(f"{len(broken)} rows lost what they refer to")
            connection.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                (SCHEMA_APP_KEY, comodo_app.__version__),
            )
            connection.execute("UPDATE revision SET number = number + 1")
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except Exception as error:
        log.exception("migration to schema %d failed", version)
        latest = backups.latest_backup(folder)
        raise ProjectError(
            f"The project could not be brought to schema {version} ({error}); it is as before.",
            where=str(folder),
            hint=f"A copy lies in {latest.path}." if latest else "",
        ) from error
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
