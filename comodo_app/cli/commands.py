"""The commands. Jobs are imported inside them, so that ``--help`` answers at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import comodo_app
from comodo_app.cli import console
from comodo_app.errors import ComodoError

if TYPE_CHECKING:
    from comodo_app.jobs.add import AddResult
    from comodo_app.jobs.distill import DistillRequest
    from comodo_app.recordings.sources import ReadOptions

app = typer.Typer(
    name="comodo",
    help="Activity recognition from wearable IMUs, taught by video, without labels.",
    epilog="Exit codes: 0 done, 1 some files failed, 2 nothing could be used, 3 a bug, "
    "130 stopped by Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ProjectArg = Annotated[Path, typer.Argument(help="Project folder, NAME.comodo.")]
PathsArg = Annotated[list[Path], typer.Argument(help="Files and folders to read.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
RunOption = Annotated[int | None, typer.Option("--run", help="Run to use; the latest if omitted.")]
Window = Annotated[float, typer.Option("--window", help="Length of a window, s.")]
Stride = Annotated[float, typer.Option("--stride", help="Distance of two window starts, s.")]
Seed = Annotated[int, typer.Option(help="Seed; the same one gives the same numbers.")]
Columns = Annotated[
    str, typer.Option(help="Columns of a CSV: time=ts,acc_x=AX,… for those not recognised.")
]
AccUnit = Annotated[str | None, typer.Option(help="Unit of acceleration: m/s2 or g.")]
GyroUnit = Annotated[str | None, typer.Option(help="Unit of angular rate: rad/s or deg/s.")]
TimeUnit = Annotated[str | None, typer.Option(help="Unit of time: s, ms, us, ns or iso.")]
Offset = Annotated[
    float, typer.Option(help="Recording time of sensor time 0, s: positive = sensor started later.")
]
Skew = Annotated[float, typer.Option(help="How much the sensor's clock runs slow, ppm.")]
HoldOut = Annotated[
    list[str] | None,
    typer.Option(help="Recording that only tests: nothing is learned from it. Repeatable."),
]
RecipeOption = Annotated[str, typer.Option(help="comodo+ or paper (the published one).")]
StudentOption = Annotated[str, typer.Option("--student", help="tcn or transformer.")]
Rate = Annotated[float, typer.Option("--rate", help="Sample rate the student sees, Hz.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting of the recipe, like epochs=40. Repeatable."),
]
Checkpoint = Annotated[
    float, typer.Option("--checkpoint-every", min=0.0, help="Seconds between two checkpoints.")
]
Clusters = Annotated[
    int | None, typer.Option(min=2, help="Number of activities to find; chosen by the data.")
]


def main() -> None:
    """Entry point of the ``comodo`` command."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"comodo {comodo_app.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of all commands."""


def _read_options(
    columns: str,
    acc_unit: str | None,
    gyro_unit: str | None,
    time_unit: str | None,
    offset: float,
    skew: float,
) -> ReadOptions:
    from comodo_app.recordings.sources import ReadOptions, parse_columns

    options: ReadOptions = _or_exit(
        lambda: ReadOptions(
            columns=parse_columns(columns),
            acc_unit=acc_unit,
            gyro_unit=gyro_unit,
            time_unit=time_unit,
            offset_s=offset,
            skew_ppm=skew,
        )
    )
    return options


def _or_exit(make: Any) -> Any:
    """Build a request; a wrong wish ends like any other error that the user can fix."""
    try:
        return make()
    except ComodoError as error:
        console.err.print(f"[bold red]Error[/]: {error}", highlight=False)
        raise typer.Exit(console.NOTHING_USABLE) from error


def _file_code(added: AddResult) -> int:
    if added.n_usable == 0:
        return console.NOTHING_USABLE
    return console.SOME_FAILED if added.n_failed else console.OK


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

    options = _read_options(columns, acc_unit, gyro_unit, time_unit, offset, skew)
    result = console.run(add_recordings, AddRequest(project, tuple(paths), options), quiet=as_json)
    console.print_json(result) if as_json else tables.show_added(result)
    raise typer.Exit(_file_code(result))


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

    _or_exit(take_out)


@app.command()
def restore(project: ProjectArg) -> None:
    """Put the latest backup in place of a damaged project database."""
    from comodo_app.project.store import Project

    kept = _or_exit(lambda: Project.restore_latest_backup(project))
    console.out.print(f"Restored. The damaged file is kept as {kept}.", highlight=False)


@app.command()
def embed(
    project: ProjectArg, window: Window = 5.0, stride: Stride = 2.5, as_json: Json = False
) -> None:
    """Let the teacher look at the videos; what is cached is not encoded again."""
    from comodo_app.cli import tables
    from comodo_app.jobs.embed import EmbedRequest
    from comodo_app.jobs.embed import embed as job
    from comodo_app.recordings.windows import WindowGrid

    grid = _or_exit(lambda: WindowGrid(window, stride))
    result = console.run(job, EmbedRequest(project, grid), quiet=as_json)
    console.print_json(result) if as_json else tables.show_embedded(result)
    failed = sum(bool(r.error) for r in result.recordings)
    if failed:
        everything = failed == len(result.recordings)
        raise typer.Exit(console.NOTHING_USABLE if everything else console.SOME_FAILED)


def _distill_request(
    project: Path,
    *,
    recipe: str,
    student: str,
    rate: float,
    window: float,
    stride: float,
    seed: int,
    settings: list[str] | None,
    checkpoint: float,
    resume: int | None = None,
) -> DistillRequest:
    from comodo_app.distillation.recipes import recipe_named
    from comodo_app.jobs.distill import DistillRequest
    from comodo_app.jobs.recipe_settings import parse_settings
    from comodo_app.recordings.windows import WindowGrid
    from comodo_app.students.spec import StudentSpec

    chosen: DistillRequest = _or_exit(
        lambda: DistillRequest(
            project,
            WindowGrid(window, stride),
            recipe_named(recipe).with_settings(**parse_settings(settings or [])),
            StudentSpec(student, rate, window),
            seed=seed,
            resume_run=resume,
            checkpoint_every_s=checkpoint,
        )
    )
    return chosen


@app.command()
def distill(
    project: ProjectArg,
    recipe: RecipeOption = "comodo+",
    student: StudentOption = "tcn",
    rate: Rate = 50.0,
    window: Window = 5.0,
    stride: Stride = 2.5,
    seed: Seed = 0,
    settings: Settings = None,
    checkpoint: Checkpoint = 10.0,
    resume: Annotated[int | None, typer.Option(help="Go on with this run.")] = None,
    discard: Annotated[int | None, typer.Option(help="Throw this run away, then start.")] = None,
    as_json: Json = False,
) -> None:
    """Distil: the teacher's embeddings teach an IMU encoder. Ctrl-C keeps the student so far."""
    from comodo_app.cli import tables
    from comodo_app.jobs.distill import distill as job
    from comodo_app.project.store import Project

    if discard is not None:
        with _or_exit(lambda: Project.open(project)) as opened:
            _or_exit(lambda: opened.discard_run(discard))
    request = _distill_request(
        project,
        recipe=recipe,
        student=student,
        rate=rate,
        window=window,
        stride=stride,
        seed=seed,
        settings=settings,
        checkpoint=checkpoint,
        resume=resume,
    )
    result = console.run(job, request, quiet=as_json)
    console.print_json(result) if as_json else tables.show_distilled(result)
    if result.status == "stopped":
        console.err.print(f"The student so far is kept; --resume {result.run_id} goes on.")
        raise typer.Exit(console.INTERRUPTED)


@app.command()
def discover(
    project: ProjectArg,
    run: RunOption = None,
    clusters: Clusters = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Find activities in what the teacher saw, and teach the student to say them."""
    from comodo_app.cli import tables
    from comodo_app.jobs.discover import DiscoverRequest
    from comodo_app.jobs.discover import discover as job

    result = console.run(job, DiscoverRequest(project, run, clusters, seed), quiet=as_json)
    console.print_json(result) if as_json else tables.show_discovered(result)


@app.command()
def name(
    project: ProjectArg,
    activity_id: Annotated[int, typer.Argument(help="Permanent id of the activity.")],
    new_name: Annotated[str, typer.Argument(help="Its name; empty takes the name away.")],
    as_json: Json = False,
) -> None:
    """Name an activity. Equal names merge; timelines follow at once."""
    from comodo_app.jobs.name import NameRequest, name_activities

    result = console.run(
        name_activities, NameRequest(project, {activity_id: new_name}), quiet=as_json
    )
    if as_json:
        console.print_json(result)
        return
    label = next(a.label for a in result.activities if a.id == activity_id)
    same = sorted(i for i, g in result.groups.items() if g == result.groups[activity_id])
    together = f" (together with {', '.join(map(str, same))})" if len(same) > 1 else ""
    console.out.print(f"{activity_id} is now {label!r}{together}", highlight=False, markup=False)


@app.command()
def predict(
    project: ProjectArg,
    recordings: Annotated[
        list[str] | None, typer.Argument(help="Names or ids; all with an IMU if omitted.")
    ] = None,
    run: RunOption = None,
    as_json: Json = False,
) -> None:
    """Say from IMU alone what is done when, in every recording."""
    from comodo_app.cli import tables
    from comodo_app.jobs.predict import PredictRequest
    from comodo_app.jobs.predict import predict as job

    ids = _recording_ids(project, recordings)
    result = console.run(job, PredictRequest(project, run, ids), quiet=as_json)
    console.print_json(result) if as_json else tables.show_predicted(result)
    failed = sum(bool(r.error) for r in result.recordings)
    if failed:
        everything = failed == len(result.recordings)
        raise typer.Exit(console.NOTHING_USABLE if everything else console.SOME_FAILED)


def _recording_ids(project: Path, names: list[str] | None) -> tuple[int, ...] | None:
    from comodo_app.project.store import Project

    if not names:
        return None
    with _or_exit(lambda: Project.open(project)) as opened:
        return tuple(_or_exit(lambda n=n: opened.find_recording(n)).id for n in names)


@app.command()
def export(
    project: ProjectArg,
    to: Annotated[Path | None, typer.Option(help="Folder; PROJECT/exports if omitted.")] = None,
    run: RunOption = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark pictures.")] = False,
    pictures: Annotated[bool, typer.Option(help="Draw a timeline PNG per recording.")] = True,
    as_json: Json = False,
) -> None:
    """Write segments as CSV and a picture of every timeline."""
    from comodo_app.cli import tables
    from comodo_app.jobs.export import ExportRequest
    from comodo_app.jobs.export import export as job

    request = ExportRequest(project, to, run, pictures=pictures, theme="dark" if dark else "light")
    result = console.run(job, request, quiet=as_json)
    if as_json:
        console.print_json(result)
        return
    tables.show_summary(result.summary)
    for path in (result.csv, *result.pictures):
        console.out.print(str(path), highlight=False, markup=False, soft_wrap=True)


@app.command("run")
def run_(
    project: ProjectArg,
    paths: PathsArg,
    recipe: RecipeOption = "comodo+",
    student: StudentOption = "tcn",
    rate: Rate = 50.0,
    window: Window = 5.0,
    stride: Stride = 2.5,
    seed: Seed = 0,
    settings: Settings = None,
    checkpoint: Checkpoint = 10.0,
    clusters: Clusters = None,
    hold_out: HoldOut = None,
    columns: Columns = "",
    acc_unit: AccUnit = None,
    gyro_unit: GyroUnit = None,
    time_unit: TimeUnit = None,
    offset: Offset = 0.0,
    skew: Skew = 0.0,
    to: Annotated[Path | None, typer.Option(help="Folder for the exports.")] = None,
    as_json: Json = False,
) -> None:
    """Do it all: add, embed, distil, discover, predict, export. Run again to go on."""
    from comodo_app.cli import tables
    from comodo_app.jobs.run import RunRequest, run_all

    distill_request = _distill_request(
        project,
        recipe=recipe,
        student=student,
        rate=rate,
        window=window,
        stride=stride,
        seed=seed,
        settings=settings,
        checkpoint=checkpoint,
    )
    request = RunRequest(
        distill_request,
        tuple(paths),
        _read_options(columns, acc_unit, gyro_unit, time_unit, offset, skew),
        tuple(hold_out or ()),
        clusters,
        to,
    )
    result = console.run(run_all, request, quiet=as_json)
    if as_json:
        console.print_json(result)
    else:
        tables.show_walk(result)
    if result.distilled is not None and result.distilled.status == "stopped":
        console.err.print("Stopped; the student so far is kept. The same command goes on.")
        raise typer.Exit(console.INTERRUPTED)
    raise typer.Exit(_file_code(result.added))


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
    plans = _or_exit(
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

    size: tuple[int, int] = _or_exit(parse)
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
    recordings = _or_exit(demo_recordings)
    result = console.run(job, DemoRequest(recordings, place, seed), quiet=as_json)
    if as_json:
        console.print_json(result)
    else:
        tables.show_demo(result)
    if result.walk.exported is None:
        raise typer.Exit(console.INTERRUPTED)
