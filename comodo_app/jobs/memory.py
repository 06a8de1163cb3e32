"""How much memory this process holds, without a library for it."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def memory_bytes() -> int:
    """Bytes in memory now (macOS: at most so far); 0 where the system does not tell."""
    system = platform.system()
    if system == "Linux":
        try:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")
    if system == "Darwin":
        import resource

        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return 0
