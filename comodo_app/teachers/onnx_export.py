"""A video transformer as an ONNX graph, in full precision and with 8-bit matrix products."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comodo_app.teachers.video_model import VideoModel

INPUT, OUTPUT = "pixel_values", "embedding"
_OPSET = 18
# Convolutions and the softmax stay in float32: they are a few per cent of the time, and 8-bit
# patch embeddings cost accuracy.
_QUANTISED = ("MatMul", "Gemm")


def export_onnx(model: VideoModel, path: Path) -> None:
    """Write the model's graph: ``pixel_values (B, F, 3, h, w)`` → ``embedding (B, D)``.

    Not atomic: give a temporary path. The TorchScript exporter is used: it
    needs no further package and handles every architecture here (the newer one writes graphs of
    SigLIP that onnxruntime refuses).
    """
    import torch

    clip = model.clip
    # Two clips, so that nothing in the graph is specialised to one.
    sample = torch.zeros(2, clip.n_frames, 3, clip.height_px, clip.width_px)
    with _exporter_noise_off(), torch.no_grad():
        torch.onnx.export(
            model.module.eval(),
            (sample,),
            path,
            dynamo=False,
            opset_version=_OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}},
        )


def quantise(source: Path, path: Path) -> None:
    """Write `source` with 8-bit weights, per channel, in its matrix products only.

    Activations are quantised as they come (dynamically), so no calibration data is needed. The
    products of attention scores have no weights and stay in float32.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _exporter_noise_off():
        quantize_dynamic(
            source,
            path,
            op_types_to_quantize=list(_QUANTISED),
            per_channel=True,
            weight_type=QuantType.QInt8,
        )


@contextmanager
def _exporter_noise_off() -> Iterator[None]:
    """Silence the exporter's remarks about itself: its age, and constants it has traced."""
    root = logging.getLogger()
    before = root.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root.setLevel(max(before, logging.ERROR))  # quantize_dynamic recommends preprocessing
        try:
            yield
        finally:
            root.setLevel(before)
