from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.students import chunks
from comodo_app.students.encoder import (
    build_student,
    embed,
    load_student,
    pretrained_parameters,
    starting_student,
    student_bytes,
)
from comodo_app.students.named import student_named, student_names, with_digest
from comodo_app.students.onnx_export import export_onnx, quantise_onnx
from comodo_app.students.onnx_session import OnnxStudent
from comodo_app.students.per_channel import PerChannelStudent, resized
from comodo_app.students.spec import StudentSpec
from comodo_app.weights.catalog import entry
from comodo_app.weights.importing import import_folder
from tests.unit.students.published import drawn, mantis_v1_shapes, mantis_v2_shapes


@pytest.fixture(autouse=True)
def own_models(monkeypatch, tmp_path):
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))


def put(tmp_path, tensors, model="mantis-v2"):
    """Import published tensors, as a lab without a network does."""
    from safetensors.torch import save_file

    folder = tmp_path / "published" / model
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    save_file(tensors, folder / "model.safetensors")
    return import_folder(folder, entry(model), lambda *_: None)


def windows(n=3, samples=250, *, seed=0):
    out = np.random.default_rng(seed).standard_normal((n, samples, 6)).astype(np.float32)
    out[..., 1] += 9.81
    return out


# Six channels through one encoder


class Sums(nn.Module):
    """The sum and the last sample of a series: an encoder that tells which one it got."""

    dim, input_length = 2, 8

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, series, mask=None):
        self.seen.append((len(series), mask))
        return torch.stack([series.sum(dim=(1, 2)), series[:, 0, -1]], dim=1)


def test_channels_are_encoded_by_themselves_and_stand_side_by_side_in_their_order():
    student = PerChannelStudent(Sums(), StudentSpec("mantis-v2", 50.0, 5.0, embedding_dim=12))
    x = torch.randn(5, 8, 6)
    expected = [[v for c in range(6) for v in (float(w[:, c].sum()), float(w[-1, c]))] for w in x]
    assert torch.allclose(student(x), torch.tensor(expected), atol=1e-5)


def test_series_are_resized_linearly_between_the_middles_of_samples():
    x = torch.tensor([[[0.0, 4.0, 8.0, 2.0]]])
    # Output j stands at (j + 0.5) * 4 / 8 - 0.5 of the input; ends are held.
    expected = [0.0, 1.0, 3.0, 5.0, 7.0, 6.5, 3.5, 2.0]
    assert resized(x, 8).flatten().tolist() == pytest.approx(expected)
    assert torch.equal(resized(x, 4), x)


def test_a_sample_is_observed_if_all_that_it_was_made_from_was():
    encoder = Sums()
    student = PerChannelStudent(encoder, StudentSpec("mantis-v2", embedding_dim=12))
    mask = torch.tensor([[True, False, True, True]])
    student(torch.zeros(1, 4, 6), mask)
    ((n, seen),) = encoder.seen
    assert n == 6 and seen.shape == (6, 8)
    assert seen[0].tolist() == [True, False, False, False, False, True, True, True]
    assert all(torch.equal(row, seen[0]) for row in seen)


@pytest.mark.parametrize("architecture", ["mantis-v1", "mantis-v2"])
def test_gaps_have_no_influence_through_the_whole_student(architecture):
    student = build_student(StudentSpec(architecture, layer=0), seed=0).eval()
    x, mask = torch.from_numpy(windows()), torch.ones(3, 250, dtype=torch.bool)
    mask[:, 60:75] = False
    with torch.inference_mode():
        one = student(torch.where(mask.unsqueeze(2), x, 0.0), mask)
        other = student(torch.where(mask.unsqueeze(2), x, 500.0), mask)
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    "wish, natural",
    [
        (StudentSpec("mantis-v2", embedding_dim=0), 3072),
        (StudentSpec("mantis-v1", embedding_dim=0, pooling="cls", layer=5), 1536),
        (StudentSpec("moment-small", embedding_dim=0), 3072),
        (StudentSpec("tcn", embedding_dim=0), 256),
    ],
)
def test_no_embedding_size_means_what_the_network_gives(wish, natural):
    assert wish.embedding_dim == natural
    assert StudentSpec.from_json(wish.to_json()) == wish


