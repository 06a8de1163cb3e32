from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from comodo_app.project.embedding_cache import EmbeddingCache
from comodo_app.project.embedding_statistics import (
    FOLDER,
    FeatureStatistics,
    feature_statistics,
)
from tests.unit.project.samples import cache_key, embeddings

DIM = 8
KEYS = [cache_key(f"content-{i}") for i in range(3)]


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    cache = EmbeddingCache(tmp_path / "embeddings")
    for i, key in enumerate(KEYS[:2]):
        cache.append(key, np.arange(20.0), embeddings(i, 20))
    return cache


def rows(cache: EmbeddingCache, keys) -> np.ndarray:
    return np.concatenate([cache.rows(key) for key in keys]).astype(np.float64)


def check(found: FeatureStatistics | None, expected: np.ndarray) -> None:
    assert found is not None
    assert found.n == len(expected)
    np.testing.assert_allclose(found.mean, expected.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(expected.T, bias=True), rtol=1e-9)


def test_they_are_those_of_all_rows(cache):
    check(feature_statistics(cache, KEYS), rows(cache, KEYS[:2]))
    check(feature_statistics(cache, KEYS), rows(cache, KEYS[:2]))


def test_a_large_offset_costs_no_digits(tmp_path):
    rng = np.random.default_rng(0)
    x = (1e4 + rng.normal(size=(1000, 3))).astype(np.float32)
    found = FeatureStatistics.of(x[:1]).with_more(FeatureStatistics.of(x[1:]))
    check(found, x.astype(np.float64))


def test_only_new_entries_are_read(cache, monkeypatch):
    feature_statistics(cache, KEYS)
    cache.append(KEYS[2], [0.0, 1.0], embeddings(9, 2))
    read = []
    original = EmbeddingCache.rows
    monkeypatch.setattr(
        EmbeddingCache, "rows", lambda self, key: read.append(key) or original(self, key)
    )
    found = feature_statistics(cache, KEYS)
    assert read == [KEYS[2]]
    monkeypatch.undo()
    check(found, rows(cache, KEYS))


@pytest.mark.parametrize("change", ["more", "gone", "again"])
def test_a_changed_entry_makes_everything_count_anew(cache, change):
    feature_statistics(cache, KEYS)
    if change == "more":
        cache.append(KEYS[0], [50.0], embeddings(9, 1))
    elif change == "gone":
        cache.remove(KEYS[1].content_key)
    else:
        cache.append(KEYS[0], np.arange(20.0), embeddings(9, 20))
    left = KEYS[:1] if change == "gone" else KEYS[:2]
    check(feature_statistics(cache, KEYS), rows(cache, left))


def test_a_damaged_file_is_counted_anew(cache):
    feature_statistics(cache, KEYS)
    (path,) = (cache.folder / FOLDER).glob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    check(feature_statistics(cache, KEYS), rows(cache, KEYS[:2]))


def test_looking_writes_nothing(cache):
    check(feature_statistics(cache, KEYS, keep=False), rows(cache, KEYS[:2]))
    assert not (cache.folder / FOLDER).exists()


def test_nothing_cached_has_no_statistics(cache):
    assert feature_statistics(cache, [cache_key("other")]) is None
    assert feature_statistics(cache, []) is None


def test_directions_count_where_rows_spread():
    rng = np.random.default_rng(0)
    ball = FeatureStatistics.of(rng.normal(size=(5000, 6)).astype(np.float32))
    line = FeatureStatistics.of(np.outer(rng.normal(size=500), np.arange(6)).astype(np.float32))
    assert ball.n_directions == pytest.approx(6, abs=0.1)
    assert line.n_directions == pytest.approx(1, abs=1e-6)


def test_the_cache_knows_its_keys(cache):
    assert sorted(key.content_key for key in cache.stored_keys()) == ["content-0", "content-1"]
    assert set(cache.stored_keys()) == set(KEYS[:2])
    (first, *_) = sorted(cache.folder.glob("*/*/meta.json"))
    first.write_text("{")
    assert len(cache.stored_keys()) == 1
