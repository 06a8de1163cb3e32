"""What the student already sees: held-out IMU windows, and the video windows they land next to."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from comodo_app.jobs.neighbours import N_NEAR
from comodo_app.jobs.watch import Sight
from comodo_app.jobs.window_pictures import WindowPicture, WindowPlace
from comodo_app.session.run_view import RunView
from comodo_app.session.session import Session
from comodo_app.ui.pages.distill.format import short_clock
from comodo_app.ui.pages.distill.sight_cells import Picture, Spark, image_of
from comodo_app.ui.theme import pixmap, themes
from comodo_app.ui.widgets import IconButton, Panel, text

N_ROWS = 3
_TITLE = "What the student already sees"
_FACT = "held-out IMU window → video windows it lands next to; ✓ the teacher agrees"


class SightStrip(Panel):
    """Three held-out windows with their four nearest video windows."""

    def __init__(self, session: Session) -> None:
        self.when = text("", "small", "tertiary")
        self.again = IconButton("reset", "Show other windows", self.resample, size_px=16)
        super().__init__(_TITLE, _FACT, self.when, self.again, padding=14)
        self._session = session
        self._images = session.learning.images
        self._images.arrived.connect(self._arrived)
        self._sight: Sight | None = None
        self._run = 0
        self._sample = 0
        self._rows: list[int] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        self.sparks = [Spark() for _ in range(N_ROWS)]
        self.own = [Picture() for _ in range(N_ROWS)]
        self.near = [[Picture() for _ in range(N_NEAR)] for _ in range(N_ROWS)]
        self._arrows = [QLabel() for _ in range(N_ROWS)]
        for row in range(N_ROWS):
            grid.addWidget(self.sparks[row], row, 0)
            grid.addWidget(self.own[row], row, 1)
            grid.addWidget(self._arrows[row], row, 2, Qt.AlignmentFlag.AlignCenter)
            for place, picture in enumerate(self.near[row]):
                grid.addWidget(picture, row, 3 + place)
        for column in (0, 1, 3, 4, 5, 6):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)
        self.body.addStretch(1)
        themes().changed.connect(self._redraw)
        self._redraw()

    def show_run(self, view: RunView) -> None:
        """Show what a run's student sees; the same windows as long as it is the same run."""
        if view.run_id != self._run:
            self._run, self._sample = view.run_id, 0
        self.setVisible(view.sight is not None)
        if view.sight is self._sight:
            return
        self._sight = view.sight
        self._show()

    def resample(self) -> None:
        """Show three other held-out windows."""
        self._sample += 1
        self._show()

    def _choose(self, sight: Sight) -> list[int]:
        n = len(sight.starts_s)
        rng = np.random.default_rng([self._run, self._sample])
        count = min(N_ROWS, n)
        return sorted(rng.choice(n, count, replace=False).tolist())

    def _show(self) -> None:
        sight = self._sight
        if sight is None:
            return
        self.when.setText("before training" if sight.step == 0 else f"step {sight.step}")
        self._rows = self._choose(sight)
        names = {row.id: row.name for row in self._session.library.rows}
        wanted: list[WindowPlace] = []
        for line, index in enumerate(self._rows):
            recording, start_s = int(sight.recordings[index]), float(sight.starts_s[index])
            where = f"{names.get(recording, '?')}, {short_clock(start_s)}"
            self.sparks[line].set(None, f"IMU of {where}")
            self.own[line].set_label("its own video", f"Video of {where}")
            wanted.append(WindowPlace(recording, start_s, imu=True))
            for place in range(N_NEAR):
                other = int(sight.near_recordings[index, place])
                at_s = float(sight.near_starts_s[index, place])
                agreed = bool(sight.agreed[index, place])
                value = float(sight.similarity[index, place])
                said = "the teacher agrees" if agreed else "the teacher does not agree"
                name = f"{names.get(other, '?')}, {short_clock(at_s)}: {value:.2f}, {said}"
                self.near[line][place].set_label(f"{value:.2f}", name, agreed)
                wanted.append(WindowPlace(other, at_s))
        for line in range(N_ROWS):
            shown = line < len(self._rows)
            for widget in (self.sparks[line], self.own[line], self._arrows[line], *self.near[line]):
                widget.setVisible(shown)
        for window in wanted:
            known = self._images.known(window)
            if known is not None:
                self._arrived(known)
        self._images.ask(wanted, sight.window_s)

    def _arrived(self, picture: WindowPicture) -> None:
        sight = self._sight
        if sight is None:
            return
        image = None if picture.image is None else image_of(picture.image)
        key = (picture.place.recording_id, picture.place.start_s)
        for line, index in enumerate(self._rows):
            if picture.place.imu:
                if key == (int(sight.recordings[index]), float(sight.starts_s[index])):
                    self.sparks[line].set(picture.imu, self.sparks[line].accessibleName())
                    self.own[line].set_image(image)
                continue
            for place in range(N_NEAR):
                near = sight.near_recordings[index, place], sight.near_starts_s[index, place]
                if key == (int(near[0]), float(near[1])):
                    self.near[line][place].set_image(image)

    def _redraw(self) -> None:
        for arrow in self._arrows:
            arrow.setPixmap(pixmap("arrow-right", "text.tertiary", 16))
