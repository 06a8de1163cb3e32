"""How a model that others trained runs on this computer: decided once, opened ever after."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import InputError, UnreadableFile
from comodo_app.jobs.compute import Way, batch_size, check_device, choose, torch_ways
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.device_choice import AUTO, Choice, known_choice, remember_choice
from comodo_app.jobs.resources import demo_recordings
from comodo_app.jobs.teacher_sources import TeacherSource
from comodo_app.recordings.model import VideoTrack

if TYPE_CHECKING:
    from comodo_app.teachers.backends import Backend
    from comodo_app.teachers.clip import ClipSpec
    from comodo_app.teachers.video_model import VideoModel

log = logging.getLogger(__name__)

# Clips that ways to run a model are measured on; one alone says little where batches pay.
_MEASURED_CLIPS = 4
_TORCH = "torch-"


def choose_backend(
    source: TeacherSource,
    clip: ClipSpec,
    *,
    device: str,
    video: VideoTrack | None,
    window_s: float,
    context: JobContext | None,
) -> tuple[Backend, Choice]:
    """Open the model as was decided here before, else measure and remember.

    Raises
    ------
    UsageError
        If there is no such device.
    UnreadableFile
        If the model cannot be read.
    """
    check_device(device)
    context = context or JobContext(lambda progress: None)
    models = _Loaded(source)
    known = known_choice(source.key, source.digest, device)
    if known is not None:
        backend = _reopen(source, clip, known, models)
        if backend is not None:
            return backend, known
    backend, choice = _decide(source, clip, models, device, video, window_s, context)
    remember_choice(source.key, source.digest, device, choice)
    return backend, choice


class _Loaded:
    """The model's modules, read once."""

    def __init__(self, source: TeacherSource) -> None:
        self._source = source
        self._model: VideoModel | None = None

    def torch(self, device: str, precision: str) -> Backend:
        """The model in torch."""
        from comodo_app.teachers.backends import TorchBackend
        from comodo_app.teachers.video_model import load_video_model

        if self._model is None:
            self._model = load_video_model(
                self._source.path,
                architecture=self._source.architecture,
                options=self._source.options,
            )
        return TorchBackend(self._model, device=device, precision=precision)

    def way(self, device: str, precision: str) -> Way:
        """One of torch's ways, to be measured."""
        name = f"{_TORCH}{device}-{precision}"
        return Way(name, device, precision, lambda: self.torch(device, precision))


def _reopen(
    source: TeacherSource, clip: ClipSpec, known: Choice, models: _Loaded
) -> Backend | None:
    """The backend as it was decided for; None if that is not possible any more."""
    from comodo_app.jobs.fast_path import known_fast_path, open_fast_path

    if source.is_onnx:
        return _graph(source, clip)
    if known.backend.startswith(_TORCH):
        if known.device != "cpu" and (known.device, known.precision) not in torch_ways(AUTO):
            return None
        return models.torch(known.device, known.precision)
    path = known_fast_path(source.digest)
    return None if path is None or path.backend != known.backend else open_fast_path(path)


def _decide(
    source: TeacherSource,
    clip: ClipSpec,
    models: _Loaded,
    device: str,
    video: VideoTrack | None,
    window_s: float,
    context: JobContext,
) -> tuple[Backend, Choice]:
    def tell(note: str) -> None:
        context.step(Progress(0, None, note))

    clips = _real_clips(clip, video, window_s)
    if source.is_onnx:
        return choose(
            [Way("onnx-fp32", "cpu", "fp32", lambda: _graph(source, clip))], clips, tell=tell
        )
    ways = torch_ways(device)
    if any(where != "cpu" for where, _ in ways):
        offered = [*ways, ("cpu", "fp32")] if device == AUTO else list(ways)
        made = [models.way(*way) for way in offered]
        backend, choice = choose(made, clips, tell=tell)
        if choice.device != "cpu":
            return backend, choice
    return _fastest_on_cpu(source, models, clips, video, window_s, context)


def _fastest_on_cpu(
    source: TeacherSource,
    models: _Loaded,
    clips: NDArray[np.float32],
    video: VideoTrack | None,
    window_s: float,
    context: JobContext,
) -> tuple[Backend, Choice]:
    from comodo_app.jobs.fast_path import FastPathRequest, find_fast_path, open_fast_path

    path = find_fast_path(
        FastPathRequest(
            source.path,
            source.digest,
            source.architecture,
            tuple(source.options.items()),
            (video.path,) if video is not None else (),
            window_s,
        ),
        context,
    )
    backend = open_fast_path(path) or models.torch("cpu", "fp32")
    choice = Choice(path.backend, path.precision, "cpu", 1.0 / path.s_per_clip, 1, path.reason)
    size = batch_size(backend, clips[:1], choice)
    return backend, Choice(
        choice.backend, choice.precision, "cpu", choice.per_s, size, choice.reason
    )


def _graph(source: TeacherSource, clip: ClipSpec) -> Backend:
    from comodo_app.teachers.onnx_backend import OnnxBackend

    backend = OnnxBackend(source.path)
    shape = clip.n_frames, 3, clip.height_px, clip.width_px
    # Sizes that the graph leaves open are texts.
    if any(isinstance(n, int) and n != m for n, m in zip(backend.frames_shape, shape, strict=True)):
        raise UnreadableFile(
            f"The ONNX graph takes clips of {backend.frames_shape} (frames, 3, height, width), "
            f"the file beside it says {shape}.",
            where=str(source.path),
        )
    return backend


def _real_clips(clip: ClipSpec, video: VideoTrack | None, window_s: float) -> NDArray[np.float32]:
    """A few clips as the teacher will get them, (B, F, 3, h, w)."""
    from comodo_app.recordings.video import probe_video
    from comodo_app.teachers.model_teacher import ModelTeacher

    taken = _Taking()
    teacher = ModelTeacher("measuring", "", clip, taken, max_batch=1)
    for track in filter(None, (video, probe_video(min(demo_recordings().glob("*.mp4"))))):
        last_s = track.duration_s - window_s
        if last_s < 0:
            continue
        for _ in teacher.encode(track, np.linspace(0.0, last_s, _MEASURED_CLIPS), window_s):
            pass
        if taken.clips:
            return np.concatenate(taken.clips)
    raise InputError(f"No video holds a window of {window_s:g} s to measure the teacher with.")


class _Taking:
    """A backend that keeps what it is given."""

    name, precision, dim = "taking", "fp32", 1

    def __init__(self) -> None:
        self.clips: list[NDArray[np.float32]] = []

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → (B, 1) of no meaning."""
        self.clips.append(clips.copy())
        return np.ones((len(clips), 1), np.float32)
