"""Pictures of windows for the page: asked for, decoded in the background, kept a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from comodo_app.jobs.core import Outcome
from comodo_app.jobs.window_pictures import (
    PicturesRequest,
    WindowPicture,
    WindowPlace,
    window_pictures,
)

if TYPE_CHECKING:
    from comodo_app.session.session import Session

_KEPT = 400


class WindowImages(QObject):
    """`arrived` for each picture that was asked for; what is known comes at once from `known`."""

    arrived = Signal(object)  # WindowPicture

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._job = 0
        self._kept: dict[WindowPlace, WindowPicture] = {}
        session.jobs.published.connect(self._take)
        session.jobs.ended.connect(self._ended)
        session.project_changed.connect(self._kept.clear)

    def known(self, place: WindowPlace) -> WindowPicture | None:
        """The picture of a window if it was decoded before."""
        return self._kept.get(place)

    def ask(self, places: Sequence[WindowPlace], window_s: float) -> None:
        """Decode those that are not known; an earlier wish that is not done is given up."""
        folder = self._session.folder
        missing = tuple(dict.fromkeys(p for p in places if p not in self._kept))
        if self._job:
            self._session.jobs.cancel(self._job)
            self._job = 0
        if folder is None or not missing:
            return
        self._job = self._session.jobs.start(
            window_pictures,
            PicturesRequest(folder, missing, window_s),
            kind="film",
            title="Pictures of windows",
            lane="load",
            quiet=True,
        )

    def _take(self, job_id: int, value: object) -> None:
        if job_id == self._job and isinstance(value, WindowPicture):
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[value.place] = value
            self.arrived.emit(value)

    def _ended(self, job_id: int, outcome: Outcome) -> None:
        if job_id == self._job:
            self._job = 0
