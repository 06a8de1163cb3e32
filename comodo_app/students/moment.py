"""MOMENT, a T5 encoder over patches of a single series, with or without its published weights."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from comodo_app.errors import UnreadableFile
from comodo_app.students.moment_t5 import MomentDims, T5Encoder
from comodo_app.weights.reading import account_for_keys

_EPS = 1e-5
_DROPOUT = 0.1

# In the published file, and of no use to an encoder: T5's vocabulary, the reconstruction's head.
NOT_USED = ("encoder.embed_tokens.weight", "head.linear.*")

_ONCE = {
    "value_embedding.weight": "patch_embedding.value_embedding.weight",
    "mask_embedding": "patch_embedding.mask_embedding",
    "positions": "patch_embedding.position_embedding.pe",
    "encoder.relative_bias.weight": (
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    ),
    "encoder.norm.weight": "encoder.final_layer_norm.weight",
}
_PER_BLOCK = {
    "norm1.weight": "layer.0.layer_norm.weight",
    "attention.q.weight": "layer.0.SelfAttention.q.weight",
    "attention.k.weight": "layer.0.SelfAttention.k.weight",
    "attention.v.weight": "layer.0.SelfAttention.v.weight",
    "attention.o.weight": "layer.0.SelfAttention.o.weight",
    "norm2.weight": "layer.1.layer_norm.weight",
    "feed_forward.gate.weight": "layer.1.DenseReluDense.wi_0.weight",
    "feed_forward.value.weight": "layer.1.DenseReluDense.wi_1.weight",
    "feed_forward.out.weight": "layer.1.DenseReluDense.wo.weight",
}


class MomentEncoder(nn.Module):
    """(B, 1, L) series → (B, D): the mean over the patches that were observed.

    Source: arXiv 2402.03885 (MOMENT) as published in momentfm 0.1.4. Each series is standardised
    by its own observed samples, cut into patches of 8 (a tail is dropped), and a patch with a
    missing sample is replaced by a learned embedding that nobody attends to.
    Where we differ: a sample that is not a finite number never counts for the statistics (there,
    one infinity empties the series); without any observed patch the result is 0, not NaN; no
    pooling lets missing patches in (its classifier averages them, too).

    Attributes
    ----------
    dim : int
        Numbers per series.
    input_length : int
        Samples of the series that the published weights were trained on. Others run, too: any
        that are at least a patch long and for which `dims.n_positions` is large enough.
    """

    input_length = 512
    positions: Tensor

    def __init__(self, dims: MomentDims | None = None, *, layer: int | None = None) -> None:
        super().__init__()
        self.dims = dims = dims or MomentDims()
        self.dim = dims.width
        self.n_blocks = dims.n_layers if layer is None else layer + 1
        self.value_embedding = nn.Linear(dims.patch, dims.width, bias=False)
        nn.init.orthogonal_(self.value_embedding.weight, gain=math.sqrt(2))
        self.mask_embedding = nn.Parameter(torch.zeros(dims.width))
        self.register_buffer("positions", _sinusoids(dims.n_positions, dims.width).unsqueeze(0))
        self.encoder = T5Encoder(dims, self.n_blocks)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, series: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, 1, L), and (B, L) bool that is true where observed → (B, D)."""
        tokens = self.tokens(series, mask)
        if mask is None:
            return tokens.mean(dim=1)
        weight = observed_patches(mask, self.dims.patch).to(tokens.dtype).unsqueeze(-1)
        pooled: Tensor = (tokens * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
        return pooled

    def tokens(self, series: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, 1, L), and (B, L) bool that is true where observed → (B, P, D), P = L // 8.

        Tokens of patches with a missing sample mean nothing; `observed_patches` tells which.
        """
        size = self.dims.patch
        standard = standardised(series.squeeze(1), mask)
        n_patches = standard.shape[1] // size
        n_rows = self.dims.n_positions
        # Not while an exporter traces it, which would take the comparison for a part of the work.
        if not torch.onnx.is_in_onnx_export() and not 1 <= n_patches <= n_rows:
            raise ValueError(
                f"a series must have {size} to {n_rows * size} samples, not {series.shape[-1]}"
            )
        patches = standard[:, : n_patches * size].reshape(-1, n_patches, size)
        x = self.value_embedding(patches)  # (B, P, W)
        seen = None if mask is None else observed_patches(mask, size)
        if seen is not None:
            x = torch.where(seen.unsqueeze(-1), x, self.mask_embedding)
        x = self.dropout(x + self.positions[:, :n_patches])
        tokens: Tensor = self.encoder(x, seen)
        return tokens

    def load_published(self, tensors: Mapping[str, Tensor], *, where: Path) -> None:
        """Take the published weights; layers above the last one in use are checked and left out.

        Raises
        ------
        UnreadableFile
            If a tensor is missing, unknown, or of another shape.
        """
        names = dict(_names(self.dims.n_layers))
        found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        # The first block tells the shapes of those that this encoder has no use for.
        own = {name: tuple(tensor.shape) for name, tensor in self.state_dict().items()}
        wanted = {
            published: own[name] if name in own else own[_in_first_block(name)]
            for name, published in names.items()
        }
        # Sinusoids, of which the file holds more than most series need.
        table = names["positions"]
        _, rows, width = wanted[table]
        if len(found.get(table, ())) == 3 and found[table][1] >= rows:
            wanted[table] = (1, found[table][1], width)
        account_for_keys(wanted, found, ignore=NOT_USED, where=where)
        self.load_state_dict(
            {name: tensors[names[name]] for name in own if name != "positions"}
            | {"positions": tensors[table][:, :rows]}
        )


def load_moment(
    tensors: Mapping[str, Tensor], *, where: Path = Path("model.safetensors")
) -> MomentEncoder:
    """The encoder that a published MOMENT file holds, small, base or large, in evaluation mode.

    Raises
    ------
    UnreadableFile
        If it is no MOMENT file, or a tensor is missing, unknown, or of another shape.
    """
    encoder = MomentEncoder(dims_of(tensors, where=where))
    encoder.load_published(tensors, where=where)
    return encoder.eval()


def dims_of(tensors: Mapping[str, Tensor], *, where: Path) -> MomentDims:
    """The sizes that a published file's shapes tell.

    Raises
    ------
    UnreadableFile
        If the tensors that tell them are not there.
    """
    first = "encoder.block.0."
    try:
        width, patch = tensors[_ONCE["value_embedding.weight"]].shape
        n_positions = tensors[_ONCE["positions"]].shape[1]
        n_buckets, n_heads = tensors[_ONCE["encoder.relative_bias.weight"]].shape
        inner = tensors[first + _PER_BLOCK["attention.q.weight"]].shape[0]
        hidden = tensors[first + _PER_BLOCK["feed_forward.gate.weight"]].shape[0]
    except (KeyError, ValueError, IndexError) as error:
        raise UnreadableFile(
            "The weights are not those of a MOMENT model: its first tensors are missing or have "
            f"another shape ({error}).",
            where=str(where),
            hint="Choose the folder of MOMENT-1-small, -base or -large as published.",
        ) from error
    # Their number, not the highest: a damaged name must not make a network of a million blocks.
    blocks = {match[1] for name in tensors if (match := re.match(r"encoder\.block\.(\d+)\.", name))}
    return MomentDims(
        width=width,
        n_layers=len(blocks),
        n_heads=n_heads,
        head_width=inner // n_heads,
        hidden=hidden,
        patch=patch,
        n_buckets=n_buckets,
        n_positions=n_positions,
    )


def standardised(series: Tensor, mask: Tensor | None) -> Tensor:
    """(B, L) by mean and biased deviation of each row's observed samples; the others become 0.

    1e-5 is added to the deviation itself, not under its root.
    """
    good = series.abs() < torch.inf  # false for NaN, too
    if mask is not None:
        good = good & mask
    n = good.sum(dim=1, keepdim=True).clamp(min=1)
    centred = torch.where(good, series, 0.0)
    centred = torch.where(good, series - centred.sum(dim=1, keepdim=True).detach() / n, 0.0)
    # As published, no gradient flows through the statistics: at a still sensor it is infinite.
    deviation = (centred.square().sum(dim=1, keepdim=True) / n).sqrt().detach()
    return centred / (deviation + _EPS)


def observed_patches(mask: Tensor, size: int = 8) -> Tensor:
    """(B, L) bool → (B, L // size) bool: true where all samples of a patch were observed."""
    n_patches = mask.shape[1] // size
    return mask[:, : n_patches * size].reshape(-1, n_patches, size).all(dim=2)


def _names(n_layers: int) -> Iterator[tuple[str, str]]:
    """Our name and the published one of every tensor."""
    yield from _ONCE.items()
    for i in range(n_layers):
        for name, published in _PER_BLOCK.items():
            yield f"encoder.blocks.{i}.{name}", f"encoder.block.{i}.{published}"


def _in_first_block(name: str) -> str:
    start, blocks, _, rest = name.split(".", 3)
    return f"{start}.{blocks}.0.{rest}"


def _sinusoids(n_positions: int, width: int) -> Tensor:
    """(positions, width): sines in even columns, cosines in odd ones; arXiv 1706.03762, 3.5."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = torch.arange(n_positions).unsqueeze(1) * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
