"""What a student expects and gives: the part of its contract that shapes the network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from comodo_app.errors import UsageError

N_CHANNELS = 6


@dataclass(frozen=True, slots=True)
class StudentSpec:
    """Architecture and input of an IMU encoder.

    `sample_rate_hz` and `window_s` fix the input ``(B, S, 6)`` with
    ``S = round(sample_rate_hz * window_s)``: acceleration in m/s² with gravity, angular rate in
    rad/s, raw (the encoder standardises with the statistics stored in it).
    """

    architecture: str = "tcn"
    sample_rate_hz: float = 50.0
    window_s: float = 5.0
    embedding_dim: int = 256

    def __post_init__(self) -> None:
        if not 10.0 <= self.sample_rate_hz <= 1000.0:
            raise UsageError(
                f"A student's rate must lie between 10 and 1000 Hz, not {self.sample_rate_hz:g}."
            )
        if self.n_samples < 32:
            raise UsageError(
                f"A window of {self.window_s:g} s at {self.sample_rate_hz:g} Hz has only "
                f"{self.n_samples} samples; a student needs at least 32.",
                hint="Choose a longer window or a higher rate.",
            )

    @property
    def n_samples(self) -> int:
        """Samples per window, S."""
        return round(self.sample_rate_hz * self.window_s)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as stored in a student's ``contract.json``."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> StudentSpec:
        """Inverse of `to_json`."""
        return cls(
            architecture=str(values["architecture"]),
            sample_rate_hz=float(values["sample_rate_hz"]),
            window_s=float(values["window_s"]),
            embedding_dim=int(values["embedding_dim"]),
        )
