from __future__ import annotations

import numpy as np
import pytest
import torch

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.students.encoder import (
    ARCHITECTURES,
    build_student,
    embed,
    load_student,
    student_bytes,
)
from comodo_app.students.spec import StudentSpec
from comodo_app.students.standardise import Standardise


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("rate_hz, window_s", [(50.0, 5.0), (100.0, 2.0), (26.0, 1.5)])
def test_every_student_takes_windows_of_any_length(architecture, rate_hz, window_s):
    spec = StudentSpec(architecture, rate_hz, window_s, embedding_dim=24)
    windows = np.random.default_rng(0).standard_normal((5, spec.n_samples, 6)).astype(np.float32)
    student = build_student(spec, seed=0)
    out = embed(student, windows)
    assert out.shape == (5, 24)
    assert np.isfinite(out).all()
    assert embed(student, windows[:0]).shape == (0, 24)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_weights_survive_a_round_trip(architecture, tmp_path):
    spec = StudentSpec(architecture)
    student = build_student(spec, seed=1)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(student_bytes(student, spec))
    windows = np.random.default_rng(0).standard_normal((3, 250, 6)).astype(np.float32)
    assert np.array_equal(embed(load_student(path, spec), windows), embed(student, windows))


def test_weights_of_another_architecture_are_refused(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(student_bytes(build_student(StudentSpec("tcn"), seed=1), StudentSpec("tcn")))
    with pytest.raises(UnreadableFile, match="do not fit a transformer"):
        load_student(path, StudentSpec("transformer"))
    path.write_bytes(b"\x80\x04not a safetensors file")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        load_student(path, StudentSpec("tcn"))


def test_standardised_inputs_have_mean_zero_and_deviation_one():
    windows = np.random.default_rng(0).normal(3.0, 2.0, (40, 60, 6)).astype(np.float32)
    layer = Standardise()
    layer.fit(windows)
    out = layer(torch.from_numpy(windows))
    assert torch.allclose(out.mean(dim=(0, 2)), torch.zeros(8), atol=1e-3)
    assert torch.allclose(out.std(dim=(0, 2)), torch.ones(8), atol=1e-2)


def test_the_same_seed_builds_the_same_student_and_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    one, two = (build_student(StudentSpec(), seed=5).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert torch.equal(before, torch.random.get_rng_state())


def test_unknown_students_and_windows_without_samples_are_refused():
    with pytest.raises(UsageError, match="Known students: mantis-v1, mantis-v2"):
        build_student(StudentSpec("lstm"), seed=0)
    with pytest.raises(UsageError, match="at least 32"):
        StudentSpec(window_s=0.2)
