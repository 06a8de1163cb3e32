from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from comodo_app.errors import ProjectError, StorageError
from comodo_app.project import backups
from comodo_app.project.backups import (
    DATABASE_NAME,
    KEEP,
    latest_backup,
    list_backups,
    restore_latest_backup,
)
from comodo_app.project.store import Project
from tests.unit.project.samples import read_recording


def change(folder, value):
    with Project.open(folder) as project:
        project.set_meta("value", value)


def value_in(path):
    with closing(sqlite3.connect(path)) as copy:
        row = copy.execute("SELECT value FROM meta WHERE key = 'value'").fetchone()
        return row and row[0]


def test_opening_backs_up_only_what_has_changed(folder):
    Project.create(folder).close()
    n = len(list_backups(folder))
    Project.open(folder).close()
    assert len(list_backups(folder)) == n
    change(folder, "a")
    assert len(list_backups(folder)) == n  # backed up when it is opened next
    Project.open(folder).close()
    Project.open(folder).close()
    assert len(list_backups(folder)) == n + 1
    assert value_in(latest_backup(folder).path) == "a"


def test_the_youngest_ten_are_kept(folder):
    Project.create(folder).close()
    for i in range(KEEP + 5):
        change(folder, str(i))
    Project.open(folder).close()
    found = list_backups(folder)
    assert [value_in(b.path) for b in found] == [str(i) for i in range(5, KEEP + 5)]
    assert not list((folder / "backups").glob("*-wal"))


def test_the_last_state_of_an_earlier_day_is_kept_beyond_the_ten(folder):
    Project.create(folder).close()
    change(folder, "yesterday")
    Project.open(folder).close()
    old = latest_backup(folder)
    for days in (1, 2):
        stamp = (old.time - timedelta(days=days)).strftime(backups._STAMP)
        name = f"project-{stamp}-r{old.revision}.sqlite"
        old.path.with_name(name).write_bytes(old.path.read_bytes())
    for i in range(KEEP + 2):
        change(folder, str(i))
    Project.open(folder).close()
    found = list_backups(folder)
    assert len(found) == KEEP + 1
    assert found[0].time == old.time - timedelta(days=1)


def test_what_is_in_the_write_ahead_log_is_in_the_backup(folder):
    with Project.create(folder) as project:
        project.set_meta("value", "not yet in the main file")
        with project._database.bare() as connection:
            made = backups.back_up(connection, folder)
    assert made is not None
    assert value_in(made.path) == "not yet in the main file"


def test_a_full_disk_stops_the_backup_and_keeps_the_older_ones(folder, monkeypatch):
    Project.create(folder).close()
    change(folder, "a")
    before = list_backups(folder)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match="full"):
        Project.open(folder)
    assert list_backups(folder) == before
    assert not list((folder / "backups").glob(".part-*"))


def test_restoring_skips_a_backup_that_is_damaged_itself(folder):
    Project.create(folder).close()
    change(folder, "whole")
    Project.open(folder).close()
    whole = latest_backup(folder)
    change(folder, "damaged")
    Project.open(folder).close()
    latest_backup(folder).path.write_bytes(b"rubbish" * 5000)
    (folder / DATABASE_NAME).write_bytes(b"")
    assert restore_latest_backup(folder) == whole.path
    with Project.open(folder) as project:
        assert project.get_meta("value") == "whole"


def test_after_restoring_the_next_change_is_backed_up_again(folder):
    Project.create(folder).close()
    for value in "abc":
        change(folder, value)
    Project.open(folder).close()
    latest_backup(folder).path.write_bytes(b"rubbish")
    restore_latest_backup(folder)
    change(folder, "new")
    Project.open(folder).close()
    assert value_in(latest_backup(folder).path) == "new"


def test_ids_of_rows_newer_than_the_backup_are_not_given_again(folder):
    Project.create(folder).close()
    with Project.open(folder) as project:
        recording = project.add_recording(
            read_recording(), sources=[], content_key="a", importer="test"
        )
        run = project.create_run("{}", recipe="", teacher="", student="")
        (project.students_folder(run.id) / "weights.safetensors").write_bytes(b"old")
    (folder / DATABASE_NAME).write_bytes(b"")
    restore_latest_backup(folder)  # from before the recording and the run
    with Project.open(folder) as project:
        assert project.recordings() == ()
        new_run = project.create_run("{}", recipe="", teacher="", student="")
        assert new_run.id > run.id
        assert not list(project.students_folder(new_run.id).iterdir())
        again = project.add_recording(
            read_recording(), sources=[], content_key="a", importer="test"
        )
        assert again.id > recording.id


def test_the_damaged_database_and_its_log_are_kept_aside(folder):
    Project.create(folder).close()
    (folder / DATABASE_NAME).write_bytes(b"damaged")
    (folder / f"{DATABASE_NAME}-wal").write_bytes(b"log")
    restore_latest_backup(folder)
    (aside,) = folder.glob("damaged-*.sqlite")
    assert aside.read_bytes() == b"damaged"
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"log"
    assert not (folder / f"{DATABASE_NAME}-wal").exists()


def test_without_a_whole_backup_nothing_is_touched(folder):
    folder.mkdir()
    (folder / DATABASE_NAME).write_bytes(b"damaged")
    with pytest.raises(ProjectError, match="no backup"):
        restore_latest_backup(folder)
    assert (folder / DATABASE_NAME).read_bytes() == b"damaged"
