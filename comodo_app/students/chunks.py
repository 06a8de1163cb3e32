"""How many series go through an encoder together: measured on the first real work of a process."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from torch import nn

# Training: fixed per kind of device, so that the same seed gives the same numbers in every process
# (random numbers of dropout are drawn per forward). On a CPU the best of
# benchmarks/student_speed.py; a GPU, not measured yet, takes a whole batch of 256 to 1024 windows.
TRAINING = {"cpu": 192, "cuda": 6144, "mps": 1536}

# Tried on the first windows of a process, one after the other; the fastest per series stays.
CANDIDATES = {"cpu": (24, 96, 384), "cuda": (768, 3072), "mps": (192, 768)}

_fastest: dict[tuple[str, str, int], int] = {}


def chunk_sizes(encoder: nn.Module, device: torch.device, n: int) -> Iterator[int]:
    """Sizes of the parts in which `n` series go through `encoder`; they add up to `n`.

    The caller does the work of a part before it asks for the next one: that is what is timed.
    """
    if torch.is_grad_enabled() and encoder.training:
        yield from _even(n, TRAINING.get(device.type, 192))
        return
    candidates = CANDIDATES.get(device.type, (96,))
    key = (type(encoder).__name__, str(device), sum(p.numel() for p in encoder.parameters()))
    # Half as much again as they need: a first part that warms up, and something left to gain.
    if key not in _fastest and n >= 2 * sum(candidates):
        yield candidates[0]
        n -= candidates[0]
        per_series: dict[int, float] = {}
        for size in candidates:
            _wait_for(device)
            begun = time.perf_counter()
            yield size
            _wait_for(device)
            per_series[size] = (time.perf_counter() - begun) / size
            n -= size
        _fastest[key] = min(per_series, key=per_series.__getitem__)
    yield from _even(n, _fastest.get(key, candidates[len(candidates) // 2]))


def _even(n: int, size: int) -> Iterator[int]:
    while n > 0:
        yield min(size, n)
        n -= size


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
