"""The student of a package, ready to be asked: no project and no torch is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comodo_app.activities.recognizer import Recognizer
from comodo_app.activities.smoothing import stay_from_duration
from comodo_app.errors import UnreadableFile
from comodo_app.live.signal_check import InputReference
from comodo_app.students.contract import Contract, PackagedActivity, Smoothing
from comodo_app.students.onnx_export import foreign_parts
from comodo_app.students.onnx_session import OnnxStudent
from comodo_app.students.package import MODEL, SELFTEST, SelfTest, read_contract, read_package

Embedder = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # (N, S, 6) -> (N, D)


@dataclass(frozen=True, slots=True, eq=False)
class LiveStudent:
    """What turns windows into activities.

    Attributes
    ----------
    name : str
        Of the package's folder or file.
    contract : Contract
    embed : callable
        Raw windows (N, S, 6) to embeddings (N, D).
    recognizer : Recognizer
    reference : InputReference or None
        What the sensor looked like where the student learned; None if the package does not say.
    """

    name: str
    contract: Contract
    embed: Embedder
    recognizer: Recognizer
    reference: InputReference | None = None

    @property
    def activities(self) -> tuple[PackagedActivity, ...]:
        """In the order of the probabilities."""
        return self.contract.activities

    def smoothing_at(self, stride_s: float) -> Smoothing:
        """The contract's sticky filter for windows of another stride: an activity lasts as long,
        and a second of evidence counts as much."""
        at = self.contract.smoothing
        ratio = stride_s / self.contract.stride_s
        if abs(ratio - 1.0) < 1e-9:
            return at
        lasts_s = self.contract.stride_s / (1.0 - at.stay_probability)
        return Smoothing(
            stay_from_duration(max(lasts_s, 2 * stride_s), stride_s),
            min(1.0, at.evidence_weight * ratio**0.5),
            max(1, round(at.unknown_median_windows / ratio)) | 1,
        )


def load_student(place: Path) -> LiveStudent:
    """Read a student package, a folder or a zip, that may come from anywhere.

    Raises
    ------
    UnreadableFile
        If it is damaged, changed, or its model reaches outside of the package.
    """
    files = read_package(place)
    contract = read_contract(files)
    try:
        foreign = next(foreign_parts(files.members[MODEL]), None)
        if foreign is not None:
            raise ValueError(f"it needs {foreign}")
        model = OnnxStudent(files.members[MODEL])
        selftest = SelfTest.read(files.members[SELFTEST], contract=contract)
        first = model.embed(selftest.windows[:1])
        if first.shape != (1, contract.embedding_dim):
            raise ValueError(f"it gives {first.shape} instead of (1, {contract.embedding_dim})")
    except Exception as error:  # onnxruntime's own classes are not public
        raise UnreadableFile(
            f"The student of this package cannot be run: {error}.",
            where=str(place),
            hint="comodo check says what is wrong with it; get or make it again.",
        ) from error
    return LiveStudent(
        place.stem if place.is_file() else place.name,
        contract,
        model.embed,
        Recognizer.from_arrays(contract.recognizer_arrays()),
        InputReference.from_windows(selftest.windows, contract.sample_rate_hz),
    )
