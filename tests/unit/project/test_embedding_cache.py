from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.errors import StorageError
from comodo_app.project.embedding_cache import EmbeddingCache
from tests.unit.project.samples import cache_key, embeddings

DIM = 8
KEY = cache_key()


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings")


def chunks(cache: EmbeddingCache) -> list[Path]:
    return sorted(cache.folder.rglob("chunk-*.npz"))


def test_an_empty_cache_knows_nothing(cache):
    found = cache.load(KEY, [0.0, 2.5], DIM)
    assert found.embeddings.shape == (2, DIM)
    assert found.embeddings.dtype == np.float32
    assert not found.embeddings.any()
    assert found.present.tolist() == [False, False]
    assert cache.size_bytes() == 0
    assert cache.compact(KEY) == 0
    cache.remove("content")


def test_windows_are_found_by_their_start_in_any_order(cache):
    vectors = embeddings(0, 4)
    cache.append(KEY, [0.0, 2.5], vectors[:2])
    cache.append(KEY, [7.5, 5.0], vectors[2:])
    found = cache.load(KEY, [5.0, 10.0, 0.0, 7.5, -2.5], DIM)
    assert found.present.tolist() == [True, False, True, True, False]
    np.testing.assert_array_equal(found.embeddings[[0, 2, 3]], vectors[[3, 0, 2]])
    assert not found.embeddings[~found.present].any()
    assert cache.load(KEY, [], DIM).embeddings.shape == (0, DIM)


def test_a_start_is_found_within_a_microsecond(cache):
    cache.append(KEY, [2.5], embeddings(0, 1))
    near = [2.5 - 2e-6, 2.5 - 9e-7, 2.5, 2.5 + 9e-7, 2.5 + 2e-6]
    assert cache.load(KEY, near, DIM).present.tolist() == [False, True, True, True, False]


def test_what_was_appended_last_wins_before_and_after_merging(cache):
    vectors = embeddings(0, 3)
    for vector in vectors:
        cache.append(KEY, [1.0], [vector])
    np.testing.assert_array_equal(cache.load(KEY, [1.0], DIM).embeddings, vectors[2:])
    assert cache.compact(KEY) == 3
    np.testing.assert_array_equal(cache.load(KEY, [1.0], DIM).embeddings, vectors[2:])
    cache.append(KEY, [1.0], vectors[:1])
    np.testing.assert_array_equal(cache.load(KEY, [1.0], DIM).embeddings, vectors[:1])


@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=5), max_size=5),
    asked=st.lists(st.integers(-1, 13), max_size=15),
    merge_after=st.integers(0, 5),
)
def test_the_cache_does_what_a_dictionary_does(tmp_path_factory, parts, asked, merge_after):
    cache = EmbeddingCache(tmp_path_factory.mktemp("cache"))
    expected: dict[int, np.ndarray] = {}
    for i, part in enumerate(parts):
        vectors = embeddings(i, len(part))
        cache.append(KEY, np.array(part) * 0.1, vectors)
        expected.update(zip(part, vectors, strict=True))
        if i == merge_after:
            cache.compact(KEY)
    found = cache.load(KEY, np.array(asked) * 0.1, DIM)
    for number, row, present in zip(asked, found.embeddings, found.present, strict=True):
        assert present == (number in expected)
        np.testing.assert_array_equal(row, expected.get(number, np.zeros(DIM)))


@pytest.mark.parametrize(
    "change",
    [
        {"content_key": "other"},
        {"teacher_key": "other"},
        {"teacher_revision": "2"},
        {"preprocessing": "other"},
        {"window_s": 4.0},
        {"stride_s": 2.0},
    ],
)
def test_a_key_that_differs_in_anything_finds_nothing(cache, change):
    cache.append(KEY, [0.0], embeddings(0, 1))
    other = replace(KEY, **change)
    assert other.digest != KEY.digest
    assert not cache.load(other, [0.0], DIM).present.any()


def test_a_key_tells_fields_apart_and_whole_numbers_not(cache):
    assert cache_key(teacher_key="ab", teacher_revision="c").digest != (
        cache_key(teacher_key="a", teacher_revision="bc").digest
    )
    assert cache_key(window_s=5).digest == cache_key(window_s=5.0).digest


