"""The Distill page, driven by hand with real runs on tiny recordings."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from comodo_app.activities.model import Lane
from comodo_app.jobs.add import AddRequest, add_recordings
from comodo_app.jobs.core import JobContext
from comodo_app.jobs.embed import EmbedRequest, embed
from comodo_app.jobs.grids import keep_grid
from comodo_app.project.settings import Settings
from comodo_app.project.store import Project
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.notices import Notice
from comodo_app.session.run_view import RunState
from comodo_app.session.session import Session
from comodo_app.simulation.plan import plan_recordings
from comodo_app.simulation.write import write_recording
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.distill import DistillPage
from comodo_app.ui.pages.distill.setup import COUNTING
from comodo_app.ui.widgets.confirm import Confirm
from tests.gui.hands import click_at, press

GRID = WindowGrid(5.0, 1.0)
SHORT = {
    "sample_rate_hz": 25.0, "batch_size": 16, "head_hidden": 64, "epochs": 6, "min_steps": 0,
}  # fmt: skip
LONG = SHORT | {"epochs": 400}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of four people, 20 s each; the teacher has seen them already."""
    folder = tmp_path_factory.mktemp("distill")
    plans = plan_recordings(
        people=4, minutes=0.34, seed=11, activities=("walk", "type"), width_px=96,
        height_px=72, frame_rate_hz=12,
    )  # fmt: skip
    for plan in plans:
        write_recording(plan, folder / "recordings", None)
    project = folder / "walks.comodo"
    quiet = JobContext(lambda _: None)
    add_recordings(AddRequest(project, (folder / "recordings",)), quiet)
    embed(EmbedRequest(project, GRID), quiet)
    return project


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, prepared.parent / f"{tmp_path.name}.comodo"))


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    made = Session(Settings(stride_s=1.0))
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> Iterator[DistillPage]:
    window = QMainWindow()
    made = DistillPage(session, Actions(window))
    window.setCentralWidget(made)
    window.resize(1400, 860)
    window.show()
    yield made
    session.shut_down()
    window.close()
    window.deleteLater()


def opened(page: DistillPage, project: Path, qtbot: QtBot, values: dict[str, object]) -> None:
    """Open the project and set the recipe up by the form of Custom."""
    page.session.open_project(project)
    qtbot.waitUntil(lambda: page.session.project is not None, timeout=20_000)
    recipe = page.setup_.recipe
    recipe.choice.choose("custom")
    recipe.form.show_values(values)
    recipe.form.changed.emit()
    page.came_into_view()
    qtbot.waitUntil(page.area.start.start.isEnabled, timeout=20_000)


def until_step(page: DistillPage, step: int, qtbot: QtBot) -> None:
    learning = page.session.learning
    qtbot.waitUntil(
        lambda: learning.live is not None and learning.live.step >= step, timeout=60_000
    )


def until_done(page: DistillPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not page.session.learning.busy, timeout=60_000)


def test_without_paired_recordings_the_page_says_what_to_do(
    page: DistillPage, qtbot: QtBot
) -> None:
    asked: list[str] = []
    page.go_requested.connect(asked.append)
    assert page.empty.isVisible()
    assert page.empty.sentence.text() == "Pair at least one recording"
    page.empty.button.click()
    assert asked == ["recordings"]


def test_a_run_goes_from_start_to_timelines_and_is_kept(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, SHORT)
    assert "windows" in page.area.start.summary.text()
    notices: list[Notice] = []
    page.session.notified.connect(notices.append)
    page.area.start.start.click()
    assert page.area.head.isVisible() and not page.setup_.recipe.choice.isEnabled()
    until_done(page, qtbot)
    view = page.session.learning.live
    assert view is not None and view.state is RunState.FINISHED, notices
    assert view.step == view.n_steps > 0 and view.evaluations[0].step == 0
    assert list(view.stages) == ["read", "teacher", "distil", "discover", "predict"]
    assert view.sight is not None and page.area.sight.isVisible()
    assert str(view.n_steps) in page.area.curves.loss.accessibleDescription()
    assert page.area.head.review.isVisible() and page.setup_.recipe.choice.isEnabled()
    assert len(page.session.project.timelines(view.run_id, Lane.STUDENT)) == 4  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: view.run_id in page.session.learning.reads.past, timeout=10_000)
    past = page.session.learning.reads.past[view.run_id]
    assert past.losses == pytest.approx(view.losses, abs=1e-4)
    assert past.evaluations == view.evaluations


