"""A published .bin made into safetensors, once, in a process of its own, or refused."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from comodo_app.errors import UnreadableFile
from comodo_app.weights.convert_process import NO_MEMORY, REFUSED
from comodo_app.weights.reading import read_header

TIMEOUT_S = 900.0
_TICK_S = 0.1
_SECRETS = ("TOKEN", "SECRET", "PASSWORD", "KEY", "PROXY")
_WAY_OUT = (
    "Have it saved as safetensors by somebody who trusts it (transformers: "
    "model.save_pretrained(FOLDER)), and import that folder."
)


def convert_bin(
    source: Path, target: Path, tick: Callable[[], None], *, timeout_s: float = TIMEOUT_S
) -> None:
    """Write the tensors of the .bin file `source` to the safetensors file `target`.

    Only for a file that was checked against the catalogue's repository, or that the user imports
    for an entry of the catalogue. `tick` is called every 0.1 s; what it raises ends the process.

    Raises
    ------
    UnreadableFile
        If the file holds anything but tensors, or cannot be read in time; `target` is not there.
    """
    package = Path(__file__).resolve().parents[2]
    secretless = {
        name: value
        for name, value in os.environ.items()
        if not any(word in name.upper() for word in _SECRETS)
    }
    command = [sys.executable, "-P", "-m", "comodo_app.weights.convert_process"]
    process = subprocess.Popen(
        [*command, str(source), str(target)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**secretless, "PYTHONPATH": str(package), "PYTHONWARNINGS": "ignore"},
        cwd=target.parent,
    )
    try:
        end = time.monotonic() + timeout_s
        while process.poll() is None:
            tick()
            if time.monotonic() > end:
                raise UnreadableFile(
                    f"The file could not be converted within {timeout_s:g} s.",
                    where=str(source),
                    hint=_WAY_OUT,
                )
            time.sleep(_TICK_S)
        said = process.communicate()[1].decode(errors="replace").strip()
        if process.returncode:
            raise _refused(source, process.returncode, said)
        read_header(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _refused(source: Path, code: int, said: str) -> UnreadableFile:
    reason = said.splitlines()[-1][:300] if said else f"exit code {code}"
    if code == NO_MEMORY:
        what = f"There is not enough memory to convert the file ({reason})."
    elif code == REFUSED:
        what = f"The file was refused, nothing in it was run: {reason}."
    else:
        what = f"The file could not be converted: {reason}."
    return UnreadableFile(what, where=str(source), hint=_WAY_OUT)
