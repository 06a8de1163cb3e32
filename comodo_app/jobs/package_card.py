"""The model card of a student package: what a person should know before using it."""

from __future__ import annotations

from collections.abc import Sequence

from comodo_app.students.contract import Contract

_BANNER = """\
# {project}: activities from an IMU alone

A student of COMODO, made {date} with version {version}. It looks at {window:g} s of accelerometer
and gyroscope and says which of {n} activities that is, how sure it is, or that it does not know.
It learned from a frozen video teacher, without labels; names were given by people afterwards.
"""


def card(contract: Contract) -> str:
    """``card.md``, in Markdown."""
    facts = contract.provenance
    sections = [
        _BANNER.format(
            project=facts["project"],
            date=contract.created_at[:10],
            version=facts["app_version"],
            window=contract.window_s,
            n=len(contract.activities),
        ),
        _learned(contract),
        _agreement(contract),
        _activities(contract),
        _int8(contract),
        _LIMITS.format(rate=contract.sample_rate_hz, windows=contract.window_s),
        "## Licences\n\n" + "\n".join(f"- {note}" for note in facts["licences"]) + "\n",
        _HOW,
    ]
    return "\n".join(sections)


def _learned(contract: Contract) -> str:
    facts = contract.provenance
    student = facts["student"]
    rows = [
        ("student", f"{student['architecture']}, {contract.embedding_dim} dimensions"),
        ("teacher", f"{facts['teacher']} @ {facts['teacher_revision']}"),
        ("recipe", f"{facts['recipe']}, seed {facts['seed']}"),
        (
            "learned from",
            f"{facts['train_minutes']:g} min in {_recordings(facts['n_train_recordings'])} "
            f"({facts['n_train_windows']} windows)",
        ),
        ("run", f"{facts['run']} of project {facts['project']} ({facts['run_status']})"),
        ("head", f"{contract.head.kind}, calibrated on {_calibrated(contract)}"),
    ]
    return "## What it learned from\n\n| | |\n|---|---|\n" + _table(rows)


def _calibrated(contract: Contract) -> str:
    source, n = contract.calibration.get("source", ""), contract.calibration.get("n_windows", 0)
    return f"{n} windows ({source})"


def _agreement(contract: Contract) -> str:
    measured, text = contract.provenance["agreement"], "## How far to trust it\n\n"
    if measured is None:
        return text + (
            "**Not measured.** No recording was held out, so nobody knows how often it is right on "
            "a new one. Hold one out (`use for training` off), discover and package again.\n"
        )
    text += (
        f"On {measured['n_windows']} windows of {_recordings(measured['n_recordings'])} that it "
        "was not trained on it said,\nfrom IMU alone, what the teacher said from video in "
        f"**{measured['agreement']:.0%}** (chance {measured['chance']:.0%}, the same\nstudent "
        f"without training {measured['untrained']:.0%}), before equal names were merged.\n"
    )
    if measured["selected"]:
        text += "Those recordings also chose the checkpoint, which flatters the figure a little.\n"
    return text + "The teacher itself is not always right; agreement is not accuracy.\n"


def _activities(contract: Contract) -> str:
    rows = [
        (", ".join(map(str, a.member_ids)), _cell(a.label), f"{a.minutes:.1f}")
        for a in contract.activities
    ]
    head = "## Activities\n\nMinutes: of the learned recordings, by the teacher.\n\n"
    return head + "| ids | activity | minutes |\n|---|---|---:|\n" + _table(rows)


def _int8(contract: Contract) -> str:
    facts = contract.int8
    if not facts.included:
        return f"## int8\n\nThere is no int8 model: {facts.reason}.\n"
    text = (
        f"## int8\n\n`student.int8.onnx` says the same as fp32 on "
        f"{facts.same_answer:.1%} of {facts.n_windows} windows."
    )
    if facts.teacher_fp32 is not None and facts.teacher_int8 is not None:
        text += (
            f" On {facts.n_held_out} windows of unseen recordings it agrees with the teacher in "
            f"{facts.teacher_int8:.1%}, fp32 in {facts.teacher_fp32:.1%} (equal names merged)."
        )
    return text + "\n"


_LIMITS = """\
## Limits

- It knows what occurred in its recordings, worn where the sensor was worn there. Anything else
  should come out as unknown, and sometimes will not.
- Input is raw: m/s² with gravity, rad/s, axes as in the recordings it learned from, at
  {rate:g} Hz. Wrong units or axes give confident nonsense.
- It answers for {windows:g} s at a time; shorter activities blur.
- Not for medical, safety or surveillance decisions about people.
- `selftest.npz` holds up to eight windows ({windows:g} s each) of the project's own IMU: remove
  the package, not only the project, if a person withdraws.
"""

_HOW = """\
## How to run it

Forty lines with numpy and onnxruntime alone: `docs/run_a_student.py` in COMODO's repository; every
field of `contract.json` is described in `docs/package.md`. `comodo check PACKAGE` proves that the
package is whole and still says what it said when it was made.
"""


def _recordings(n: int) -> str:
    return f"{n} recording{'' if n == 1 else 's'}"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
