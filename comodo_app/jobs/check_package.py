"""Check a student package: is it whole, does it mean something, does it still say what it said?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comodo_app.errors import ComodoError
from comodo_app.jobs.core import JobContext, Progress
from comodo_app.jobs.package_answers import Answers, judge, margins
from comodo_app.students.contract import CHANNELS, Contract
from comodo_app.students.contract_checks import problems
from comodo_app.students.onnx_session import INPUT, OUTPUT, OnnxStudent, cosines, scaled_difference
from comodo_app.students.package import (
    INT8_MODEL,
    MODEL,
    SELFTEST,
    PackageFiles,
    SelfTest,
    read_package,
)

TOLERANCE = 1e-4  # of embeddings (in units of the largest, where that is over 1) and probabilities
DOUBT, DOUBT_INT8 = 1e-3, 2e-2  # an answer this close to another one may change


@dataclass(frozen=True, slots=True)
class CheckPackageRequest:
    """Check this package, a folder or a zip."""

    package: Path


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a package: the answer in words, and what is wrong (nothing: it passed)."""

    name: str
    detail: str
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All checks. `whole`: nothing is wrong; `usable`: nothing but the int8 model is."""

    package: Path
    checks: tuple[Check, ...]
    usable: bool
    whole: bool
    ms_per_window: float | None = None
    ms_per_window_int8: float | None = None


def check_package(request: CheckPackageRequest, context: JobContext) -> CheckResult:
    """Prove a package, or say what is wrong and where; nothing of it is unpacked or trusted.

    A package that cannot even be opened is a result, too. All that can be checked is checked.
    """
    context.step(Progress(0, 5, "reading"))
    try:
        files = read_package(request.package)
        values = files.contract_values()
    except ComodoError as error:
        return _ended(request.package, [Check("files", "", (error.what,))])
    wrong = problems(values)
    checks = [Check("contract", f"schema {values.get('schema')}, every field", wrong)]
    if wrong and not _only_digest(wrong):
        return _ended(request.package, [*checks, Check("files", "", ("not checked",))])
    contract = Contract.from_values(values)
    n_bytes = sum(map(len, files.members.values()))
    listed = Check(
        "files",
        f"{len(files.members)} files, {n_bytes / 1e6:.2f} MB, checksums",
        (*files.wrong_files(contract.files), *_int8_promise(files, contract)),
    )
    checks.append(listed)
    context.step(Progress(1, 5, "the self-test"))
    try:
        selftest = SelfTest.read(files.members.get(SELFTEST, b""), contract=contract)
    except ValueError as error:
        return _ended(request.package, [*checks, Check(SELFTEST, "", (str(error),))])
    context.step(Progress(2, 5, "fp32"))
    fp32, speed = _model(files, MODEL, contract, selftest, _compare_fp32)
    checks += fp32
    speed_int8 = None
    if INT8_MODEL in files.members:
        context.step(Progress(4, 5, "int8"))
        int8, speed_int8 = _model(files, INT8_MODEL, contract, selftest, _compare_int8)
        checks += int8
    context.step(Progress(5, 5))
    return _ended(request.package, checks, speed, speed_int8)


def _ended(
    package: Path,
    checks: list[Check],
    ms_per_window: float | None = None,
    ms_per_window_int8: float | None = None,
) -> CheckResult:
    whole = all(check.passed for check in checks)
    elsewhere = [
        problem
        for check in checks
        for problem in check.problems
        if not (check.name.startswith(INT8_MODEL) or problem.startswith(INT8_MODEL))
    ]
    usable = ms_per_window is not None and not elsewhere
    return CheckResult(
        package, tuple(checks), usable, whole and usable, ms_per_window, ms_per_window_int8
    )


def _only_digest(wrong: tuple[str, ...]) -> bool:
    """A contract that was edited is still complete: what else is wrong can be told."""
    return all(problem.startswith("digest") for problem in wrong)


def _int8_promise(files: PackageFiles, contract: Contract) -> Iterator[str]:
    if contract.int8.included and INT8_MODEL not in contract.files:
        yield f"{INT8_MODEL}: the contract says it is included, its list of files does not"
    if INT8_MODEL in files.members and not contract.int8.included:
        yield f"{INT8_MODEL}: the contract says there is none"


def _model(
    files: PackageFiles,
    name: str,
    contract: Contract,
    selftest: SelfTest,
    compare: Callable[[Answers, SelfTest, Contract], Check],
) -> tuple[list[Check], float | None]:
    """The checks of one model, and its speed if it could be run."""
    from comodo_app.students.onnx_export import foreign_parts

    content = files.members.get(name)
    if content is None:
        return [Check(name, "", ("missing",))], None
    try:
        foreign = tuple(dict.fromkeys(foreign_parts(content)))
        if foreign:  # before onnxruntime sees it: it would go and read those files
            told = tuple(f"it reaches outside of the package: {part}" for part in foreign[:4])
            return [Check(name, "", told)], None
        student = OnnxStudent(content)
    except ValueError as error:
        return [Check(name, "", (str(error),))], None
    shape = tuple(_wrong_interface(student, contract))
    checks = [Check(f"{name} interface", f"{INPUT} → {OUTPUT}, as the contract says", shape)]
    if shape:
        return checks, None
    try:
        embeddings = student.embed(selftest.windows)
        alone = student.embed(selftest.windows[:1])
    except ValueError as error:
        return [*checks, Check(f"{name} self-test", "", (str(error),))], None
    if embeddings.shape != selftest.embeddings.shape or not np.isfinite(embeddings).all():
        problem = f"it gives {embeddings.shape}, or numbers that are not finite"
        return [*checks, Check(f"{name} self-test", "", (problem,))], None
    checks.append(compare(judge(embeddings, contract), selftest, contract))
    if scaled_difference(alone, embeddings[:1]) > 10 * TOLERANCE and name == MODEL:
        checks.append(Check(f"{name} batch", "", ("a window alone gives something else",)))
    return checks, student.ms_per_window(selftest.windows[0])


def _wrong_interface(student: OnnxStudent, contract: Contract) -> Iterator[str]:
    wanted = {
        "input": (student.inputs, INPUT, (contract.n_samples, len(CHANNELS))),
        "output": (student.outputs, OUTPUT, (contract.embedding_dim,)),
    }
    for kind, (found, name, sizes) in wanted.items():
        text = ", ".join(f"{n} {t} {list(s)}" for n, t, s in found) or "none"
        right = f"{name} tensor(float) ['B', {', '.join(map(str, sizes))}]"
        if len(found) != 1:
            yield f"{kind}: {text} instead of {right}"
            continue
        [(found_name, type_, shape)] = found
        free = bool(shape) and not isinstance(shape[0], int)
        if found_name != name or type_ != "tensor(float)" or not free or shape[1:] != sizes:
            yield f"{kind}: {text} instead of {right}"


def _compare_fp32(said: Answers, expected: SelfTest, contract: Contract) -> Check:
    wrong = []
    difference = scaled_difference(said.embeddings, expected.embeddings)
    if difference > TOLERANCE:
        wrong.append(f"embeddings differ by {difference:.2g}, at most {TOLERANCE:g} may be")
    p = float(np.abs(said.prediction.probabilities - expected.probabilities).max())
    if p > TOLERANCE:
        wrong.append(f"probabilities differ by {p:.2g}, at most {TOLERANCE:g} may be")
    wrong += _other_answers(said, expected, contract, DOUBT)
    n = len(expected.windows)
    detail = f"{n} real windows; embeddings to {difference:.1g}, probabilities to {p:.1g}"
    return Check(f"{MODEL} self-test", detail, tuple(wrong))


def _compare_int8(said: Answers, expected: SelfTest, contract: Contract) -> Check:
    least = float(cosines(said.embeddings, expected.embeddings).min())
    bound = contract.int8.min_cosine
    wrong = list(_other_answers(said, expected, contract, DOUBT_INT8))
    if bound is None or least < bound:
        wrong.insert(0, f"cosine to fp32 is {least:.4f}, at least {bound} must be")
    detail = f"{len(expected.windows)} real windows; cosine to fp32 at least {least:.4f}"
    return Check(f"{INT8_MODEL} self-test", detail, tuple(wrong))


def _other_answers(
    said: Answers, expected: SelfTest, contract: Contract, doubt: float
) -> Iterator[str]:
    """Windows of which something else is said than expected, where that was no close call."""
    to_second, to_threshold, to_floor = margins(said, contract)
    for n in range(len(expected.windows)):
        now, then = int(said.prediction.activity_ids[n]), int(expected.activity_ids[n])
        if now != then and to_second[n] > doubt:
            yield f"window {n}: activity {now} instead of {then}"
        clear = min(to_threshold[n], to_floor[n]) > doubt
        if bool(said.prediction.unknown[n]) != bool(expected.unknown[n]) and clear:
            yield f"window {n}: {'unknown' if said.prediction.unknown[n] else 'known'}, not before"
