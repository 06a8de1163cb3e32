"""The fastest way to run a teacher on this computer, measured and verified before it is used.

A teacher's graph is exported once per computer; ways to run it are then compared on real windows
(`teachers.comparing`), and the fastest that says the same as full precision is kept.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from comodo_app.errors import ComodoError, StorageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.device_choice import this_machine
from comodo_app.jobs.resources import data_folder, demo_recordings
from comodo_app.project.files import atomic_path, write_atomic

if TYPE_CHECKING:
    from comodo_app.teachers.backends import Backend
    from comodo_app.teachers.comparing import Compared
    from comodo_app.teachers.video_model import VideoModel

log = logging.getLogger(__name__)

REFERENCE = "torch-cpu-fp32"
N_WINDOWS = 32
_WORTH_IT = 1.1  # a gain below this is noise, and full precision is the better choice
_LARGEST_GRAPH = 1_900_000_000  # bytes; one ONNX file holds 2 GiB
_SCHEMA = 1
_DECISION = "decision.json"
_GRAPHS = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
_KINDS = (
    ("onnx-fp32", "fp32"),
    ("onnx-int8", "int8"),
    ("openvino-fp32", "fp32"),
    ("openvino-bf16", "fp32"),  # computed in bfloat16 from the same graph
)


@dataclass(frozen=True, slots=True)
class FastPath:
    """How a teacher is run on this computer.

    Attributes
    ----------
    digest : str
        Of the teacher's weights.
    backend, precision : str
        `REFERENCE` where nothing else was faster and the same.
    reason : str
        One sentence for people: why this one.
    s_per_clip, reference_s_per_clip : float
        Seconds of one clip, and in torch with full precision.
    n_windows : int
        Windows it was verified on.
    tried : tuple of Compared
        Every way that was tried, the reference first.
    machine : str
        The computer and the library versions that this holds for.
    """

    digest: str
    backend: str
    precision: str
    reason: str
    s_per_clip: float
    reference_s_per_clip: float
    n_windows: int
    tried: tuple[Compared, ...] = ()
    machine: str = field(default="")

    @property
    def speedup(self) -> float:
        """How many times faster than torch with full precision."""
        return self.reference_s_per_clip / self.s_per_clip


@dataclass(frozen=True, slots=True)
class FastPathRequest:
    """Find the fast path of the model in `folder`.

    `videos` give the real windows; the bundled demo's serve where they are too short.
    """

    folder: Path
    digest: str
    architecture: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    videos: tuple[Path, ...] = ()
    window_s: float = 5.0
    n_windows: int = N_WINDOWS


def fast_folder(digest: str) -> Path:
    """Where the graphs of these weights are kept; made again if it is deleted."""
    return data_folder() / "fast" / digest


def known_fast_path(digest: str) -> FastPath | None:
    """What was decided here for these weights; None if nothing was, or it no longer holds."""
    from comodo_app.teachers.comparing import Compared

    folder = fast_folder(digest)
    try:
        values: dict[str, Any] = json.loads((folder / _DECISION).read_text(encoding="utf-8"))
        if values.pop("schema") != _SCHEMA:
            return None
        tried = tuple(Compared(**item) for item in values.pop("tried"))
        path = FastPath(tried=tried, **values)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read (%s); it is decided again", folder / _DECISION, error)
        return None
    graph = _graph_of(path.backend)
    there = graph is None or (folder / graph).is_file()
    return path if path.machine == this_machine() and path.digest == digest and there else None


def open_fast_path(path: FastPath) -> Backend | None:
    """The backend that was decided for, or None where that is torch."""
    graph = _graph_of(path.backend)
    if graph is None:
        return None
    return _open(path.backend, fast_folder(path.digest) / graph)


def forget_fast_path(digest: str) -> int:
    """Remove the graphs of these weights; bytes freed."""
    folder = fast_folder(digest)
    freed = sum(file.stat().st_size for file in folder.glob("*") if file.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed


def find_fast_path(request: FastPathRequest, context: JobContext) -> FastPath:
    """Export, compare on real windows, decide; at once if that was done before.

    Raises
    ------
    UnreadableFile
        If the model or the videos cannot be read.
    StorageError
        If there is no room for the graphs.
    """
    known = known_fast_path(request.digest)
    if known is not None:
        return known
    context.step(Progress(0, None, "loading the teacher"))
    from comodo_app.teachers.video_model import load_video_model

    model = load_video_model(
        request.folder, architecture=request.architecture, options=dict(request.options)
    )
    folder = fast_folder(request.digest)
    folder.mkdir(parents=True, exist_ok=True)
    unusable = _write_graphs(model, folder, context)
    path = _decide(request, model, unusable, context)
    graph = _graph_of(path.backend)
    for name in _GRAPHS.values():
        if name != graph:
            (folder / name).unlink(missing_ok=True)
    values = {"schema": _SCHEMA, **asdict(path)}
    write_atomic(folder / _DECISION, json.dumps(values, indent=1).encode())
    return path


def _write_graphs(model: VideoModel, folder: Path, context: JobContext) -> str:
    """Export both graphs; returns why there are none, or nothing."""
    from comodo_app.teachers.onnx_export import export_onnx, quantise

    n_bytes = sum(p.numel() * p.element_size() for p in model.module.parameters())
    if not model.exportable or n_bytes > _LARGEST_GRAPH:
        return "this architecture cannot be exported" if not model.exportable else "it is too large"
    free = shutil.disk_usage(folder).free
    if free < 3 * n_bytes:
        raise StorageError(
            f"The teacher's graphs need {3 * n_bytes / 1e6:.0f} MB for a moment, "
            f"{free / 1e6:.0f} MB are free.",
            where=str(folder),
            hint="Make room, or choose a smaller teacher.",
        )
    context.step(Progress(0, None, "exporting the teacher for this computer"))
    full, small = (folder / _GRAPHS[precision] for precision in ("fp32", "int8"))
    try:
        with atomic_path(full) as temp:
            export_onnx(model, temp)
        context.step(Progress(0, None, "making 8-bit weights"))
        with atomic_path(small) as temp:
            quantise(full, temp)
    except RuntimeError as error:  # of the exporter: an operator it does not know
        log.exception("the teacher cannot be exported")
        return f"it cannot be exported ({str(error).strip().splitlines()[0][:200]})"
    return ""


def _decide(
    request: FastPathRequest, model: VideoModel, unusable: str, context: JobContext
) -> FastPath:
    from comodo_app.teachers.backends import TorchBackend
    from comodo_app.teachers.comparing import Comparing
    from comodo_app.teachers.onnx_backend import openvino_is_there

    backends: dict[str, Backend] = {REFERENCE: TorchBackend(model)}
    unopened: list[str] = [unusable] if unusable else []
    for name, precision in () if unusable else _KINDS:
        if name.startswith("openvino") and not openvino_is_there():
            continue
        try:
            backends[name] = _open(name, fast_folder(request.digest) / _GRAPHS[precision])
        except ComodoError as error:
            unopened.append(f"{name}: {error.what}")
    comparing = Comparing(backends)
    _show_windows(request, model, comparing, context)
    compared = comparing.result()
    return _choice(request, compared, comparing.n_clips, unopened)


def _choice(
    request: FastPathRequest, compared: Sequence[Compared], n_windows: int, unopened: list[str]
) -> FastPath:
    reference = compared[0]
    fit = [c for c in compared[1:] if not c.refused]
    best = min(fit, key=lambda c: c.s_per_clip, default=reference)
    if best.s_per_clip * _WORTH_IT > reference.s_per_clip:
        best = reference
    if best is reference:
        why = "; ".join(
            [f"{c.backend}: {c.refused}" for c in compared[1:] if c.refused]
            + unopened
            + [f"{c.backend}: {reference.s_per_clip / c.s_per_clip:.2f} times as fast" for c in fit]
        )
        reason = f"Full precision in torch. {why}." if why else "Full precision in torch."
    else:
        gain = reference.s_per_clip / best.s_per_clip
        reason = (
            f"{best.backend}: {gain:.1f} times as fast as full precision in torch, cosine "
            f"{best.cosine:.4f}, {best.overlap:.0%} of the nearest windows shared, on "
            f"{n_windows} windows."
        )
    return FastPath(
        digest=request.digest,
        backend=best.backend,
        precision=best.precision,
        reason=reason,
        s_per_clip=best.s_per_clip,
        reference_s_per_clip=reference.s_per_clip,
        n_windows=n_windows,
        tried=tuple(compared),
        machine=this_machine(),
    )


def _show_windows(
    request: FastPathRequest, model: VideoModel, comparing: Any, context: JobContext
) -> None:
    """Send real windows through all candidates, from the asked videos, then from the demo's."""
    from comodo_app.recordings.video import probe_video
    from comodo_app.teachers.model_teacher import ModelTeacher

    teacher = ModelTeacher("comparing", request.digest, model.clip, comparing, max_batch=1)
    videos = [*request.videos, *sorted(demo_recordings().glob("*.mp4"))]
    share = -(-request.n_windows // max(1, len(request.videos) or 4))
    for video in videos:
        left = request.n_windows - comparing.n_clips
        if left <= 0:
            return
        track = probe_video(video)
        last_s = track.duration_s - request.window_s
        if last_s < 0:
            continue
        starts = np.linspace(0.0, last_s, min(share, left, max(1, int(last_s)) + 1))
        for _ in teacher.encode(track, starts, request.window_s):
            done = comparing.n_clips
            context.step(Progress(done, request.n_windows, "comparing ways to run the teacher"))


def _graph_of(backend: str) -> str | None:
    return next((_GRAPHS[graph] for name, graph in _KINDS if name == backend), None)


def _open(name: str, path: Path) -> Backend:
    from comodo_app.teachers.onnx_backend import OnnxBackend, OpenVinoBackend

    family, precision = name.split("-")
    return OnnxBackend(path, precision) if family == "onnx" else OpenVinoBackend(path, precision)
