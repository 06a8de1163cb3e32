from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing

import pytest

from comodo_app.errors import ProjectError, StorageError
from comodo_app.project import database
from comodo_app.project.backups import DATABASE_NAME
from comodo_app.project.store import Project


def revision(project):
    with project._database.read() as connection:
        return connection.execute("SELECT number FROM revision").fetchone()[0]


def test_a_write_that_raises_leaves_no_trace(project):
    before = revision(project)
    with pytest.raises(KeyboardInterrupt), project._database.write() as connection:
        connection.execute("INSERT INTO meta VALUES ('a', '1')")
        raise KeyboardInterrupt
    assert project.get_meta("a") is None
    assert revision(project) == before


def test_each_write_that_changes_something_counts_once(project):
    before = revision(project)
    project.allocate_activities(5)
    assert revision(project) == before + 1
    with project._database.write() as connection:
        connection.execute("DELETE FROM meta WHERE key = 'not there'")
    assert revision(project) == before + 1


def test_a_reader_sees_one_moment(folder):
    with Project.create(folder) as one, Project.open(folder) as two:
        with one._database.read() as connection:
            assert connection.execute("SELECT count(*) FROM activities").fetchone() == (0,)
            two.allocate_activities(1)
            assert connection.execute("SELECT count(*) FROM activities").fetchone() == (0,)
        assert len(one.activities()) == 1


def test_threads_of_one_process_may_share_a_project(project):
    ids: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: [ids.extend(project.allocate_activities(1)) for _ in range(10)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == list(range(1, 41))


def test_a_writer_that_does_not_let_go_is_told_as_such(folder, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    with (
        Project.create(folder) as project,
        closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProjectError, match="Another program is writing"):
            project.set_meta("a", "1")
        other.execute("ROLLBACK")
        project.set_meta("a", "1")


@pytest.mark.skipif(sys.platform == "win32", reason="needs setrlimit")
def test_a_full_disk_is_a_storage_error_and_the_project_goes_on_as_it_was(project):
    import resource

    project.set_meta("a", "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(StorageError):
            project.set_meta("a", "x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert project.get_meta("a") == "before"
    project.set_meta("a", "after")
    assert project.get_meta("a") == "after"


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (sqlite3.SQLITE_FULL, StorageError, "full"),
        (sqlite3.SQLITE_READONLY, StorageError, "cannot be written"),
        (sqlite3.SQLITE_IOERR_WRITE, StorageError, "cannot be written"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, ProjectError, "Another program"),
        (sqlite3.SQLITE_CORRUPT, ProjectError, "damaged"),
        (sqlite3.SQLITE_NOTADB, ProjectError, "damaged"),
    ],
)
def test_what_a_user_can_fix_is_translated(tmp_path, code, kind, says):
    error = sqlite3.OperationalError("text")
    error.sqlite_errorcode = code
    translated = database.translate(error, tmp_path)
    assert isinstance(translated, kind)
    assert says in translated.what


def test_a_bug_in_a_statement_stays_a_bug(project):
    with pytest.raises(sqlite3.OperationalError), project._database.read() as connection:
        connection.execute("SELECT * FROM no_such_table")
