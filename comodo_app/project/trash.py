"""Files of removed rows: named in the transaction that removes the row, deleted after it.

A process killed between the two leaves the names, and the next opening deletes the files. So a
file is never deleted while its row might come back, and never left behind for good.
"""

from __future__ import annotations

import shutil
import sqlite3

from comodo_app.project.database import Database
from comodo_app.project.files import storage_errors


def put_in_trash(connection: sqlite3.Connection, path: str) -> None:
    """Have `path` (file or folder, relative to the project) deleted once this is committed."""
    connection.execute("INSERT OR IGNORE INTO trash VALUES (?)", (path,))


def empty_trash(database: Database) -> int:
    """Delete what was put in the trash; returns how many paths were there."""
    with database.read() as connection:
        paths = [str(row[0]) for row in connection.execute("SELECT path FROM trash")]
    for name in paths:
        path = database.folder / name
        try:
            with storage_errors(path):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue  # another process deletes it at this moment; looked at again next time
        with database.write() as connection:
            connection.execute("DELETE FROM trash WHERE path = ?", (name,))
    return len(paths)
