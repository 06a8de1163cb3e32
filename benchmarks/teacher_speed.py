"""How fast the built-in teacher is, and how much of that is decoding.

    python benchmarks/teacher_speed.py [VIDEO ...] [--seconds 20] [--repeat 3] [--memory]

Without a video, textured moving ones are made (848x480 and 1920x1080, H.264 with B-frames). For
each video: the teacher (5 s windows each 2.5 s); decoding alone, with the same settings; and the
naive way, every frame read at full size with ``cv2.VideoCapture`` and resized. Numbers are seconds
of video per second, by the clock and by processor time: the best of `--repeat` interleaved runs,
since others may share the machine. `--memory` compares the peak memory of a 1 min and a 10 min
video, each in its own process.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from comodo_app.recordings.model import VideoTrack
from comodo_app.recordings.video import frames, probe_video
from comodo_app.teachers.builtin import (
    BuiltinTeacher,
    analysis_step_s,
    analysis_width_px,
    references_suffice,
)

WINDOW_S, STRIDE_S = 5.0, 2.5
SIZES = ((848, 480), (1920, 1080))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of made videos")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.peak_of:
        teach(probe_video(wish.peak_of))
        print(own_peak_mib())
        return
    with tempfile.TemporaryDirectory() as folder:
        videos = wish.videos or [
            make_video(Path(folder) / f"{w}x{h}.mp4", w, h, wish.seconds) for w, h in SIZES
        ]
        print(
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
            "x = seconds of video per second: by the clock / per processor second"
        )
        print(f"{'video':<28}{'teacher':>16}{'decode only':>16}{'naive':>16}"
              f"{'of decoding':>13}{'over naive':>12}")  # fmt: skip
        for path in videos:
            print_speed(path, wish.repeat)
        if wish.memory:
            print_memory(videos[0])
        print(f"load at the end {os.getloadavg()[0]:.1f}")


def print_speed(path: Path, repeat: int) -> None:
    """One row of the table."""
    video = probe_video(path)
    ways: tuple[Callable[[VideoTrack], None], ...] = (teach, decode_only, naive)
    clock = np.zeros(3)
    processor = np.zeros(3)
    for _ in range(repeat):
        for k, way in enumerate(ways):
            began, worked = time.perf_counter(), time.process_time()
            way(video)
            clock[k] = max(clock[k], video.duration_s / (time.perf_counter() - began))
            processor[k] = max(processor[k], video.duration_s / (time.process_time() - worked))
    name = f"{path.stem[:14]} {video.width_px}x{video.height_px}@{video.frame_rate_hz:.0f}"
    cells = "".join(f"{f'{c:.1f}x / {p:.1f}x':>16}" for c, p in zip(clock, processor, strict=True))
    print(f"{name:<28}{cells}{clock[0] / clock[1]:>13.2f}{clock[0] / clock[2]:>12.2f}")


def teach(video: VideoTrack) -> None:
    """Run the teacher over every window of a video."""
    starts_s = np.arange(0.0, max(video.duration_s - WINDOW_S, 0.0) + 1e-9, STRIDE_S)
    n_rows = sum(len(e.indexes) for e in BuiltinTeacher().encode(video, starts_s, WINDOW_S))
    if n_rows != len(starts_s):
        raise RuntimeError(f"{len(starts_s)} windows but {n_rows} rows")


def decode_only(video: VideoTrack) -> None:
    """Decode what the teacher decodes, as it does, and scale the same frames."""
    width_px = analysis_width_px(video.width_px, video.height_px)
    for _ in frames(
        video.path,
        every_s=analysis_step_s(video.frame_rate_hz),
        width_px=width_px,
        loop_filter=video.width_px < 4 * width_px,
        reference_only=references_suffice(video),
    ):
        pass


def naive(video: VideoTrack) -> None:
    """Read every frame at full size through OpenCV and resize it."""
    width_px = analysis_width_px(video.width_px, video.height_px)
    size = width_px, round(width_px * video.height_px / video.width_px)
    capture = cv2.VideoCapture(str(video.path))
    try:
        while True:
            there, image = capture.read()
            if not there:
                return
            cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    finally:
        capture.release()


def make_video(path: Path, width_px: int, height_px: int, seconds: float) -> Path:
    """A camera that sways and turns over a textured world; libx264, crf 23, 3 B-frames."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (height_px // 6, width_px // 6, 3), dtype=np.uint8)
    world = cv2.resize(coarse, (3 * width_px, 3 * height_px), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0.0, 5.0, (3 * height_px, 3 * width_px, 1))
    world = np.clip(world + grain, 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.options = {"crf": "23", "preset": "veryfast", "bf": "3", "g": "60"}
        for k in range(round(seconds * 30)):
            image = cv2.warpAffine(world, _pose(k / 30, width_px, height_px), (width_px, height_px))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def _pose(t: float, width_px: int, height_px: int) -> np.ndarray:
    middle = (1.5 * width_px, 1.5 * height_px)
    pose = cv2.getRotationMatrix2D(middle, 6 * np.sin(2 * t), 1 + 0.05 * np.sin(3 * t))
    pose[:, 2] += [
        -width_px * (1 - 0.15 * np.sin(1.3 * t)),
        -height_px * (1 - 0.1 * np.sin(4 * t)),
    ]
    return np.asarray(pose)


def print_memory(video: Path) -> None:
    """Peak memory of the whole process for the same video repeated to 1 and to 10 minutes."""
    with tempfile.TemporaryDirectory() as folder:
        peaks = [
            _peak_mib(repeat_video(video, Path(folder) / f"{minutes}.mp4", minutes * 60.0))
            for minutes in (1, 10)
        ]
    print(f"peak memory: {peaks[0]} MiB for 1 min, {peaks[1]} MiB for 10 min")


def own_peak_mib() -> int:
    """Peak memory of this process."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux: getrusage would still hold the peak of the parent
        line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes
    return peak // 2**20


def _peak_mib(path: Path) -> int:
    command = [sys.executable, __file__, "--peak-of", str(path)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def repeat_video(source: Path, target: Path, seconds: float) -> Path:
    """The same packets again and again, without encoding them anew."""
    with av.open(str(target), "w") as out:
        shift = 0
        stream = None
        while True:
            with av.open(str(source)) as container:
                first = container.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(first)
                    stream.time_base = first.time_base
                packets: Sequence[av.Packet] = [p for p in container.demux(first) if p.size]
                for packet in packets:
                    packet.pts, packet.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
                    packet.stream = stream
                    out.mux(packet)
                ticks = [p.pts or 0 for p in packets]
                length = max(ticks) - min(ticks) + max(p.duration or 0 for p in packets)
                shift = length * (round(shift / length) + 1)
                if shift * float(first.time_base or 1) >= seconds:
                    return target


if __name__ == "__main__":
    main()
