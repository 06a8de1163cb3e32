"""A trained student as an ONNX graph: fp32, and int8 where that makes sense.

PyTorch's TorchScript exporter is used: the newer one needs a package more (onnxscript) and gives
the same graphs for these encoders.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError
from comodo_app.students.onnx_session import INPUT, OUTPUT, OnnxStudent, scaled_difference
from comodo_app.students.spec import N_CHANNELS, StudentSpec

if TYPE_CHECKING:
    from torch import nn

OPSET = 17
TOLERANCE = 1e-4  # of an embedding, in units of the largest expected value where that is over 1
MIN_INT8_SHARE = 0.5  # of a student's weights; below, int8 would change little but the accuracy
_MATRIX_OPS = ("MatMul", "Gemm")
_KNOWN_WARNINGS = (
    "You are using the legacy TorchScript-based ONNX export",
    "The feature will be removed",
)


def export_onnx(student: nn.Module, spec: StudentSpec, windows: NDArray[np.float32]) -> bytes:
    """The student as a self-contained fp32 ONNX model, verified against torch.

    Input ``windows`` (B, S, 6) raw in m/s² and rad/s, output ``embeddings`` (B, D); B is free.
    Standardisation is part of the graph.

    Parameters
    ----------
    student : nn.Module
        On the CPU; its mode is left as it is.
    spec : StudentSpec
    windows : (N, S, 6) float32
        Real windows, N at least 1: onnxruntime must give what torch gives, in one batch and alone.

    Raises
    ------
    UsageError
        If this architecture cannot be exported, or the exported one says something else.
    """
    import torch
    from torch.jit._trace import TracerWarning

    from comodo_app.students.encoder import embed

    # Before the export: encoders that keep something computed from their weights bring it up to
    # date when they run.
    expected = embed(student, windows)
    example = torch.zeros(2, spec.n_samples, N_CHANNELS)
    training = student.training
    student.eval()
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="comodo-") as folder:
            path = Path(folder) / "student.onnx"
            for message in _KNOWN_WARNINGS:
                warnings.filterwarnings("ignore", message, DeprecationWarning)
            # torch asks about shapes inside its own layers; ours are still warned about
            warnings.filterwarnings("ignore", "", TracerWarning, r"torch\.(?!jit)")
            torch.onnx.export(
                student,
                (example,),
                path,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_axes={INPUT: {0: "B"}, OUTPUT: {0: "B"}},
                opset_version=OPSET,
                dynamo=False,
            )
            model = path.read_bytes()
    except torch.onnx.errors.OnnxExporterError as error:
        raise UsageError(
            f"A {spec.architecture} student cannot be written as ONNX ({error}).",
            hint="Package a run with another student (tcn and transformer can).",
        ) from error
    finally:
        student.train(training)
    exported = OnnxStudent(model)
    one_by_one = np.concatenate([exported.embed(windows[i : i + 1]) for i in range(len(windows))])
    for said in (exported.embed(windows), one_by_one):
        difference = scaled_difference(said, expected)
        if not difference <= TOLERANCE:
            raise UsageError(
                f"The exported {spec.architecture} student differs from the trained one "
                f"by {difference:.2g}; at most {TOLERANCE:g} is allowed.",
                hint="Nothing was written. Package a run with another student.",
            )
    return model


def int8_share(model: bytes) -> float:
    """Share of a model's weights that matrix products hold: what int8 would make smaller."""
    graph = _load(model).graph
    sizes = {tensor.name: _size(tensor.dims) for tensor in graph.initializer}
    for node in graph.node:  # the exporter writes transposed weights as constants
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    sizes[node.output[0]] = _size(attribute.t.dims)
    held = {
        name
        for node in graph.node
        if node.op_type in _MATRIX_OPS
        for name in node.input[1:2]
        if name in sizes
    }
    return sum(sizes[name] for name in held) / max(1, sum(sizes.values()))


def quantise_onnx(model: bytes) -> bytes:
    """The same model with int8 weights in its matrix products, one scale per output channel.

    Convolutions stay: quantised, they take the cosine to fp32 from 0.9999 down to 0.94. Weights
    use 7 of 8 bits, because processors without VNNI saturate on 8.
    """
    from onnxruntime.quantization import QuantType, quant_utils, quantize_dynamic

    proto = _load(model)
    quant_utils.add_pre_process_metadata(proto)  # nothing to prepare: spares a warning
    with tempfile.TemporaryDirectory(prefix="comodo-") as folder, _root_logger_left_alone():
        path = Path(folder) / "int8.onnx"
        quantize_dynamic(
            proto,
            path,
            op_types_to_quantize=list(_MATRIX_OPS),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        return path.read_bytes()


def foreign_parts(model: bytes) -> Iterator[str]:
    """What in an ONNX model reaches outside of it: data in other files, code of other makers.

    Raises
    ------
    ValueError
        If the bytes are no ONNX model.
    """
    import onnx

    try:
        proto = _load(model)
    except Exception as error:  # protobuf's own, which is not public
        raise ValueError("not an ONNX model") from error
    if not proto.graph.node:
        raise ValueError("not an ONNX model")
    graphs = [proto.graph]
    nodes = [node for function in proto.functions for node in function.node]
    external = onnx.TensorProto.EXTERNAL
    while graphs or nodes:
        if graphs:
            graph = graphs.pop()
            tensors = [*graph.initializer]
            for sparse in graph.sparse_initializer:
                tensors += [sparse.values, sparse.indices]
            nodes += graph.node
        else:
            node = nodes.pop()
            if node.domain not in ("", "ai.onnx", "ai.onnx.ml", "com.microsoft"):
                yield f"the operation {node.domain}:{node.op_type}"
            tensors = []
            for attribute in node.attribute:
                tensors += [attribute.t, *attribute.tensors]
                for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                    tensors += [sparse.values, sparse.indices]
                graphs += [g for g in (attribute.g, *attribute.graphs) if g.node or g.initializer]
        for tensor in tensors:
            if tensor.data_location == external or len(tensor.external_data):
                place = {entry.key: entry.value for entry in tensor.external_data}
                yield f"data in another file ({place.get('location', 'unnamed')})"


@contextmanager
def _root_logger_left_alone() -> Iterator[None]:
    """The quantiser talks to the root logger, which without a handler would make one for good."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def _load(model: bytes) -> Any:
    import onnx

    return onnx.load_model_from_string(model)


def _size(dims: Any) -> int:
    return int(np.prod(list(dims), dtype=np.int64)) if len(dims) else 1
