"""What all commands share: the app, its options, and how wishes become requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

import comodo_app
from comodo_app.cli import console
from comodo_app.errors import ComodoError

if TYPE_CHECKING:
    from comodo_app.jobs.add import AddResult
    from comodo_app.recordings.sources import ReadOptions

Made = TypeVar("Made")

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
Skew = Annotated[float, typer.Option(help="Sensor clock error, ppm: positive = it runs slow.")]
HoldOut = Annotated[
    list[str] | None,
    typer.Option(help="Recording that only tests: nothing is learned from it. Repeatable."),
]
RecipeOption = Annotated[str, typer.Option(help="comodo+ or paper (the published one).")]
StudentOption = Annotated[
    str,
    typer.Option(
        "--student",
        help="tcn or transformer, or a pretrained one that was fetched (comodo models list).",
    ),
]
RandomInit = Annotated[
    bool,
    typer.Option("--random-init", help="Train a pretrained student's network from scratch."),
]
_TEACHER = "builtin, an id of `comodo models`, the path of a model's folder, or a .onnx file."
TeacherOption = Annotated[str, typer.Option("--teacher", help=f"Who watches: {_TEACHER}")]
TeachersOption = Annotated[
    list[str] | None,
    typer.Option("--teacher", help=f"Who watches: {_TEACHER} Repeatable: all in one pass."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", help="auto (measured), cpu, cuda or mps; as in the settings if omitted."
    ),
]
Rate = Annotated[float, typer.Option("--rate", help="Sample rate the student sees, Hz.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting of the recipe, like epochs=40. Repeatable."),
]
Checkpoint = Annotated[
    float, typer.Option("--checkpoint-every", min=0.0, help="Seconds between two checkpoints.")
]
Clusters = Annotated[
    int | None,
    typer.Option(min=2, help="Number of activities; if omitted, by the amount of data."),
]


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


def read_options(
    columns: str,
    acc_unit: str | None,
    gyro_unit: str | None,
    time_unit: str | None,
    offset: float,
    skew: float,
) -> ReadOptions:
    """What the options say about files that do not say it themselves."""
    from comodo_app.recordings.sources import ReadOptions, parse_columns

    return or_exit(
        lambda: ReadOptions(
            columns=parse_columns(columns),
            acc_unit=acc_unit,
            gyro_unit=gyro_unit,
            time_unit=time_unit,
            offset_s=offset,
            skew_ppm=skew,
        )
    )


def or_exit(make: Callable[[], Made]) -> Made:
    """Build a request; a wrong wish ends like any other error that the user can fix."""
    try:
        return make()
    except ComodoError as error:
        console.show_error(str(error))
        raise typer.Exit(console.NOTHING_USABLE) from error


def chosen_device(device: str | None) -> str:
    """The device that was asked for, else the settings'."""
    from comodo_app.jobs.compute import check_device
    from comodo_app.project.settings import load_settings

    return or_exit(lambda: check_device(load_settings().device if device is None else device))


def exit_for(errors: Sequence[str]) -> None:
    """Leave with 2 if everything failed, with 1 if some did; empty texts are no errors."""
    failed = sum(map(bool, errors))
    if failed:
        everything = failed == len(errors)
        raise typer.Exit(console.NOTHING_USABLE if everything else console.SOME_FAILED)


def file_code(added: AddResult) -> int:
    """Exit code for what became of the files."""
    if added.n_usable == 0:
        return console.NOTHING_USABLE
    return console.SOME_FAILED if added.n_failed else console.OK
