"""What a user can fix: the exception tree. Each error says what happened, where, and what to do.

ComodoError
├── InputError            a file or folder that cannot be used
│   ├── UnreadableFile        truncated, empty, no permission, not what its name says
│   ├── AmbiguousColumns      a table whose columns cannot be told apart
│   ├── NoTelemetry           a video without motion data
│   └── NoOverlap             video and IMU do not share any time
├── NotEnoughData         too few windows or recordings for what was asked
├── ProjectError          a project folder that cannot be opened or written
├── StorageError          disk full, no permission to write
├── DownloadFailed        a published model that could not be fetched
└── UsageError            a wish that cannot be fulfilled (unknown id, bad setting)
"""

from __future__ import annotations


class ComodoError(Exception):
    """A problem that the user can fix; its text is shown as it is.

    Parameters
    ----------
    what : str
        What happened, one sentence.
    where : str
        File, recording, row or setting; empty where there is only one place.
    hint : str
        What to do about it; empty only if nothing can be done.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what, where, hint)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


class InputError(ComodoError):
    """A file or folder that cannot be used."""


class UnreadableFile(InputError):
    """Truncated, empty, not permitted, or not what its name says."""


class AmbiguousColumns(InputError):
    """A table whose columns cannot be told apart; the text lists what was found."""


class NoTelemetry(InputError):
    """A video that carries no motion data."""


class NoOverlap(InputError):
    """Video and IMU do not share any time."""


class NotEnoughData(ComodoError):
    """Too few windows or recordings for what was asked."""


class ProjectError(ComodoError):
    """A project folder that cannot be opened or is not one."""


class StorageError(ComodoError):
    """The disk is full or cannot be written."""


class DownloadFailed(ComodoError):
    """A published model could not be fetched: network, server, licence gate or checksum."""


class UsageError(ComodoError):
    """A wish that cannot be fulfilled: an unknown id, a setting out of range."""


_FULL_MEMORY = (
    "out of memory",
    "allocate memory",
    "failed to allocate",
    "not enough memory",
    "bad_alloc",
    "bad alloc",
)


def memory_was_full(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, of the computer or of a GPU.

    In whichever words of its library: torch raises a `RuntimeError`, and onnxruntime's errors
    have no common base but their module.
    """
    if isinstance(error, MemoryError):
        return True
    said = str(error).lower()
    return from_a_runtime(error) and any(words in said for words in _FULL_MEMORY)


def from_a_runtime(error: BaseException) -> bool:
    """Whether torch, OpenVINO or onnxruntime raised it while they computed."""
    return isinstance(error, RuntimeError) or type(error).__module__.startswith("onnxruntime")
