"""What students cost: a training step of Mantis side by side, and windows per onnxruntime thread.

    python benchmarks/student_speed.py [--repeats 3] [--batch 128]

One run, all on this computer with random weights (the numbers do not change the time):

- A step (forward, loss, backward) of a batch of 6 × 512: the published operations in a plain loop
  over the channels, the same loop over our module, our module with all series at once and in parts
  of several sizes (`students.chunks.TRAINING` is the best of them), and the default student.
- A window through onnxruntime on one thread: fp32, and int8 where it is made.

Rows are measured in turns and the least time of each counts, so that a busy moment hits no row
alone. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from comodo_app.students.chunks import TRAINING
from comodo_app.students.encoder import build_student, single_threaded
from comodo_app.students.mantis_tokens import SCALES, ScalarEncoder, StreamTokens
from comodo_app.students.onnx_export import export_onnx, quantise_onnx
from comodo_app.students.onnx_session import OnnxStudent
from comodo_app.students.spec import N_CHANNELS, StudentSpec

PARTS = (24, 96, 192, 384)
MANTIS = (
    ("Mantis, 6 layers", StudentSpec("mantis-v1", embedding_dim=0, layer=5)),
    ("Mantis, 3 layers", StudentSpec("mantis-v1", embedding_dim=0)),
    ("MantisV2, 3 layers", StudentSpec("mantis-v2", embedding_dim=0)),
)
INFERENCE = (
    ("TCN (default)", StudentSpec()),
    ("Transformer", StudentSpec("transformer")),
    *MANTIS,
    ("MantisV2, 6 layers", StudentSpec("mantis-v2", embedding_dim=0, layer=5)),
)


def published_stream(self: StreamTokens, series: Tensor) -> Tensor:
    """The published order: convolve every sample, norm over channels, mean per patch."""
    maps = self.norm(self.conv(series.unsqueeze(1)).transpose(1, 2))
    return maps.reshape(len(series), 32, -1, maps.shape[2]).mean(dim=2)


def published_scalar(self: ScalarEncoder, x: Tensor) -> Tensor:
    """The published order: nine encoders one after the other, then their mixture."""
    x = x.unsqueeze(-1)
    share = (1 / torch.log(x.abs() @ (1 / self.scales).unsqueeze(0) + 1.1)).abs()
    share = (share / share.sum(dim=-1, keepdim=True)).unsqueeze(-1)
    parts = [
        nn.functional.layer_norm(
            x * self.slope[i] + k * self.offset[i],
            (32,), self.norm_weight[i], self.norm_bias[i], 1e-15,
        )
        for i, k in enumerate(SCALES)
    ]  # fmt: skip
    return (torch.stack(parts, dim=-2) * share).sum(dim=-2)


def looped(student: nn.Module, windows: Tensor) -> Tensor:
    """Channel by channel, each in one forward: the plain way."""
    encoder = student.get_submodule("encoder")
    channels = windows.transpose(1, 2)
    return torch.cat([encoder(channels[:, c : c + 1]) for c in range(N_CHANNELS)], dim=1)


def step_s(student: nn.Module, forward: Callable[[], Tensor]) -> float:
    """Seconds of one forward and backward pass."""
    student.zero_grad(set_to_none=True)
    begun = time.perf_counter()
    forward().square().mean().backward()
    return time.perf_counter() - begun


def step_rows(spec: StudentSpec, batch: int, repeats: int) -> dict[str, float]:
    """Least seconds of a training step per way of making it."""
    student = build_student(spec, seed=0).train()
    windows = torch.randn(batch, 512, N_CHANNELS, generator=torch.Generator().manual_seed(0))
    best: dict[str, float] = {}
    published = {StreamTokens: published_stream, ScalarEncoder: published_scalar}
    ours = {kind: kind.forward for kind in published}
    whole = batch * N_CHANNELS
    for _ in range(repeats):
        for kind, forward in published.items():
            kind.forward = forward  # type: ignore[method-assign]
        took = {"published operations, loop": step_s(student, lambda: looped(student, windows))}
        for kind, forward in ours.items():
            kind.forward = forward  # type: ignore[method-assign]
        took["ours, loop"] = step_s(student, lambda: looped(student, windows))
        for part in (*(p for p in PARTS if p < whole), whole):
            kept, TRAINING["cpu"] = TRAINING["cpu"], part
            name = "ours, all at once" if part == whole else f"ours, {part} series at a time"
            took[name] = step_s(student, lambda: student(windows))
            TRAINING["cpu"] = kept
        best = {name: min(best.get(name, float("inf")), s) for name, s in took.items()}
    return best


def default_step_s(batch: int, repeats: int) -> float:
    """Least seconds of a training step of the default student, on one thread as it is trained."""
    student = build_student(StudentSpec(), seed=0).train()
    windows = torch.randn(batch, 250, N_CHANNELS)
    with single_threaded():
        return min(step_s(student, lambda: student(windows)) for _ in range(5 * repeats))


def inference_rows(repeats: int) -> list[str]:
    """Markdown rows: milliseconds per window on one onnxruntime thread, size, likeness to fp32."""
    rng = np.random.default_rng(0)
    rows = []
    for title, spec in INFERENCE:
        student = build_student(spec, seed=0).eval()
        windows = rng.standard_normal((4, spec.n_samples, N_CHANNELS)).astype(np.float32)
        models = {"fp32": export_onnx(student, spec, windows)}
        if spec.layer is not None:
            models["int8"] = quantise_onnx(models["fp32"])
        expected = OnnxStudent(models["fp32"]).embed(windows)
        for name, model in models.items():
            session = OnnxStudent(model)
            said = session.embed(windows)
            cosine = (said * expected).sum(1)
            cosine /= np.linalg.norm(said, axis=1) * np.linalg.norm(expected, axis=1)
            took = []
            for _ in range(10 * repeats):
                begun = time.perf_counter()
                session.embed(windows[:1])
                took.append(1e3 * (time.perf_counter() - begun))
            rows.append(
                f"| {title}, {name} | {len(model) / 1e6:.1f} | {min(took):.2f} | "
                f"{np.median(took):.2f} | {cosine.min():.5f} |"
            )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What students cost on this computer.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int, default=128)
    wish = parser.parse_args()
    print(
        f"{os.cpu_count()} cores, torch {torch.__version__} on {torch.get_num_threads()} threads, "
        f"load {os.getloadavg()[0]:.1f} at the start; batch {wish.batch}.\n"
    )
    columns = {title: step_rows(spec, wish.batch, wish.repeats) for title, spec in MANTIS}
    default = default_step_s(wish.batch, wish.repeats)
    print("| training step, s | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for row in next(iter(columns.values())):
        print(f"| {row} | " + " | ".join(f"{times[row]:.2f}" for times in columns.values()) + " |")
    cheaper = [f"{min(times.values()) / default:.0f} ×" for times in columns.values()]
    print(f"\nThe default student's step takes {default:.3f} s: " + ", ".join(cheaper)
          + " cheaper than the best way of each.\n")  # fmt: skip
    print("| onnxruntime, one thread, one window | MB | least ms | median ms | least cosine |")
    print("|---|---:|---:|---:|---:|")
    print("\n".join(inference_rows(wish.repeats)))


if __name__ == "__main__":
    main()
