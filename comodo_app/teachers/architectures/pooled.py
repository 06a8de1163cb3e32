"""A network of the library with its pooling, as one module; imports torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


class Pooled(nn.Module):
    """``pixel_values (B, F, 3, h, w) → (B, D)``.

    Parameters
    ----------
    network : nn.Module
        A class of the library.
    pool : callable
        ``(network, pixel_values)`` → (B, D). It is given the network, so that a copy of this
        module on another device pools its own.
    dim : int
        D: said, so that an exported graph says it, too.
    """

    def __init__(self, network: nn.Module, pool: Callable[[Any, Tensor], Tensor], dim: int) -> None:
        super().__init__()
        self.network = network
        self._pool, self._dim = pool, dim

    def forward(self, pixel_values: Tensor) -> Tensor:
        """See the class."""
        return self._pool(self.network, pixel_values).reshape(-1, self._dim)
