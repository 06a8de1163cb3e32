"""Reads a .bin of torch with the weights-only loader and writes safetensors; a process of its own.

``python -m comodo_app.weights.convert_process IN OUT``. This is the one place that opens a pickle:
the loader builds tensors and nothing else, and this process has neither the app's memory nor its
open files. Exit codes: 0 done, 3 refused, 4 not enough memory; the reason is on standard error.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

REFUSED, NO_MEMORY = 3, 4


def limit(n_bytes: int) -> None:
    """Bound memory and output by the size of the input, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    gib = 1 << 30
    wishes = [(resource.RLIMIT_FSIZE, 2 * n_bytes + gib // 16), (resource.RLIMIT_CORE, 0)]
    if sys.platform == "linux":  # elsewhere address space is no measure of memory
        wishes.append((resource.RLIMIT_AS, 4 * n_bytes + 8 * gib))
    for what, value in wishes:
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, hard))


def convert(source: Path, target: Path) -> None:
    """Load `source` and write its tensors to `target`.

    Raises
    ------
    ValueError
        If it holds anything but named tensors.
    """
    import torch
    from safetensors.torch import save_file

    # An old, non-zip file cannot be mapped into memory.
    with source.open("rb") as file:
        is_archive = file.read(4) == b"PK\x03\x04"
    loaded = torch.load(source, map_location="cpu", weights_only=True, mmap=is_archive)
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not loaded:
        raise ValueError("it holds no table of tensors")
    tensors = {}
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise ValueError(f"{name!r} is no named tensor")
        tensors[name] = value.detach().clone().contiguous()
    save_file(tensors, target, metadata={"format": "pt"})


def main(source: str, target: str) -> int:
    """Convert one file; returns the exit code."""
    try:
        limit(Path(source).stat().st_size)
        convert(Path(source), Path(target))
    except MemoryError as error:
        print(f"not enough memory: {error}", file=sys.stderr)
        return NO_MEMORY
    except (pickle.UnpicklingError, ValueError, RuntimeError, EOFError, OSError) as error:
        print(str(error).strip().splitlines()[0] if str(error).strip() else repr(error),
              file=sys.stderr)  # fmt: skip
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
