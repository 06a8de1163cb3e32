"""The command line: the same jobs as the window, from a terminal.

Jobs are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

from comodo_app.cli import (
    data_commands,
    learning_commands,
    live_commands,
    model_commands,
    package_commands,
    window_commands,
)
from comodo_app.cli.options import app

__all__ = [
    "data_commands",
    "learning_commands",
    "live_commands",
    "main",
    "model_commands",
    "package_commands",
    "window_commands",
]


def main() -> None:
    """Entry point of the ``comodo`` command."""
    app()
