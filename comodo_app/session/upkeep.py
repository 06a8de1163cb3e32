"""What the Settings page asks for: sizes on the disk, clearing, how fast this computer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.caches import Sizes, SizesRequest, clear_embeddings, measure_sizes
from comodo_app.jobs.core import End, Outcome, Progress
from comodo_app.jobs.self_test import SelfTest, SelfTestRequest, self_test
from comodo_app.session.notices import Notice, Tone

if TYPE_CHECKING:
    from comodo_app.session.session import Session


class Upkeep(QObject):
    """Jobs that are about the computer and the project's folder, not about recordings.

    Attributes
    ----------
    sizes : Sizes or None
        Of the open project, None until measured.
    test : SelfTest or None
        The latest self-test.
    testing : Progress or None
        How far the one that runs is.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.sizes: Sizes | None = None
        self.test: SelfTest | None = None
        self.testing: Progress | None = None
        self.clearing = False
        self.test_error = ""
        self._size_job = self._test_job = 0
        session.jobs.progressed.connect(self._progressed)
        session.jobs.ended.connect(self._ended)
        session.project_changed.connect(self._forget)

    def measure(self) -> None:
        """Ask how large the project's folders are; asked twice, the later answer counts."""
        folder = self._session.folder
        if folder is not None and not self.clearing:
            self._size_job = self._session.jobs.start(
                measure_sizes,
                SizesRequest(folder),
                kind="db",
                title="Measure folders",
                lane="look",
                quiet=True,
            )

    def clear(self) -> None:
        """Forget the open project's teacher embeddings; refused while a job may need them."""
        folder = self._session.folder
        if folder is None or self.clearing:
            return
        if self._session.jobs.running:  # the jobs of one process share its lock on the project
            first = self._session.jobs.running[0].title
            text = f"{first} may need the embeddings. Clear them when it has ended."
            self._session.say(Notice(text, Tone.WARN))
            return
        self.clearing = True
        self._size_job = self._session.jobs.start(
            clear_embeddings,
            SizesRequest(folder),
            kind="db",
            title="Clear embeddings",
            lane="learn",  # what is started meanwhile waits
        )
        self.changed.emit()

    def start_test(self) -> None:
        """Measure how fast this computer is, after what is being learned now.

        The teacher watches a video of the open project, else the demo's: speed is mostly a
        question of the video's size.
        """
        if self.testing is None:
            rows = [r for r in self._session.library.rows if r.video and not r.missing_media]
            video = rows[0].video.path if rows and rows[0].video else None
            self.testing, self.test_error = Progress(0, None), ""
            self._test_job = self._session.jobs.start(
                self_test, SelfTestRequest(video), kind="cpu", title="Self-test", lane="learn"
            )
            self.changed.emit()

    def cancel_test(self) -> None:
        """Stop measuring."""
        self._session.jobs.cancel(self._test_job)

    def _forget(self) -> None:
        self.sizes, self.clearing, self._size_job = None, False, 0
        self.changed.emit()

    def _progressed(self, job_id: int, progress: Progress) -> None:
        if job_id == self._test_job:
            self.testing = progress
            self.changed.emit()

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._test_job:
            self.testing = None
            self.test_error = outcome.error
            if outcome.end is End.SUCCEEDED:
                self.test = outcome.result
        elif job_id == self._size_job:
            cleared, self.clearing = self.clearing, False
            if outcome.end is End.SUCCEEDED:
                before, self.sizes = self.sizes, outcome.result
                if cleared and before is not None and self.sizes is not None:
                    freed = (before.embeddings - self.sizes.embeddings) / 1e6
                    self._session.say(Notice(f"Cleared {freed:.1f} MB of embeddings", Tone.OK))
            elif outcome.end is End.FAILED:
                self._session.say(Notice(outcome.error, Tone.ERR, outcome.details))
        else:
            return
        self.changed.emit()
