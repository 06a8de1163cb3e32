"""Commands about student packages: package, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from comodo_app.cli import console
from comodo_app.cli.options import Json, ProjectArg, RunOption, app

if TYPE_CHECKING:
    from comodo_app.jobs.check_package import CheckResult
    from comodo_app.jobs.package import PackageResult


@app.command()
def package(
    project: ProjectArg,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the package; NAME-student beside the project if omitted."),
    ] = None,
    run: RunOption = None,
    as_zip: Annotated[bool, typer.Option("--zip", help="Also write OUT.zip.")] = False,
    int8: Annotated[
        bool, typer.Option("--int8/--no-int8", help="Add an int8 model where it is as good.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Pack a student: it runs anywhere with numpy and onnxruntime alone. Then: comodo check."""
    from comodo_app.jobs.package import PackageRequest
    from comodo_app.jobs.package import package as job

    result = console.run(job, PackageRequest(project, run, out, int8, as_zip), quiet=as_json)
    console.print_json(result) if as_json else _show_packaged(result)


@app.command()
def check(
    package: Annotated[Path, typer.Argument(help="Package: a folder or a zip.")],
    as_json: Json = False,
) -> None:
    """Prove a student package: files, contract, models, self-test, speed.

    Exit codes: 0 it is whole, 1 only its int8 model is not, 2 it must not be used.
    """
    from comodo_app.jobs.check_package import CheckPackageRequest, check_package

    result = console.run(check_package, CheckPackageRequest(package), quiet=as_json)
    console.print_json(result) if as_json else _show_checked(result)
    if not result.whole:
        raise typer.Exit(console.SOME_FAILED if result.usable else console.NOTHING_USABLE)


def _show_packaged(result: PackageResult) -> None:
    labels = ", ".join(result.activities)
    say = console.out.print
    say(f"Run {result.run_id}: {len(result.activities)} activities ({escape(labels)})")
    facts = result.int8
    if facts.included:
        say(
            f"int8: says the same as fp32 on {facts.same_answer:.1%} of {facts.n_windows} "
            "windows" + _against_teacher(result)
        )
    else:
        say(f"No int8 model: {escape(facts.reason)}.")
    for path in filter(None, (result.folder, result.zip)):
        say(str(path), markup=False, soft_wrap=True)


def _against_teacher(result: PackageResult) -> str:
    facts = result.int8
    if facts.teacher_fp32 is None or facts.teacher_int8 is None:
        return ""
    return (
        f"; agreement with the teacher on {facts.n_held_out} held-out windows: "
        f"{facts.teacher_int8:.1%}, fp32 {facts.teacher_fp32:.1%}"
    )


def _show_checked(result: CheckResult) -> None:
    say = console.out.print
    for one in result.checks:
        say(f"{'[green]✓[/]' if one.passed else '[red]✗[/]'} {one.name}: {escape(one.detail)}")
        for problem in one.problems:
            say(f"    {escape(problem)}")
    for name, speed in (("fp32", result.ms_per_window), ("int8", result.ms_per_window_int8)):
        if speed is not None:
            say(f"{name}: {speed:.2f} ms per window on one thread here")
    verdict = (
        "The package is whole."
        if result.whole
        else "Use it without its int8 model."
        if result.usable
        else "Do not use this package. Make it again: comodo package PROJECT"
    )
    say(verdict)
