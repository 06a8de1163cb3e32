"""Small videos written on the spot: a moving texture, any times, any size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

TICKS_PER_S = 90_000


def textured_frames(
    n: int, *, width_px: int = 160, height_px: int = 120, seed: int = 0, rate_hz: float = 30.0
) -> list[NDArray[np.uint8]]:
    """RGB frames of a camera that sways over a fixed texture."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height_px // 4, width_px // 4, 3)).astype(np.uint8)
    world = cv2.resize(coarse, (2 * width_px, 2 * height_px), interpolation=cv2.INTER_CUBIC)
    out = []
    for k in range(n):
        t = k / rate_hz
        x = width_px / 2 + 0.15 * width_px * np.sin(2.0 * t)
        y = height_px / 2 + 0.1 * height_px * np.sin(5.0 * t)
        shift = np.array([[1.0, 0.0, -x], [0.0, 1.0, -y]])
        out.append(np.asarray(cv2.warpAffine(world, shift, (width_px, height_px)), np.uint8))
    return out


def write_video(
    path: Path,
    images: Iterable[NDArray[np.uint8]],
    *,
    times_s: Sequence[float] | None = None,
    rate_hz: float = 30.0,
    options: dict[str, str] | None = None,
    rotation_deg: int = 0,
    container_options: dict[str, str] | None = None,
    codec: str = "libx264",
) -> Path:
    """Encode RGB images as H.264 (B-frames, a keyframe each 15 frames) with the given times."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=round(rate_hz))
        stream.pix_fmt = "yuv420p"
        # AVI counts frames; a fine clock would make it store empty ones in between.
        tick = Fraction(1, round(rate_hz) if path.suffix == ".avi" else TICKS_PER_S)
        stream.time_base = stream.codec_context.time_base = tick
        usual = {"preset": "veryfast", "crf": "18", "bf": "2", "g": "15"}
        stream.options = (usual if codec == "libx264" else {"g": "15"}) | (options or {})
        for k, image in enumerate(images):
            if k == 0:
                stream.height, stream.width = image.shape[:2]
                if rotation_deg:
                    stream.set_display_rotation(rotation_deg)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = round((times_s[k] if times_s is not None else k / rate_hz) / tick)
            frame.time_base = tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """A second of silence without any picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    return path
