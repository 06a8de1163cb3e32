"""What results look like in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.markup import escape
from rich.table import Table

from comodo_app.activities.model import Lane
from comodo_app.cli.console import out
from comodo_app.exports.summary import Summary
from comodo_app.jobs.add import AddResult
from comodo_app.jobs.demo import DemoResult
from comodo_app.jobs.discover import Agreement, DiscoverResult
from comodo_app.jobs.distill import DistillResult
from comodo_app.jobs.embed import EmbedResult
from comodo_app.jobs.info import ProjectInfo
from comodo_app.jobs.predict import PredictResult
from comodo_app.jobs.run import RunResult


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print one table; columns whose title starts with ">" are right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.removeprefix(">"), justify="right" if right else "left")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


def show_added(result: AddResult) -> None:
    """Each file's fate, then what was repaired or assumed."""
    for source in result.sources:
        name = escape(source.name)
        if source.error:
            out.print(f"[red]✗[/] {name}: {escape(source.error)}", highlight=False)
            continue
        state = "already there" if source.already_there else f"recording {source.recording_id}"
        out.print(f"[green]✓[/] {name}: {state}", highlight=False)
        for note in source.notes:
            out.print(f"    {escape(note.line)}", style="dim")
    if result.skipped:
        out.print(
            f"{len(result.skipped)} files that are no recordings were passed over", style="dim"
        )


def show_embedded(result: EmbedResult) -> None:
    """Windows per recording and teacher: cached, new, unusable; and what they were made on."""
    show(
        "Teacher embeddings",
        ("recording", "teacher", ">windows", ">cached", ">new", ">unusable", "problem"),
        (
            (
                r.name,
                r.teacher,
                str(r.n_windows),
                str(r.n_cached),
                str(r.n_encoded),
                str(r.n_unusable),
                r.error or "; ".join(note.line for note in r.notes),
            )
            for r in result.recordings
        ),
    )
    for teacher in result.teachers:
        if teacher.backend:
            out.print(
                f"{teacher.facts.key} ran on {teacher.backend}", highlight=False, markup=False
            )
            out.print(f"    {teacher.reason}", style="dim", highlight=False, markup=False)


def show_distilled(result: DistillResult) -> None:
    """Steps, agreement while training, and how far to trust it."""
    out.print(
        f"Run {result.run_id} {result.status}: {result.n_steps} of {result.n_steps_planned} steps "
        f"on {result.n_train_windows} windows ({result.train_minutes:.1f} min); "
        f"loss {result.losses[0]:.3f} → {result.losses[-1]:.3f}; best step {result.best_step}",
        highlight=False,
    )
    show_warnings(result.warnings)


def show_warnings(warnings: Sequence[str]) -> None:
    """Each on a line of its own that cannot be overlooked."""
    for warning in warnings:
        out.print(f"[bold yellow]! {escape(warning)}[/]", highlight=False)


def show_discovered(result: DiscoverResult) -> None:
    """The activities with the moment to look at, and the agreement."""
    show(
        "Activities (look at the moment, then: comodo name PROJECT ID NAME)",
        (">id", "name", ">windows", "most typical moment"),
        (
            (
                str(a.id),
                a.name,
                str(a.n_windows),
                f"{a.medoid_recording} at {a.medoid_start_s:.1f} s",
            )
            for a in result.activities
        ),
    )
    show_agreement(result.agreement)


def show_agreement(agreement: Agreement | None) -> None:
    """Held-out agreement next to chance and to the untrained student."""
    if agreement is None:
        out.print("Held-out agreement: not measured (no recording was held out).")
        return
    selected = " (they chose the checkpoint)" if agreement.selected else ""
    out.print(
        "Held-out agreement of student (IMU) and teacher (video): "
        f"[bold]{agreement.agreement:.0%}[/] of {agreement.n_windows} windows in "
        f"{agreement.n_recordings} recordings not trained on{selected}; chance "
        f"{agreement.chance:.0%}, untrained student {agreement.untrained:.0%}. "
        "Counted before equal names merge activities.",
        highlight=False,
    )


def show_predicted(result: PredictResult) -> None:
    """Windows per recording, and why some have none."""
    for recording in result.recordings:
        if recording.error:
            out.print(f"[yellow]–[/] {escape(recording.name)}: {escape(recording.error)}")
    n = sum(not r.error for r in result.recordings)
    out.print(f"{n} of {len(result.recordings)} recordings have a timeline from IMU alone.")


