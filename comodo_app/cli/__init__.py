"""The command line: the same jobs as the window, from a terminal."""

from __future__ import annotations

from comodo_app.cli.commands import main

__all__ = ["main"]
