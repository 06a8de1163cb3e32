"""Ways to run a teacher are judged by what they say, then by their speed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.teachers.comparing import (
    MIN_CLIPS,
    NEIGHBOURS,
    Comparing,
    cosines,
    neighbour_overlap,
)


class Plain:
    """A backend that gives ``clip @ weights`` after `wait_s`; `noise` is added to its rows."""

    precision = "fp32"

    def __init__(self, name, dim=6, *, wait_s=0.0, noise=0.0, error=None):
        self.name, self.dim = name, dim
        self._wait_s, self._noise, self._error = wait_s, noise, error
        self._weights = np.random.default_rng(0).standard_normal((12, dim)).astype(np.float32)
        self._rng = np.random.default_rng(1)
        self.n_calls = 0

    def embed(self, clips):
        self.n_calls += 1
        if self._error:
            raise self._error
        time.sleep(self._wait_s)
        rows = clips.reshape(len(clips), -1) @ self._weights
        return rows + self._noise * self._rng.standard_normal(rows.shape).astype(np.float32)


def clips(n=MIN_CLIPS + 2):
    return np.random.default_rng(2).standard_normal((n, 1, 1, 3, 2, 2)).astype(np.float32)


def compared(*others, n=MIN_CLIPS + 2, **options):
    reference = Plain("torch-cpu-fp32")
    comparing = Comparing({"torch-cpu-fp32": reference, **{o.name: o for o in others}}, **options)
    for clip in clips(n):
        comparing.embed(clip)
    return {c.backend: c for c in comparing.result()}


def test_the_same_embeddings_are_accepted():
    found = compared(Plain("onnx-fp32"))["onnx-fp32"]
    assert found.refused == ""
    assert found.cosine == pytest.approx(1.0)
    assert found.overlap == 1.0


def test_embeddings_that_point_elsewhere_are_refused_with_their_cosine():
    found = compared(Plain("onnx-int8", noise=3.0))["onnx-int8"]
    assert "cosine" in found.refused
    assert found.cosine < 0.99


def test_close_embeddings_with_other_neighbours_are_refused():
    class Shifted(Plain):  # a large common part hides how little else is left
        def embed(self, clips):
            return super().embed(clips) * 0.01 + 100.0

    reference, noisy = Shifted("torch-cpu-fp32"), Shifted("onnx-int8", noise=5.0)
    comparing = Comparing({reference.name: reference, noisy.name: noisy})
    for clip in clips():
        comparing.embed(clip)
    found = comparing.result()[1]
    assert found.cosine > 0.99
    assert "other neighbours" in found.refused


def test_too_few_clips_decide_nothing():
    assert "too few clips" in compared(Plain("onnx-int8"), n=MIN_CLIPS - 1)["onnx-int8"].refused


def test_a_candidate_that_fails_is_dropped_with_its_reason_and_the_rest_goes_on():
    found = compared(Plain("onnx-int8", error=RuntimeError("no kernel\nmore")), Plain("onnx-fp32"))
    assert found["onnx-int8"].refused == "no kernel"
    assert found["onnx-fp32"].refused == ""


def test_errors_of_onnxruntime_and_errors_without_words_drop_a_candidate_too():
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail

    found = compared(Plain("onnx-int8", error=Fail("no kernel")), Plain("b", error=MemoryError()))
    assert found["onnx-int8"].refused == "no kernel"
    assert found["b"].refused == "MemoryError"


def test_a_mistake_of_the_program_is_not_taken_for_a_slow_backend():
    with pytest.raises(TypeError):
        compared(Plain("onnx-int8", error=TypeError("bug")))


def test_a_failing_reference_is_an_error():
    comparing = Comparing({"a": Plain("a", error=MemoryError("full"))})
    with pytest.raises(MemoryError):
        comparing.embed(clips()[0])


def test_only_the_fastest_candidates_go_on_after_the_trial():
    slow = Plain("slow", wait_s=0.02)
    found = compared(slow, Plain("quick"), Plain("quicker"), trial=2, finalists=2)
    assert found["slow"].refused == "slower than the others"
    assert slow.n_calls == 3  # one untimed, two of the trial
    assert found["quick"].refused == found["quicker"].refused == ""


@given(st.integers(MIN_CLIPS, 40), st.integers(0, 10_000))
def test_neighbour_overlap_equals_its_formula_in_plain_loops(n, seed):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, 5)).astype(np.float32)
    b = (a + 0.5 * rng.standard_normal((n, 5))).astype(np.float32)

    def nearest(rows, i):
        def cosine(j):
            return float(
                np.dot(rows[i].astype(float), rows[j].astype(float))
                / np.linalg.norm(rows[i].astype(float))
                / np.linalg.norm(rows[j].astype(float))
            )

        return set(sorted((j for j in range(n) if j != i), key=cosine)[-NEIGHBOURS:])

    shares = [len(nearest(a, i) & nearest(b, i)) / NEIGHBOURS for i in range(n)]
    assert neighbour_overlap(a, b) == pytest.approx(sum(shares) / n)


def test_the_cosine_of_a_zero_row_is_zero():
    rows = np.ones((2, 3), np.float32)
    assert cosines(rows, np.array([[0, 0, 0], [2, 2, 2]], np.float32)).tolist() == pytest.approx(
        [0.0, 1.0]
    )
