"""A small student package, made without torch: mean and mean deviation of each channel."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from comodo_app.activities.heads import Head
from comodo_app.activities.recognizer import fit_recognizer
from comodo_app.students.contract import (
    Contract,
    FileFacts,
    Int8Facts,
    PackagedActivity,
    PackagedHead,
    Smoothing,
    rounded,
)
from comodo_app.students.onnx_session import OnnxStudent
from comodo_app.students.package import CARD, CONTRACT, MODEL, SELFTEST, SelfTest

RATE_HZ, WINDOW_S = 50.0, 5.0
LABELS = ("still", "walk", "shake")


def activity(
    which: int, duration_s: float, *, rate_hz: float = RATE_HZ, seed: int = 0, start_s: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times and samples of one of `LABELS`."""
    rng = np.random.default_rng(seed)
    times = start_s + np.arange(round(duration_s * rate_hz)) / rate_hz
    size, pace_hz = ((0.0, 1.0), (3.0, 1.8), (12.0, 4.0))[which]
    swing = np.sin(2 * np.pi * pace_hz * times + rng.uniform(0, 6))[:, None]
    samples = rng.normal(0, 0.15, (len(times), 6)) + size * swing * [1, 0.5, 0.7, 0.2, 0.1, 0.3]
    samples[:, 2] += 9.80665
    return times, samples.astype(np.float32)


def day(
    *parts: tuple[int, float], rate_hz: float = 100.0
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """One activity after the other, (which, seconds) each."""
    times, samples, start_s = [], [], 0.0
    for seed, (which, duration_s) in enumerate(parts):
        t, s = activity(which, duration_s, rate_hz=rate_hz, seed=seed, start_s=start_s)
        times.append(t)
        samples.append(s)
        start_s += duration_s
    return np.concatenate(times), np.concatenate(samples)


def model_bytes() -> bytes:
    """Windows (N, 250, 6) to embeddings (N, 12)."""
    nodes = [
        helper.make_node("ReduceMean", ["windows", "time"], ["kept"], keepdims=1),
        helper.make_node("Sub", ["windows", "kept"], ["moved"]),
        helper.make_node("Abs", ["moved"], ["size"]),
        helper.make_node("ReduceMean", ["size", "time"], ["deviation"], keepdims=0),
        helper.make_node("ReduceMean", ["windows", "time"], ["mean"], keepdims=0),
        helper.make_node("Concat", ["mean", "deviation"], ["embeddings"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "student",
        [helper.make_tensor_value_info("windows", TensorProto.FLOAT, ["N", 250, 6])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["N", 12])],
        [helper.make_tensor("time", TensorProto.INT64, [1], [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@lru_cache(maxsize=1)
def members() -> dict[str, bytes]:
    """All files of the package."""
    model = model_bytes()
    windows = np.stack([activity(k, 5.0, seed=10 * k + i)[1] for k in range(3) for i in range(10)])
    ids = np.repeat([1, 2, 3], 10)
    embeddings = OnnxStudent(model).embed(windows)
    found = fit_recognizer(embeddings, ids, head=Head.PROTOTYPE)
    head = found.head
    contract = Contract(
        sample_rate_hz=RATE_HZ,
        window_s=WINDOW_S,
        stride_s=1.0,
        max_missing_share=0.05,
        max_gap_s=0.1,
        embedding_dim=12,
        resampling=(20.0, 25.0, 60.0),
        head=PackagedHead(
            head.kind.value,
            (1, 2, 3),
            rounded(head.mean),
            rounded(head.scale),
            rounded(head.prototypes),
            rounded(head.weights),
            rounded(head.bias),
            30,
        ),
        temperature=found.temperature,
        threshold=0.4,
        novelty_floor=-1.0,
        activities=tuple(
            PackagedActivity(i, label, label, "#3A89FF", (i,), (i - 1,), 1.0)
            for i, label in enumerate(LABELS, start=1)
        ),
        smoothing=Smoothing(0.9, 0.2**0.5, 5),
        int8=Int8Facts(included=False, reason="not asked for"),
        calibration=asdict(found.facts),
        provenance=dict.fromkeys(
            ("app_version", "project", "run", "teacher", "teacher_revision", "recipe", "seed"),
            "test",
        ),
        created_at="2026-01-01T00:00:00+00:00",
    )
    shown = windows[::5]
    answer = found.predict(embeddings[::5])
    test = SelfTest(
        shown,
        embeddings[::5],
        answer.probabilities,
        answer.confidence,
        answer.activity_ids,
        answer.unknown,
    )
    files = {MODEL: model, SELFTEST: test.to_bytes(), CARD: b"# test"}
    contract = replace(contract, files={n: FileFacts.of(c) for n, c in files.items()})
    return files | {CONTRACT: contract.to_bytes()}


def write_package(folder: Path) -> Path:
    """The package as a folder."""
    folder.mkdir()
    for name, content in members().items():
        (folder / name).write_bytes(content)
    return folder
