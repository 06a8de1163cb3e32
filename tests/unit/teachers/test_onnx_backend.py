"""A teacher's graph gives what the teacher gives; other graphs are refused by name."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.teachers.onnx_backend import OnnxBackend, OpenVinoBackend
from comodo_app.teachers.onnx_export import export_onnx, quantise


class Tiny(nn.Module):
    """(B, 2, 3, 8, 8) → (B, 16): patches, one attention layer, mean."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 32, 4, stride=4)
        self.qkv, self.mlp = nn.Linear(32, 96), nn.Linear(32, 32)
        self.out = nn.Linear(32, 16)

    def forward(self, clips):
        tokens = self.patch(clips.flatten(0, 1)).flatten(2).transpose(1, 2)
        tokens = tokens.unflatten(0, (-1, 2)).flatten(1, 2)
        q, k, v = self.qkv(tokens).unflatten(2, (3, 4, 8)).permute(2, 0, 3, 1, 4)
        tokens = tokens + nn.functional.scaled_dot_product_attention(q, k, v).transpose(
            1, 2
        ).flatten(2)
        return self.out((tokens + nn.functional.gelu(self.mlp(tokens))).mean(1))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    clip = SimpleNamespace(n_frames=2, height_px=8, width_px=8)
    return SimpleNamespace(module=Tiny().eval(), clip=clip)


@pytest.fixture(scope="module")
def graphs(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    export_onnx(model, folder / "full.onnx")
    quantise(folder / "full.onnx", folder / "int8.onnx")
    return folder


def clips(n=5):
    return np.random.default_rng(0).standard_normal((n, 2, 3, 8, 8)).astype(np.float32)


def expected(model, given):
    with torch.inference_mode():
        return model.module(torch.from_numpy(given)).numpy()


@pytest.mark.parametrize("n", [1, 5])
def test_the_exported_graph_equals_the_module_for_any_batch(model, graphs, n):
    backend = OnnxBackend(graphs / "full.onnx")
    assert (backend.name, backend.precision, backend.dim) == ("onnx-fp32", "fp32", 16)
    np.testing.assert_allclose(backend.embed(clips(n)), expected(model, clips(n)), atol=1e-5)


def test_8_bit_weights_stay_within_their_bound(model, graphs):
    rows = OnnxBackend(graphs / "int8.onnx", "int8").embed(clips())
    wanted = expected(model, clips())
    cosine = (rows * wanted).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(wanted, axis=1)
    assert cosine.min() > 0.99
    assert np.abs(rows - wanted).max() > 0  # it is another computation


def test_only_matrix_products_with_weights_are_quantised(graphs):
    kinds = {node.op_type for node in onnx.load(str(graphs / "int8.onnx")).graph.node}
    assert "Conv" in kinds
    assert "MatMulInteger" in kinds
    assert "ConvInteger" not in kinds


@pytest.mark.skipif(not importlib.util.find_spec("openvino"), reason="OpenVINO is not installed")
def test_openvino_gives_the_same_embeddings(model, graphs):
    backend = OpenVinoBackend(graphs / "full.onnx")
    first, second = backend.embed(clips()), backend.embed(clips() + 1)
    np.testing.assert_allclose(first, expected(model, clips()), atol=1e-5)
    assert not np.shares_memory(first, second)


def test_an_openvino_that_cannot_be_loaded_is_said(graphs, tmp_path, monkeypatch):
    (tmp_path / "openvino.py").write_text("raise ImportError('libtbb.so is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    with pytest.raises(UsageError, match="libtbb"):
        OpenVinoBackend(graphs / "full.onnx")


def test_a_file_that_is_no_graph_is_refused(tmp_path):
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"\x80\x04not a graph")
    with pytest.raises(UnreadableFile, match="ONNX graph"):
        OnnxBackend(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"gone\.onnx"):
        OnnxBackend(tmp_path / "gone.onnx")


def graph(path, shape, kind=TensorProto.FLOAT, *, outputs=1, width=4):
    given = helper.make_tensor_value_info("x", kind, shape)
    made = [helper.make_tensor_value_info(f"y{i}", kind, ["b", width]) for i in range(outputs)]
    nodes = [helper.make_node("Flatten", ["x"], [f"y{i}"]) for i in range(outputs)]
    made = helper.make_model(helper.make_graph(nodes, "g", [given], made), ir_version=9)
    made.opset_import[0].version = 18
    onnx.save(made, str(path))
    return path


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (["b", 3, 8, 8], TensorProto.FLOAT),
        (["b", 2, 1, 8, 8], TensorProto.FLOAT),
        (["b", 2, 3, 8, 8], TensorProto.DOUBLE),
    ],
)
def test_other_inputs_are_refused_and_named(tmp_path, shape, kind):
    with pytest.raises(UnreadableFile, match="takes x tensor"):
        OnnxBackend(graph(tmp_path / "other.onnx", shape, kind))


def test_several_outputs_are_refused(tmp_path):
    path = graph(tmp_path / "two.onnx", ["b", 2, 3, 8, 8], outputs=2, width=384)
    with pytest.raises(UnreadableFile, match="2 outputs"):
        OnnxBackend(path)


def test_an_output_of_unknown_width_is_refused(tmp_path):
    path = graph(tmp_path / "open.onnx", ["b", "f", 3, 8, 8], width="d")
    with pytest.raises(UnreadableFile, match="not one vector"):
        OnnxBackend(path)


def test_weights_outside_the_folder_of_a_graph_are_refused(tmp_path):
    path = graph(tmp_path / "inner.onnx", ["b", 2, 3, 8, 8])
    made = onnx.load(str(path))
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret.bin")
    made.graph.initializer.append(tensor)
    onnx.save(made, str(path))
    with pytest.raises(UnreadableFile, match="outside its folder"):
        OnnxBackend(path)
