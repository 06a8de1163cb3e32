"""Which teacher a job uses, by name: the one place that turns a name into a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from comodo_app.errors import InputError, UnreadableFile
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER as BUILTIN_TEACHER
from comodo_app.jobs.teacher_sources import TeacherSource, find_source
from comodo_app.jobs.teacher_sources import lasting_name as lasting_name
from comodo_app.recordings.model import Note, VideoTrack
from comodo_app.teachers.base import Block, TeacherFacts

if TYPE_CHECKING:
    from comodo_app.jobs.careful import Careful
    from comodo_app.jobs.device_choice import Choice
    from comodo_app.jobs.student_files import RunSettings
    from comodo_app.teachers.base import Teacher
    from comodo_app.teachers.clip import ClipSpec

# With fewer different frames than this share of what the teacher wants, it sees a slide show.
_ENOUGH_FRAMES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class OpenTeacher:
    """A teacher that is loaded and ready, and how it runs here.

    `backend` and `reason` are empty for the built-in one.
    """

    teacher: Teacher
    backend: str = ""
    reason: str = ""
    careful: Careful | None = None
    clip: ClipSpec | None = None

    def fit(self, video: VideoTrack, window_s: float) -> tuple[Note, ...]:
        """What to say about this video before it is shown to the teacher.

        Raises
        ------
        InputError
            If its windows hold far fewer frames than the teacher wants.
        """
        if self.clip is None:
            return ()
        there, wanted = int(video.frame_rate_hz * window_s + 1e-6), self.clip.n_frames
        if there < _ENOUGH_FRAMES * wanted:
            raise InputError(
                f"A window of {window_s:g} s holds {there} frames at {video.frame_rate_hz:.4g} Hz, "
                f"the teacher {self.teacher.key} wants {wanted}.",
                where=str(video.path),
                hint=f"Take windows of at least {wanted / video.frame_rate_hz:.2g} s.",
            )
        if there < wanted:
            text = f"a window holds {there} frames, {wanted} are wanted: some are shown twice"
            return (Note("few_frames", 1, text),)
        return ()

    def take_notes(self) -> tuple[Note, ...]:
        """What happened to memory since the last call."""
        return self.careful.take_notes() if self.careful is not None else ()


def make_teacher(wish: str, *, device: str = "auto") -> Teacher:
    """The teacher called `wish`, ready to look at a video; see `open_teacher`."""
    return open_teacher(wish, device=device).teacher


def teacher_facts(wish: str, device: str = "auto") -> TeacherFacts:
    """Under which names a teacher's rows are cached, without loading it.

    Where it has not run on this computer yet, in full precision.

    Raises
    ------
    UsageError, UnreadableFile
        As `jobs.teacher_sources.find_source`.
    """
    if wish == BUILTIN_TEACHER:
        from comodo_app.teachers.builtin import BuiltinTeacher

        return TeacherFacts.of(BuiltinTeacher())
    source = find_source(wish)
    chosen = _known(source, device)
    clip, dim = _outline(source)
    return _facts(source, clip, dim, chosen.precision if chosen is not None else "fp32")


def teacher_backend(wish: str, device: str = "auto") -> str:
    """The backend that a teacher ran on here the last time; empty for the built-in one."""
    if wish == BUILTIN_TEACHER:
        return ""
    chosen = _known(find_source(wish), device)
    return chosen.backend if chosen is not None else "unknown"


def facts_of_run(settings: RunSettings) -> TeacherFacts:
    """Under which names the rows of a run's teacher are cached; the teacher itself may be gone."""
    return settings.facts or teacher_facts(settings.teacher)


def open_teacher(
    wish: str,
    *,
    device: str = "auto",
    video: VideoTrack | None = None,
    window_s: float = 5.0,
    context: JobContext | None = None,
) -> OpenTeacher:
    """Load the teacher called `wish` with the backend that is the fastest here.

    Parameters
    ----------
    wish : str
        "builtin", the id of an installed model of the catalogue, the path of a folder in the
        published format, or of a .onnx file.
    device : str
        One of `jobs.compute.DEVICES`.
    video, window_s
        Where to take real windows from when ways to run it are measured, on its first use here.
    context : JobContext, optional
        Told what is going on, and asked whether to go on.

    Raises
    ------
    UsageError
        If there is no such teacher or device, or it is not on this computer.
    UnreadableFile
        If its files cannot be read.
    """
    if wish == BUILTIN_TEACHER:
        from comodo_app.teachers.builtin import BuiltinTeacher

        return OpenTeacher(BuiltinTeacher())
    from comodo_app.jobs.backend_choice import choose_backend
    from comodo_app.jobs.careful import Careful
    from comodo_app.teachers.model_teacher import ModelTeacher

    source = find_source(wish)
    clip, dim = _outline(source)
    backend, choice = choose_backend(
        source, clip, device=device, video=video, window_s=window_s, context=context
    )
    if backend.dim != dim:
        raise UnreadableFile(
            f"The model gives {backend.dim} numbers per window, its configuration says {dim}.",
            where=str(source.path),
        )
    careful = Careful(backend, choice.batch_size)
    teacher = ModelTeacher(source.key, source.revision, clip, careful, max_batch=choice.batch_size)
    return OpenTeacher(teacher, backend.name, choice.reason, careful, clip)


def _known(source: TeacherSource, device: str) -> Choice | None:
    from comodo_app.jobs.compute import check_device
    from comodo_app.jobs.device_choice import known_choice

    return known_choice(source.key, source.digest, check_device(device))


def _facts(source: TeacherSource, clip: ClipSpec, dim: int, precision: str) -> TeacherFacts:
    from comodo_app.teachers.model_teacher import preprocessing_name

    return TeacherFacts(
        source.key,
        source.revision,
        preprocessing_name(clip, precision),
        dim,
        (Block("all", 0, dim),),
    )


def _outline(source: TeacherSource) -> tuple[ClipSpec, int]:
    """What the model looks at, and how many numbers it gives: from its small files alone."""
    from comodo_app.teachers.architectures import read_outline

    return read_outline(source.path, architecture=source.architecture, options=source.options)
