"""The instance queue: the last K teacher embeddings, first in, first out."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class InstanceQueue(nn.Module):
    """Ring buffer of the last `size` teacher embeddings, (K, D).

    The entries are registered buffers, so a checkpoint holds them and a resumed run compares
    against the same instances. `size` need not be a multiple of the batch: a push wraps around.

    Source: COMODO (arXiv 2503.07259), instance queue; layout after MoCo (arXiv 1911.05722),
    which, unlike here, demands that the batch divides the queue.
    """

    entries: Tensor
    state: Tensor

    def __init__(self, *, size: int, dim: int) -> None:
        super().__init__()
        if size < 1 or dim < 1:
            raise ValueError(
                f"a queue needs at least one entry and one dimension, not {size}×{dim}"
            )
        self.size = size
        self.register_buffer("entries", torch.zeros(size, dim))
        # Next place to write, number of places ever filled (at most `size`).
        self.register_buffer("state", torch.zeros(2, dtype=torch.int64))

    def __len__(self) -> int:
        return int(self.state[1])

    def push(self, embeddings: Tensor) -> None:
        """Append (B, D); the oldest fall out. Of a batch larger than the queue the last K stay."""
        kept = embeddings.detach()[-self.size :]
        place = int(self.state[0])
        # Rows that are pushed and fall out within the same batch still move the write position.
        place = (place + len(embeddings) - len(kept)) % self.size
        places = (place + torch.arange(len(kept))) % self.size
        self.entries[places] = kept.to(self.entries)
        self.state[0] = (place + len(kept)) % self.size
        self.state[1] = min(self.size, len(self) + len(embeddings))

    def keys(self) -> Tensor:
        """The filled entries, (n, D) with n ≤ K, in storage order; a view, not a copy."""
        return self.entries[: len(self)]
