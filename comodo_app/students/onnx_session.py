"""Running an exported student: numpy in, numpy out, no torch."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

INPUT, OUTPUT = "windows", "embeddings"


class OnnxStudent:
    """An ONNX student on one CPU thread, loaded from memory.

    Parameters
    ----------
    model : bytes
        A self-contained model. Whoever did not export it looks at `foreign_parts` first.

    Raises
    ------
    ValueError
        If onnxruntime cannot load it.
    """

    def __init__(self, model: bytes) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # small graphs: threads would wait for each other
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # a class per cause, none of them public
            raise ValueError(f"onnxruntime cannot load it ({_first_line(error)})") from error

    @property
    def inputs(self) -> tuple[tuple[str, str, tuple[Any, ...]], ...]:
        """Name, type and shape of each input; a text in a shape is a free size."""
        return tuple((i.name, i.type, tuple(i.shape)) for i in self._session.get_inputs())

    @property
    def outputs(self) -> tuple[tuple[str, str, tuple[Any, ...]], ...]:
        """Name, type and shape of each output."""
        return tuple((o.name, o.type, tuple(o.shape)) for o in self._session.get_outputs())

    def embed(self, windows: NDArray[np.float32], *, batch_size: int = 64) -> NDArray[np.float32]:
        """Features of raw windows (N, S, 6), N at least 1 → (N, D) float32.

        Raises
        ------
        ValueError
            If the graph cannot be run with them.
        """
        rows = np.ascontiguousarray(windows, dtype=np.float32)
        try:
            parts = [
                self._session.run([OUTPUT], {INPUT: rows[start : start + batch_size]})[0]
                for start in range(0, len(rows), batch_size)
            ]
        except Exception as error:
            raise ValueError(f"it cannot be run ({_first_line(error)})") from error
        return np.concatenate(parts)

    def ms_per_window(self, window: NDArray[np.float32], *, repeats: int = 20) -> float:
        """Median time for one window (S, 6) alone, in milliseconds."""
        one = np.ascontiguousarray(window[None], dtype=np.float32)
        self._session.run([OUTPUT], {INPUT: one})
        took = []
        for _ in range(repeats):
            begun = time.perf_counter()
            self._session.run([OUTPUT], {INPUT: one})
            took.append(time.perf_counter() - begun)
        return float(np.median(took)) * 1e3


def scaled_difference(said: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Largest absolute difference, divided by the largest expected value where that is over 1.

    Infinite where the shapes differ or a value is not finite.
    """
    if said.shape != expected.shape or not np.isfinite(said).all():
        return float("inf")
    if said.size == 0:
        return 0.0
    return float(np.abs(said - expected).max() / max(1.0, float(np.abs(expected).max())))


def cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of each pair of rows, (N,)."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.asarray((x * y).sum(axis=1) / np.maximum(lengths, 1e-30))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