def show_summary(summary: Summary) -> None:
    """Minutes per activity and recording."""
    who = "IMU alone" if summary.lane is Lane.STUDENT else summary.lane.value
    columns = [
        (name, [row.minutes[i] for row in summary.rows])
        for i, name in enumerate(summary.recordings)
    ]
    columns.append(("all", [row.total_min for row in summary.rows]))
    show(
        f"Minutes per activity, from {who}",
        ("recording", "activity minutes", ">total"),
        (
            (
                name,
                ", ".join(
                    f"{row.label} {minutes:.2f}"
                    for row, minutes in zip(summary.rows, values, strict=True)
                    if minutes >= 0.005
                ),
                f"{sum(values):.2f}",
            )
            for name, values in columns
        ),
    )


def show_info(info: ProjectInfo) -> None:
    """Recordings, runs and activities of a project."""
    show(
        f"Recordings of {info.folder.name}",
        (">id", "name", ">length", "video", "IMU", "worn by", "trains", "notes"),
        (
            (
                str(r.id),
                r.name,
                f"{r.duration_s:.1f} s",
                r.video,
                r.imu,
                r.wearer,
                "yes" if r.use_for_training else "no",
                "; ".join(r.notes),
            )
            for r in info.recordings
        ),
    )
    show(
        "Runs",
        (">id", "status", "recipe", "teacher", "student", "made"),
        ((str(r.id), r.status, r.recipe, r.teacher, r.student, r.created_at) for r in info.runs),
    )
    show(
        "Teacher features",
        ("teacher", "windows of", ">number", ">features", ">directions"),
        (
            (
                f.teacher,
                f"{f.window_s:g} s every {f.stride_s:g} s",
                str(f.n_windows),
                str(f.dim),
                f"{f.n_directions:.1f}",
            )
            for f in info.features
        ),
    )
    names = ", ".join(f"{a.id} {a.label}" for a in info.activities)
    out.print(f"Activities: {escape(names) or 'none yet'}", highlight=False)


def show_demo(result: DemoResult) -> None:
    """The demo's table: minutes, agreement, and the check against the simulated truth."""
    walk = result.walk
    if walk.exported is None or walk.discovered is None or walk.distilled is None:
        return
    show_summary(walk.exported.summary)
    show(
        "IMU-only timeline against the simulated truth, after naming",
        ("recording", "role", ">right", ">right when not unknown"),
        (
            (c.recording, "held out" if c.held_out else "learned from", f"{c.right:.0%}",
             f"{c.right_when_said:.0%}")
            for c in result.checks
        ),
    )  # fmt: skip
    unseen = [c.right for c in result.checks if c.held_out]
    out.print(
        f"Held-out recordings: [bold]{sum(unseen) / len(unseen):.0%}[/] of the time right, from "
        f"IMU alone, after naming {result.n_activities} activities by one window each "
        f"({len(result.names)} different names).",
        highlight=False,
    )
    show_agreement(walk.discovered.agreement)
    show_warnings(walk.distilled.warnings)
    out.print(
        "Each activity was named by the simulated truth at its most typical moment, as a person "
        "would who looks at it. Next: comodo run MINE.comodo MY_RECORDINGS, then comodo name.",
        highlight=False,
    )
    out.print(f"Timelines: {walk.exported.csv}", highlight=False, soft_wrap=True)
    for path in walk.exported.pictures:
        out.print(f"Picture:   {path}", highlight=False, soft_wrap=True)
    out.print(f"Project:   {result.project}", highlight=False, soft_wrap=True)


def show_walk(result: RunResult) -> None:
    """Everything that a whole walk came to, in its order."""
    show_added(result.added)
    if result.embedded is not None:
        for recording in result.embedded.recordings:
            if recording.error:
                out.print(f"[red]✗[/] {escape(recording.name)}: {escape(recording.error)}")
    if result.discovered is not None:
        show_discovered(result.discovered)
    if result.predicted is not None:
        show_predicted(result.predicted)
    if result.exported is not None:
        show_summary(result.exported.summary)
        for path in (result.exported.csv, *result.exported.pictures):
            out.print(str(path), highlight=False, markup=False, soft_wrap=True)
    if result.distilled is not None:
        show_distilled(result.distilled)
