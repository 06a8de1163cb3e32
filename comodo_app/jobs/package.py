"""Package: the student of a run as files that run anywhere, with numpy and onnxruntime alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.discover import choose_run
from comodo_app.jobs.package_answers import (
    Answers,
    answer,
    choose_selftest,
    fp32_facts,
    int8_facts,
)
from comodo_app.jobs.package_card import card
from comodo_app.jobs.package_facts import make_contract
from comodo_app.jobs.package_windows import RealWindows, package_windows
from comodo_app.jobs.predict import load_recognizer
from comodo_app.jobs.student_digest import recognizer_is_current
from comodo_app.jobs.student_files import load_run_student
from comodo_app.project.files import storage_errors, sync_folder, write_atomic
from comodo_app.project.rows import RunRow
from comodo_app.project.store import Project
from comodo_app.students.contract import Contract, FileFacts, Int8Facts
from comodo_app.students.package import (
    CARD,
    CONTRACT,
    INT8_MODEL,
    MODEL,
    SELFTEST,
    is_replaceable,
    remove_folder,
    write_folder,
    zip_bytes,
)

if TYPE_CHECKING:
    from torch import nn

    from comodo_app.jobs.student_files import RunSettings

N_VERIFIED = 16  # windows on which the exported student must equal the trained one


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """Package a run's student (None: the latest) into the folder `out` (None: beside the project).

    An older package in `out` is replaced, anything else is not touched. `as_zip` also writes
    ``OUT.zip``; without `int8` only the fp32 model is made.
    """

    project: Path
    run_id: int | None = None
    out: Path | None = None
    int8: bool = True
    as_zip: bool = False


@dataclass(frozen=True, slots=True)
class PackageResult:
    """Where the package is, what it can say, and how int8 did."""

    run_id: int
    folder: Path
    zip: Path | None
    activities: tuple[str, ...]
    n_bytes: int
    n_selftest: int
    int8: Int8Facts


def package(request: PackageRequest, context: JobContext) -> PackageResult:
    """Export, measure and write a student package; nothing is written before all of it is proven.

    Raises
    ------
    UsageError
        If the run is not done, its activities are older than its student, or `out` is in use.
    """
    out = request.out or request.project.parent / f"{request.project.stem}-student"
    _refuse_foreign(out)
    context.step(Progress(0, None, "reading the run"))
    with Project.open(request.project) as project:
        run = _finished_run(project, request.run_id)
        student, settings = load_run_student(project, run)
        recognizer = load_recognizer(project, run)
        if not recognizer_is_current(project, run):
            raise UsageError(
                f"The student of run {run.id} has learned more since its activities were found.",
                where=str(project.folder),
                hint=f"First: comodo discover {project.folder.name} --run {run.id}",
            )
        windows = package_windows(project, run, settings, context)
        context.step(Progress(0, None, "exporting", "export"))
        model = _exported(student, settings, windows)
        contract = make_contract(
            project,
            run,
            settings,
            recognizer,
            embedding_dim=_embedding_dim(model),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    members, contract, n_selftest = _measured(model, windows, contract, request.int8, context)
    members[CARD] = card(contract).encode()
    contract = replace(
        contract, files={name: FileFacts.of(content) for name, content in members.items()}
    )
    members[CONTRACT] = contract.to_bytes()
    context.step(Progress(1, 1, "writing", "write"))
    archive = _write(members, out, as_zip=request.as_zip, created_at=contract.created_at)
    return PackageResult(
        run.id,
        out,
        archive,
        tuple(activity.label for activity in contract.activities),
        sum(map(len, members.values())),
        n_selftest,
        contract.int8,
    )


def _finished_run(project: Project, run_id: int | None) -> RunRow:
    run = choose_run(project, run_id)
    if run.status not in ("finished", "stopped"):
        hint = (
            f"Go on with it first: comodo distill {project.folder.name} --resume {run.id}"
            if run.status == "running"
            else "Package another run, or distil again."
        )
        raise UsageError(
            f"Run {run.id} is not done ({run.status}).", where=str(project.folder), hint=hint
        )
    return run


def _exported(student: nn.Module, settings: RunSettings, windows: RealWindows) -> bytes:
    from comodo_app.students.encoder import threads_for
    from comodo_app.students.onnx_export import export_onnx

    some = np.linspace(0, len(windows.imu) - 1, min(N_VERIFIED, len(windows.imu))).astype(int)
    with threads_for(settings.student):
        return export_onnx(student, settings.student, windows.imu[some])


def _embedding_dim(model: bytes) -> int:
    from comodo_app.students.onnx_session import OnnxStudent

    return int(OnnxStudent(model).outputs[0][2][1])


def _measured(
    model: bytes,
    windows: RealWindows,
    contract: Contract,
    want_int8: bool,
    context: JobContext,
) -> tuple[dict[str, bytes], Contract, int]:
    """Models and self-test, the contract with what was measured of int8, windows in the test."""
    members = {MODEL: model}
    fp32 = answer(model, windows.imu, contract, _report(context, "fp32"))
    int8: Answers | None = None
    reason = _why_no_int8(model) if want_int8 else "int8 was not asked for"
    if reason:
        facts = fp32_facts(fp32, windows, contract, reason)
    else:
        from comodo_app.students.onnx_export import quantise_onnx

        small = quantise_onnx(model)
        int8 = answer(small, windows.imu, contract, _report(context, "int8"))
        facts = int8_facts(fp32, int8, windows, contract)
        if facts.included:
            members[INT8_MODEL] = small
    contract = replace(contract, int8=facts)
    chosen = choose_selftest(windows.imu, fp32, int8 if facts.included else None, contract)
    members[SELFTEST] = chosen.to_bytes()
    return members, contract, len(chosen.windows)


def _why_no_int8(model: bytes) -> str:
    from comodo_app.students.onnx_export import MIN_INT8_SHARE, int8_share

    share = int8_share(model)
    if share >= MIN_INT8_SHARE:
        return ""
    return (
        f"only {share:.0%} of this student's weights are in matrix products; the rest are "
        "convolutions, which int8 harms. fp32 is small and fast as it is"
    )


def _report(context: JobContext, stage: str) -> Callable[[float], None]:
    return lambda share: context.step(Progress(share, 1.0, f"measuring {stage}", stage))


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not (out.is_dir() and is_replaceable(out)):
        raise UsageError(
            "There is something else than a student package.",
            where=str(out),
            hint="Choose another folder; only an older package is replaced.",
        )


def _write(
    members: Mapping[str, bytes], out: Path, *, as_zip: bool, created_at: str
) -> Path | None:
    """The folder, and the zip beside it; whoever looks sees the old package or the new one."""
    archive = out.with_name(f"{out.name}.zip") if as_zip else None
    aside, old = (out.with_name(f".{out.name}.{secrets.token_hex(6)}.{e}") for e in ("new", "old"))
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_folder(aside, members)
            _refuse_foreign(out)  # something may have come since the beginning
            if out.exists():
                os.replace(out, old)  # noqa: PTH105 - the name that tests make fail
            try:
                os.replace(aside, out)  # noqa: PTH105
            except OSError:
                if old.exists():
                    os.replace(old, out)  # noqa: PTH105
                raise
            sync_folder(out.parent)
        finally:
            for left in (aside, old):
                with suppress(FileNotFoundError):
                    remove_folder(left)
    if archive is not None:
        made = datetime.fromisoformat(created_at)
        date = (made.year, made.month, made.day, made.hour, made.minute, made.second)
        write_atomic(archive, zip_bytes(members, date))
    return archive
