"""Redraw the pictures of the documentation: every page, dark and light, with the demo in it.

    python docs/screenshots/make.py [--only review] [--size 1440x900]

Runs the real window (offscreen unless QT_QPA_PLATFORM is set) on a demo project that it makes in a
temporary folder; takes two or three minutes. Nothing is painted by hand: it is what the app shows.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from PySide6.QtCore import QEventLoop, QMimeData, Qt, QTimer, QUrl  # noqa: E402
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from comodo_app.app import make_application, make_window  # noqa: E402
from comodo_app.distillation.recipes import COMODO_PLUS  # noqa: E402
from comodo_app.jobs.core import JobContext  # noqa: E402
from comodo_app.jobs.demo import DemoRequest, demo  # noqa: E402
from comodo_app.jobs.resources import demo_recordings  # noqa: E402
from comodo_app.recordings.windows import WindowGrid  # noqa: E402
from comodo_app.session.run_values import Wish  # noqa: E402
from comodo_app.session.session import Session  # noqa: E402
from comodo_app.ui.pages.distill import DistillPage  # noqa: E402
from comodo_app.ui.pages.distill.teacher_sheet import TeacherSheet  # noqa: E402
from comodo_app.ui.pages.settings import SettingsPage  # noqa: E402
from comodo_app.ui.pages.settings.models import ModelsSection  # noqa: E402
from comodo_app.ui.pages.settings.models_licence import LicenceSheet  # noqa: E402
from comodo_app.ui.shell.main_window import MainWindow  # noqa: E402
from docs.screenshots.live import live_pages  # noqa: E402

THEMES = ("dark", "light")


def wait(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def wait_until(done: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Let the window live until something has happened; raises after `limit_s`."""
    end = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("what a picture needs did not happen")
        wait(0.05)


class Camera:
    """Takes pictures of the window into the folder."""

    def __init__(self, window: MainWindow, only: str) -> None:
        self.window, self._only = window, only

    def wants(self, name: str) -> bool:
        """Whether a picture was asked for."""
        return self._only in name

    def take(self, name: str, settle_s: float = 0.4) -> None:
        """One picture in each theme."""
        if not self.wants(name):
            return
        for theme in THEMES:
            self.window.session.change_settings(theme=theme)
            wait(settle_s)
            path = HERE / f"{name}_{theme}.png"
            self.window.grab().save(str(path))
            print(path.name, flush=True)


@contextmanager
def application(size: tuple[int, int]) -> Iterator[MainWindow]:
    """The real window; closed at the end."""
    app = make_application()
    window = make_window(app)
    window.resize(*size)
    window.show()
    wait(0.6)
    try:
        yield window
    finally:
        window.close()
        app.processEvents()


def open_project(session: Session, folder: Path) -> None:
    """Open, and wait until it is shown."""
    session.open_project(folder)
    wait_until(lambda: session.folder == folder.resolve())


def still(session: Session) -> bool:
    """Whether no job is going on."""
    return all(entry.state.ended for entry in session.jobs.entries)


def empty_pages(camera: Camera) -> None:
    """What the app says before there is anything."""
    camera.window.go("recordings")
    camera.take("welcome")
    for page in ("distill", "review", "activities", "live"):
        camera.window.go(page)
        camera.take(f"{page}_empty")