def test_another_embedding_size_costs_a_linear_layer():
    student = build_student(StudentSpec("mantis-v2", embedding_dim=24, layer=0), seed=0)
    assert embed(student, windows()).shape == (3, 24)
    assert isinstance(student.out, nn.Linear)


def test_parts_of_a_batch_give_what_the_whole_gives(monkeypatch):
    student = build_student(StudentSpec("mantis-v2", layer=0), seed=0).eval()
    x = windows(20)
    whole = embed(student, x)
    monkeypatch.setitem(chunks.CANDIDATES, "cpu", (7, 11, 30))
    monkeypatch.setattr(chunks, "_fastest", {})
    parts = embed(student, x)
    assert np.abs(parts - whole).max() < 1e-4
    assert next(iter(chunks._fastest.values())) in (7, 11, 30)


def test_parts_are_measured_once_where_there_is_enough_to_do(monkeypatch):
    monkeypatch.setitem(chunks.CANDIDATES, "cpu", (2, 4))
    monkeypatch.setattr(chunks, "_fastest", {})
    encoder, device = Sums().eval(), torch.device("cpu")
    assert list(chunks.chunk_sizes(encoder, device, 9)) == [4, 4, 1]  # too few to try
    tried = list(chunks.chunk_sizes(encoder, device, 12))
    assert tried[:3] == [2, 2, 4] and sum(tried) == 12
    (best,) = chunks._fastest.values()
    assert set(chunks.chunk_sizes(encoder, device, 12)) == {best}


def test_training_takes_the_same_parts_in_every_process():
    encoder = Sums().train()
    sizes = list(chunks.chunk_sizes(encoder, torch.device("cpu"), 3 * chunks.TRAINING["cpu"] + 5))
    assert sizes == [chunks.TRAINING["cpu"]] * 3 + [5]


# ONNX


@pytest.mark.parametrize("architecture", ["mantis-v1", "mantis-v2"])
def test_the_exported_graph_says_what_the_module_says(architecture):
    spec = StudentSpec(architecture, layer=0, embedding_dim=0)
    student = build_student(spec, seed=0).eval()
    x = windows(5)
    model = export_onnx(student, spec, x[:2])
    expected = embed(student, x)
    assert np.abs(OnnxStudent(model).embed(x) - expected).max() < 1e-4
    small = quantise_onnx(model)
    said = OnnxStudent(small).embed(x)
    cosine = (said * expected).sum(1) / np.linalg.norm(said, axis=1)
    assert (cosine / np.linalg.norm(expected, axis=1)).min() > 0.999
    # The tokens' convolutions stay as they are.
    kinds = [node.op_type for node in onnx.load_model_from_string(small).graph.node]
    assert kinds.count("ConvInteger") == 0 and kinds.count("Conv") >= 4
    assert kinds.count("MatMulInteger") >= 5


# Published weights


def test_names_are_architectures_of_ours_and_students_of_the_catalogue():
    assert student_names()[:2] == ("tcn", "transformer")
    assert {"mantis-v1", "mantis-plus", "mantis-v2", "moment-small"} <= set(student_names())
    plus = student_named("mantis-plus", sample_rate_hz=100.0, window_s=2.0)
    assert (plus.architecture, plus.layer, plus.pooling) == ("mantis-v1", 1, "cls+mean")
    assert (plus.pretrained, plus.n_samples, plus.embedding_dim) == ("mantis-plus", 200, 256)
    assert student_named("mantis-plus", random_init=True).pretrained == ""
    with pytest.raises(UsageError, match=r"no student called 'lstm'.*mantis-v2"):
        student_named("lstm")


