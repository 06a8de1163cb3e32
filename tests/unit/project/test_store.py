from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from comodo_app.errors import ProjectError, StorageError
from comodo_app.project import store
from comodo_app.project.backups import DATABASE_NAME, list_backups
from comodo_app.project.store import FOLDERS, Project
from tests.unit.project.samples import read_recording


def test_a_new_project_has_its_database_and_folders(folder):
    with Project.create(folder) as project:
        assert project.folder == folder
        assert {p.name for p in folder.iterdir() if p.is_dir()} == set(FOLDERS)
        with closing(sqlite3.connect(folder / DATABASE_NAME)) as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with project._database.bare() as connection:
            assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert not (folder / f"{DATABASE_NAME}-wal").exists()  # one file to copy after closing


def test_what_was_kept_is_there_after_opening_again(folder):
    with Project.create(folder) as project:
        project.set_meta("note", "old")
        project.set_meta("note", "über 5 s")
    with Project.open(folder) as project:
        assert project.get_meta("note") == "über 5 s"
        assert project.get_meta("other") is None


def test_a_project_can_be_created_inside_folders_that_are_not_there_yet(tmp_path):
    Project.create(str(tmp_path / "a" / "b.comodo")).close()
    Project.open(str(tmp_path / "a" / "b.comodo")).close()


def test_creating_over_a_project_is_refused(project):
    with pytest.raises(ProjectError, match="already"):
        Project.create(project.folder)


