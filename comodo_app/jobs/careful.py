"""Models that survive a full memory."""

from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UsageError, memory_was_full
from comodo_app.recordings.model import Note

if TYPE_CHECKING:
    from comodo_app.teachers.backends import Backend

log = logging.getLogger(__name__)


class Careful:
    """A backend that survives running out of memory: it halves its batches and says so."""

    def __init__(self, backend: Backend, most: int) -> None:
        self._backend, self._most = backend, max(1, most)
        self._n_halved = 0
        self.name, self.precision, self.dim = backend.name, backend.precision, backend.dim

    @property
    def most(self) -> int:
        """Clips that go in at once."""
        return self._most

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → (B, D), in as many parts as memory asks for.

        Raises
        ------
        ComodoError
            If not even one clip fits.
        """
        rows: list[NDArray[np.float32]] = []
        done = 0
        while done < len(clips):
            part = clips[done : done + self._most]
            try:
                rows.append(self._backend.embed(part))
            except Exception as error:
                if not memory_was_full(error):
                    raise
                if len(part) == 1:
                    raise too_large(self.name) from error
                log.warning("%s ran out of memory with %d clips", self.name, len(part))
                self._most = max(1, len(part) // 2)
                self._n_halved += 1
                failed = True
            else:
                done += len(part)
                failed = False
            if failed:  # outside `except`: the error keeps the failed batch's tensors alive
                _give_back_memory()
        return np.concatenate(rows) if rows else np.empty((0, self.dim), np.float32)

    def take_notes(self) -> tuple[Note, ...]:
        """What happened since the last call."""
        if not self._n_halved:
            return ()
        text = f"the memory was full: batches now hold {self._most}"
        note = Note("out_of_memory", self._n_halved, text)
        self._n_halved = 0
        return (note,)


def too_large(name: str) -> UsageError:
    """The error of a model that cannot take a single clip."""
    return UsageError(
        f"Not even one window fits into memory ({name}).",
        hint="Close other programs, choose --device cpu, or take a smaller teacher.",
    )


def _give_back_memory() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