def test_weights_that_are_not_here_are_named_with_the_way_to_get_them():
    spec = student_named("mantis-v2")
    with pytest.raises(UsageError, match="comodo models get mantis-v2"):
        with_digest(spec)
    with pytest.raises(UsageError, match="--random-init"):
        starting_student(spec, seed=0)
    build_student(spec, seed=0)  # a finished student needs none


@pytest.mark.parametrize(
    "model, shapes", [("mantis-v2", mantis_v2_shapes()), ("mantis-plus", mantis_v1_shapes())]
)
def test_a_new_run_starts_from_the_published_weights_and_its_end_needs_them_no_more(
    tmp_path, model, shapes
):
    tensors = drawn(shapes)
    put(tmp_path, tensors, model)
    spec = with_digest(student_named(model))
    student = starting_student(spec, seed=0)
    loaded = student.get_submodule("encoder").tokens.join.weight
    assert torch.equal(loaded, tensors["tokgen_unit.linear_encoder.linear.weight"])
    path = tmp_path / "weights.safetensors"
    path.write_bytes(student_bytes(student, spec))
    x = windows()
    expected = embed(student, x)
    from comodo_app.weights.store import remove

    remove(model)
    assert np.array_equal(embed(load_student(path, spec), x), expected)


def test_a_run_is_pinned_to_the_very_weights_it_began_with(tmp_path):
    put(tmp_path, drawn(mantis_v2_shapes()))
    spec = with_digest(student_named("mantis-v2"))
    assert spec.pretrained_digest and with_digest(spec) == spec
    put(tmp_path, drawn(mantis_v2_shapes(), seed=1))
    with pytest.raises(UsageError, match="not those that this run began with"):
        starting_student(spec, seed=0)


def test_published_weights_with_a_tensor_too_few_are_refused(tmp_path):
    tensors = drawn(mantis_v2_shapes())
    del tensors["transf_unit.transformer.layers.5.mlp.2.bias"]
    put(tmp_path, tensors)
    with pytest.raises(UnreadableFile, match=r"missing: transf_unit.transformer.layers.5.mlp.2"):
        starting_student(student_named("mantis-v2"), seed=0)


def test_only_the_encoder_of_a_pretrained_student_counts_as_pretrained():
    spec = StudentSpec("mantis-v2", layer=0, embedding_dim=16, pretrained="mantis-v2")
    student = build_student(spec, seed=0)
    body = pretrained_parameters(student, spec)
    assert {id(p) for p in body} == {id(p) for p in student.encoder.parameters()}
    assert pretrained_parameters(student, StudentSpec("mantis-v2", layer=0)) == []


# Contracts


def test_contracts_of_earlier_versions_are_read():
    old = {"architecture": "tcn", "sample_rate_hz": 50.0, "window_s": 5.0, "embedding_dim": 256}
    assert StudentSpec.from_json(old) == StudentSpec()


def test_wishes_that_an_architecture_cannot_fulfil_are_refused():
    with pytest.raises(UsageError, match="Layers are 0 to 5"):
        StudentSpec("mantis-v2", layer=6)
    with pytest.raises(UsageError, match="poolings: mean"):
        StudentSpec("moment-small", pooling="cls")
    with pytest.raises(UsageError, match="no layers to choose from"):
        StudentSpec("tcn", layer=1)


def test_what_was_not_observed_has_no_influence_even_if_it_is_no_number():
    spec = StudentSpec("mantis-v1", 100.0, 7.68)  # 768 samples, resized to 512
    student = build_student(spec, seed=0).eval()
    windows = torch.randn(2, spec.n_samples, 6, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(2, spec.n_samples, dtype=torch.bool)
    mask[:, 100:160] = False
    broken = windows.clone()
    broken[:, 100:160] = torch.nan
    with torch.inference_mode():
        whole, other = student(windows, mask), student(broken, mask)
    assert torch.isfinite(other).all()
    torch.testing.assert_close(other, whole)
