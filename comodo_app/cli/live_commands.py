"""The live command: what is done now, from a moving sensor, in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comodo_app.cli import console
from comodo_app.cli.options import AccUnit, Columns, GyroUnit, RunOption, app, or_exit, read_options

SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        "-s",
        help="replay:FILE, lsl:NAME (lsl: the first IMU), phone:PORT (Sensor Logger's HTTP push), "
        "udp:PORT, tcp:HOST:PORT, tcp-listen:PORT, serial:PORT@BAUD, or project:ID with --project.",
    ),
]


@app.command()
def live(
    source: SourceOption,
    package: Annotated[
        Path | None, typer.Option(help="Student package, folder or zip.", show_default=False)
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="Project whose student is used instead.", show_default=False)
    ] = None,
    run: RunOption = None,
    stride: Annotated[float, typer.Option(help="Seconds between two predictions, 0.2 to 5.")] = 1.0,
    hold: Annotated[float, typer.Option(help="Seconds that a change waits before shown.")] = 0.0,
    record: Annotated[
        Path | None, typer.Option(help="Record into this new .imulog file.", show_default=False)
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Stop after this long.", show_default=False)
    ] = None,
    speed: Annotated[float, typer.Option(help="Of a replay, 0.5 to 20; 0: at once.")] = 1.0,
    loop: Annotated[bool, typer.Option("--loop", help="Replay again and again.")] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="Wait 0.4 s, for windows exactly as in a recording.")
    ] = False,
    allow_network: Annotated[
        bool,
        typer.Option("--allow-network", help="Let other devices send; else only this computer."),
    ] = False,
    rate: Annotated[float, typer.Option(help="Rate of lines without times, Hz.")] = 0.0,
    columns: Columns = "",
    acc_unit: AccUnit = None,
    gyro_unit: GyroUnit = None,
    negate: Annotated[
        bool, typer.Option("--negate", help="iPhone without Standardise Units & Frames.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, as it comes.")
    ] = False,
) -> None:
    """Say what is done now, from a moving sensor. Ctrl-C ends it and keeps the recording."""
    from comodo_app.cli.live_screen import JsonLines, Screen
    from comodo_app.jobs.live import LiveRequest, SourceWish, StudentWish
    from comodo_app.jobs.live import live as job

    options = read_options(columns, acc_unit, gyro_unit, None, 0.0, 0.0)
    wish = SourceWish(
        source,
        project=project,
        speed=speed or float("inf"),
        loop=loop,
        allow_network=allow_network,
        options=options,
        rate_hz=rate,
        negate=negate,
    )
    or_exit(wish.check)
    student = None
    if package is not None:
        student = StudentWish(package)
    elif project is not None:
        student = StudentWish(project=project, run_id=run)
    request = LiveRequest(
        wish, student, stride, hold, settle=settle, record_to=record, for_s=seconds
    )
    with JsonLines() if as_json else Screen() as show:
        result = console.run(job, request, quiet=True, publish=show)
    show.finish(result)