def test_creating_among_other_files_is_refused_and_adds_nothing(tmp_path):
    (tmp_path / "thesis.docx").write_bytes(b"")
    with pytest.raises(ProjectError, match=r"thesis\.docx"):
        Project.create(tmp_path)
    with pytest.raises(ProjectError, match=r"thesis\.docx"):
        Project.open_or_create(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_creation_that_was_cut_off_is_continued(folder):
    folder.mkdir()
    (folder / "tracks").mkdir()
    (folder / ".part-host-1-1-0123456789abcdef.sqlite").write_bytes(b"half")
    with pytest.raises(ProjectError, match="not a COMODO project"):
        Project.open(folder)
    Project.open_or_create(folder).close()


def test_open_or_create_opens_what_is_there(folder):
    with Project.open_or_create(folder) as project:
        project.set_meta("a", "1")
    with Project.open_or_create(folder) as project:
        assert project.get_meta("a") == "1"


@pytest.mark.parametrize("kind", ["nothing", "a folder", "a file"])
def test_what_is_no_project_is_refused_and_stays_as_it_is(tmp_path, kind):
    path = tmp_path / "x"
    if kind == "a folder":
        path.mkdir()
    elif kind == "a file":
        path.write_bytes(b"")
    with pytest.raises(ProjectError) as caught:
        Project.open(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert not path.is_dir() or not list(path.iterdir())


def test_a_database_of_another_program_is_refused_untouched(folder):
    folder.mkdir()
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as other:
        other.execute("CREATE TABLE photos (id)")
    with pytest.raises(ProjectError, match="not made by COMODO"):
        Project.open(folder)
    assert not (folder / "backups").exists()


@pytest.mark.parametrize("harm", ["emptied", "text", "header", "missing", "middle"])
def test_a_damaged_database_names_the_latest_backup_which_can_be_restored(folder, harm):
    with Project.create(folder) as project:
        row = project.add_recording(read_recording(), sources=[], content_key="a", importer="test")
        project.allocate_activities(2000)
        project.save_assignments(
            project.create_run("{}", recipe="", teacher="", student="").id,
            [(row.id, range(5000), [1] * 5000, [0.5] * 5000)],
        )
    Project.open(folder).close()  # makes the backup
    latest = list_backups(folder)[-1]
    database = folder / DATABASE_NAME
    content = bytearray(database.read_bytes())
    if harm == "emptied":
        database.write_bytes(b"")
    elif harm == "text":
        database.write_bytes(b"hello " * 1000)
    elif harm == "header":
        database.write_bytes(content[: len(content) // 2])
    elif harm == "missing":
        database.unlink()
    else:
        middle = slice(4096, len(content) - 4096)
        content[middle] = os.urandom(middle.stop - middle.start)
        database.write_bytes(content)
    with pytest.raises(ProjectError, match="damaged") as caught:
        Project.open(folder)
    assert latest.path.name in caught.value.hint
    assert "comodo restore" in caught.value.hint
    assert list_backups(folder)[-1] == latest  # the damaged state pushed nothing out

    assert Project.restore_latest_backup(folder) == latest.path
    with Project.open(folder) as project:
        assert project.load_recording(row.id).imu is not None
        assert len(project.activities()) == 2000
    assert harm == "missing" or list(folder.glob("damaged-*.sqlite"))


def test_open_or_create_never_makes_a_new_database_beside_backups(folder):
    Project.create(folder).close()
    (folder / DATABASE_NAME).unlink()
    with pytest.raises(ProjectError, match="missing"):
        Project.open_or_create(folder)


def test_a_newer_project_is_refused_with_the_app_version_that_made_it(folder):
    Project.create(folder).close()
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as other:
        other.execute("UPDATE meta SET value = '7.3.1' WHERE key = 'schema_app_version'")
        other.execute("PRAGMA user_version = 99")
        other.commit()
    with pytest.raises(ProjectError, match=r"COMODO 7\.3\.1 \(schema 99\)"):
        Project.open(folder)


def test_folders_that_an_archive_dropped_are_made_again(folder):
    Project.create(folder).close()
    shutil.rmtree(folder / "students")
    Project.open(folder).close()
    assert (folder / "students").is_dir()


def test_leftovers_of_killed_processes_are_cleared_on_opening(folder):
    Project.create(folder).close()
    script = (
        "import os, sys; from comodo_app.project.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as temp:\n"
        "    temp.write_bytes(b'half'); os._exit(0)"
    )
    target = folder / "tracks" / "1.npz"
    subprocess.run([sys.executable, "-c", script, str(target)], check=True)
    assert list((folder / "tracks").iterdir())
    Project.open(folder).close()
    assert not list((folder / "tracks").iterdir())


def test_two_openings_see_each_others_writes(folder):
    with Project.create(folder) as one, Project.open(folder) as two:
        one.set_meta("a", "1")
        assert two.get_meta("a") == "1"
        two.allocate_activities(2)
        assert one.allocate_activities(1) == (3,)


def test_two_processes_that_write_at_once_lose_nothing_and_share_no_id(folder):
    Project.create(folder).close()
    script = (
        "import sys; from comodo_app.project.store import Project\n"
        "with Project.open(sys.argv[1]) as project:\n"
        "    for _ in range(40): print(*project.allocate_activities(3))"
    )
    command = [sys.executable, "-c", script, str(folder)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    printed = b" ".join(child.communicate()[0] for child in children).split()
    assert [child.returncode for child in children] == [0, 0]
    assert sorted(int(i) for i in printed) == list(range(1, 241))


def test_two_processes_that_create_at_once_get_one_project(folder):
    script = (
        "import sys; from comodo_app.project.store import Project\n"
        "with Project.open_or_create(sys.argv[1]) as project: project.allocate_activities(1)"
    )
    command = [sys.executable, "-c", script, str(folder)]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    errors = [child.communicate()[1] for child in children]
    n_done = sum(child.returncode == 0 for child in children)
    # One that looked before the other had finished is refused; nobody's project is replaced.
    assert n_done >= 1
    assert all(b"ProjectError" in e for c, e in zip(children, errors, strict=True) if c.returncode)
    with Project.open(folder) as project:
        assert len(project.activities()) == n_done


def test_a_long_job_of_another_process_keeps_a_second_one_out(project):
    script = (
        "import sys; from comodo_app.project.store import Project\n"
        "with Project.open(sys.argv[1]) as project:\n"
        "    project.set_meta('from', 'outside')\n"
        "    project.lock_for_writing()"
    )
    with project.lock_for_writing():
        child = subprocess.run(
            [sys.executable, "-c", script, str(project.folder)], capture_output=True
        )
    assert f"in use by process {os.getpid()}".encode() in child.stderr
    assert project.get_meta("from") == "outside"  # short writes go on


def test_a_disk_that_fills_up_while_creating_leaves_no_project(folder, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="full"):
        Project.create(folder)
    monkeypatch.undo()
    assert not (folder / DATABASE_NAME).exists()
    Project.create(folder).close()


def test_opening_that_fails_closes_the_database(folder, monkeypatch):
    Project.create(folder).close()
    closed = []
    monkeypatch.setattr(Project, "close", lambda self: closed.append(self._database.close()))
    monkeypatch.setattr(store, "remove_stale_temp_files", lambda folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Project.open(folder)
    assert closed == [None]
