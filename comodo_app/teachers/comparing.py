"""Several ways to run one teacher, side by side on the same clips: how alike, how fast."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import ComodoError, from_a_runtime

if TYPE_CHECKING:
    from comodo_app.teachers.backends import Backend

MIN_COSINE = 0.99
MIN_OVERLAP = 0.9
NEIGHBOURS = 10
# With fewer clips, ten neighbours are most of the others, and any two spaces share them.
MIN_CLIPS = 3 * NEIGHBOURS


@dataclass(frozen=True, slots=True)
class Compared:
    """One way to run the teacher against the reference.

    Attributes
    ----------
    backend, precision : str
    s_per_clip : float
        Median seconds of one clip, taken in turns with the others.
    cosine : float
        Lowest cosine of any clip's embedding to the reference's.
    overlap : float
        Share of the ten nearest clips of each clip that both spaces agree on; NaN if there were
        too few clips to say.
    refused : str
        Why it must not stand in for the reference; empty if it may.
    """

    backend: str
    precision: str
    s_per_clip: float
    cosine: float
    overlap: float
    refused: str


class Comparing:
    """A `Backend` that sends every clip through all candidates and keeps what they say.

    Parameters
    ----------
    backends : mapping of str to Backend
        The first is the reference.
    trial : int
        After so many clips only the reference and the `finalists` fastest go on.
    """

    def __init__(
        self, backends: Mapping[str, Backend], *, trial: int = 3, finalists: int = 2
    ) -> None:
        self._backends = dict(backends)
        self._trial, self._finalists = trial, finalists
        self._reference = next(iter(backends))
        self._seconds: dict[str, list[float]] = {name: [] for name in backends}
        self._rows: dict[str, list[NDArray[np.float32]]] = {name: [] for name in backends}
        self._failed: dict[str, str] = {}
        first = self._backends[self._reference]
        self.name, self.precision, self.dim = first.name, first.precision, first.dim

    @property
    def n_clips(self) -> int:
        """Clips compared so far."""
        return sum(len(part) for part in self._rows[self._reference])

    def embed(self, clips: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, F, 3, h, w) → the reference's (B, D)."""
        # In turns, not one after another: the machine's other load then hits all alike. A round
        # ahead of the first clip is not timed: memory is found and kernels are chosen in it.
        cold = self.n_clips == 0
        for name in list(self._backends):
            try:
                if cold:
                    self._backends[name].embed(clips)
                begun = time.perf_counter()
                rows = self._backends[name].embed(clips)
            except Exception as error:
                computed = isinstance(error, MemoryError | ComodoError) or from_a_runtime(error)
                if name == self._reference or not computed:
                    raise
                said = str(error).strip() or type(error).__name__
                self._failed[name] = said.splitlines()[0][:200]
                del self._backends[name]
                continue
            self._seconds[name].append((time.perf_counter() - begun) / len(clips))
            self._rows[name].append(rows)
        if self.n_clips >= self._trial:
            self._drop_the_slow()
        return self._rows[self._reference][-1]

    def _drop_the_slow(self) -> None:
        others = [name for name in self._backends if name != self._reference]
        others.sort(key=lambda name: float(np.median(self._seconds[name])))
        for name in others[self._finalists :]:
            del self._backends[name]

    def result(self) -> tuple[Compared, ...]:
        """The reference first, then the others, fastest first."""
        reference = np.concatenate(self._rows[self._reference])
        out = [self._compared(name, reference) for name in self._seconds]
        return (out[0], *sorted(out[1:], key=lambda c: (bool(c.refused), c.s_per_clip)))

    def _compared(self, name: str, reference: NDArray[np.float32]) -> Compared:
        precision = name.rsplit("-", 1)[-1]
        if name in self._failed or not self._rows[name]:
            return Compared(name, precision, np.inf, np.nan, np.nan, self._failed.get(name, ""))
        rows = np.concatenate(self._rows[name])
        seconds = float(np.median(self._seconds[name]))
        if name not in self._backends:
            done = reference[: len(rows)]
            cosine = float(cosines(done, rows).min())
            return Compared(name, precision, seconds, cosine, np.nan, "slower than the others")
        cosine = float(cosines(reference, rows).min())
        overlap = neighbour_overlap(reference, rows)
        return Compared(name, precision, seconds, cosine, overlap, _refused(cosine, overlap))


def _refused(cosine: float, overlap: float) -> str:
    if not cosine >= MIN_COSINE:
        return f"embeddings differ: cosine {cosine:.4f}, at least {MIN_COSINE} is asked"
    if np.isnan(overlap):
        return f"too few clips to compare neighbours, at least {MIN_CLIPS} are asked"
    if overlap < MIN_OVERLAP:
        return (
            f"other neighbours: {overlap:.0%} of them shared, at least {MIN_OVERLAP:.0%} is asked"
        )
    return ""


def cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of each row of `a` (N, D) with the same row of `b` (N, D); 0 for a zero row."""
    dot = np.einsum("nd,nd->n", a.astype(np.float64), b.astype(np.float64))
    length = np.linalg.norm(a, axis=1).astype(np.float64) * np.linalg.norm(b, axis=1)
    return np.asarray(np.divide(dot, length, out=np.zeros(len(a)), where=length > 0))


def neighbour_overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Mean share of the `NEIGHBOURS` nearest rows (cosine) that both spaces give a row.

    NaN with fewer than `MIN_CLIPS` rows.
    """
    if len(a) < MIN_CLIPS:
        return float("nan")
    nearest = []
    for rows in (a, b):
        unit = rows.astype(np.float64)
        unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
        similar = unit @ unit.T
        np.fill_diagonal(similar, -np.inf)
        nearest.append(np.argsort(-similar, axis=1, kind="stable")[:, :NEIGHBOURS])
    shared = (nearest[0][:, :, None] == nearest[1][:, None, :]).any(axis=2)
    return float(shared.mean())
