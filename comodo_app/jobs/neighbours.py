"""What the student already sees: which video windows held-out IMU windows land next to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.jobs.dataset import PairedWindows
from comodo_app.jobs.watch import Sight
from comodo_app.project.files import load_arrays, save_arrays
from comodo_app.project.store import Project

N_NEAR = 4
N_TEACHER = 10
MAX_WINDOWS = 600  # held-out windows: a sample is enough to look at
MAX_AMONG = 20_000  # training windows
FILE_NAME = "sight.npz"


class Neighbourhood:
    """Compares the student's and the teacher's neighbours among the training windows.

    Parameters
    ----------
    targets, held_out_targets : (N, T), (M, T) float32
        Unit-length teacher targets of the training and the held-out windows. Of many windows
        every k-th is taken.
    train, held_out : PairedWindows
        The N and M windows.
    """

    def __init__(
        self,
        targets: NDArray[np.float32],
        held_out_targets: NDArray[np.float32],
        *,
        train: PairedWindows,
        held_out: PairedWindows,
        window_s: float,
    ) -> None:
        self._rows = np.arange(0, len(held_out), max(1, -(-len(held_out) // MAX_WINDOWS)))
        self._among = np.arange(0, len(train), max(1, -(-len(train) // MAX_AMONG)))
        self._targets = targets[self._among]
        self._train, self._held_out, self._window_s = train, held_out, window_s
        self._ten = _top(held_out_targets[self._rows] @ self._targets.T, N_TEACHER)

    def look(self, projected: NDArray[np.float32], *, step: int) -> Sight | None:
        """Neighbours of what the student makes of all held-out windows, (M, T).

        None without held-out windows, or with fewer than `N_TEACHER` training windows.
        """
        if len(self._rows) == 0 or len(self._among) < N_TEACHER:
            return None
        mine = projected[self._rows]
        cosine = (mine / (np.linalg.norm(mine, axis=1, keepdims=True) + 1e-12)) @ self._targets.T
        near = _top(cosine, N_NEAR)
        similarity = np.take_along_axis(cosine, near, axis=1)
        order = np.argsort(-similarity, axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)
        return Sight(
            step,
            self._held_out.recordings[self._rows],
            self._held_out.starts_s[self._rows],
            self._train.recordings[self._among[near]],
            self._train.starts_s[self._among[near]],
            np.take_along_axis(similarity, order, axis=1).astype(np.float32),
            (near[:, :, None] == self._ten[:, None, :]).any(axis=2),
            self._window_s,
        )


def _top(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Columns of the `count` highest values of each row, in no order."""
    if values.shape[1] <= count:
        return np.tile(np.arange(values.shape[1]), (len(values), 1))
    return np.argpartition(-values, count - 1, axis=1)[:, :count].astype(np.int64)


def save_sight(project: Project, run_id: int, sight: Sight) -> None:
    """Keep it with the student."""
    save_arrays(
        project.students_folder(run_id) / FILE_NAME,
        recordings=sight.recordings,
        starts_s=sight.starts_s,
        near_recordings=sight.near_recordings,
        near_starts_s=sight.near_starts_s,
        similarity=sight.similarity,
        agreed=sight.agreed,
        scalars=np.array([float(sight.step), sight.window_s]),
    )


def load_sight(project: Project, run_id: int) -> Sight | None:
    """Inverse of `save_sight`; None if there is none."""
    path = project.students_folder(run_id) / FILE_NAME
    if not path.exists():
        return None
    arrays = load_arrays(path)
    step, window_s = (float(value) for value in arrays["scalars"])
    return Sight(
        round(step),
        np.asarray(arrays["recordings"], np.int64),
        np.asarray(arrays["starts_s"], np.float64),
        np.asarray(arrays["near_recordings"], np.int64),
        np.asarray(arrays["near_starts_s"], np.float64),
        np.asarray(arrays["similarity"], np.float32),
        np.asarray(arrays["agreed"], np.bool_),
        window_s,
    )