def test_pause_writes_a_checkpoint_and_waits_then_stop_keeps_the_student(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, LONG)
    page.area.start.start.click()
    until_step(page, 10, qtbot)
    page.area.head.pause.click()
    live = page.session.learning.live
    assert live is not None
    qtbot.waitUntil(lambda: live.checkpoint_step > 0, timeout=10_000)
    assert live.state is RunState.PAUSED and page.area.head.pause.text() == "Resume"
    at = live.step
    qtbot.wait(300)
    assert live.step == at
    page.area.head.pause.click()
    until_step(page, at + 5, qtbot)
    page.area.head.keep.click()
    assert page.area.head.keep.text() == "Stopping…"
    until_done(page, qtbot)
    assert live.state is RunState.STOPPED and live.step < live.n_steps
    assert "predict" in live.stages
    assert page.session.project.timelines(live.run_id, Lane.STUDENT)  # type: ignore[union-attr]


def test_cancel_asks_first_and_then_leaves_nothing_of_the_run(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, LONG)
    page.area.start.start.click()
    until_step(page, 5, qtbot)
    page.area.head.cancel.click()
    question = page.findChild(Confirm)
    assert question is not None and question.buttons[0].text() == "Keep running"
    press(question, "Esc")
    assert page.session.learning.busy and not question.isVisible()
    page.area.head.cancel.click()
    [question] = [q for q in page.findChildren(Confirm) if q.isVisible()]
    question.buttons[-1].click()
    until_done(page, qtbot)
    assert page.session.learning.runs == () and page.area.start.isVisible()
    assert not list((project / "checkpoints").iterdir())


def test_a_run_cut_off_by_closing_is_offered_and_continues_to_the_end(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, SHORT | {"epochs": 60})
    page.area.start.start.click()
    until_step(page, 10, qtbot)
    page.session.close_project()
    learning = page.session.learning
    qtbot.waitUntil(lambda: not page.session.jobs.running, timeout=20_000)
    page.session.open_project(project)
    qtbot.waitUntil(lambda: bool(page.session.banners), timeout=20_000)
    [banner] = page.session.banners
    assert banner.text.startswith("Run 1 was interrupted at step ")
    assert banner.run is not None
    banner.run()
    until_done(page, qtbot)
    assert learning.live is not None and learning.live.state is RunState.FINISHED
    assert learning.live.step == learning.live.n_steps
    assert page.session.banners == ()


