"""Teachers outside torch: ONNX graphs run by onnxruntime, or by OpenVINO where it is installed."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile, UsageError

_CLIP_AXES = 5  # (B, F, 3, h, w)


def openvino_is_there() -> bool:
    """Whether the extra ``comodo-app[openvino]`` is installed."""
    return importlib.util.find_spec("openvino") is not None


class OnnxBackend:
    """An ONNX graph run by onnxruntime on all cores.

    Parameters
    ----------
    path : Path
        A graph with one float32 input ``(B, F, 3, h, w)`` and one output ``(B, D)``.
    precision : str
        ``"fp32"`` or ``"int8"``: what the graph computes in; part of the cache key.

    Raises
    ------
    UnreadableFile
        If the file is no ONNX graph, needs files outside its folder, or has other inputs.
    """

    def __init__(self, path: Path, precision: str = "fp32", *, n_threads: int = 0) -> None:
        import onnxruntime as ort

        refuse_outside_data(path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = n_threads or os.cpu_count() or 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            raise UnreadableFile(
                f"The ONNX graph cannot be loaded ({_first_line(error)}).",
                where=str(path),
                hint="Export it again, with standard operators only.",
            ) from error
        self.precision = precision
        self.name = f"onnx-{precision}"
        self._input, self.frames_shape, self.dim = _contract(path, self._session)

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → (B, D) float32."""
        rows: NDArray[np.float32] = self._session.run(None, {self._input: clips})[0]
        return rows


class OpenVinoBackend:
    """An ONNX graph compiled by OpenVINO for this CPU; ``"bf16"`` pays where it has AMX.

    Raises
    ------
    UsageError
        If OpenVINO is not installed.
    UnreadableFile
        If it cannot compile the graph.
    """

    def __init__(self, path: Path, precision: str = "fp32", *, n_threads: int = 0) -> None:
        if not openvino_is_there():
            raise UsageError(
                "OpenVINO is not installed.", hint="Install it: pip install comodo-app[openvino]."
            )
        try:
            import openvino
        except ImportError as error:
            raise UsageError(
                f"OpenVINO is installed but cannot be loaded ({_first_line(error)}).",
                hint="Install it anew: pip install --force-reinstall openvino.",
            ) from error

        refuse_outside_data(path)
        hints = {
            "INFERENCE_PRECISION_HINT": "f32" if precision == "fp32" else precision,
            "INFERENCE_NUM_THREADS": str(n_threads or os.cpu_count() or 1),
            "PERFORMANCE_HINT": "LATENCY",
        }
        try:
            core = openvino.Core()
            self._model = core.compile_model(core.read_model(str(path)), "CPU", hints)
        except RuntimeError as error:
            raise UnreadableFile(
                f"OpenVINO cannot compile the graph ({_first_line(error)}).", where=str(path)
            ) from error
        self.precision = precision
        self.name = f"openvino-{precision}"
        self.dim = int(self._model.output(0).partial_shape[1].get_length())

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → (B, D) float32."""
        return np.array(self._model([clips])[0], np.float32)  # its own buffer is used again


def refuse_outside_data(path: Path) -> None:
    """Refuse a graph that is no graph, or whose weights lie outside its folder.

    Raises
    ------
    UnreadableFile
    """
    import onnx
    from google.protobuf.message import DecodeError
    from onnx.external_data_helper import uses_external_data

    try:
        graph = onnx.load(str(path), load_external_data=False)
    except (OSError, DecodeError) as error:
        raise UnreadableFile(
            f"This is not an ONNX graph ({_first_line(error)}).",
            where=str(path),
            hint="Choose a .onnx file; safetensors belong into a folder with their config.json.",
        ) from error
    if not graph.graph.output:
        raise UnreadableFile("The ONNX graph is empty.", where=str(path))
    for tensor in graph.graph.initializer:
        if not uses_external_data(tensor):
            continue
        location = next((e.value for e in tensor.external_data if e.key == "location"), "")
        inside = (path.parent / location).resolve().is_relative_to(path.parent.resolve())
        if not location or not inside:
            raise UnreadableFile(
                f"The ONNX graph keeps weights in {location!r}, outside its folder.",
                where=str(path),
                hint="Save it as one file, or with its data beside it.",
            )


def _contract(path: Path, session: Any) -> tuple[str, tuple[int | str, ...], int]:
    """Name and frame shape of the graph's input, and D."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    said = "; ".join(f"{i.name} {i.type} {i.shape}" for i in inputs)
    if (
        len(inputs) != 1
        or len(inputs[0].shape) != _CLIP_AXES
        or inputs[0].type != "tensor(float)"
        or (isinstance(inputs[0].shape[2], int) and inputs[0].shape[2] != 3)
    ):
        raise UnreadableFile(
            f"The ONNX graph takes {said}, not one float32 clip (batch, frames, 3, height, width).",
            where=str(path),
            hint="Export the model so that it takes clips and gives one vector for each.",
        )
    shape = outputs[0].shape
    if len(outputs) != 1 or len(shape) != 2 or not isinstance(shape[1], int):
        raise UnreadableFile(
            f"The ONNX graph gives {len(outputs)} outputs, the first {shape}, "
            "not one vector (batch, D) per clip.",
            where=str(path),
            hint="Export it with the pooled embedding as its only output and D fixed.",
        )
    return inputs[0].name, tuple(inputs[0].shape[1:]), shape[1]


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0][:200]
