"""Weights from safetensors files only, every key accounted for; a pickle is code and is refused."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from comodo_app.errors import UnreadableFile

if TYPE_CHECKING:
    from torch import Tensor

_MAX_HEADER_BYTES = 100_000_000  # the format's own limit
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
          "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1,
          "BOOL": 1, "C64": 8}  # fmt: skip
_WAY_OUT = (
    "Fetch the model from the catalogue, or have a colleague save it as safetensors and import "
    "that folder."
)


@dataclass(frozen=True, slots=True)
class TensorHeader:
    """Shape and type of one stored tensor; `dtype` as the file names it, such as ``F32``."""

    shape: tuple[int, ...]
    dtype: str


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file, or of all such files of a folder, on the CPU.

    Raises
    ------
    UnreadableFile
        If it is a pickle, cut off, empty, or anything else than safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    tensors: dict[str, Tensor] = {}
    for file in weight_files(path):
        read_header(file)  # says in plain words what is wrong with it
        try:
            loaded = load_file(file)
        except (SafetensorError, ValueError, KeyError, OSError) as error:
            raise UnreadableFile(
                f"The weights cannot be read: {error}.", where=str(file), hint=_WAY_OUT
            ) from error
        twice = sorted(set(loaded) & set(tensors))
        if twice:
            raise UnreadableFile(
                f"The tensor {twice[0]} is in two files of the folder.", where=str(path)
            )
        tensors |= loaded
    return tensors


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a file or folder, without loading any."""
    shapes: dict[str, tuple[int, ...]] = {}
    for file in weight_files(path):
        shapes |= {name: header.shape for name, header in read_header(file).items()}
    return shapes


def weight_files(path: Path) -> list[Path]:
    """The safetensors files of a folder in order, or the file itself.

    Raises
    ------
    UnreadableFile
        If there are none; says if pickles are.
    """
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.safetensors"))
    if found:
        return found
    pickles = sorted(p.name for p in path.iterdir() if p.suffix in (".bin", ".pt", ".pth", ".ckpt"))
    if pickles:
        raise UnreadableFile(
            f"The folder has its weights only as a pickle ({pickles[0]}), which could run code.",
            where=str(path),
            hint=_WAY_OUT,
        )
    raise UnreadableFile(
        "The folder holds no model: there is no .safetensors file.",
        where=str(path),
        hint="Choose the folder that holds config.json and model.safetensors.",
    )


def read_header(path: Path) -> dict[str, TensorHeader]:
    """Shape and type of every tensor of one safetensors file, without loading any.

    Raises
    ------
    UnreadableFile
        If it is a pickle, cut off, empty, or anything else than safetensors.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(64)
            refuse_foreign(path, start)
            (length,) = struct.unpack("<Q", start[:8])
            if length > _MAX_HEADER_BYTES:
                _bad(path, "The file is no safetensors file.")
            if 8 + length > size:
                _bad(path, "The file is cut off: its header is incomplete.")
            file.seek(8)
            header = json.loads(file.read(length))
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror or error}.", where=str(path)
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            "The file is no safetensors file: its header is not JSON.",
            where=str(path),
            hint=_WAY_OUT,
        ) from error
    if not isinstance(header, dict):
        _bad(path, "The file is no safetensors file: its header is not a table.")
    header.pop("__metadata__", None)
    found: dict[str, TensorHeader] = {}
    end = 0
    for name, about in header.items():
        try:
            shape = tuple(int(n) for n in about["shape"])
            first, last = (int(n) for n in about["data_offsets"])
            known = _BYTES.get(about["dtype"])
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFile(
                f"The header's entry for {name} is damaged.", where=str(path), hint=_WAY_OUT
            ) from error
        if known is not None and last - first != known * math.prod(shape):
            _bad(path, f"The header is damaged: {name} has other bytes than its shape needs.")
        found[name] = TensorHeader(shape, str(about["dtype"]))
        end = max(end, last)
    if not found:
        _bad(path, "The file holds no tensors.")
    if 8 + length + end != size:
        missing = 8 + length + end - size
        _bad(path, f"The file is cut off: {missing} bytes are missing." if missing > 0
             else f"The file has {-missing} bytes too many.")  # fmt: skip
    return found


def refuse_foreign(path: Path, start: bytes) -> None:
    """Raise `UnreadableFile` if the first bytes of a file are those of something else."""
    if not start:
        _bad(path, "The file is empty.")
    if is_pickle(start):
        _bad(path, "The file is a pickle, not safetensors; a pickle could run code.")
    if start.startswith(b"version https://git-lfs"):
        raise UnreadableFile(
            "The file is only a pointer of Git LFS; the weights themselves were not fetched.",
            where=str(path),
            hint="Run `git lfs pull` there, or fetch the model from the catalogue.",
        )
    if start.lstrip()[:1] == b"<":
        _bad(path, "The file is a web page, not safetensors; perhaps a proxy or login page.")
    if len(start) < 8:
        _bad(path, "The file is cut off.")


def is_pickle(start: bytes) -> bool:
    """Whether a file with these first bytes is a pickle or an archive of torch, which holds one."""
    if start[5:9] == b"\0\0\0{":  # a header's length may look like a pickle's first bytes
        return False
    return start[:4] == b"PK\x03\x04" or (start[:1] == b"\x80" and start[1:2] in b"\2\3\4\5")


def _bad(path: Path, what: str) -> NoReturn:
    raise UnreadableFile(what, where=str(path), hint=_WAY_OUT)


def account_for_keys(
    wanted: Mapping[str, tuple[int, ...]],
    found: Mapping[str, tuple[int, ...]],
    *,
    ignore: Sequence[str] = (),
    where: Path,
) -> None:
    """Check that a file holds exactly the tensors that a model needs.

    Parameters
    ----------
    wanted, found : mapping of name to shape
        What the model needs, and what the file holds.
    ignore : sequence of str
        Patterns (fnmatch) of names that the file may hold besides; they are not used.

    Raises
    ------
    UnreadableFile
        If a tensor is missing, unknown, or of another shape; names the first few of each.
    """
    extra = [
        name
        for name in found
        if name not in wanted and not any(fnmatchcase(name, pattern) for pattern in ignore)
    ]
    missing = [name for name in wanted if name not in found]
    other = [
        f"{name} is {_shape(found[name])} instead of {_shape(shape)}"
        for name, shape in wanted.items()
        if name in found and tuple(found[name]) != tuple(shape)
    ]
    problems = [
        f"{len(names)} {words}: {', '.join(names[:3])}{', …' if len(names) > 3 else ''}"
        for names, words in (
            (missing, "tensors are missing"),
            (extra, "tensors are not known"),
            (other, "tensors have another shape"),
        )
        if names
    ]
    if problems:
        raise UnreadableFile(
            f"The weights do not fit the model; {'; '.join(problems)}.",
            where=str(where),
            hint="It is another model, or another version of it: choose the published one.",
        )


def _shape(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) if shape else "a number"
