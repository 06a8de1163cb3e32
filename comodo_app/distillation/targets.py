"""Teacher targets: the corrected teacher space, fitted per project and stored with the run.

Raw teacher embeddings carry, besides what is being done, where and by whom: a shared offset per
recording that clusters and nearest neighbours follow first. The corrected space takes it out:

1. *base*: one block (a Hugging Face teacher): the embedding as it is. Several blocks (the built-in
   teacher): each standardised, its 16 first principal components half-whitened, side by side.
2. up to 96 principal components of the base;
3. an effect per recording, estimated from what its windows differ from their *clusters*, never
   from the recording's plain mean (which erases the activity where a recording holds only one);
4. 32 half-whitened components, unit length.

Half-whitening divides by (λ + 1 % of the mean λ)^¼, λ being the variance of a component. Full
whitening would ruin clusters, none leaves a few directions to dominate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from comodo_app.errors import NotEnoughData

Floats = NDArray[np.float64]

N_COMPONENTS = 96
N_BLOCK_COMPONENTS = 16
N_TARGET_DIMS = 32
MIN_RECORDINGS = 3
_ITERATIONS = 8
_SOFTNESS = 0.1  # temperature of the soft assignment to clusters
_STARTS = (0.0, 0.8)  # shares of the plain recording mean to start from; the cheaper fit is kept
_SHRINK_WINDOWS = 6  # a recording's effect counts n / (n + 6): few windows, little correction
# One clustering is a throw of the dice: windows are shared out over the clusters of several.
_N_CLUSTERINGS = 4
_MAX_CLUSTERS = 24  # in each


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """x → (x − mean) @ components.T × gain; PCA with a gain per component."""

    mean: Floats
    components: Floats
    gain: Floats

    def __call__(self, x: Floats) -> Floats:
        """(N, D) → (N, P)."""
        out: Floats = ((x - self.mean) @ self.components.T) * self.gain
        return out


@dataclass(frozen=True, slots=True, eq=False)
class BlockProjection:
    """Columns ``start:stop`` of a raw embedding, standardised, then projected."""

    start: int
    stop: int
    scale_mean: Floats
    scale: Floats
    projection: Projection

    def __call__(self, x: Floats) -> Floats:
        """(N, D) → (N, P) of this block."""
        return self.projection((x[:, self.start : self.stop] - self.scale_mean) / self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class TeacherSpace:
    """A fitted space. `effects` are the training recordings' effects, keyed by recording id."""

    blocks: tuple[BlockProjection, ...]
    principal: Projection
    final: Projection
    centroids: Floats  # (K, P) clusters of all clusterings, principal coordinates, no effects
    directions: Floats  # (K, T) the same clusters as unit vectors of the final space
    effects: Mapping[int, Floats]
    corrected: bool

    @property
    def dim(self) -> int:
        """Dimensions of the target space, T."""
        return len(self.final.gain)

    def base(self, embeddings: NDArray[np.float32]) -> Floats:
        """Raw embeddings (N, D) → base (N, P0): the teacher's own space, not corrected."""
        return _base(self.blocks, embeddings)

    def transform(self, embeddings: NDArray[np.float32], recordings: NDArray[np.int64]) -> Floats:
        """Raw embeddings (N, D) of windows of `recordings` (N,) → unit targets (N, T).

        A recording that was not in the fit gets its effect estimated with the clusters held fixed,
        so targets of training windows never depend on later recordings.
        """
        y = self.principal(self.base(embeddings))
        for recording in np.unique(recordings).tolist():
            rows = recordings == recording
            if self.corrected:
                y[rows] -= self._effect(int(recording), y[rows])
        return _unit(self.final(y))

    def _effect(self, recording: int, y: Floats) -> Floats:
        known = self.effects.get(recording)
        if known is not None:
            return known
        effect = np.zeros(y.shape[1])
        for _ in range(_ITERATIONS):
            shares = _soft_assign(_unit(self.final(y - effect)), self.directions)
            effect = _shrunk_mean(y - shares @ self.centroids)
        return effect

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything as named arrays, for an npz without pickles."""
        arrays: dict[str, NDArray[np.generic]] = {
            "corrected": np.array(self.corrected),
            "centroids": self.centroids,
            "directions": self.directions,
            "effect_ids": np.array(sorted(self.effects), np.int64),
            "effects": np.array([self.effects[k] for k in sorted(self.effects)]).reshape(
                len(self.effects), len(self.principal.gain)
            ),
            "block_bounds": np.array([(b.start, b.stop) for b in self.blocks]).reshape(-1, 2),
        }
        named = {"principal": self.principal, "final": self.final}
        for i, block in enumerate(self.blocks):
            named[f"block{i}"] = block.projection
            arrays[f"block{i}.scale_mean"], arrays[f"block{i}.scale"] = (
                block.scale_mean,
                block.scale,
            )
        for name, projection in named.items():
            arrays[f"{name}.mean"] = projection.mean
            arrays[f"{name}.components"] = projection.components
            arrays[f"{name}.gain"] = projection.gain
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> TeacherSpace:
        """Inverse of `to_arrays`."""

        def floats(name: str) -> Floats:
            return np.asarray(arrays[name], np.float64)

        def projection(name: str) -> Projection:
            return Projection(
                floats(f"{name}.mean"), floats(f"{name}.components"), floats(f"{name}.gain")
            )

        blocks = tuple(
            BlockProjection(
                int(start),
                int(stop),
                floats(f"block{i}.scale_mean"),
                floats(f"block{i}.scale"),
                projection(f"block{i}"),
            )
            for i, (start, stop) in enumerate(np.asarray(arrays["block_bounds"], np.int64))
        )
        ids = np.asarray(arrays["effect_ids"], np.int64).tolist()
        return cls(
            blocks=blocks,
            principal=projection("principal"),
            final=projection("final"),
            centroids=floats("centroids"),
            directions=floats("directions"),
            effects=dict(zip(ids, floats("effects"), strict=True)),
            corrected=bool(arrays["corrected"]),
        )


def fit_teacher_space(
    embeddings: NDArray[np.float32],
    recordings: NDArray[np.int64],
    *,
    blocks: Sequence[tuple[int, int]],
    seed: int,
    correct: bool = True,
) -> TeacherSpace:
    """Fit the corrected teacher space on training windows.

    Parameters
    ----------
    embeddings : (N, D) float32
        Raw teacher embeddings.
    recordings : (N,) int64
        Recording id of each window.
    blocks : sequence of (start, stop)
        Column ranges of the teacher's blocks; a single one is used as it is.
    seed : int
        Of the k-means starts.
    correct : bool
        Switches step 3 off. It is off by itself below three recordings, where an effect cannot be
        told from an activity; `TeacherSpace.corrected` says which.

    Raises
    ------
    NotEnoughData
        With fewer than 8 windows.
    """
    n = len(embeddings)
    if n < 8:
        raise NotEnoughData(
            f"{n} windows are too few for a teacher space; 8 is the least.",
            hint="Add recordings or shorten the stride.",
        )
    correct = correct and len(np.unique(recordings)) >= MIN_RECORDINGS
    projections = (
        tuple(_fit_block(embeddings, start, stop) for start, stop in blocks)
        if len(blocks) > 1
        else ()
    )
    base = _base(projections, embeddings)
    principal = _fit_pca(base, N_COMPONENTS, half_whiten=False)
    y = principal(base)
    fits = [
        _fit_effects(y, recordings, start=start, seed=seed, correct=correct)
        for start in (_STARTS if correct else (0.0,))
    ]
    best = min(fits, key=lambda fit: fit.cost)
    final = _fit_pca(y - best.own, N_TARGET_DIMS, half_whiten=True)
    return TeacherSpace(
        blocks=projections,
        principal=principal,
        final=final,
        centroids=best.centroids,
        directions=_unit(final(best.centroids)),
        effects=best.effects if correct else {},
        corrected=correct,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Effects:
    """One estimate of the recording effects: per window (N, P), per recording, and its cost."""

    own: Floats
    effects: dict[int, Floats]
    centroids: Floats
    cost: float


def _fit_effects(
    y: Floats, recordings: NDArray[np.int64], *, start: float, seed: int, correct: bool
) -> _Effects:
    """Alternate between clusters of y − effect and the effects that the clusters leave over.

    `start` is the share of each recording's plain mean that is taken out at first. From 0, strong
    scenes can capture the clusters for good; from a centred start, recordings of a single activity
    lose it. `cost` tells the two apart: squared residuals plus the ridge penalty that the shrinkage
    n / (n + 6) implies, so an effect that also explains the activity costs more.
    """
    n_clusters = int(np.clip(len(y) // 12, 4, _MAX_CLUSTERS))
    ids = np.unique(recordings).tolist()
    own = np.zeros_like(y)
    effects = {int(r): start * _shrunk_mean(y[recordings == r]) for r in ids}
    for recording, effect in effects.items():
        own[recordings == recording] = effect
    for iteration in range(_ITERATIONS if correct else 1):
        unit = _unit(_fit_pca(y - own, N_TARGET_DIMS, half_whiten=True)(y - own))
        shares = _soft_assign(unit, _cluster_directions(unit, n_clusters, seed + iteration))
        centroids = (shares.T @ (y - own)) / (shares.sum(axis=0)[:, None] + 1e-12)
        expected = shares @ centroids
        if correct:
            for recording in ids:
                rows = recordings == recording
                effects[recording] = _shrunk_mean(y[rows] - expected[rows])
                own[rows] = effects[recording]
    residual = float(np.square(y - own - expected).sum())
    penalty = _SHRINK_WINDOWS * sum(float(np.square(e).sum()) for e in effects.values())
    return _Effects(own, effects, centroids, residual + penalty)


def _cluster_directions(unit: Floats, n_clusters: int, seed: int) -> Floats:
    """Centres of several k-means clusterings of unit rows (N, T), side by side, unit length."""
    n_distinct = len(np.unique(unit.round(9), axis=0))
    centres = [
        KMeans(min(n_clusters, n_distinct), n_init=1, random_state=seed + 1000 * k)
        .fit(unit)
        .cluster_centers_
        for k in range(_N_CLUSTERINGS)
    ]
    return _unit(np.concatenate(centres))


def random_mlp_targets(base: Floats, *, hidden: int, dim: int, seed: int) -> NDArray[np.float32]:
    """The published targets: a random, frozen projection head of the teacher, (N, dim) unit length.

    Linear, BatchNorm at its initial statistics, GELU, Linear, as in the released code. Rows are
    scaled to a root mean square of 1 first, which is the scale a ViT's final LayerNorm gives.
    """
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        head = torch.nn.Sequential(
            torch.nn.Linear(base.shape[1], hidden),
            torch.nn.BatchNorm1d(hidden),
            torch.nn.GELU(),
            torch.nn.Linear(hidden, dim),
        ).eval()
        rms = np.sqrt(np.mean(base**2, axis=1, keepdims=True)) + 1e-12
        out = head(torch.from_numpy((base / rms).astype(np.float32)))
        unit: NDArray[np.float32] = torch.nn.functional.normalize(out, dim=1).numpy()
    return unit


def _base(blocks: tuple[BlockProjection, ...], embeddings: NDArray[np.float32]) -> Floats:
    x = embeddings.astype(np.float64)
    if not blocks:
        return x
    return _unit(np.concatenate([block(x) for block in blocks], axis=1))


def _fit_block(embeddings: NDArray[np.float32], start: int, stop: int) -> BlockProjection:
    part = embeddings[:, start:stop].astype(np.float64)
    mean, scale = part.mean(axis=0), part.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    standard = (part - mean) / scale
    return BlockProjection(
        start, stop, mean, scale, _fit_pca(standard, N_BLOCK_COMPONENTS, half_whiten=True)
    )


def _fit_pca(x: Floats, n_components: int, *, half_whiten: bool) -> Projection:
    mean = x.mean(axis=0)
    _, sizes, rows = np.linalg.svd(x - mean, full_matrices=False)
    kept = min(n_components, int((sizes > 1e-9 * max(sizes[0], 1e-30)).sum()), len(x) - 1)
    kept = max(kept, 1)
    variance = sizes[:kept] ** 2 / len(x)
    gain = np.ones(kept)
    if half_whiten:
        gain = (variance + 0.01 * variance.mean() + 1e-30) ** -0.25
    # A component's sign is arbitrary; fix it so that the same data give the same space everywhere.
    components = rows[:kept]
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(kept), largest])[:, None]
    return Projection(mean, components, gain)


def _unit(x: Floats) -> Floats:
    out: Floats = x / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-12)
    return out


def _soft_assign(unit: Floats, directions: Floats) -> Floats:
    logits = unit @ directions.T / _SOFTNESS
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    out: Floats = weights / weights.sum(axis=1, keepdims=True)
    return out


def _shrunk_mean(residuals: Floats) -> Floats:
    n = len(residuals)
    out: Floats = residuals.mean(axis=0) * (n / (n + _SHRINK_WINDOWS))
    return out
