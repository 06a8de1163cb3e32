"""Say what is done in a window from the student's embedding alone, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.calibration import (
    CalibrationFacts,
    chance_floor,
    expected_calibration_error,
    group_columns,
    softmax,
    sum_columns,
)
from comodo_app.activities.evidence import (
    Evidence,
    choose_folds,
    group_numbers,
    judge,
    out_of_fold,
)
from comodo_app.activities.heads import START_TEMPERATURE, FittedHead, Head, fit_head
from comodo_app.activities.vectors import finite_rows
from comodo_app.errors import NotEnoughData, UnreadableFile

MIN_WINDOWS = 8
NOVELTY_SHARE = 0.01

_SCHEMA = 1


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What is said of N windows; A activities, equal names already merged.

    Attributes
    ----------
    activity_ids : (N,) int64
        The most probable activity, also where `unknown`: a guess that should not be shown.
    confidence : (N,) float64
        Its calibrated probability.
    unknown : (N,) bool
        Too unsure, or unlike anything the recognizer was fitted on.
    group_ids : (A,) int64
        Activity of each column of `probabilities`, rising.
    probabilities : (N, A) float64
        Rows sum to 1.
    """

    activity_ids: NDArray[np.int64]
    confidence: NDArray[np.float64]
    unknown: NDArray[np.bool_]
    group_ids: NDArray[np.int64]
    probabilities: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Recognizer:
    """A fitted head with its calibration: plain arrays, nothing but numpy to predict.

    Attributes
    ----------
    head : FittedHead
    temperature : float
        What the head's scores are divided by.
    threshold : float
        A window less confident than this is unknown.
    novelty_floor : float
        A window whose best cosine to any prototype is lower is unknown.
    facts : CalibrationFacts
    """

    head: FittedHead
    temperature: float
    threshold: float
    novelty_floor: float
    facts: CalibrationFacts

    @property
    def activity_ids(self) -> NDArray[np.int64]:
        """Id of each of the K columns, rising, (K,)."""
        return self.head.activity_ids

    @property
    def prototypes(self) -> NDArray[np.float64]:
        """Unit mean direction of each activity in the standardised space, (K, D)."""
        return self.head.prototypes

    def probabilities(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        """Calibrated probability of each activity before names merge any, (N, K).

        Parameters
        ----------
        embeddings : (N, D)
            The student's embeddings, as those it was fitted on.
        """
        return softmax(self.head.scores(embeddings), self.temperature)

    def novelty(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        """Best cosine to any prototype, (N,); low is unlike everything seen."""
        return np.asarray(self.head.cosines(embeddings).max(axis=1))

    def predict(
        self, embeddings: NDArray[Any], groups: Mapping[int, int] | None = None
    ) -> Prediction:
        """Recognise windows.

        Parameters
        ----------
        embeddings : (N, D)
        groups : mapping of int to int, optional
            Id → id that stands for it (`naming.merge_by_name`); ids not in it stand for
            themselves. Names can change without a refit: probabilities of one name add up.
        """
        group_ids, group_of = group_columns(self.activity_ids, groups)
        probabilities = sum_columns(self.probabilities(embeddings), group_of, len(group_ids))
        best = probabilities.argmax(axis=1)
        confidence = probabilities[np.arange(len(best)), best]
        threshold = max(self.threshold, chance_floor(len(group_ids)))
        unsure = confidence < threshold
        return Prediction(
            activity_ids=group_ids[best],
            confidence=confidence,
            unknown=unsure | (self.novelty(embeddings) < self.novelty_floor),
            group_ids=group_ids,
            probabilities=probabilities,
        )

    def refitted(
        self, embeddings: NDArray[Any], assignments: NDArray[np.integer[Any]]
    ) -> Recognizer:
        """The same kind of head fitted on other windows, (N, D) and (N,), calibration kept.

        For a last fit that includes the windows which calibrated; their ids may be new.
        """
        ids = _ids(assignments, len(embeddings))
        return replace(self, head=fit_head(finite_rows(embeddings), ids, self.head.kind))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays of numbers and text, for ``np.savez``; nothing needs a pickle."""
        return {
            "schema": np.array(_SCHEMA),
            "kind": np.array(self.head.kind.value),
            "activity_ids": self.head.activity_ids,
            "mean": self.head.mean,
            "scale": self.head.scale,
            "prototypes": self.head.prototypes,
            "weights": self.head.weights,
            "bias": self.head.bias,
            "n_windows": np.array(self.head.n_windows),
            "calibration": np.array([self.temperature, self.threshold, self.novelty_floor]),
            "facts": np.array(json.dumps(asdict(self.facts))),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Recognizer:
        """Undo `to_arrays`.

        Raises
        ------
        UnreadableFile
            If an array is missing, does not fit the others, or is from a newer version.
        """
        try:
            if int(arrays["schema"]) != _SCHEMA:
                raise ValueError(f"schema {int(arrays['schema'])}")
            numbers = {
                name: np.asarray(arrays[name], dtype=np.float64)
                for name in ("mean", "scale", "prototypes", "weights", "bias")
            }
            head = FittedHead(
                kind=Head(str(arrays["kind"])),
                activity_ids=np.asarray(arrays["activity_ids"], dtype=np.int64),
                n_windows=int(arrays["n_windows"]),
                **numbers,
            )
            head.check()
            temperature, threshold, floor = (float(v) for v in arrays["calibration"])
            facts = CalibrationFacts(**json.loads(str(arrays["facts"])))
        except (KeyError, ValueError, TypeError) as error:
            raise UnreadableFile(
                f"The saved recognizer cannot be read ({error}).",
                hint="Fit it again from the project's students.",
            ) from error
        return cls(head, temperature, threshold, floor, facts)


def fit_recognizer(
    embeddings: NDArray[Any],
    assignments: NDArray[np.integer[Any]],
    *,
    calibration: tuple[NDArray[Any], NDArray[np.integer[Any]]] | None = None,
    recordings: NDArray[Any] | None = None,
    groups: Mapping[int, int] | None = None,
    head: Head | None = None,
    abstain_share: float = 0.05,
    n_folds: int = 4,
    seed: int = 0,
) -> Recognizer:
    """Learn to say from the student's embedding what the teacher's clusters say from video.

    Parameters
    ----------
    embeddings : (N, D)
        The student's embeddings of the training windows.
    assignments : (N,)
        Activity id that the teacher gives each (1 or more).
    calibration : ((M, D), (M,)), optional
        Embeddings and teacher ids of windows that neither student nor recognizer were trained
        on. Without them the training windows serve, each judged by a fit without its fold.
    recordings : (N,), optional
        Recording of each training window. Folds then hold whole recordings, unless most
        windows' activity occurs in one recording only; else blocks in time (rows must then be
        in time order). `facts.source` says which.
    groups : mapping of int to int, optional
        Ids that share a name, see `naming.merge_by_name`; calibration is for these groups.
    head : Head, optional
        Default: try both, keep the one that is right more often on the calibration windows. On
        real head IMU (ClassyGlass, people apart, simulated teachers) logistic was 0–5 points
        better in 6 of 8 settings and up to 1 worse in 2; on rendered demos prototypes led by 0–5.
    abstain_share : float
        Share of calibration windows, the least confident, that becomes "unknown".
    n_folds, seed : int
        Of the folds; a seed breaks ties among recordings of one length.

    Returns
    -------
    Recognizer
        Fitted on all training windows.

    Raises
    ------
    NotEnoughData
        If there are fewer than 8 training windows or no calibration window.
    ValueError
        If shapes differ, an id is below 1 or `abstain_share` is not in [0, 1).

    Notes
    -----
    Folds keep the recognizer honest, not the student: it was distilled on these windows, so only
    `calibration` windows show how it does on a new recording.
    The temperature is one number, so judging it on the windows it was fitted on flatters it
    little. Out-of-fold scores come from fits on fewer windows, so the final fit is, if anything,
    less confident than it could be. The novelty floor is a percentile of windows that were
    *not* fitted on: those that were lie closer to prototypes they helped to make.
    """
    rows, ids = finite_rows(embeddings), _ids(assignments, len(embeddings))
    if len(rows) < MIN_WINDOWS:
        raise NotEnoughData(
            f"{len(rows)} training windows are too few to recognise activities.",
            hint=f"At least {MIN_WINDOWS} are needed; add a recording.",
        )
    if not 0.0 <= abstain_share < 1.0:
        raise ValueError("abstain_share must lie in [0, 1)")
    kinds = tuple(Head) if head is None else (head,)
    fitted = {kind: fit_head(rows, ids, kind) for kind in kinds}
    columns = fitted[kinds[0]].activity_ids
    group_ids, group_of = group_columns(columns, groups)

    if calibration is None:
        folds, source = choose_folds(ids, recordings, n_folds, seed)
        truth = group_of[np.searchsorted(columns, ids)]
        tried = {kind: out_of_fold(rows, ids, truth, folds, columns, kind) for kind in kinds}
    else:
        source = "held-out windows"
        held, held_ids = finite_rows(calibration[0]), _ids(calibration[1], len(calibration[0]))
        if len(held) == 0:
            raise NotEnoughData(
                "There is no window to calibrate on.",
                hint="Hold out a recording that is longer than one window.",
            )
        truth = group_numbers(held_ids, groups, group_ids)
        tried = {kind: judge(fitted[kind], held, truth) for kind in kinds}
    return _calibrated(fitted, tried, group_of, source=source, abstain_share=abstain_share)


def _calibrated(
    fitted: Mapping[Head, FittedHead],
    tried: Mapping[Head, Evidence],
    group_of: NDArray[np.int64],
    *,
    source: str,
    abstain_share: float,
) -> Recognizer:
    temperatures = {kind: e.temperature(kind, group_of) for kind, e in tried.items()}
    accuracy = {
        kind: float(e.answers(temperatures[kind], group_of)[1].mean()) for kind, e in tried.items()
    }
    kind = max(accuracy, key=lambda k: accuracy[k])  # of equals the first: prototypes
    evidence, temperature = tried[kind], temperatures[kind]
    n_groups = int(group_of.max()) + 1

    confidence, right = evidence.answers(temperature, group_of)
    start_confidence, start_right = evidence.answers(START_TEMPERATURE[kind], group_of)
    threshold = max(float(np.quantile(confidence, abstain_share)), chance_floor(n_groups))
    novelty_floor = float(np.quantile(evidence.nearest, NOVELTY_SHARE))
    said = (confidence >= threshold) & (evidence.nearest >= novelty_floor)
    facts = CalibrationFacts(
        source=source,
        n_fit_windows=fitted[kind].n_windows,
        n_windows=len(right),
        n_unseen=int(np.sum(~evidence.predictable(group_of))),
        n_groups=n_groups,
        accuracy=float(right.mean()),
        precision=float(right[said].mean()) if said.any() else float("nan"),
        coverage=float(said.mean()),
        ece_before=expected_calibration_error(start_confidence, start_right),
        ece_after=expected_calibration_error(confidence, right),
        head_accuracy={tried_kind.value: value for tried_kind, value in accuracy.items()},
    )
    return Recognizer(fitted[kind], temperature, threshold, novelty_floor, facts)


def _ids(assignments: NDArray[np.integer[Any]], n_windows: int) -> NDArray[np.int64]:
    ids = np.asarray(assignments, dtype=np.int64)
    if ids.shape != (n_windows,):
        raise ValueError(f"assignments {ids.shape} for {n_windows} windows")
    if len(ids) and int(ids.min()) < 1:
        raise ValueError("activity ids start at 1")
    return ids
