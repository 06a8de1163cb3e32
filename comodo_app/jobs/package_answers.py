"""What a packaged student says of real windows, fp32 beside int8, and which windows prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.recognizer import Prediction, Recognizer
from comodo_app.jobs.package_windows import RealWindows
from comodo_app.students.contract import Contract, Int8Facts
from comodo_app.students.onnx_session import OnnxStudent, cosines
from comodo_app.students.package import SelfTest

# Of this share of windows int8 may say something else (of one it always may). A small Transformer
# changed 2 ± 2 % of windows, undecided ones, and lost nothing against truth or teacher.
MAX_CHANGED = 0.05
MAX_LOSS = 0.01  # share of held-out windows that int8 may lose against the teacher; or one
COSINE_ROOM = 0.01  # processors quantise a little differently: below the least cosine measured
N_SELFTEST = 8
_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Embeddings (N, D) of one model and what the recognizer makes of them; `novelty` (N,)."""

    embeddings: NDArray[np.float32]
    prediction: Prediction
    novelty: NDArray[np.float64]


def recognizer_of(contract: Contract) -> Recognizer:
    """The recognizer that a contract describes."""
    return Recognizer.from_arrays(contract.recognizer_arrays())


def answer(
    model: bytes,
    windows: NDArray[np.float32],
    contract: Contract,
    report: Callable[[float], None] = lambda share: None,
) -> Answers:
    """Run a model and the contract's head over windows (N, S, 6); `report` gets shares done."""
    student = OnnxStudent(model)
    parts = []
    for start in range(0, len(windows), _BATCH):
        parts.append(student.embed(windows[start : start + _BATCH]))
        report(min(1.0, (start + _BATCH) / len(windows)))
    return judge(np.concatenate(parts), contract)


def judge(embeddings: NDArray[np.float32], contract: Contract) -> Answers:
    """What the contract's head makes of embeddings (N, D)."""
    recognizer = recognizer_of(contract)
    prediction = recognizer.predict(embeddings, contract.groups)
    return Answers(embeddings, prediction, recognizer.novelty(embeddings))


def fp32_facts(fp32: Answers, windows: RealWindows, contract: Contract, reason: str) -> Int8Facts:
    """Facts where there is no int8 model, for `reason`."""
    right = _right(fp32, windows, contract, honest_recognizer(fp32, windows, contract))
    return Int8Facts(
        included=False,
        reason=reason,
        n_windows=len(windows.said),
        n_held_out=len(right),
        teacher_fp32=_share(right),
    )


def honest_recognizer(fp32: Answers, windows: RealWindows, contract: Contract) -> Recognizer | None:
    """A recognizer that has not learned from the held-out windows; None if nothing is left for it.

    The packaged one has, where recordings validate but none tests: there it is fitted again on
    the learned windows alone, with the same head and calibration.
    """
    packaged, learned = recognizer_of(contract), ~windows.held_out
    if not windows.head_knows_them:
        return packaged
    if not learned.any():
        return None
    return packaged.refitted(fp32.embeddings[learned], windows.said[learned])


def int8_facts(fp32: Answers, int8: Answers, windows: RealWindows, contract: Contract) -> Int8Facts:
    """How int8 does beside fp32 by what it says, and whether that is good enough to ship."""
    same = fp32.prediction.activity_ids == int8.prediction.activity_ids
    honest = honest_recognizer(fp32, windows, contract)
    right, right_int8 = (_right(answers, windows, contract, honest) for answers in (fp32, int8))
    n_changed, n_lost = int((~same).sum()), int(right.sum()) - int(right_int8.sum())
    least = float(cosines(fp32.embeddings, int8.embeddings).min())
    reasons = []
    if n_changed > max(1.0, MAX_CHANGED * len(same)):
        reasons.append(
            f"it changes what is said of {n_changed} of {len(same)} windows "
            f"(at most {MAX_CHANGED:.0%} may)"
        )
    if n_lost > max(1.0, MAX_LOSS * len(right)):
        reasons.append(
            f"it agrees with the teacher on {n_lost} fewer of {len(right)} held-out windows "
            f"(at most {MAX_LOSS:.0%} may be lost)"
        )
    return Int8Facts(
        included=not reasons,
        reason=f"int8 was measured and left out: {' and '.join(reasons)}" if reasons else "",
        n_windows=len(same),
        same_answer=_share(same),
        n_held_out=len(right),
        teacher_fp32=_share(right),
        teacher_int8=_share(right_int8),
        min_cosine=round(least - COSINE_ROOM, 4),
    )


def choose_selftest(
    imu: NDArray[np.float32], fp32: Answers, int8: Answers | None, contract: Contract
) -> SelfTest:
    """Up to eight windows whose answers are clear, of as many activities as there are, and one
    that is unknown where there is one."""
    prediction = fp32.prediction
    clear = margins(fp32, contract).min(axis=0)
    if int8 is not None:  # what both say must stand on any processor
        clear = np.minimum(clear, margins(int8, contract).min(axis=0))
        clear = np.where(_same(fp32, int8), clear, -1.0)
    best_first = np.argsort(-clear, kind="stable")
    best_first = best_first[: max(1, int((clear >= 0.0).sum()))]
    # The best window of each activity, then the second best …, each class of answer in turn.
    kinds = np.where(prediction.unknown, 0, prediction.activity_ids)[best_first]
    turn = np.array([np.sum(kinds[:i] == kind) for i, kind in enumerate(kinds)])
    chosen = np.sort(best_first[np.argsort(turn, kind="stable")[:N_SELFTEST]])
    return SelfTest(
        imu[chosen],
        fp32.embeddings[chosen],
        prediction.probabilities[chosen],
        prediction.confidence[chosen],
        prediction.activity_ids[chosen],
        prediction.unknown[chosen],
    )


def margins(answers: Answers, contract: Contract) -> NDArray[np.float64]:
    """How far each window is from being said differently, (3, N): by probability to the second
    activity, by confidence to the threshold, by cosine to the novelty floor."""
    prediction = answers.prediction
    ordered = np.sort(prediction.probabilities, axis=1)
    second = ordered[:, -2] if ordered.shape[1] > 1 else np.zeros(len(ordered))
    return np.stack(
        [
            ordered[:, -1] - second,
            np.abs(prediction.confidence - contract.threshold),
            np.abs(answers.novelty - contract.novelty_floor),
        ]
    )


def _same(one: Answers, other: Answers) -> NDArray[np.bool_]:
    """Whether the same is shown of each window: one activity, or unknown."""
    a, b = (np.where(x.prediction.unknown, 0, x.prediction.activity_ids) for x in (one, other))
    return np.asarray(a == b, np.bool_)


def _right(
    answers: Answers, windows: RealWindows, contract: Contract, honest: Recognizer | None
) -> NDArray[np.bool_]:
    """Whether each held-out window gets the activity that the teacher gave it, names merged."""
    if honest is None or not windows.held_out.any():
        return np.zeros(0, np.bool_)
    groups = contract.groups
    truth = np.array([groups.get(int(i), int(i)) for i in windows.said[windows.held_out]])
    said = honest.predict(answers.embeddings[windows.held_out], groups).activity_ids
    return np.asarray(said == truth, np.bool_)


def _share(hits: NDArray[np.bool_]) -> float | None:
    return round(float(hits.mean()), 4) if len(hits) else None
