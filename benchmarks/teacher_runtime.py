"""A video transformer as teacher: the plain library call against the app's ways to run it.

    python benchmarks/teacher_runtime.py [--sizes S B] [--windows 8] [--video FILE] [--device cuda]

Networks have the published shape and random weights: speed does not depend on their values. All
rows are end to end from the file (decode, preprocess, encode), on the same windows of the same
video (848×480 made here unless given), one after another in rounds, medians over the rounds:

- *library, default*: `VideoMAEForVideoClassification` as `from_pretrained` gives it (SDPA
  attention), fp32, one clip at a time, frames through its own image processor;
- *library, eager*: the same with `attn_implementation="eager"`;
- the app's backends, through `ModelTeacher`.

"of encode alone" compares a row with the same backend fed with ready clips.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from teacher_speed import make_video

from comodo_app.recordings.model import VideoTrack
from comodo_app.recordings.video import frames, probe_video
from comodo_app.teachers.backends import Backend, TorchBackend
from comodo_app.teachers.comparing import cosines
from comodo_app.teachers.model_teacher import ModelTeacher
from comodo_app.teachers.onnx_backend import OnnxBackend, OpenVinoBackend, openvino_is_there
from comodo_app.teachers.onnx_export import export_onnx, quantise
from comodo_app.teachers.video_model import VideoModel, load_video_model

WINDOW_S, STRIDE_S = 5.0, 2.5
SHAPES: dict[str, dict[str, int]] = {
    "S": {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536},
    "B": {},
}


def main() -> None:
    """Measure and print one table per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", nargs="+", choices=sorted(SHAPES), default=["S", "B"])
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--video", type=Path)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda", "mps"])
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = WINDOW_S + STRIDE_S * wish.windows
        path = wish.video or make_video(Path(folder) / "made.mp4", 848, 480, seconds)
        video = probe_video(path)
        starts = np.arange(wish.windows) * STRIDE_S
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {wish.windows} windows of "
              f"{video.width_px}×{video.height_px} at {video.frame_rate_hz:.4g} Hz")  # fmt: skip
        for size in wish.sizes:
            measure(size, Path(folder), video, starts, wish)


def published_folder(size: str, folder: Path) -> Path:
    """A checkpoint in the published format: config, processor, safetensors; random weights."""
    import json

    import torch
    from transformers import VideoMAEConfig, VideoMAEForVideoClassification

    made = folder / f"videomae-{size}"
    torch.manual_seed(0)
    config = VideoMAEConfig(**SHAPES[size], num_labels=400, use_mean_pooling=True)
    VideoMAEForVideoClassification(config).save_pretrained(made)
    processor = {
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "image_processor_type": "VideoMAEImageProcessor",
        "resample": 2,
        "size": {"shortest_edge": 224},
        "crop_size": {"height": 224, "width": 224},
    }
    (made / "preprocessor_config.json").write_text(json.dumps(processor))
    return made


