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


def available_bytes() -> int:
    """Bytes that a program can still get without swapping; 0 where the system does not tell."""
    system = platform.system()
    if system == "Linux":
        return min(filter(None, (_meminfo("MemAvailable"), _group_room())), default=0)
    if system == "Darwin":
        return max(0, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") - memory_bytes())
    return 0


def _meminfo(name: str) -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return 0


def _group_room() -> int:
    """What a container's limit leaves (cgroup v2); 0 if there is none."""
    folder = Path("/sys/fs/cgroup")
    try:
        most = int((folder / "memory.max").read_text(encoding="ascii"))
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        stat = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        cached = next(int(line.split()[1]) for line in stat if line.startswith("inactive_file "))
    except (OSError, ValueError, IndexError, StopIteration):  # "max": no limit
        return 0
    return max(1, most - used + cached)