@contextmanager
def dropped(window: MainWindow, paths: Sequence[Path]) -> Iterator[None]:
    """Files held over the window, and taken away again."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(
        window.rect().center(),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, enter)
    yield
    QApplication.sendEvent(window, QDragLeaveEvent())


def dragging(camera: Camera) -> None:
    """Files held over the window."""
    if camera.wants("recordings_drop"):
        camera.window.go("recordings")
        with dropped(camera.window, sorted(demo_recordings().iterdir())):
            camera.take("recordings_drop")


def importing(camera: Camera, folder: Path) -> None:
    """The import sheet with files that are good, that need a word, and that cannot be read."""
    if not camera.wants("import"):
        return
    session = camera.window.session
    bad = folder / "dropped"
    bad.mkdir(exist_ok=True)
    good = sorted(demo_recordings().glob("p01*"))
    (bad / "cut_off.mp4").write_bytes(good[1].read_bytes()[:90_000])
    rows = [f"{20 * i};{0.1 * (i % 9):.1f};0.2;9.7;1;2;3" for i in range(900)]
    (bad / "logger.csv").write_text("\n".join(["tick;a;b;c;d;e;f", *rows]) + "\n")
    (bad / "empty.csv").touch()
    (bad / "slides.pdf").write_bytes(b"%PDF-1.4")
    camera.window.go("recordings")
    session.intake.offer([*good, bad])
    wait(0.5)
    wait_until(lambda: still(session))
    sheet = camera.window.drop.sheet
    camera.take("import", 0.8)
    if sheet is not None:
        sheet.give_up()


def distilling(camera: Camera) -> None:
    """A distillation half-way, with the jobs drawer open, then what it came to."""
    if not camera.wants("distill_run"):
        return
    window, session = camera.window, camera.window.session
    window.go("distill")
    session.learning.start(Wish(COMODO_PLUS, grid=WindowGrid(5.0, 1.0), seed=1))
    window.toggle_jobs()
    wait_until(lambda: session.learning.live is not None and session.learning.live.step > 250)
    camera.take("distill_running", 0.3)
    window.toggle_jobs()
    wait_until(lambda: not session.learning.busy, 240)
    wait_until(lambda: still(session))
    camera.take("distill_run_finished", 0.8)


def full_pages(camera: Camera) -> None:
    """Every page of the demo project."""
    window, session = camera.window, camera.window.session
    window.go("recordings")
    wait_until(lambda: still(session))
    camera.take("recordings", 0.8)
    for page in ("distill", "activities", "evaluate", "settings"):
        window.go(page)
        wait(0.3)
        wait_until(lambda: still(session))
        camera.take(page)
    held_out = next(row for row in session.library.rows if row.name == "p07-s1")
    session.review.open(held_out.id)
    window.go("review")
    wait(0.3)
    wait_until(lambda: still(session))
    session.player.seek(23.4)
    camera.take("review", 1.0)


def sheets(camera: Camera) -> None:
    """Palette and keys."""
    window = camera.window
    window.go("review")
    if camera.wants("palette"):
        window.actions_.run("view.palette")
        camera.take("palette")
        window.palette_.hide()
    if camera.wants("keys"):
        window.actions_.run("help.keys")
        camera.take("keys")
        window.keys.hide()


def models(camera: Camera) -> None:
    """Models that can be had, a licence before the first byte, and another teacher for a run."""
    window, session = camera.window, camera.window.session
    window.show_settings("models")
    wait_until(lambda: session.models.loaded and still(session))
    camera.take("models", 0.6)
    page = window.page("settings")
    section = page.sections["models"] if isinstance(page, SettingsPage) else None
    if camera.wants("models_licence") and isinstance(section, ModelsSection):
        section.panels["videomae-b"].buttons["get"].click()
        camera.take("models_licence")
        for sheet in window.findChildren(LicenceSheet):
            sheet.dismiss()
    if camera.wants("distill_teacher"):
        window.go("distill")
        wait_until(lambda: still(session))
        distill = window.page("distill")
        if isinstance(distill, DistillPage):
            distill.setup_.teacher.change.click()
        wait(0.3)
        wait_until(lambda: still(session))
        camera.take("distill_teacher", 0.6)
        for teachers in window.findChildren(TeacherSheet):
            teachers.dismiss()


def main() -> None:
    """Make the demo, take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="part of a picture's name")
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--demo", type=Path, help="a folder that keeps the demo for the next time")
    wish = parser.parse_args()
    width, height = (int(part) for part in wish.size.split("x"))
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["COMODO_CONFIG_DIR"] = str(Path(temporary) / "config")
        os.environ["COMODO_MODELS"] = str(Path(temporary) / "models")
        folder = wish.demo or Path(temporary) / "Demo"
        project = folder / "demo.comodo"
        if not project.exists():
            print("making the demo …", flush=True)
            demo(DemoRequest(demo_recordings(), folder), JobContext(lambda progress: None))
        with application((width, height)) as window:
            camera = Camera(window, wish.only)
            empty_pages(camera)
            open_project(window.session, project)
            full_pages(camera)
            dragging(camera)
            importing(camera, Path(temporary))
            sheets(camera)
            models(camera)
            distilling(camera)
            # Last: what it records becomes a recording of the demo.
            live_pages(camera, demo_recordings() / "p08-s1.csv", wait, wait_until)


if __name__ == "__main__":
    main()
