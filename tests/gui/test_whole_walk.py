"""The whole walk in the real window: drop, distil, review, correct, close, reopen; and a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from comodo_app.activities.model import Lane, State
from comodo_app.session.session import Session
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording
from comodo_app.ui.pages.distill import DistillPage
from comodo_app.ui.pages.review import ReviewPage
from comodo_app.ui.shell.main_window import MainWindow
from tests.gui.hands import click_at, drop, press

QUICK = {
    "window_s": 5.0, "stride_s": 1.0, "architecture": "tcn",
    "sample_rate_hz": 25.0, "batch_size": 16, "head_hidden": 64, "epochs": 6, "min_steps": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people with video and sensor, and the sensor of a fifth alone."""
    folder = tmp_path_factory.mktemp("outing")
    for plan in plan_recordings(
        people=5, minutes=0.34, seed=11, activities=("walk", "type"), width_px=96, height_px=72,
        frame_rate_hz=12,
    ):  # fmt: skip
        write_recording(plan, folder, None)
    fifth = sorted(folder.glob("*.mp4"))[-1]
    fifth.unlink()
    return folder


def start_distilling(window: MainWindow, values: dict[str, object], qtbot: QtBot) -> None:
    window.go("distill")
    page = window.current_page
    assert isinstance(page, DistillPage)
    page.setup_.recipe.choice.choose("custom")
    page.setup_.recipe.form.show_values(values)
    page.setup_.recipe.form.changed.emit()
    qtbot.waitUntil(page.area.start.start.isEnabled, timeout=20_000)
    click_at(page.area.start.start)


def drop_and_add(window: MainWindow, files: Path, n: int, qtbot: QtBot) -> None:
    drop(window, [files])
    sheet = window.drop.sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: sheet.add.isEnabled(), timeout=30_000)
    press(sheet, "Return")
    qtbot.waitUntil(lambda: len(window.session.library.rows) == n, timeout=30_000)


def test_dropped_files_become_timelines_that_survive_closing(
    window: MainWindow, files: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = window.session
    session.open_project(tmp_path / "outing.comodo", create=True)
    qtbot.waitUntil(lambda: session.project is not None)
    drop_and_add(window, files, 5, qtbot)
    start_distilling(window, QUICK, qtbot)
    qtbot.waitUntil(lambda: session.learning.busy, timeout=10_000)
    qtbot.waitUntil(lambda: not session.learning.busy, timeout=120_000)
    run = session.learning.runs[-1]
    assert run.status == "finished" and session.project is not None
    student = session.project.timelines(run.id, Lane.STUDENT)
    alone = next(row for row in session.library.rows if row.video is None)
    assert alone.id in student, "a sensor without video gets its timeline"
    assert sum(s.length_s for s in student[alone.id]) == pytest.approx(alone.duration_s, abs=0.1)

    session.review.open(alone.id)
    window.go("review")
    page = window.current_page
    assert isinstance(page, ReviewPage)
    said = [s for line in student.values() for s in line if s.state is State.ACTIVITY]
    named = said[0]
    session.review.edits.rename(named.activity_id, "strolling")
    press(window, "Ctrl+Z")
    assert session.review.label(named.activity_id) != "strolling"
    press(window, "Ctrl+Shift+Z")
    session.review.edits.assign(1.0, 2.0, named.activity_id)
    corrections = session.project.corrections(alone.id)
    assert corrections
    qtbot.waitUntil(lambda: all(e.state.ended for e in session.jobs.entries), timeout=30_000)
    window.close()

    again = MainWindow(Session())
    qtbot.addWidget(again)
    try:
        place = again.last_project()
        assert place is not None
        again.session.open_project(place)
        qtbot.waitUntil(lambda: again.session.project is not None, timeout=10_000)
        assert again.session.review.label(named.activity_id) == "strolling"
        assert again.session.project is not None
        assert again.session.project.corrections(alone.id) == corrections
        assert again.session.project.timelines(run.id, Lane.STUDENT).keys() == student.keys()
        assert not again.session.banners
    finally:
        again.close()


_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from comodo_app.app import make_application, make_window
from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.run_values import Wish
from comodo_app.students.spec import StudentSpec

app = make_application()
window = make_window(app)
window.show()
session = window.session
recipe = COMODO_PLUS.with_settings(min_steps=0, epochs=4000, batch_size=16, head_hidden=64)
wish = Wish(recipe, StudentSpec(sample_rate_hz=25.0), WindowGrid(5.0, 1.0))
session.project_changed.connect(lambda: session.project and session.learning.start(wish))

def look():
    live = session.learning.live
    if live is not None and live.checkpoint_step:
        print("distilling", flush=True)

timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
session.open_project(Path(sys.argv[1]))
app.exec()
"""


@pytest.fixture
def killed(files: Path, tmp_path: Path) -> Iterator[Path]:
    """A project whose window was killed while it distilled, after its first checkpoint."""
    from comodo_app.jobs.add import AddRequest, add_recordings
    from comodo_app.jobs.core import JobContext

    project = tmp_path / "killed.comodo"
    add_recordings(AddRequest(project, (files,)), JobContext(lambda _: None))
    with subprocess.Popen(
        [sys.executable, "-c", _WINDOW, str(project)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COMODO_CONFIG_DIR": str(tmp_path / "other")},
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "distilling\n"
        process.kill()
    yield project


def test_a_killed_window_offers_to_go_on_and_does(
    window: MainWindow, killed: Path, qtbot: QtBot
) -> None:
    session = window.session
    session.open_project(killed)
    qtbot.waitUntil(lambda: len(session.banners) == 2, timeout=20_000)
    texts = {banner.key: banner for banner in session.banners}
    assert "not closed properly" in texts.pop("unclean").text
    [banner] = texts.values()
    assert "was interrupted at step" in banner.text and banner.run is not None
    assert banner.action == "Continue"
    banner.run()
    qtbot.waitUntil(lambda: session.learning.busy, timeout=10_000)
    before = int(banner.text.split("step ")[1].split()[0])
    qtbot.waitUntil(
        lambda: session.learning.live is not None and session.learning.live.step > before,
        timeout=60_000,
    )
    session.learning.stop_and_keep()
    qtbot.waitUntil(lambda: not session.learning.busy, timeout=60_000)
    run = session.learning.runs[-1]
    assert run.status == "stopped" and session.project is not None
    assert len(session.project.timelines(run.id, Lane.STUDENT)) == 5
