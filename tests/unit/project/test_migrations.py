from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from comodo_app.activities.corrections import Correction
from comodo_app.activities.model import Lane, State
from comodo_app.errors import ProjectError
from comodo_app.project import migrations
from comodo_app.project.backups import DATABASE_NAME, latest_backup, list_backups
from comodo_app.project.database import connect
from comodo_app.project.migrations import MIGRATIONS, migrate, schema_version
from comodo_app.project.schema import SCHEMA_VERSION, TABLES
from comodo_app.project.store import Project


def add_colour(connection):
    connection.execute("ALTER TABLE activities ADD COLUMN colour TEXT NOT NULL DEFAULT ''")
    connection.execute("UPDATE activities SET colour = 'blue'")


def write_version_1(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as connection:
        script = (Path(__file__).parent / "version_1.sql").read_text(encoding="utf-8")
        connection.executescript(script)


@pytest.fixture
def version_1(folder: Path):
    write_version_1(folder)
    with closing(connect(folder / DATABASE_NAME)) as connection:
        yield connection


def columns(connection, table):
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def test_every_version_after_the_first_has_its_step():
    assert sorted(MIGRATIONS) == list(range(2, SCHEMA_VERSION + 1))


def test_a_step_runs_once_after_a_backup_of_the_old_state(version_1, folder):
    with_backups = {b.path for b in list_backups(folder)}
    assert migrate(version_1, folder, migrations={2: add_colour}, target=2) == 1
    assert schema_version(version_1) == 2
    assert version_1.execute("SELECT DISTINCT colour FROM activities").fetchall() == [("blue",)]
    backup = latest_backup(folder).path
    assert backup not in with_backups
    with closing(sqlite3.connect(backup)) as copy:
        assert schema_version(copy) == 1
        assert "colour" not in columns(copy, "activities")
        assert copy.execute("SELECT count(*) FROM activities").fetchone() == (2,)
    assert migrate(version_1, folder, migrations={2: add_colour}, target=2) == 0


def test_a_step_that_fails_is_undone_and_the_error_names_the_backup(version_1, folder):
    def half(connection):
        add_colour(connection)
        connection.execute("DELETE FROM recordings")
        raise RuntimeError("power cut")

    with pytest.raises(ProjectError, match="power cut") as caught:
        migrate(version_1, folder, migrations={2: half}, target=2)
    assert latest_backup(folder).path.name in caught.value.hint
    assert schema_version(version_1) == 1
    assert "colour" not in columns(version_1, "activities")
    assert version_1.execute("SELECT count(*) FROM recordings").fetchone() == (1,)
    Project.open(folder).close()  # as usable as before


def test_the_steps_before_a_failing_one_stay(version_1, folder):
    with pytest.raises(ProjectError):
        migrate(version_1, folder, migrations={2: add_colour, 3: lambda c: 1 / 0}, target=3)
    assert schema_version(version_1) == 2


def test_a_step_may_rebuild_a_table_that_others_refer_to(version_1, folder):
    tracks = version_1.execute("SELECT count(*) FROM imu_tracks").fetchone()

    def rebuild(connection):
        connection.execute("CREATE TABLE new AS SELECT * FROM recordings")
        connection.execute("DROP TABLE recordings")
        connection.execute(next(t for t in TABLES if "TABLE recordings" in t))
        connection.execute("INSERT INTO recordings SELECT * FROM new")
        connection.execute("DROP TABLE new")

    migrate(version_1, folder, migrations={2: rebuild}, target=2)
    assert version_1.execute("SELECT count(*) FROM imu_tracks").fetchone() == tracks
    assert version_1.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_step_that_leaves_rows_without_what_they_refer_to_is_undone(version_1, folder):
    with pytest.raises(ProjectError, match="lost what they refer to"):
        migrate(
            version_1,
            folder,
            migrations={2: lambda c: c.execute("DELETE FROM recordings")},
            target=2,
        )
    assert version_1.execute("SELECT count(*) FROM recordings").fetchone() == (1,)


def test_a_step_that_another_process_has_done_is_not_done_again(version_1, folder, monkeypatch):
    versions = iter([1, 1, 2, 2])  # seen as 1 before the transaction, as 2 inside it
    monkeypatch.setattr(migrations, "schema_version", lambda connection: next(versions))
    migrate(version_1, folder, migrations={2: lambda c: 1 / 0}, target=2)
    assert not version_1.in_transaction


def test_opening_migrates(folder, monkeypatch):
    write_version_1(folder)
    monkeypatch.setattr(
        "comodo_app.project.store.migrate",
        lambda connection, folder: migrate(
            connection, folder, migrations={2: add_colour}, target=2
        ),
    )
    with Project.open(folder) as project, project._database.bare() as connection:
        assert connection.execute("SELECT colour FROM activities").fetchall() == [("blue",)] * 2


def test_a_database_written_by_hand_as_version_1_opens(folder):
    """The tables of version 1, frozen here: later versions must still open them."""
    write_version_1(folder)
    with Project.open(folder) as project:
        (row,) = project.recordings()
        assert (row.name, row.wearer, row.offset_s) == ("walk", "Ada", 0.5)
        assert row.notes[0].count == 3
        assert row.video is not None
        assert row.video.path.name == "walk.mp4"
        assert row.imu is not None
        assert [a.name for a in project.activities()] == ["walking", ""]
        assert project.run(1).status == "finished"
        assert project.assignments(1)[0].window_start_s.tolist() == [0.0, 2.5]
        timeline = project.timeline(1, Lane.STUDENT, 1)
        assert timeline is not None
        assert [s.state for s in timeline] == [State.ACTIVITY, State.UNKNOWN]


def test_version_2_adds_colours_and_corrections_to_what_is_there(folder):
    write_version_1(folder)
    with Project.open(folder) as project:
        assert project.activity_colours() == {}
        assert project.corrections(1) == ()
        project.colour_activity(2, 7)
        project.save_corrections(1, (Correction(1.0, 2.0, 2), Correction(2.0, 3.0, None)))
    with Project.open(folder) as project:
        assert project.activity_colours() == {2: 7}
        assert project.corrections(1) == (Correction(1.0, 2.0, 2), Correction(2.0, 3.0, None))


def test_a_migrated_database_has_the_tables_of_a_new_one(folder, tmp_path):
    write_version_1(folder)
    Project.open(folder).close()
    Project.create(tmp_path / "new.comodo").close()
    shapes = []
    for path in (folder, tmp_path / "new.comodo"):
        with closing(sqlite3.connect(path / DATABASE_NAME)) as connection:
            tables = [r[0] for r in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]  # fmt: skip
            shapes.append({
                name: [row[1:] for row in connection.execute(f"PRAGMA table_info({name})")]
                for name in tables
            })  # fmt: skip
    assert shapes[0] == shapes[1]