def test_a_failed_run_says_why_and_can_be_tried_again(
    page: DistillPage, project: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import comodo_app.distillation.training as training

    def fails(self: object, rows: object) -> float:
        raise RuntimeError("the disk is on fire")

    opened(page, project, qtbot, SHORT)
    with monkeypatch.context() as patched:
        patched.setattr(training.Trainer, "_learn", fails)
        page.area.start.start.click()
        until_done(page, qtbot)
    head = page.area.head
    assert head.chip.label == "Failed" and head.error.text() == "the disk is on fire"
    head.copy.click()
    assert "Traceback" in QApplication.clipboard().text()
    assert head.go_on.isVisible() and head.go_on.text() == "Try again"
    head.go_on.click()
    until_done(page, qtbot)
    assert page.session.learning.live is not None
    assert page.session.learning.live.state is RunState.FINISHED
    assert not head.error.isVisible()


def test_full_memory_halves_the_batch_says_so_and_goes_on(
    page: DistillPage, project: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comodo_app.distillation.objective import CrossModal

    def small_memory(self: CrossModal, projected: object, rows: object) -> object:
        if len(rows) > 8:  # type: ignore[arg-type]
            raise MemoryError
        return plain(self, projected, rows)  # type: ignore[arg-type]

    plain = CrossModal.loss
    monkeypatch.setattr(CrossModal, "loss", small_memory)
    opened(page, project, qtbot, SHORT)
    said: list[str] = []
    page.session.banners_changed.connect(
        lambda: said.extend(banner.text for banner in page.session.banners)
    )
    page.area.start.start.click()
    until_done(page, qtbot)
    assert page.session.learning.live is not None
    assert page.session.learning.live.state is RunState.FINISHED
    assert said == ["Memory was full: batches now go through in parts of 8 windows."]


def test_start_is_disabled_with_the_reason_beside_it(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, SHORT)
    with Project.open(project) as other:
        for row in other.recordings():
            other.set_use_for_training(row.id, False)
    page.session.library.refresh()
    start = page.area.start
    qtbot.waitUntil(lambda: "used for training" in start.reason.text(), timeout=10_000)
    assert not start.start.isEnabled() and start.reason.isVisible()
    press(page, "Ctrl+Return")
    assert not page.session.learning.busy


def test_every_parameter_can_be_changed_and_reset(page: DistillPage) -> None:
    from dataclasses import fields

    from comodo_app.distillation.recipes import COMODO_PLUS, Recipe

    recipe = page.setup_.recipe
    recipe.choice.choose("custom")
    edits = recipe.form.edits
    assert {field.name for field in fields(Recipe)} - {"name"} <= set(edits)
    edits["epochs"].edit.setValue(7)  # type: ignore[attr-defined]
    assert recipe.wish.recipe.epochs == 7 and not edits["epochs"].reset.isHidden()
    edits["epochs"].reset.click()
    assert recipe.wish.recipe.epochs == COMODO_PLUS.epochs and edits["epochs"].reset.isHidden()
    for name in ("comodo_weight", "cosine_weight"):
        edits[name].edit.setValue(0.0)  # type: ignore[attr-defined]
    assert "at least one loss" in recipe.error.text() and not recipe.error.isHidden()


def test_past_runs_are_compared_renamed_and_deleted(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    with Project.open(project) as other:
        for agreement in (0.4, 0.6):
            row = other.create_run(
                json.dumps({}), recipe="quick", teacher="builtin@1", student="tcn"
            )
            evaluation = {
                "step": 3, "loss": 1.0, "agreement": agreement, "chance": 0.1, "similarity": 0.5,
                "n_windows": 40,
            }  # fmt: skip
            metrics = {"losses": [3.0, 2.0, 1.0], "evaluations": [evaluation]}
            other.finish_run(row.id, "finished", json.dumps(metrics))
    page.session.open_project(project)
    learning, runs = page.session.learning, page.area.runs
    qtbot.waitUntil(lambda: runs.table.rowCount() == 2, timeout=20_000)
    runs.table.selectAll()
    qtbot.waitUntil(lambda: len(page.area.curves.loss.shown) == 2, timeout=10_000)
    assert "agreement now 0.60" in page.area.curves.agreement.accessibleDescription()
    assert runs.ids == (2, 1)
    click_at(runs.table.viewport(), runs.table.visualItemRect(runs.table.item(0, 0)).center())
    qtbot.waitUntil(page.area.head.isVisible, timeout=10_000)
    assert page.area.head.name.text() == "Run 2"
    page.area.head.name.setText("Short walk")
    page.area.head.name.editingFinished.emit()
    assert learning.entries[1].name == "Short walk"
    page.area.head.discard.click()
    question = page.findChild(Confirm)
    assert question is not None
    question.buttons[-1].click()
    qtbot.waitUntil(lambda: [e.row.id for e in learning.entries] == [1], timeout=10_000)


def test_a_sensor_file_added_later_gets_its_timeline_from_the_student(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, SHORT)
    page.area.start.start.click()
    until_done(page, qtbot)
    alone = project.parent / f"{project.stem}-alone.csv"
    source = next((project.parent / "recordings").glob("*.csv"))
    lines = source.read_text().splitlines(keepends=True)
    alone.write_text("".join(lines[: len(lines) // 2]))
    add_recordings(AddRequest(project, (alone,)), JobContext(lambda _: None))
    notices: list[Notice] = []
    page.session.notified.connect(notices.append)
    page.session.library.refresh()
    assert [notice.action for notice in notices] == ["Predict"]
    assert notices[0].run is not None
    notices[0].run()
    predictions = page.session.learning.predictions
    qtbot.waitUntil(lambda: not predictions.job_id, timeout=20_000)
    fresh = page.session.library.rows[-1]
    assert fresh.video is None
    assert page.session.project is not None
    timeline = page.session.project.timeline(1, Lane.STUDENT, fresh.id)
    assert timeline is not None and len(list(timeline)) > 0
    assert predictions.unseen(1) == ()


def test_a_project_goes_on_with_the_windows_it_was_last_used_with(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    with Project.open(project) as other:
        keep_grid(other, WindowGrid(4.0, 0.5))
    page.session.open_project(project)
    qtbot.waitUntil(lambda: page.session.project is not None, timeout=20_000)
    assert page.setup_.wish.grid == WindowGrid(4.0, 0.5)
    page.session.close_project()
    assert page.setup_.wish.grid == WindowGrid(5.0, 1.0)  # of the settings


def test_stages_of_a_finished_run_can_be_run_again(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, SHORT)
    page.area.start.start.click()
    until_done(page, qtbot)
    learning = page.session.learning
    assert learning.live is not None and page.area.head.more.isVisible()
    before = learning.live.stages["distil"]
    page.area.head.more.click()
    [menu] = page.area.head.findChildren(QMenu)
    assert [a.text() for a in menu.actions()] == [
        "Discover activities again",
        "Predict all timelines again",
    ]
    menu.actions()[0].trigger()
    menu.close()
    assert learning.busy
    until_done(page, qtbot)
    assert learning.live.state is RunState.FINISHED and learning.live.stages["distil"] == before
    assert len(learning.runs) == 1


_WALK = """
import sys
from pathlib import Path
from comodo_app.distillation.recipes import COMODO_PLUS
from comodo_app.jobs.core import JobContext, run_job
from comodo_app.jobs.distill import DistillRequest
from comodo_app.jobs.walk import WalkRequest, walk
from comodo_app.jobs.watch import CheckpointSaved
from comodo_app.recordings.windows import WindowGrid
from comodo_app.students.spec import StudentSpec

def tell(value):
    if isinstance(value, CheckpointSaved):
        print("saved", flush=True)

recipe = COMODO_PLUS.with_settings(min_steps=0, epochs=80, batch_size=16, head_hidden=64)
wish = DistillRequest(
    Path(sys.argv[1]), WindowGrid(5.0, 1.0), recipe, StudentSpec(sample_rate_hz=25.0),
    checkpoint_every_s=0.1,
)
run_job(walk, WalkRequest(wish), JobContext(lambda _: None, tell))
"""


def test_a_killed_process_leaves_a_run_that_the_window_continues(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WALK, str(project)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "saved\n"
        process.kill()
    page.session.open_project(project)
    qtbot.waitUntil(lambda: bool(page.session.banners), timeout=20_000)
    [banner] = page.session.banners
    assert "was interrupted at step" in banner.text and banner.run is not None
    banner.run()
    until_done(page, qtbot)
    live = page.session.learning.live
    assert live is not None and live.state is RunState.FINISHED, live
    assert live.step == live.n_steps and "predict" in live.stages


def test_a_page_made_after_its_project_was_opened_takes_the_windows_of_the_project(
    session: Session, project: Path, qtbot: QtBot
) -> None:
    with Project.open(project) as opened_:
        keep_grid(opened_, WindowGrid(4.0, 2.0))
    session.open_project(project)
    qtbot.waitUntil(lambda: session.project is not None, timeout=20_000)
    window = QMainWindow()
    page = DistillPage(session, Actions(window))
    window.setCentralWidget(page)
    qtbot.addWidget(window)
    assert page.setup_.wish.grid == WindowGrid(4.0, 2.0)
    session.shut_down()


def test_start_while_the_windows_are_counted_begins_as_soon_as_they_are(
    page: DistillPage, project: Path, qtbot: QtBot
) -> None:
    opened(page, project, qtbot, SHORT)
    page.setup_.recipe.form.show_values(SHORT | {"stride_s": 2.0})  # to be counted anew
    page.setup_.recipe.form.changed.emit()
    assert page.setup_.why_not() == COUNTING
    page.actions_.run("distill.start")
    qtbot.waitUntil(lambda: page.session.learning.busy, timeout=20_000)
    page.session.learning.cancel_and_discard()
    until_done(page, qtbot)
