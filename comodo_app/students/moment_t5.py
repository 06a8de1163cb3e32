"""The T5 encoder inside MOMENT: gated feed-forward, relative positions, attention without 1/√d."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_EPS = 1e-6
_MAX_DISTANCE = 128  # tokens; everything farther shares the last bucket
_DROPOUT = 0.1


@dataclass(frozen=True, slots=True)
class MomentDims:
    """Sizes of a MOMENT network; the defaults are MOMENT-1-small's.

    `width` numbers per token, `n_layers` blocks, `n_heads` of `head_width`, `hidden` numbers
    inside the feed-forward, `patch` samples per token, `n_buckets` for relative positions. The
    table of absolute positions has `n_positions` rows, as many as a series may have patches: 64
    for 512 samples; the published one of 5000 would be a third of a quantised student.
    """

    width: int = 512
    n_layers: int = 8
    n_heads: int = 6
    head_width: int = 64
    hidden: int = 1024
    patch: int = 8
    n_buckets: int = 32
    n_positions: int = 64


def bucket_edges(n_buckets: int, max_distance: int = _MAX_DISTANCE) -> tuple[int, ...]:
    """First distance of each wide bucket: a quarter of all buckets, evenly spaced in log distance.

    Whole numbers decide, so that an edge falls the same way on every device; in float32 the
    logarithm of a power of two may land on either side of it.
    """
    exact = n_buckets // 4  # distances below have a bucket of their own
    wide = n_buckets // 2 - exact
    edges = []
    for j in range(wide):
        # smallest n with n >= exact * (max_distance / exact) ** (j / wide)
        n = max(exact, math.floor(exact * (max_distance / exact) ** (j / wide)) - 1)
        while n**wide * exact**j < max_distance**j * exact**wide:
            n += 1
        edges.append(n)
    return tuple(edges)


def relative_buckets(n_tokens: int, edges: Tensor) -> Tensor:
    """(P, P) bucket of key − query: the lower half of the buckets looks back, the upper ahead.

    Source: arXiv 1910.10683, section 2.1 (T5), bidirectional. `edges` are `bucket_edges`, (wide,).
    """
    steps = torch.arange(n_tokens, device=edges.device)
    ahead = steps[None, :] - steps[:, None]
    distance = ahead.abs()
    # Every edge that a distance has reached moves it one bucket on.
    far = (distance.unsqueeze(-1) >= edges).sum(-1)
    near = torch.minimum(distance, edges[0] - 1)
    return near + far + (ahead > 0) * (edges[0] + edges.shape[0])


class ScaleNorm(nn.Module):
    """(…, W) divided by its root mean square, times a weight; no mean, no bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(…, W) → (…, W)."""
        # In float32, whatever the rest runs in: squares of float16 overflow.
        mean_square = x.float().square().mean(-1, keepdim=True)
        normed: Tensor = self.weight * (x * torch.rsqrt(mean_square + _EPS).to(x.dtype))
        return normed


class _Attention(nn.Module):
    def __init__(self, dims: MomentDims) -> None:
        super().__init__()
        inner = dims.n_heads * dims.head_width
        self.heads = (dims.n_heads, dims.head_width)
        self.q = nn.Linear(dims.width, inner, bias=False)
        self.k = nn.Linear(dims.width, inner, bias=False)
        self.v = nn.Linear(dims.width, inner, bias=False)
        self.o = nn.Linear(inner, dims.width, bias=False)
        self.dropout = nn.Dropout(_DROPOUT)
        # T5 has no 1/√d in the product; it is in the first weights of q instead.
        nn.init.normal_(self.q.weight, std=(dims.width * dims.head_width) ** -0.5)
        for layer in (self.k, self.v):
            nn.init.normal_(layer.weight, std=dims.width**-0.5)
        nn.init.normal_(self.o.weight, std=inner**-0.5)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, P, W), bias (B or 1, heads, P, P) → (B, P, W)."""
        q, k, v = (
            layer(x).unflatten(-1, self.heads).transpose(1, 2)  # (B, heads, P, head width)
            for layer in (self.q, self.k, self.v)
        )
        # Written out: as fast as torch's fused one at these lengths, and both exporters take it.
        shares = nn.functional.softmax(q @ k.transpose(-1, -2) + bias, dim=-1)
        out: Tensor = self.o((self.dropout(shares) @ v).transpose(1, 2).flatten(2))
        return out


class _FeedForward(nn.Module):
    def __init__(self, dims: MomentDims) -> None:
        super().__init__()
        self.gate = nn.Linear(dims.width, dims.hidden, bias=False)
        self.value = nn.Linear(dims.width, dims.hidden, bias=False)
        self.out = nn.Linear(dims.hidden, dims.width, bias=False)
        self.dropout = nn.Dropout(_DROPOUT)
        for layer in (self.gate, self.value, self.out):
            nn.init.normal_(layer.weight, std=layer.in_features**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(B, P, W) → (B, P, W)."""
        opened = nn.functional.gelu(self.gate(x), approximate="tanh") * self.value(x)
        out: Tensor = self.out(self.dropout(opened))
        return out


class _Block(nn.Module):
    def __init__(self, dims: MomentDims) -> None:
        super().__init__()
        self.norm1, self.attention = ScaleNorm(dims.width), _Attention(dims)
        self.norm2, self.feed_forward = ScaleNorm(dims.width), _FeedForward(dims)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, P, W), bias (B or 1, heads, P, P) → (B, P, W)."""
        x = x + self.dropout(self.attention(self.norm1(x), bias))
        out: Tensor = x + self.dropout(self.feed_forward(self.norm2(x)))
        return out


class T5Encoder(nn.Module):
    """(B, P, W) tokens → (B, P, W), the first `n_layers` blocks and the final norm.

    Source: arXiv 1910.10683 with the gated GELU of arXiv 2002.05202 ("T5 v1.1").
    """

    edges: Tensor

    def __init__(self, dims: MomentDims, n_layers: int) -> None:
        super().__init__()
        edges = torch.tensor(bucket_edges(dims.n_buckets))
        self.register_buffer("edges", edges, persistent=False)
        self.relative_bias = nn.Embedding(dims.n_buckets, dims.n_heads)
        nn.init.normal_(self.relative_bias.weight, std=dims.width**-0.5)
        self.blocks = nn.ModuleList(_Block(dims) for _ in range(n_layers))
        self.norm = ScaleNorm(dims.width)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, tokens: Tensor, seen: Tensor | None = None) -> Tensor:
        """(B, P, W), and (B, P) bool that is false where nobody may look → (B, P, W)."""
        buckets = relative_buckets(tokens.shape[1], self.edges)
        bias = self.relative_bias(buckets).permute(2, 0, 1).unsqueeze(0)  # (1, heads, P, P)
        if seen is not None:
            # The lowest finite number, not −∞: with nothing to look at, softmax stays a number.
            hidden = torch.finfo(bias.dtype).min
            bias = torch.where(seen[:, None, None, :], bias, hidden)
        x = self.dropout(tokens)
        for block in self.blocks:
            x = block(x, bias)
        out: Tensor = self.dropout(self.norm(x))
        return out
