"""Settings, Compute: what this computer is, and how fast."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from comodo_app.session.session import Session
from comodo_app.session.upkeep import Upkeep
from comodo_app.ui.pages.settings.rows import ChoiceRow, Row, Section
from comodo_app.ui.widgets import button, text
from comodo_app.ui.widgets.bar import Bar

_DEVICES = (("auto", "Automatic"), ("cpu", "CPU"), ("cuda", "NVIDIA"), ("mps", "Apple"))


class ComputeSection(Section):
    """The device as it is, and the self-test with its progress in the row."""

    def __init__(self, session: Session, upkeep: Upkeep) -> None:
        super().__init__("compute", "Compute")
        self._upkeep = upkeep
        cores = os.cpu_count() or 1
        self.add(
            ChoiceRow(
                session,
                "device",
                "Device",
                f"What teachers run on. This computer has {cores} cores ({platform.machine()}); "
                "automatic measures what else it has. Students are small enough for the CPU.",
                _DEVICES,
            )
        )
        self.add(Row("Library", f"PyTorch {installed('torch')}, loaded when a job needs it."))
        self.add(
            Row(
                "Threads",
                "Watching and learning use one thread each: with these small models more threads "
                "wait for each other and were slower. The window keeps a thread of its own.",
            )
        )
        self.start = button("Run self-test", upkeep.start_test, small=True, icon_name="play")
        self.cancel = button("Cancel", upkeep.cancel_test, small=True)
        self.bar = Bar(120)
        self.state = text("", "small", "secondary")
        self.test = self.add(
            Row("Speed on this computer", "", self.state, self.bar, self.cancel, self.start)
        )
        upkeep.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the latest test, or the one that runs."""
        going, done = self._upkeep.testing, self._upkeep.test
        if done is not None:
            self.test.say(
                f"Teacher: {done.times_real_time:.1f} times real time ({done.video}, decoding "
                f"included). Student: {done.steps_per_s:.1f} training steps per second of "
                f"{done.batch_size} windows, {done.windows_per_s:.0f} windows recognised per "
                "second."
            )
        else:
            self.test.say(
                self._upkeep.test_error
                or "Watches a video of the project, or the demo's, and trains a new student on "
                "noise: about ten seconds. Nothing is kept."
            )
        self.start.setVisible(going is None)
        self.start.setText("Run again" if done is not None else "Run self-test")
        self.cancel.setVisible(going is not None)
        share = going.done / going.total if going is not None and going.total else None
        self.bar.setVisible(share is not None)
        self.bar.set(share or 0.0)
        self.state.setText(going.note or "Waits for other jobs" if going is not None else "")
        self.state.setVisible(going is not None)


def installed(package: str) -> str:
    """The version of a package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "is not installed"
