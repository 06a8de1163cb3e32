"""What a student package promises: ``contract.json`` as values, and back. Every field is described
in ``docs/package.md``."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = "comodo student package"
SCHEMA = 1
CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("m/s²", "m/s²", "m/s²", "rad/s", "rad/s", "rad/s")
NORMALISATION = "none: raw units in, standardisation is inside the model"
RESAMPLING = (
    "Remove what lies above the stopband without shifting it in time (zero phase), keep what lies "
    "below the passband, then read the samples at start + j / rate. Never by index."
)


@dataclass(frozen=True, slots=True)
class PackagedActivity:
    """One activity as it is shown: activities of one name are one.

    `id` stands for all `member_ids`, which are permanent; `columns` are theirs in the head.
    `minutes` is how much of the learned recordings the teacher put there.
    """

    id: int
    name: str
    label: str
    colour: str
    member_ids: tuple[int, ...]
    columns: tuple[int, ...]
    minutes: float


@dataclass(frozen=True, slots=True, eq=False)
class PackagedHead:
    """From an embedding to a probability per column; K columns, D dimensions.

    `column_ids` (K,) are permanent activity ids. For kind "prototype" `weights` and `bias` are
    zero and do not count.
    """

    kind: str
    column_ids: tuple[int, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    prototypes: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    n_windows: int


@dataclass(frozen=True, slots=True)
class Int8Facts:
    """How the int8 model did beside the fp32 one on real windows; `reason` why it is not there.

    `same_answer`: share of `n_windows` windows where both say the same activity, or unknown.
    `teacher_fp32` and
    `teacher_int8`: share of `n_held_out` windows, of recordings not trained on, where each says
    what the teacher says. `min_cosine`: least cosine to fp32 that a check accepts.
    """

    included: bool
    reason: str = ""
    n_windows: int = 0
    same_answer: float | None = None
    n_held_out: int = 0
    teacher_fp32: float | None = None
    teacher_int8: float | None = None
    min_cosine: float | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Checksum and size of a file of the package."""

    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, content: bytes) -> FileFacts:
        """Those of `content`."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A sticky filter over windows one stride apart; see ``docs/package.md`` for its formula."""

    stay_probability: float
    evidence_weight: float
    unknown_median_windows: int


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """Everything that is needed to run a student and to know where it comes from.

    `resampling` is the passband and the stopband in Hz and the attenuation in dB;
    `calibration` and `provenance` are facts for people, plain JSON values.
    """

    sample_rate_hz: float
    window_s: float
    stride_s: float
    max_missing_share: float
    max_gap_s: float
    embedding_dim: int
    resampling: tuple[float, float, float]
    head: PackagedHead
    temperature: float
    threshold: float
    novelty_floor: float
    activities: tuple[PackagedActivity, ...]
    smoothing: Smoothing
    int8: Int8Facts
    calibration: Mapping[str, Any]
    provenance: Mapping[str, Any]
    created_at: str
    files: Mapping[str, FileFacts] = field(default_factory=dict)

    @property
    def n_samples(self) -> int:
        """Samples per window, S."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def groups(self) -> dict[int, int]:
        """Permanent id → id of the activity that stands for its name."""
        return {member: a.id for a in self.activities for member in a.member_ids}

    def recognizer_arrays(self) -> dict[str, NDArray[Any]]:
        """Head and decision as ``Recognizer.from_arrays`` reads them."""
        head = self.head
        facts = {k: float("nan") if v is None else v for k, v in self.calibration.items()}
        return {
            "schema": np.array(1),
            "kind": np.array(head.kind),
            "activity_ids": np.array(head.column_ids, np.int64),
            "mean": head.mean,
            "scale": head.scale,
            "prototypes": head.prototypes,
            "weights": head.weights,
            "bias": head.bias,
            "n_windows": np.array(head.n_windows),
            "calibration": np.array([self.temperature, self.threshold, self.novelty_floor]),
            "facts": np.array(json.dumps(facts)),
        }

    def to_bytes(self) -> bytes:
        """The file: readable by people, numbers of a vector in one line, digest included."""
        values = self._values()
        values["digest"] = digest(values)
        return (_pretty(values) + "\n").encode()

    def _values(self) -> dict[str, Any]:
        head = self.head
        passband_hz, stopband_hz, stopband_db = self.resampling
        matrices: dict[str, Any] = {"prototypes": _rounded(head.prototypes)}
        if head.kind == "logistic":
            matrices |= {"weights": _rounded(head.weights), "bias": _rounded(head.bias)}
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "created_at": self.created_at,
            "digest": "",
            "input": {
                "name": "windows",
                "channels": list(CHANNELS),
                "units": list(UNITS),
                "gravity": "included in the acceleration",
                "normalisation": NORMALISATION,
            },
            "window": {
                "rate_hz": self.sample_rate_hz,
                "seconds": self.window_s,
                "samples": self.n_samples,
                "stride_s": self.stride_s,
                "max_missing_share": self.max_missing_share,
                "max_gap_s": self.max_gap_s,
            },
            "resampling": {
                "rule": RESAMPLING,
                "passband_hz": passband_hz,
                "stopband_hz": stopband_hz,
                "stopband_db": stopband_db,
            },
            "output": {"name": "embeddings", "dimensions": self.embedding_dim},
            "activities": [
                asdict(a) | {"member_ids": list(a.member_ids), "columns": list(a.columns)}
                for a in self.activities
            ],
            "decision": {
                "temperature": self.temperature,
                "threshold": self.threshold,
                "novelty_floor": self.novelty_floor,
            },
            "smoothing": asdict(self.smoothing),
            "int8": asdict(self.int8),
            "calibration": _without_nan(self.calibration),
            "provenance": _without_nan(self.provenance),
            "files": {name: asdict(facts) for name, facts in self.files.items()},
            "head": {
                "kind": head.kind,
                "column_ids": list(head.column_ids),
                "n_windows": head.n_windows,
                "mean": _rounded(head.mean),
                "scale": _rounded(head.scale),
                **matrices,
            },
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Contract:
        """The contract of JSON values without problems (`contract_checks.problems`)."""
        head, window, bands = values["head"], values["window"], values["resampling"]
        prototypes = np.array(head["prototypes"], np.float64)
        k, d = prototypes.shape
        return cls(
            sample_rate_hz=float(window["rate_hz"]),
            window_s=float(window["seconds"]),
            stride_s=float(window["stride_s"]),
            max_missing_share=float(window["max_missing_share"]),
            max_gap_s=float(window["max_gap_s"]),
            embedding_dim=int(values["output"]["dimensions"]),
            resampling=(bands["passband_hz"], bands["stopband_hz"], bands["stopband_db"]),
            head=PackagedHead(
                head["kind"],
                tuple(head["column_ids"]),
                np.array(head["mean"], np.float64),
                np.array(head["scale"], np.float64),
                prototypes,
                np.array(head.get("weights", np.zeros((k, d))), np.float64),
                np.array(head.get("bias", np.zeros(k)), np.float64),
                head["n_windows"],
            ),
            temperature=float(values["decision"]["temperature"]),
            threshold=float(values["decision"]["threshold"]),
            novelty_floor=float(values["decision"]["novelty_floor"]),
            activities=tuple(
                PackagedActivity(
                    **a | {"member_ids": tuple(a["member_ids"]), "columns": tuple(a["columns"])}
                )
                for a in values["activities"]
            ),
            smoothing=Smoothing(**values["smoothing"]),
            int8=Int8Facts(**values["int8"]),
            calibration=values["calibration"],
            provenance=values["provenance"],
            created_at=values["created_at"],
            files={name: FileFacts(**facts) for name, facts in values["files"].items()},
        )


def rounded(array: NDArray[Any]) -> NDArray[np.float64]:
    """The numbers as the contract keeps them: nine digits, as many as float32 has."""
    return np.array(_rounded(array), np.float64).reshape(np.shape(array))


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of everything but the digest itself, in one canonical form."""
    kept = {key: value for key, value in values.items() if key != "digest"}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _rounded(array: NDArray[Any]) -> Any:
    if np.ndim(array) > 1:
        return [_rounded(row) for row in array]
    return [float(f"{value:.9g}") for value in np.asarray(array).tolist()]


def _without_nan(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }


def _pretty(value: Any, indent: str = "") -> str:
    """JSON with a line per key and per object of a list, and vectors kept in one line."""
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{deeper}{_text(key)}: {_pretty(each, deeper)}" for key, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        lines = [f"{deeper}{_pretty(each, deeper)}" for each in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