def test_the_meta_file_can_be_read_by_people(cache):
    cache.append(KEY, [0.0], embeddings(0, 1))
    (meta,) = cache.folder.rglob("meta.json")
    text = meta.read_text()
    assert json.loads(text)["preprocessing"] == "224 px, 16 frames"
    assert json.loads(text)["dim"] == DIM
    assert "\n" in text


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused_and_nothing_is_written(cache, value):
    vectors = embeddings(0, 3)
    vectors[1, 2] = value
    with pytest.raises(ValueError, match="1 of 3 embeddings are not finite"):
        cache.append(KEY, [0.0, 1.0, 2.0], vectors)
    with pytest.raises(ValueError, match="1 of 1 embeddings are not finite"):
        cache.append(KEY, [value], embeddings(0, 1))
    assert cache.size_bytes() == 0


def test_shapes_that_do_not_fit_are_refused(cache):
    with pytest.raises(ValueError, match="do not fit"):
        cache.append(KEY, [0.0], embeddings(0, 2))
    with pytest.raises(ValueError, match="do not fit"):
        cache.append(KEY, [0.0], embeddings(0, 1)[0])
    cache.append(KEY, [], np.zeros((0, DIM)))
    assert cache.size_bytes() == 0


@pytest.mark.parametrize("harm", ["cut off", "flipped", "empty", "other size"])
def test_a_damaged_chunk_is_counted_and_its_windows_are_absent(cache, caplog, harm):
    for i in range(3):
        cache.append(KEY, [float(i)], embeddings(i, 1))
    middle = chunks(cache)[1]
    content = bytearray(middle.read_bytes())
    if harm == "cut off":
        middle.write_bytes(content[:-20])
    elif harm == "empty":
        middle.write_bytes(b"")
    elif harm == "flipped":
        content[len(content) // 2] ^= 1
        middle.write_bytes(content)
    else:
        cache.append(replace(KEY, content_key="x"), [1.0], embeddings(0, 1, dim=DIM + 1))
        other = next(p for p in chunks(cache) if p.parent != middle.parent)
        other.replace(middle)
    found = cache.load(KEY, [0.0, 1.0, 2.0], DIM)
    assert found.present.tolist() == [True, False, True]
    assert found.n_damaged_chunks == 1
    assert "computed anew" in caplog.text
    if harm != "other size":
        assert cache.compact(KEY) == 3  # clears the damaged one away
        found = cache.load(KEY, [0.0, 1.0, 2.0], DIM)
        assert found.present.tolist() == [True, False, True]
        assert found.n_damaged_chunks == 0


def test_merging_leaves_one_file_and_removes_one_content_of_all_teachers(cache):
    other_teacher, other = cache_key(teacher_key="b"), cache_key("other/../content: 1")
    for key in (KEY, other_teacher, other):
        for i in range(3):
            cache.append(key, [float(i)], embeddings(i, 1))
    cache.compact(KEY)
    assert len(chunks(cache)) == 1 + 3 + 3
    assert cache.compact(KEY) == 1
    size = cache.size_bytes()
    cache.remove(KEY.content_key)
    assert len(chunks(cache)) == 3
    assert 0 < cache.size_bytes() < size
    assert cache.load(other, [0.0, 1.0, 2.0], DIM).present.all()
    assert not cache.load(other_teacher, [0.0], DIM).present.any()


def test_a_full_disk_while_merging_loses_nothing(cache, monkeypatch):
    for i in range(3):
        cache.append(KEY, [float(i)], embeddings(i, 1))

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError, match="full"):
        cache.compact(KEY)
    with pytest.raises(StorageError, match="full"):
        cache.append(KEY, [9.0], embeddings(9, 1))
    monkeypatch.undo()
    assert cache.load(KEY, [0.0, 1.0, 2.0, 9.0], DIM).present.tolist() == [True] * 3 + [False]


def test_merging_while_others_append_and_read_loses_nothing(cache):
    n, stop, missed = 60, threading.Event(), []
    written = [0]

    def append():
        for i in range(n):
            cache.append(KEY, [float(i)], embeddings(i, 1))
            written[0] = i + 1
        stop.set()

    def merge():
        while not stop.is_set():
            cache.compact(KEY)

    def read():
        while not stop.is_set():
            known = written[0]
            found = cache.load(KEY, np.arange(known, dtype=float), DIM)
            if not found.present.all() or found.n_damaged_chunks:
                missed.append(known)

    threads = [threading.Thread(target=work) for work in (append, merge, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missed == []
    found = cache.load(KEY, np.arange(n, dtype=float), DIM)
    assert found.present.all()
    expected = np.concatenate([embeddings(i, 1) for i in range(n)])
    np.testing.assert_array_equal(found.embeddings, expected)
