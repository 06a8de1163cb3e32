import statistics

import numpy as np
import pytest

from comodo_app.evaluation import retrieval as module
from comodo_app.evaluation.retrieval import chance_retrieval, retrieval, retrieval_ranks


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_ranks_match_a_loop_across_blocks(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_ROWS", 7)
    rng = np.random.default_rng(0)
    keys = unit(rng.normal(size=(60, 5)))
    queries = unit(keys + 0.6 * rng.normal(size=keys.shape))
    expected = []
    for i in range(60):
        scores = [float(queries[i] @ key) for key in keys]
        expected.append(1 + sum(s >= scores[i] for j, s in enumerate(scores) if j != i))
    assert retrieval_ranks(queries, keys).tolist() == expected
    got = retrieval(queries, keys)
    assert got.r_at_1 == pytest.approx(np.mean([r <= 1 for r in expected]))
    assert got.r_at_5 == pytest.approx(np.mean([r <= 5 for r in expected]))
    assert got.r_at_10 == pytest.approx(np.mean([r <= 10 for r in expected]))
    assert got.mrr == pytest.approx(statistics.fmean(1 / r for r in expected))
    assert got.median_rank == statistics.median(expected)
    assert got.n == 60


def test_a_collapsed_encoder_earns_nothing():
    same = np.tile(unit(np.random.default_rng(1).normal(size=(1, 33))), (500, 1))
    got = retrieval(same.astype(np.float32), same.astype(np.float32))
    assert (got.r_at_10, got.median_rank) == (0.0, 500.0)


def test_a_perfect_encoder_earns_all():
    keys = unit(np.random.default_rng(2).normal(size=(300, 16)))
    got = retrieval(keys, keys)
    assert (got.r_at_1, got.mrr, got.median_rank) == (1.0, 1.0, 1.0)


def test_chance_is_what_unrelated_embeddings_reach():
    rng = np.random.default_rng(3)
    measured = [
        retrieval(unit(rng.normal(size=(200, 24))), unit(rng.normal(size=(200, 24))))
        for _ in range(30)
    ]
    chance = chance_retrieval(200)
    assert np.mean([m.r_at_10 for m in measured]) == pytest.approx(chance.r_at_10, abs=0.01)
    assert np.mean([m.mrr for m in measured]) == pytest.approx(chance.mrr, rel=0.15)
    assert np.mean([m.median_rank for m in measured]) == pytest.approx(chance.median_rank, rel=0.05)


def test_chance_among_few_keys_is_never_above_one():
    assert chance_retrieval(3).r_at_5 == 1.0
    with pytest.raises(ValueError, match="at least 1"):
        chance_retrieval(0)


def test_rows_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="pair up"):
        retrieval(np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(ValueError, match="finite"):
        retrieval(np.full((3, 2), np.nan), np.ones((3, 2)))
