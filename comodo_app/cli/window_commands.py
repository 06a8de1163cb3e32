"""The command that opens the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comodo_app.cli.options import app


@app.command()
def gui(
    project: Annotated[
        Path | None,
        typer.Argument(help="Project to open, made if it is not there; the last one if omitted."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Open the demo; PROJECT is where it is to lie.")
    ] = False,
) -> None:
    """Open the window."""
    from comodo_app.cli import console
    from comodo_app.cli.screen import why_no_window

    problem = why_no_window()
    if problem:
        console.err.print(problem, highlight=False, markup=False)
        raise typer.Exit(console.NOTHING_USABLE)
    from comodo_app.app import run

    raise typer.Exit(run(None if demo else project, demo=demo, demo_folder=project))
