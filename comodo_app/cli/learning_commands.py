"""Commands about learning and what is learned: embed, distill, discover, name, predict, run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comodo_app.cli import console
from comodo_app.cli.options import (
    AccUnit,
    Checkpoint,
    Clusters,
    Columns,
    DeviceOption,
    GyroUnit,
    HoldOut,
    Json,
    Offset,
    PathsArg,
    ProjectArg,
    RandomInit,
    Rate,
    RecipeOption,
    RunOption,
    Seed,
    Settings,
    Skew,
    Stride,
    StudentOption,
    TeacherOption,
    TeachersOption,
    TimeUnit,
    Window,
    app,
    chosen_device,
    exit_for,
    file_code,
    or_exit,
    read_options,
)

if TYPE_CHECKING:
    from comodo_app.jobs.distill import DistillRequest


@app.command()
def embed(
    project: ProjectArg,
    teacher: TeachersOption = None,
    window: Window = 5.0,
    stride: Stride = 2.5,
    device: DeviceOption = None,
    as_json: Json = False,
) -> None:
    """Let teachers look at the videos; what is cached is not encoded again."""
    from comodo_app.cli import tables
    from comodo_app.jobs.embed import EmbedRequest
    from comodo_app.jobs.embed import embed as job
    from comodo_app.recordings.windows import WindowGrid

    grid = or_exit(lambda: WindowGrid(window, stride))
    teachers = tuple(teacher or ("builtin",))
    request = EmbedRequest(project, grid, teachers, device=chosen_device(device))
    result = console.run(job, request, quiet=as_json)
    console.print_json(result) if as_json else tables.show_embedded(result)
    exit_for([recording.error for recording in result.recordings])


def _distill_request(
    project: Path,
    *,
    recipe: str,
    student: str,
    random_init: bool,
    rate: float,
    window: float,
    stride: float,
    seed: int,
    settings: list[str] | None,
    checkpoint: float,
    teacher: str,
    device: str | None,
    resume: int | None = None,
) -> DistillRequest:
    from comodo_app.distillation.recipes import recipe_named
    from comodo_app.jobs.distill import DistillRequest
    from comodo_app.jobs.recipe_settings import parse_settings
    from comodo_app.recordings.windows import WindowGrid
    from comodo_app.students.named import student_named

    chosen: DistillRequest = or_exit(
        lambda: DistillRequest(
            project,
            WindowGrid(window, stride),
            recipe_named(recipe).with_settings(**parse_settings(settings or [])),
            student_named(student, sample_rate_hz=rate, window_s=window, random_init=random_init),
            teacher,
            chosen_device(device),
            seed=seed,
            resume_run=resume,
            checkpoint_every_s=checkpoint,
        )
    )
    return chosen


@app.command()
def distill(
    project: ProjectArg,
    teacher: TeacherOption = "builtin",
    recipe: RecipeOption = "comodo+",
    student: StudentOption = "tcn",
    random_init: RandomInit = False,
    rate: Rate = 50.0,
    window: Window = 5.0,
    stride: Stride = 2.5,
    seed: Seed = 0,
    settings: Settings = None,
    checkpoint: Checkpoint = 10.0,
    device: DeviceOption = None,
    resume: Annotated[int | None, typer.Option(help="Go on with this run.")] = None,
    discard: Annotated[int | None, typer.Option(help="Throw this run away, then start.")] = None,
    as_json: Json = False,
) -> None:
    """Distil: the teacher's embeddings teach an IMU encoder. Ctrl-C keeps the student so far."""
    from comodo_app.cli import tables
    from comodo_app.jobs.distill import distill as job
    from comodo_app.project.store import Project

    if discard is not None:
        with or_exit(lambda: Project.open(project)) as opened:
            or_exit(lambda: opened.discard_run(discard))
    request = _distill_request(
        project,
        recipe=recipe,
        student=student,
        random_init=random_init,
        rate=rate,
        window=window,
        stride=stride,
        seed=seed,
        settings=settings,
        checkpoint=checkpoint,
        teacher=teacher,
        device=device,
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
    exit_for([recording.error for recording in result.recordings])


def _recording_ids(project: Path, names: list[str] | None) -> tuple[int, ...] | None:
    from comodo_app.project.store import Project

    if not names:
        return None
    with or_exit(lambda: Project.open(project)) as opened:
        return or_exit(lambda: tuple(opened.find_recording(name).id for name in names))


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
    teacher: TeacherOption = "builtin",
    recipe: RecipeOption = "comodo+",
    student: StudentOption = "tcn",
    random_init: RandomInit = False,
    rate: Rate = 50.0,
    window: Window = 5.0,
    stride: Stride = 2.5,
    seed: Seed = 0,
    settings: Settings = None,
    checkpoint: Checkpoint = 10.0,
    device: DeviceOption = None,
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
        random_init=random_init,
        rate=rate,
        window=window,
        stride=stride,
        seed=seed,
        settings=settings,
        checkpoint=checkpoint,
        teacher=teacher,
        device=device,
    )
    request = RunRequest(
        distill_request,
        tuple(paths),
        read_options(columns, acc_unit, gyro_unit, time_unit, offset, skew),
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
    raise typer.Exit(file_code(result.added))
