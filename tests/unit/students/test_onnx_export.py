"""Students as ONNX graphs: equal to torch, self-contained, and int8 only in matrix products."""

from __future__ import annotations

import logging
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from comodo_app.errors import UsageError
from comodo_app.students import onnx_export
from comodo_app.students.encoder import build_student, embed
from comodo_app.students.onnx_session import OnnxStudent, cosines, scaled_difference
from comodo_app.students.spec import StudentSpec


def windows(n, spec):
    random = np.random.default_rng(0)
    real = random.normal(0.0, 3.0, (n, spec.n_samples, 6)) + np.array([0, 0, 9.81, 0, 0, 0])
    return real.astype(np.float32)


def trained(spec):
    """A student whose layers differ, as after training: equal ones would be stored once."""
    student = build_student(spec, seed=0)
    student.get_submodule("standardise").fit(windows(20, spec))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in student.parameters():
            parameter += 0.02 * torch.randn(parameter.shape, generator=generator)
    return student


SPECS = [
    StudentSpec("tcn", 50.0, 5.0, embedding_dim=32),
    StudentSpec("tcn", 26.0, 1.5, embedding_dim=16),
    StudentSpec("transformer", 50.0, 5.0, embedding_dim=32),
    StudentSpec("mantis-v1", 25.0, 4.0, embedding_dim=0, layer=0, pooling="cls+mean"),
    StudentSpec("mantis-v2", 25.0, 4.0, embedding_dim=0, layer=0, pooling="cls+mean"),
    StudentSpec("moment-small", 25.0, 4.0, embedding_dim=0, layer=0),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.architecture}-{spec.n_samples}")
def test_the_graph_says_what_torch_says_in_any_batch(spec):
    student = trained(spec)
    real = windows(5, spec)
    exported = OnnxStudent(onnx_export.export_onnx(student, spec, real[:2]))
    for n in (1, 3, 5):
        assert scaled_difference(exported.embed(real[:n]), embed(student, real[:n])) <= 1e-5
    [(name, kind, shape)] = exported.inputs
    assert (name, kind, shape[1:]) == ("windows", "tensor(float)", (spec.n_samples, 6))
    assert isinstance(shape[0], str)
    [(name, kind, shape)] = exported.outputs
    assert (name, kind, shape[1:]) == ("embeddings", "tensor(float)", (spec.embedding_dim,))


def test_exporting_leaves_the_student_in_training_if_it_was():
    spec = SPECS[1]
    student = trained(spec).train()
    onnx_export.export_onnx(student, spec, windows(1, spec))
    assert student.training


def test_a_graph_that_says_something_else_is_refused(monkeypatch):
    spec = SPECS[1]
    student, other = trained(spec), build_student(spec, seed=5)
    real = windows(3, spec)
    wrong = onnx_export.export_onnx(other, spec, real)
    monkeypatch.setattr(onnx_export, "OnnxStudent", lambda model: OnnxStudent(wrong))
    with pytest.raises(UsageError, match="differs from the trained one"):
        onnx_export.export_onnx(student, spec, real)


def test_int8_changes_matrix_products_alone_and_hardly_what_is_said():
    spec = SPECS[2]
    real = windows(20, spec)
    model = onnx_export.export_onnx(trained(spec), spec, real[:2])
    small = onnx_export.quantise_onnx(model)
    assert len(small) < 0.6 * len(model)
    operations = {node.op_type for node in onnx.load_model_from_string(small).graph.node}
    assert "MatMulInteger" in operations
    assert "Conv" in operations and "ConvInteger" not in operations
    assert cosines(OnnxStudent(small).embed(real), OnnxStudent(model).embed(real)).min() > 0.999


def test_convolutions_are_not_worth_int8_and_transformers_are():
    shares = {}
    for spec in (SPECS[0], SPECS[2]):
        model = onnx_export.export_onnx(trained(spec), spec, windows(1, spec))
        shares[spec.architecture] = onnx_export.int8_share(model)
    weights = sum(p.numel() for p in build_student(SPECS[0], seed=0).parameters())
    assert shares["tcn"] == pytest.approx(2 * 96 * 32 / weights, rel=0.03)
    assert shares["tcn"] < onnx_export.MIN_INT8_SHARE < shares["transformer"]


def test_nobody_meets_a_new_log_handler_or_needs_another_package():
    before = logging.getLogger().handlers[:]
    spec = SPECS[2]
    onnx_export.quantise_onnx(onnx_export.export_onnx(trained(spec), spec, windows(1, spec)))
    assert logging.getLogger().handlers == before
    code = (
        "import sys; sys.modules['onnxscript'] = None\n"
        "import numpy as np\n"
        "from comodo_app.students import encoder, onnx_export, spec\n"
        "s = spec.StudentSpec('tcn', 26.0, 1.5, 16)\n"
        "x = np.ones((1, s.n_samples, 6), np.float32)\n"
        "print(len(onnx_export.export_onnx(encoder.build_student(s, seed=0), s, x)) > 1000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "True", done.stderr


def one_node(node, initializers=()):
    x = helper.make_tensor_value_info("windows", TensorProto.FLOAT, ["B", 4])
    y = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["B", 4])
    graph = helper.make_graph([node], "g", [x], [y], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def external(name):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret.bin")
    return tensor


def test_data_in_other_files_is_seen_wherever_it_hides():
    add = helper.make_node("Add", ["windows", "w"], ["embeddings"])
    assert list(onnx_export.foreign_parts(one_node(add, [external("w")]).SerializeToString())) == [
        "data in another file (../../secret.bin)"
    ]
    constant = helper.make_node("Constant", [], ["w"], value=external("w"))
    branch = helper.make_graph([constant], "inner", [], [])
    choice = helper.make_node("If", ["c"], ["embeddings"], then_branch=branch, else_branch=branch)
    found = list(onnx_export.foreign_parts(one_node(choice).SerializeToString()))
    assert found == ["data in another file (../../secret.bin)"] * 2


def test_operations_of_other_makers_and_what_is_no_model_are_told():
    node = helper.make_node("Dial", ["windows"], ["embeddings"], domain="example.org")
    found = list(onnx_export.foreign_parts(one_node(node).SerializeToString()))
    assert found == ["the operation example.org:Dial"]
    for content in (b"", b"\x80\x04not a model", b"<html>"):
        with pytest.raises(ValueError, match="not an ONNX model"):
            list(onnx_export.foreign_parts(content))


def test_differences_are_relative_only_to_large_embeddings_and_never_hide_nan():
    small, large = np.full((1, 2), 0.5, np.float32), np.full((1, 2), 100.0, np.float32)
    assert scaled_difference(small + 0.25, small) == pytest.approx(0.25)
    assert scaled_difference(large + 1, large) == pytest.approx(0.01)
    assert scaled_difference(small * np.nan, small) == np.inf
    assert scaled_difference(small[:, :1], small) == np.inf
