"""What a model runs on here: devices and precisions, measured on real clips."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ComodoError, UsageError, memory_was_full
from comodo_app.jobs.careful import too_large
from comodo_app.jobs.device_choice import AUTO, Choice
from comodo_app.jobs.memory import available_bytes, memory_bytes
from comodo_app.project.settings import DEVICES as DEVICES

if TYPE_CHECKING:
    from comodo_app.teachers.backends import Backend

log = logging.getLogger(__name__)


_MOST_CLIPS = {"cpu": 8, "cuda": 32, "mps": 16}
# On a processor a batch gains little, and nothing can be saved or stopped while it is computed.
_BATCH_S = 1.0
_SHARE_OF_MEMORY = 0.5
_SAMPLE_EVERY_S = 0.005


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a model: `make` builds it; may be slow, may fail."""

    name: str
    device: str
    precision: str
    make: Callable[[], Backend]


def check_device(device: str) -> str:
    """`device` itself.

    Raises
    ------
    UsageError
        If it is not one of `DEVICES`.
    """
    if device not in DEVICES:
        raise UsageError(
            f"There is no device called {device!r}.", hint=f"Known: {', '.join(DEVICES)}."
        )
    return device


def torch_ways(device: str) -> tuple[tuple[str, str], ...]:
    """Devices and precisions that torch offers here, as (device, precision); imports torch.

    Raises
    ------
    UsageError
        If the device that was asked for is not here.
    """
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if (device == "cuda" and not cuda) or (device == "mps" and not mps):
        raise UsageError(
            f"torch finds no {device} device on this computer.",
            hint="Use --device auto, or install the torch build for your graphics card.",
        )
    ways: list[tuple[str, str]] = []
    if cuda and device in (AUTO, "cuda"):
        half = "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
        ways += [("cuda", "fp32"), ("cuda", half)]
    if mps and device in (AUTO, "mps"):
        ways += [("mps", "fp32"), ("mps", "fp16")]
    if device == "cpu" or not ways:
        ways.append(("cpu", "fp32"))
    return tuple(ways)


def choose(
    ways: Sequence[Way],
    clips: NDArray[np.float32],
    *,
    tell: Callable[[str], None] = lambda note: None,
) -> tuple[Backend, Choice]:
    """The fastest of several ways, measured on real clips.

    A way that cannot run is left out, as is one whose embeddings are not those of the first way
    that can (cosine below `comparing.MIN_COSINE`): half precision is too coarse for some models.

    Parameters
    ----------
    ways : sequence of Way
        The most precise first.
    clips : (B, F, 3, h, w) float32
        A few clips of a video that will be encoded.
    tell : callable
        Takes one line before each measurement.

    Raises
    ------
    ComodoError
        The first way's reason if none can run.
    """
    from comodo_app.teachers.comparing import MIN_COSINE, cosines

    best: tuple[Backend, Choice] | None = None
    reference: NDArray[np.float32] | None = None
    reasons: list[str] = []
    first_error: ComodoError | None = None
    for way in ways:
        tell(f"measuring {way.name}")
        try:
            backend = way.make()
            per_s, rows = _speed(backend, clips)
        except Exception as error:
            if not isinstance(error, ComodoError) and not memory_was_full(error):
                raise
            log.warning("%s cannot be used: %s", way.name, error)
            reasons.append(f"{way.name} cannot be used: {_line(error)}")
            if first_error is None:
                first_error = error if isinstance(error, ComodoError) else too_large(way.name)
            continue
        reference = rows if reference is None else reference
        cosine = float(cosines(reference, rows).min())
        if not cosine >= MIN_COSINE:
            reasons.append(f"{way.name} differs from full precision (cosine {cosine:.3f})")
            continue
        reasons.append(f"{way.name} {per_s:.3g} windows/s")
        if best is None or per_s > best[1].per_s:
            best = backend, Choice(way.name, way.precision, way.device, per_s, 1)
    if best is None:
        raise first_error or UsageError("There is no way to run this model here.")
    backend, choice = best
    size = batch_size(backend, clips[:1], choice)
    return backend, replace(choice, batch_size=size, reason="; ".join(reasons))


def batch_size(backend: Backend, clip: NDArray[np.float32], choice: Choice) -> int:
    """Clips that fit into memory at once, from what one and two of them need.

    `clip` is (1, F, 3, h, w); at most what `_BATCH_S` allows on a processor.
    """
    if choice.precision == "int8":
        return 1  # 8-bit scales are taken over a batch: rows would depend on their neighbours
    most = _MOST_CLIPS[choice.device]
    if choice.device == "cpu":
        most = min(most, max(1, int(choice.per_s * _BATCH_S)))
    if most == 1:
        return 1
    try:
        one, two = (_peak(backend, np.repeat(clip, n, axis=0), choice.device) for n in (1, 2))
    except Exception as error:
        if not memory_was_full(error):
            raise
        return 1
    room = _room(choice.device)
    per_clip = max(two - one, int(clip.nbytes))
    return int(np.clip(int(_SHARE_OF_MEMORY * room / per_clip), 1, most)) if room else min(most, 2)


def _speed(backend: Backend, clips: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
    """Clips per second, the better of two batches after one that warms up; and their rows."""
    backend.embed(clips[:1])
    taken = []
    for _ in range(2):
        begun = time.perf_counter()
        rows = backend.embed(clips)  # rows come back as numpy: the device has finished
        taken.append(time.perf_counter() - begun)
        if taken[-1] > 5.0:
            break
    return len(clips) / max(min(taken), 1e-9), rows


def _peak(backend: Backend, clips: NDArray[np.float32], device: str) -> int:
    """Bytes that are held at most while a batch is computed."""
    if device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
        backend.embed(clips)
        return int(torch.cuda.max_memory_allocated())
    seen = [memory_bytes()]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_SAMPLE_EVERY_S):
            seen.append(memory_bytes())

    watcher = threading.Thread(target=watch, name="memory", daemon=True)
    watcher.start()
    try:
        backend.embed(clips)
    finally:
        ended.set()
        watcher.join()
    return max(seen)


def _room(device: str) -> int:
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    return available_bytes()


def _line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:160]
