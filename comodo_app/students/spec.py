"""What a student expects and gives: the part of its contract that shapes the network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from comodo_app.errors import UsageError

N_CHANNELS = 6


@dataclass(frozen=True, slots=True)
class ChannelShape:
    """A network that encodes one channel at a time: six embeddings side by side make a student's.

    `width` numbers per token, `n_layers` of which the output of `layer` (from 0) is taken by
    default, by the first of `poolings`.
    """

    width: int
    n_layers: int
    layer: int
    poolings: tuple[str, ...]

    def natural_dim(self, pooling: str) -> int:
        """Numbers that six channels give together."""
        return N_CHANNELS * self.width * (2 if pooling == "cls+mean" else 1)


_MANTIS_POOLINGS = ("cls+mean", "mean", "cls")
PER_CHANNEL: dict[str, ChannelShape] = {
    # Layers by accuracy on the UCR archive with the published weights; Mantis+ does best with 1.
    "mantis-v1": ChannelShape(256, 6, 2, _MANTIS_POOLINGS),
    "mantis-v2": ChannelShape(256, 6, 2, _MANTIS_POOLINGS),
    "moment-small": ChannelShape(512, 8, 7, ("mean",)),
}


@dataclass(frozen=True, slots=True)
class StudentSpec:
    """Architecture and input of an IMU encoder.

    `sample_rate_hz` and `window_s` fix the input ``(B, S, 6)`` with
    ``S = round(sample_rate_hz * window_s)``: acceleration in m/s² with gravity, angular rate in
    rad/s, raw (the encoder standardises with the statistics stored in it). An `embedding_dim` of
    0 becomes what the network gives by itself. Per-channel networks give thousands; another value
    is a linear layer after them, and keeps what is fitted to embeddings as cheap as for others.

    `layer` (from 0) and `pooling` are for networks of `PER_CHANNEL` and become their defaults if
    omitted. `pretrained` is the catalogue id or the folder of the weights that training started
    from, empty for random ones; `pretrained_digest` names these very weights. A finished student
    needs neither.
    """

    architecture: str = "tcn"
    sample_rate_hz: float = 50.0
    window_s: float = 5.0
    embedding_dim: int = 256
    layer: int | None = None
    pooling: str = ""
    pretrained: str = ""
    pretrained_digest: str = ""

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
        shape = PER_CHANNEL.get(self.architecture)
        layer, pooling, dim = self.layer, self.pooling, self.embedding_dim
        if shape is None:
            if layer is not None or pooling or self.pretrained:
                raise UsageError(
                    f"A {self.architecture} student has no layers to choose from and no "
                    "pretrained weights.",
                    hint=f"These have: {', '.join(PER_CHANNEL)}.",
                )
            dim = dim or 256
        else:
            layer = shape.layer if layer is None else layer
            pooling = pooling or shape.poolings[0]
            if pooling not in shape.poolings or not 0 <= layer < shape.n_layers:
                raise UsageError(
                    f"{self.architecture} has no layer {layer} pooled by {pooling!r}.",
                    hint=f"Layers are 0 to {shape.n_layers - 1}; "
                    f"poolings: {', '.join(shape.poolings)}.",
                )
            dim = dim or shape.natural_dim(pooling)
        # What defaults meant is kept: a contract must say the same after they have changed.
        for name, value in (("layer", layer), ("pooling", pooling), ("embedding_dim", dim)):
            object.__setattr__(self, name, value)

    @property
    def n_samples(self) -> int:
        """Samples per window, S."""
        return round(self.sample_rate_hz * self.window_s)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as stored in a student's ``contract.json``."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> StudentSpec:
        """Inverse of `to_json`; contracts of earlier versions lack the last four."""
        layer = values.get("layer")
        return cls(
            architecture=str(values["architecture"]),
            sample_rate_hz=float(values["sample_rate_hz"]),
            window_s=float(values["window_s"]),
            embedding_dim=int(values["embedding_dim"]),
            layer=None if layer is None else int(layer),
            pooling=str(values.get("pooling", "")),
            pretrained=str(values.get("pretrained", "")),
            pretrained_digest=str(values.get("pretrained_digest", "")),
        )
