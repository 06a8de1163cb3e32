"""Who a process is: host, process id and start time, so that a reused id is not mistaken for it."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

UNKNOWN_START = "0"  # start times can be told on Linux and Windows only


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process on one machine; `start` is opaque and only compared for equality."""

    host: str
    pid: int
    start: str

    def is_alive(self) -> bool:
        """Whether this very process still runs; a process of another machine counts as alive."""
        if self.host != _host():
            return True
        start = process_start(self.pid)
        return start is not None and (UNKNOWN_START in (start, self.start) or start == self.start)


def this_process() -> ProcessId:
    """The process that calls."""
    return ProcessId(_host(), os.getpid(), process_start(os.getpid()) or UNKNOWN_START)


def process_start(pid: int) -> str | None:
    """When a process of this machine started, `UNKNOWN_START` if untold, None if it is gone."""
    return _start(pid) if pid > 0 else None


def _host() -> str:
    # Part of file names: letters and digits only.
    return re.sub(r"[^A-Za-z0-9]", "", platform.node())[:24] or "host"


if sys.platform == "win32":

    def _start(pid: int) -> str | None:
        # os.kill(pid, 0) would end the process here, so ask the kernel instead.
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        query_limited_information, still_active, access_denied = 0x1000, 259, 5
        handle = kernel.OpenProcess(query_limited_information, False, pid)
        if not handle:
            return UNKNOWN_START if ctypes.get_last_error() == access_denied else None
        handle = wintypes.HANDLE(handle)
        try:
            code = wintypes.DWORD()
            if kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value != still_active:
                return None
            times = [wintypes.FILETIME() for _ in range(4)]
            if not kernel.GetProcessTimes(handle, *(ctypes.byref(t) for t in times)):
                return UNKNOWN_START
            return str((times[0].dwHighDateTime << 32) | times[0].dwLowDateTime)
        finally:
            kernel.CloseHandle(handle)

else:

    def _start(pid: int) -> str | None:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:  # it lives and belongs to somebody else
            return UNKNOWN_START
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # macOS has no /proc; on Linux it is hidden or ended a moment ago
            return UNKNOWN_START
        # The name in brackets may hold blanks and brackets itself: count from the last one.
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else fields[19]
