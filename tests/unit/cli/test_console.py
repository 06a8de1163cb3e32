from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import typer

from comodo_app.activities.model import State
from comodo_app.cli import console
from comodo_app.errors import UsageError
from comodo_app.jobs.core import JobStopped


@dataclass(frozen=True)
class Result:
    path: Path
    values: tuple[float, ...]
    state: State
    array: object


def test_any_result_becomes_plain_json():
    plain = console.to_plain(
        {3: Result(Path("a"), (1.0, float("nan")), State.UNKNOWN, np.arange(2))}
    )
    assert plain == {"3": {"path": "a", "values": [1.0, None], "state": "unknown", "array": [0, 1]}}
    json.dumps(plain, allow_nan=False)


def test_a_result_comes_back_from_the_thread():
    assert console.run(lambda request, context: request + 1, 1, quiet=True) == 2


def raising(error):
    def job(request, context):
        raise error

    return job


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("There is no run 9.", hint="Known: 1."), console.NOTHING_USABLE, "Known: 1."),
        (ZeroDivisionError("by zero"), console.BUG, "Unexpected error"),
        (JobStopped(), console.INTERRUPTED, "Stopped"),
    ],
)
def test_each_way_to_end_has_its_exit_code_and_its_words(error, code, said, capsys):
    with pytest.raises(typer.Exit) as ended:
        console.run(raising(error), None, quiet=True)
    assert ended.value.exit_code == code
    assert said in capsys.readouterr().err


def test_brackets_in_a_file_name_are_shown_as_they_are(capsys):
    with pytest.raises(typer.Exit):
        console.run(raising(UsageError("is empty", where="walk[red].csv")), None, quiet=True)
    assert "walk[red].csv" in capsys.readouterr().err
