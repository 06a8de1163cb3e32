from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from comodo_app.errors import ProjectError, StorageError
from comodo_app.project import files
from comodo_app.project.files import (
    atomic_path,
    load_arrays,
    remove_stale_temp_files,
    save_arrays,
    write_atomic,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "a.json"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a.json"]


def test_the_temporary_path_lies_in_the_same_folder_and_keeps_the_suffix(tmp_path):
    with atomic_path(tmp_path / "student.onnx") as temp:
        assert temp.parent == tmp_path
        assert temp.suffix == ".onnx"
        temp.write_bytes(b"x")
    assert names(tmp_path) == ["student.onnx"]


def test_a_failure_keeps_the_old_file_and_removes_the_temporary_one(tmp_path):
    path = tmp_path / "a.bin"
    write_atomic(path, b"old")
    with pytest.raises(KeyboardInterrupt), atomic_path(path) as temp:
        temp.write_bytes(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_file_and_folder_are_flushed_in_the_order_that_survives_a_power_cut(tmp_path, monkeypatch):
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle):
        steps.append("folder" if os.fstat(handle).st_mode & 0o040000 else "file")
        real_fsync(handle)

    def replace(source, target):
        steps.append("rename")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_atomic(tmp_path / "a", b"x")
    assert steps == (["file", "rename", "folder"] if sys.platform != "win32" else steps)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EACCES, "permission"),
        (errno.EROFS, "read-only"),
        (errno.EFBIG, "too large"),
    ],
)
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_disk_that_refuses_is_a_storage_error_and_the_old_file_stays(
    tmp_path, monkeypatch, code, says, function
):
    path = tmp_path / "a.bin"
    write_atomic(path, b"old")

    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, function, refuse)
    with pytest.raises(StorageError, match=says) as caught:
        write_atomic(path, b"new")
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_a_refused_read_of_another_file_inside_the_block_names_that_file(tmp_path):
    with pytest.raises(StorageError) as caught, atomic_path(tmp_path / "out"):
        raise PermissionError(errno.EACCES, "no", str(tmp_path / "input.mp4"))
    assert caught.value.where.endswith("input.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="needs setrlimit")
def test_a_write_cut_off_by_the_system_leaves_the_old_file(tmp_path):
    import resource

    path = tmp_path / "a.npz"
    save_arrays(path, a=np.arange(3))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageError):
            save_arrays(path, a=np.zeros(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert load_arrays(path)["a"].tolist() == [0, 1, 2]
    assert names(tmp_path) == ["a.npz"]


def test_other_system_errors_stay_what_they_are(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "no such folder" / "a", b"x")


def test_arrays_come_back_with_dtype_shape_and_content(tmp_path):
    arrays = {
        "a": np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32),
        "empty": np.zeros((0, 4)),
        "ids": np.arange(5, dtype=np.int64)[::2],
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    save_arrays(tmp_path / "x.npz", **arrays)
    loaded = load_arrays(tmp_path / "x.npz")
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as plain:  # an ordinary npz to others
        np.testing.assert_array_equal(plain["a"], arrays["a"])


def test_objects_are_neither_written_nor_read(tmp_path):
    path = tmp_path / "x.npz"
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(TypeError):
        save_arrays(path, a=objects)
    assert not path.exists()
    np.savez(path, a=objects)
    with pytest.raises(ProjectError, match="damaged"):
        load_arrays(path)


def test_a_missing_array_file_is_a_project_error(tmp_path):
    with pytest.raises(ProjectError, match="missing"):
        load_arrays(tmp_path / "x.npz")


def test_any_cut_off_array_file_is_reported(tmp_path):
    path = tmp_path / "x.npz"
    save_arrays(path, a=np.arange(50.0), b=np.arange(3))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ProjectError, match="damaged"):
            load_arrays(path)


def test_a_flipped_byte_is_reported_or_harmless_never_another_number(tmp_path):
    path = tmp_path / "x.npz"
    arrays = {"a": np.arange(20.0), "b": np.arange(3)}
    save_arrays(path, **arrays)
    whole = path.read_bytes()
    n_reported = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x41
        path.write_bytes(damaged)
        try:
            loaded = load_arrays(path)
        except ProjectError:
            n_reported += 1
            continue
        for name in loaded.keys() & arrays.keys():  # a flipped name is noticed by who asks for it
            np.testing.assert_array_equal(loaded[name], arrays[name])
    assert n_reported > len(whole) // 2


def test_files_of_dead_processes_are_removed_those_of_living_ones_stay(tmp_path):
    script = (
        "import os, sys; from pathlib import Path; from comodo_app.project import files\n"
        "with files.atomic_path(Path(sys.argv[1]) / 'a.npz') as temp:\n"
        "    temp.write_bytes(b'half'); os._exit(0)"
    )
    deep = tmp_path / "tracks"
    deep.mkdir()
    subprocess.run([sys.executable, "-c", script, str(deep)], check=True)
    assert len(names(deep)) == 1
    with files.temp_path(tmp_path, ".npz") as mine:
        mine.write_bytes(b"in work")
        (tmp_path / ".part-of-somebody-else").write_bytes(b"")
        assert remove_stale_temp_files(tmp_path) == 1
        assert mine.exists()
    assert names(deep) == []
    assert (tmp_path / ".part-of-somebody-else").exists()


def test_files_of_another_machine_are_removed_after_a_week(tmp_path):
    path = tmp_path / ".part-elsewhere-1-5-0123456789abcdef.npz"
    path.write_bytes(b"half")
    assert remove_stale_temp_files(tmp_path) == 0
    last_month = time.time() - 30 * 86400
    os.utime(path, (last_month, last_month))
    assert remove_stale_temp_files(tmp_path) == 1
