"""Commands about files and projects: add, info, remove, restore, simulate, demo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from comodo_app.cli import console
from comodo_app.cli.options import (
    AccUnit,
    Columns,
    GyroUnit,
    Json,
    Offset,
    PathsArg,
    ProjectArg,
    Seed,
    Skew,
    TimeUnit,
    app,
    file_code,
    or_exit,
    read_options,
)


@app.command()
def add(
    project: ProjectArg,
    paths: PathsArg,
    columns: Columns = "",
    acc_unit: AccUnit = None,
    gyro_unit: GyroUnit = None,
    time_unit: TimeUnit = None,
    offset: Offset = 0.0,
    skew: Skew = 0.0,
    as_json: Json = False,
) -> None:
    """Add recordings to a project (made if it is not there); media stay where they are."""
    from comodo_app.cli import tables
    from comodo_app.jobs.add import AddRequest, add_recordings

    options = read_options(columns, acc_unit, gyro_unit, time_unit, offset, skew)
    result = console.run(add_recordings, AddRequest(project, tuple(paths), options), quiet=as_json)
    console.print_json(result) if as_json else tables.show_added(result)
    raise typer.Exit(file_code(result))


@app.command()
def info(project: ProjectArg, as_json: Json = False) -> None:
    """Show a project's recordings, runs and activities."""
    from comodo_app.cli import tables
    from comodo_app.jobs.info import InfoRequest
    from comodo_app.jobs.info import info as job

    result = console.run(job, InfoRequest(project), quiet=True)
    console.print_json(result) if as_json else tables.show_info(result)


@app.command()
def remove(
    project: ProjectArg,
    recordings: Annotated[list[str], typer.Argument(help="Names or ids of recordings.")],
) -> None:
    """Take recordings out of a project; their files stay where they are."""
    from comodo_app.project.store import Project

    def take_out() -> None:
        with Project.open(project) as opened, opened.lock_for_writing():
            for row in [opened.find_recording(name) for name in recordings]:
                opened.remove_recording(row.id)

    or_exit(take_out)
    console.out.print(f"Removed {', '.join(recordings)}; the files stay.", markup=False)


@app.command()
def restore(project: ProjectArg) -> None:
    """Put the latest backup in place of a damaged project database."""
    from comodo_app.project.store import Project

    kept = or_exit(lambda: Project.restore_latest_backup(project))
    console.out.print(f"Restored. The damaged file is kept as {kept}.", highlight=False)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write to.")],
    people: Annotated[int, typer.Option(help="Number of wearers.")] = 3,
    minutes: Annotated[float, typer.Option(help="Length of each recording, min.")] = 5.0,
    seed: Seed = 1,
    sessions: Annotated[int, typer.Option(help="Recordings of each wearer.")] = 1,
    activities: Annotated[
        str, typer.Option(help="Comma-separated activities; all if omitted.")
    ] = "",
    activities_per_recording: Annotated[
        int | None, typer.Option(help="How many of them a recording holds.")
    ] = None,
    size: Annotated[str, typer.Option(help="Picture size, WIDTHxHEIGHT.")] = "240x180",
    fps: Annotated[float, typer.Option(help="Frames per second.")] = 15.0,
    imu_rate: Annotated[float, typer.Option(help="IMU samples per second.")] = 100.0,
    offset: Annotated[float, typer.Option(help="Clock offset of the sensor, s.")] = 0.0,
    skew: Annotated[float, typer.Option(help="Clock drift of the sensor, ppm.")] = 0.0,
    gaps: Annotated[int, typer.Option(help="Holes in each IMU.")] = 0,
    fault: Annotated[
        list[str] | None, typer.Option(help="Damage to every recording. Repeatable.")
    ] = None,
    video: Annotated[bool, typer.Option(help="Render videos.")] = True,
    as_json: Json = False,
) -> None:
    """Write simulated egocentric recordings: MP4, IMU CSV and the truth beside them."""
    from comodo_app.jobs.simulate import SimulateRequest
    from comodo_app.jobs.simulate import simulate as job
    from comodo_app.simulation.plan import plan_recordings

    width, height = _size(size)
    plans = or_exit(
        lambda: plan_recordings(
            people=people,
            minutes=minutes,
            seed=seed,
            sessions=sessions,
            activities=[a for a in activities.split(",") if a.strip()] or None,
            activities_per_recording=activities_per_recording,
            width_px=width,
            height_px=height,
            frame_rate_hz=fps,
            imu_rate_hz=imu_rate,
            offset_s=offset,
            skew_ppm=skew,
            gaps=gaps,
            faults=tuple(fault or ()),
            video=video,
        )
    )
    written = console.run(job, SimulateRequest(out, plans), quiet=as_json)
    if as_json:
        console.print_json(written)
        return
    for path in written:
        console.out.print(str(path), highlight=False, markup=False, soft_wrap=True)


def _size(text: str) -> tuple[int, int]:
    from comodo_app.errors import UsageError

    def parse() -> tuple[int, int]:
        try:
            width, height = (int(part) for part in text.lower().split("x"))
        except ValueError as error:
            raise UsageError(
                f"{text!r} is no picture size.", hint="Write it like 240x180."
            ) from error
        return width, height

    size: tuple[int, int] = or_exit(parse)
    return size


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder for the demo; a temporary one if omitted.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Walk through everything on eight bundled recordings; takes a minute or two."""
    from comodo_app.cli import tables
    from comodo_app.jobs.demo import DemoRequest
    from comodo_app.jobs.demo import demo as job
    from comodo_app.jobs.resources import demo_recordings

    place = folder or Path(tempfile.mkdtemp(prefix="comodo-demo-"))
    recordings = or_exit(demo_recordings)
    result = console.run(job, DemoRequest(recordings, place, seed), quiet=as_json)
    if as_json:
        console.print_json(result)
    else:
        tables.show_demo(result)
    if result.walk.exported is None:
        raise typer.Exit(console.INTERRUPTED)
