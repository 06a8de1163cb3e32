"""Whether a window can be shown is told without starting Qt."""

from __future__ import annotations

import sys

import pytest

from comodo_app.cli import screen

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="X server libraries are of Linux")


@linux_only
def test_without_a_display_there_is_no_screen_and_nothing_to_complain_of(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not screen.has_screen()
    assert screen.why_no_window() == ""


@linux_only
def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)

    def cannot(path):
        raise OSError("libxcb-icccm.so.4: cannot open shared object file: No such file")

    monkeypatch.setattr(screen.ctypes, "CDLL", cannot)
    said = screen.why_no_window()
    assert "libxcb-icccm.so.4 is missing" in said and "apt install" in said


@linux_only
def test_offscreen_needs_no_library_of_the_screen(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(screen.ctypes, "CDLL", lambda path: pytest.fail("looked for a library"))
    assert screen.why_no_window() == ""