def measure(
    size: str, folder: Path, video: VideoTrack, starts: np.ndarray, wish: argparse.Namespace
) -> None:
    """Print the table of one size."""
    checkpoint = published_folder(size, folder)
    model = load_video_model(checkpoint)
    backends = app_backends(model, folder / size, wish.device)
    clips = ready_clips(model, video, starts)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "library, default": library_call(checkpoint, video, starts, "sdpa", wish.device),
        "library, eager": library_call(checkpoint, video, starts, "eager", wish.device),
    }
    for name, backend in backends.items():
        ways[name] = app_pass(model, backend, video, starts)
        ways[f"{name} encode alone"] = encode_alone(backend, clips)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    rows = {name: way() for name, way in ways.items()}  # a round that is not timed
    for _ in range(wish.rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append((time.perf_counter() - began) / len(starts))
    per_clip = {name: float(np.median(values)) for name, values in seconds.items()}
    reference = rows[next(iter(backends))]
    print(f"\nVideoMAE-{size}, {wish.device}")
    print(f"{'way':<24}{'s/clip':>9}{'clips/s':>9}{'over default':>14}{'over eager':>12}"
          f"{'of encode alone':>17}{'lowest cosine':>15}")  # fmt: skip
    for name in ways:
        if name.endswith("encode alone"):
            continue
        it = per_clip[name]
        alone = per_clip.get(f"{name} encode alone")
        share = f"{it / alone:.2f}" if alone else ""
        same = f"{cosines(reference, rows[name]).min():.5f}" if name in backends else ""
        print(f"{name:<24}{it:>9.3f}{1 / it:>9.2f}{per_clip['library, default'] / it:>14.2f}"
              f"{per_clip['library, eager'] / it:>12.2f}{share:>17}{same:>15}")  # fmt: skip
    print(f"peak memory of this process {_peak_mib()} MiB; load {os.getloadavg()[0]:.1f}")


def app_backends(model: VideoModel, folder: Path, device: str) -> dict[str, Backend]:
    """Every way the app can run the teacher on this device; full precision first."""
    if device != "cpu":
        return {
            f"torch-{device}-{precision}": TorchBackend(model, device=device, precision=precision)
            for precision in ("fp32", "bf16", "fp16")
        }
    folder.mkdir()
    full, small = folder / "model.onnx", folder / "model.int8.onnx"
    export_onnx(model, full)
    quantise(full, small)
    backends: dict[str, Backend] = {
        "torch-cpu-fp32": TorchBackend(model),
        "onnx-fp32": OnnxBackend(full),
        "onnx-int8": OnnxBackend(small, "int8"),
    }
    if openvino_is_there():
        backends["openvino-fp32"] = OpenVinoBackend(full)
        backends["openvino-bf16"] = OpenVinoBackend(full, "bf16")
    return backends


class _Keeping:
    """A backend that keeps the clips it is given."""

    name, precision = "keeping", "fp32"

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.clips: list[np.ndarray] = []

    def embed(self, clips: np.ndarray) -> np.ndarray:
        self.clips.append(clips.copy())
        return np.zeros((len(clips), self.dim), np.float32)


def ready_clips(model: VideoModel, video: VideoTrack, starts: np.ndarray) -> list[np.ndarray]:
    """The preprocessed clips of all windows."""
    keeping = _Keeping(model.dim)
    for _ in ModelTeacher("keeping", "0", model.clip, keeping, max_batch=1).encode(
        video, starts, WINDOW_S
    ):
        pass
    return keeping.clips


def app_pass(
    model: VideoModel, backend: Backend, video: VideoTrack, starts: np.ndarray
) -> Callable[[], np.ndarray]:
    """From the file to embeddings, as the app does it."""

    def run() -> np.ndarray:
        rows = np.zeros((len(starts), model.dim), np.float32)
        teacher = ModelTeacher("bench", "0", model.clip, backend, max_batch=1)
        for piece in teacher.encode(video, starts, WINDOW_S):
            rows[piece.indexes] = piece.embeddings
        return rows

    return run


def encode_alone(backend: Backend, clips: list[np.ndarray]) -> Callable[[], np.ndarray]:
    """The network only, on clips that are ready."""
    return lambda: np.concatenate([backend.embed(clip) for clip in clips])


def library_call(
    checkpoint: Path, video: VideoTrack, starts: np.ndarray, attention: str, device: str
) -> Callable[[], np.ndarray]:
    """From the file to embeddings with the library's classes, as its examples do it."""
    import torch
    from transformers import VideoMAEForVideoClassification, VideoMAEImageProcessorPil

    model: Any = VideoMAEForVideoClassification.from_pretrained(
        checkpoint, attn_implementation=attention
    )
    model = model.eval().to(device)
    processor: Any = VideoMAEImageProcessorPil.from_pretrained(checkpoint)

    def run() -> np.ndarray:
        rows = []
        wanted = starts[:, None] + (np.arange(16) + 0.5) * WINDOW_S / 16  # (N, 16)
        pictures = list(frames(video.path, to_s=float(starts[-1]) + WINDOW_S))
        times = np.array([picture.time_s for picture in pictures])
        for targets in wanted:
            shown = np.searchsorted(times, targets, side="right") - 1
            inputs = processor([pictures[i].image for i in shown], return_tensors="pt")
            with torch.inference_mode():
                out = model.videomae(pixel_values=inputs["pixel_values"].to(device))
                rows.append(model.fc_norm(out.last_hidden_state.mean(1)).cpu().numpy())
        return np.concatenate(rows)

    return run


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
